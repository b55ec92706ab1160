/** What --help prints, from the list in options.ts. */
import { COMMANDS, optionsOf, STATUS_NOTE, usageOf, type CommandSpec, type OptionSpec } from "./options.ts";

const WIDTH = 80;

/** Break a paragraph at spaces; every line but the first is indented by `indent`, which the first is already. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

function entry(head: string, text: string, column: number): string {
  const gap = head.length + 2 > column ? `\n${" ".repeat(column)}` : " ".repeat(column - head.length);
  return `${head}${gap}${wrapped(text, column)}\n`;
}

function optionHead({ name, short, value }: OptionSpec): string {
  return `  ${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function optionDoc({ doc, choices }: OptionSpec): string {
  return choices === undefined ? `${doc}.` : `${doc}: ${choices.join(", ")} (default ${choices[0]}).`;
}

export function generalHelp(): string {
  const commands = COMMANDS.map(({ name, summary }) => entry(`  ${name}`, `${summary}.`, 14)).join("");
  return (
    `icecore looks inside process-checkpoint images.\n\nUsage: icecore COMMAND PATH... [OPTION]...\n\nCommands:\n${commands}\n` +
    `${wrapped("PATH - is standard input. Options may stand anywhere; -- ends them. icecore COMMAND --help explains a command.", 0)}\n` +
    `${wrapped(STATUS_NOTE, 0)}\n`
  );
}

export function commandHelp(command: CommandSpec): string {
  const options = optionsOf(command)
    .map((option) => entry(optionHead(option), optionDoc(option), 26))
    .join("");
  const readsImage = command.arguments.some(({ kind }) => kind === "file");
  const notes = [...(command.notes ?? []), ...(readsImage ? ["PATH - is standard input.", STATUS_NOTE] : [])];
  return (
    `Usage: ${usageOf(command)} [OPTION]...\n\n${command.summary}.\n\nOptions:\n${options}` +
    `${notes.map((note) => `\n${wrapped(note, 0)}\n`).join("")}\n` +
    `Examples:\n${command.examples.map((example) => `  ${example}\n`).join("")}`
  );
}
