/** From the words of the command line to a call, by the list in options.ts. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { CallError } from "./call-error.ts";
import { suggestion } from "./near-match.ts";
import { allOptions, COMMANDS, optionsOf, usageOf, type CommandSpec, type OptionSpec } from "./options.ts";

/** The options of a call. Names are those of the list; a name without a value gives the default or undefined. */
export class Options {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #command: CommandSpec;

  constructor(command: CommandSpec, values: ReadonlyMap<string, readonly string[]>) {
    this.#command = command;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The last value given. */
  text(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  choice(name: string): string {
    return this.text(name) ?? optionsOf(this.#command).find((option) => option.name === name)?.choices?.[0] ?? "";
  }
}

export type Call =
  | { readonly kind: "run"; readonly command: CommandSpec; readonly words: readonly string[]; readonly options: Options }
  | { readonly kind: "help"; readonly command: CommandSpec | undefined }
  | { readonly kind: "version" };

interface GivenOption {
  readonly rawName: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly inline: boolean;
}

function split(argv: readonly string[]): { words: string[]; given: GivenOption[] } {
  const types = Object.fromEntries(
    [...allOptions().values()].map(({ name, short, value }) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), ...(short === undefined ? {} : { short }) },
    ]),
  );
  // Not strict: its messages are long and know nothing about which command takes which option.
  const { tokens } = parseArgs({ args: [...argv], options: types, strict: false, allowPositionals: true, tokens: true });
  const words: string[] = [];
  const given: GivenOption[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind === "option") given.push({ rawName: token.rawName, name: token.name, value: token.value, inline: token.inlineValue === true });
  }
  return { words, given };
}

export function parseCall(argv: readonly string[]): Call {
  const { words, given } = split(argv);
  const [name, ...rest] = words;
  const wantsHelp = given.some((option) => option.name === "help");
  if (name === undefined) {
    if (wantsHelp) return { kind: "help", command: undefined };
    if (given.some((option) => option.name === "version")) return { kind: "version" };
    const unknown = given.find((option) => !allOptions().has(option.name));
    if (unknown !== undefined) throw unknownOption(unknown.rawName, [...allOptions().values()], "icecore");
    throw new CallError("no command was given; icecore --help lists the commands");
  }
  const command = findCommand(name);
  if (wantsHelp) return { kind: "help", command };
  if (given.some((option) => option.name === "version")) return { kind: "version" };
  if (command.name === "help") return { kind: "help", command: rest[0] === undefined ? undefined : findCommand(rest[0]) };
  const values = new Map<string, string[]>();
  for (const option of given) {
    const spec = optionsOf(command).find((known) => known.name === option.name);
    if (spec === undefined) throw unknownOption(option.rawName, optionsOf(command), `icecore ${command.name}`);
    values.set(spec.name, [...(values.get(spec.name) ?? []), valueOf(spec, option)]);
  }
  checkWords(command, rest);
  return { kind: "run", command, words: rest, options: new Options(command, values) };
}

function findCommand(name: string): CommandSpec {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((known) => known.name);
  const file = existsSync(name) ? `for a file, say icecore show ${name}` : "icecore --help lists the commands";
  throw new CallError(`there is no command ${name}${suggestion(name, names, file)}`);
}

function unknownOption(rawName: string, known: readonly OptionSpec[], command: string): CallError {
  const names = known.map(({ name }) => `--${name}`);
  return new CallError(`${command} has no option ${rawName}${suggestion(rawName, names, `${command} --help lists the options`)}`);
}

function valueOf(spec: OptionSpec, { value, inline }: GivenOption): string {
  if (spec.value === undefined) {
    if (inline) throw new CallError(`--${spec.name} takes no value`);
    return "";
  }
  const wanted = spec.choices?.join(", ") ?? "";
  // The next option was meant, or a value that must be tied to its option to be told from one.
  const isOption = !inline && value !== undefined && value.length > 1 && value.startsWith("-");
  if (value === undefined || isOption) throw new CallError(`--${spec.name} needs a value: --${spec.name}=${spec.value}${spec.choices === undefined ? "" : `, one of ${wanted}`}`);
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    throw new CallError(`--${spec.name} takes ${wanted}, not "${value}"`);
  }
  return value;
}

function checkWords(command: CommandSpec, words: readonly string[]): void {
  const missing = command.arguments.find((argument, index) => argument.optional !== true && words[index] === undefined);
  const usage = usageOf(command);
  if (missing !== undefined) throw new CallError(`${command.name} needs ${missing.name}: ${usage}`);
  if (words.includes("")) throw new CallError(`an argument is empty: ${usage}`);
  if (words.length > command.arguments.length && !command.arguments.some(({ many }) => many === true)) {
    throw new CallError(`"${words[command.arguments.length]}" is one argument too many: ${usage}`);
  }
}
