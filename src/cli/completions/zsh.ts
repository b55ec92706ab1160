/** The completion script for zsh, in the words of its _arguments function. */
import { CRIT_EXPLORATIONS } from "../../core/index.ts";
import { COMMANDS, optionsOf, SHELLS, type ArgumentKind, type ArgumentSpec, type CommandSpec, type OptionSpec } from "../options.ts";
import type { TableName } from "./table-name.ts";

/** Inside single quotes, and inside the brackets of an _arguments specification. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
function bracketed(text: string): string {
  return text.replace(/[[\]\\]/g, "\\$&").replaceAll(":", "\\:");
}

function optionSpec({ name, short, value, choices, doc, many }: OptionSpec): string {
  const repeat = many === true ? "*" : "";
  const argument = value === undefined ? "" : `:${value.replaceAll(":", "\\:")}:${choices === undefined ? " " : `(${choices.join(" ")})`}`;
  const long = quoted(`${repeat}--${name}${value === undefined ? "" : "="}[${bracketed(doc)}]${argument}`);
  return short === undefined ? long : `${long} ${quoted(`-${short}[${bracketed(doc)}]${argument}`)}`;
}

function argumentSpec({ name, kind, many }: ArgumentSpec, index: number): string {
  const actions: Readonly<Record<ArgumentKind, string>> = {
    file: "_files",
    folder: "_files -/",
    table: "_icecore_tables",
    exploration: `(${CRIT_EXPLORATIONS.join(" ")})`,
    pattern: " ",
    command: "_icecore_commands",
    shell: `(${SHELLS.join(" ")})`,
  };
  return quoted(`${many === true ? "*" : index + 1}:${name}:${actions[kind]}`);
}

function commandCase(command: CommandSpec): string {
  const specs = [...optionsOf(command).map(optionSpec), ...command.arguments.map(argumentSpec)];
  return `      ${command.name})\n        _arguments -S \\\n${specs.map((spec) => `          ${spec}`).join(" \\\n")}\n        ;;\n`;
}

function described(name: string, text: string): string {
  return `    ${quoted(`${name.replaceAll(":", "\\:")}:${text}`)}`;
}

export function zshScript(tables: readonly TableName[]): string {
  return `#compdef icecore
# zsh completion for icecore: a file _icecore in a folder of $fpath, or source it after compinit.

_icecore_commands() {
  local -a commands=(
${COMMANDS.map(({ name, summary }) => described(name, summary)).join("\n")}
  )
  _describe -t commands 'command' commands
}

_icecore_tables() {
  local -a tables=(
${tables.map(({ name, label }) => described(name, label)).join("\n")}
  )
  _describe -t tables 'table' tables
}

_icecore() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C \\
    '(-)'{-h,--help}'[Explain the command]' \\
    '(-)--version[Print the version]' \\
    '1:command:_icecore_commands' \\
    '*::argument:->arguments'
  [[ $state == arguments ]] || return
  case $line[1] in
${COMMANDS.map(commandCase).join("")}  esac
}

# Loaded from $fpath this file is the function's body; sourced, it only defines it.
if [[ $funcstack[1] == _icecore ]]; then
  _icecore "$@"
else
  compdef _icecore icecore
fi
`;
}
