/** The completion script for fish: one line for each thing to offer. */
import { CRIT_EXPLORATIONS } from "../../core/index.ts";
import { COMMANDS, optionsOf, SHELLS, valueOptionWords, type ArgumentKind, type CommandSpec, type OptionSpec } from "../options.ts";
import type { TableName } from "./table-name.ts";

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

function optionLine(condition: string, { name, short, value, choices, doc }: OptionSpec): string {
  const parts = ["complete -c icecore", `-n ${quoted(condition)}`];
  if (short !== undefined) parts.push(`-s ${short}`);
  parts.push(`-l ${name}`);
  // -x: the option takes a value, which is no file.
  if (value !== undefined) parts.push("-x");
  if (choices !== undefined) parts.push(`-a ${quoted(choices.join(" "))}`);
  return `${parts.join(" ")} -d ${quoted(doc)}\n`;
}

/** What to offer for the arguments: `__icecore_words N` is true when N plain words stand before the cursor. */
function argumentLines(command: CommandSpec, tables: readonly TableName[]): string {
  const inCommand = `__icecore_in ${command.name}`;
  return command.arguments
    .map(({ kind, many }, index) => {
      const condition = quoted(many === true ? inCommand : `${inCommand}; and __icecore_words ${index + 1}`);
      const start = `complete -c icecore -n ${condition}`;
      const offers: Readonly<Record<ArgumentKind, string>> = {
        file: `${start} -F\n`,
        folder: `${start} -F\n`,
        table: tables.map(({ name, label }) => `${start} -a ${name} -d ${quoted(label)}\n`).join(""),
        exploration: `${start} -a ${quoted(CRIT_EXPLORATIONS.join(" "))}\n`,
        pattern: "",
        command: `${start} -a ${quoted(COMMANDS.map(({ name }) => name).join(" "))}\n`,
        shell: `${start} -a ${quoted(SHELLS.join(" "))}\n`,
      };
      return offers[kind];
    })
    .join("");
}

export function fishScript(tables: readonly TableName[]): string {
  const commands = COMMANDS.map(({ name, summary }) => `complete -c icecore -n '__icecore_words 0' -a ${name} -d ${quoted(summary)}\n`).join("");
  const perCommand = COMMANDS.map((command) => {
    const options = optionsOf(command).map((option) => optionLine(`__icecore_in ${command.name}`, option));
    return `\n# icecore ${command.name}\n${options.join("")}${argumentLines(command, tables)}`;
  }).join("");
  return `# fish completion for icecore: icecore completion fish | source

# The words before the cursor that are neither options nor values of options.
function __icecore_plain
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l skip 0
    for token in $tokens
        if test $skip -eq 1
            set skip 0
        else if contains -- $token ${valueOptionWords().join(" ")}
            set skip 1
        else if not string match -q -- '-?*' $token
            echo $token
        end
    end
end

function __icecore_words
    test (count (__icecore_plain)) -eq $argv[1]
end

function __icecore_in
    set -l plain (__icecore_plain)
    test (count $plain) -ge 1; and test $plain[1] = $argv[1]
end

complete -c icecore -f
complete -c icecore -n '__icecore_words 0' -s h -l help -d 'Explain icecore'
complete -c icecore -n '__icecore_words 0' -l version -d 'Print the version'
${commands}${perCommand}`;
}
