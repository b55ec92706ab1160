/** The completion script for bash: one function with the commands and options written out. */
import { CRIT_EXPLORATIONS } from "../../core/index.ts";
import { COMMANDS, optionsOf, SHELLS, valueOptionWords, type ArgumentKind, type CommandSpec } from "../options.ts";
import type { TableName } from "./table-name.ts";

/** Names of ours hold letters, digits and dashes only, so they need no quoting. */
const words = (names: readonly string[]): string => `"${names.join(" ")}"`;

function optionWords(command: CommandSpec): string {
  return words(optionsOf(command).flatMap(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=`)));
}

function choiceCases(command: CommandSpec): string {
  return optionsOf(command)
    .filter(({ choices }) => choices !== undefined)
    .map(({ name, choices = [] }) => `      ${command.name}:--${name}) _icecore_words ${words(choices)}; return ;;\n`)
    .join("");
}

/** Options whose value is free: nothing of ours to offer. */
function freeCases(command: CommandSpec): string {
  const free = optionsOf(command).filter(({ value, choices }) => value !== undefined && choices === undefined);
  return free.length === 0 ? "" : `      ${free.map(({ name }) => `${command.name}:--${name}`).join("|")}) return ;;\n`;
}

function argumentCases(command: CommandSpec, offers: Readonly<Record<ArgumentKind, string>>): string {
  return command.arguments.map(({ kind, many }, index) => `    ${command.name}:${many === true ? "*" : index}) ${offers[kind]} ;;\n`).join("");
}

export function bashScript(tables: readonly TableName[]): string {
  const names = COMMANDS.map(({ name }) => name);
  const offers: Readonly<Record<ArgumentKind, string>> = {
    file: "_icecore_files",
    folder: "_icecore_files",
    table: `_icecore_words ${words(tables.map(({ name }) => name))}`,
    exploration: `_icecore_words ${words(CRIT_EXPLORATIONS)}`,
    // Whatever the user looks for: nothing to offer.
    pattern: "_icecore_words ''",
    command: `_icecore_words ${words(names)}`,
    shell: `_icecore_words ${words(SHELLS)}`,
  };
  return `# bash completion for icecore: source <(icecore completion bash)

_icecore_words() {
  compopt +o default +o bashdefault 2>/dev/null
  COMPREPLY=( $(compgen -W "$1" -- "$cur") )
  # The value of an option follows it at once.
  case "\${COMPREPLY[0]-}" in *=) compopt -o nospace 2>/dev/null ;; esac
}

# No answer of ours: bash completes files itself, and quotes their names.
_icecore_files() { COMPREPLY=(); }

_icecore() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" command="" option="" word="" count=0 index ended=""
  COMPREPLY=()
  # Walk to the cursor: the command, how many arguments it has, and the option whose value is being written.
  # bash cuts --format=json into three words.
  for (( index = 1; index < COMP_CWORD; index++ )); do
    word="\${COMP_WORDS[index]}"
    if [[ -n $option ]]; then
      [[ $word == "=" ]] || option=""
    elif [[ -z $ended && $word == "--" ]]; then
      ended=1
    elif [[ -z $ended && $word == -* && $word != "-" ]]; then
      case "$word" in
        ${valueOptionWords().join("|")}) option="$word" ;;
      esac
    elif [[ -z $command ]]; then
      command="$word"
    else
      count=$(( count + 1 ))
    fi
  done
  if [[ $cur == "=" && -n $option ]]; then cur=""; fi
  if [[ -z $command && -z $option ]]; then
    _icecore_words ${words([...names, "--help", "--version"])}
    return
  fi
  if [[ -n $option ]]; then
    case "$command:$option" in
${COMMANDS.map((command) => choiceCases(command) + freeCases(command)).join("")}    esac
    return
  fi
  if [[ -z $ended && $cur == -* && $cur != "-" ]]; then
    case "$command" in
${COMMANDS.map((command) => `      ${command.name}) _icecore_words ${optionWords(command)} ;;\n`).join("")}    esac
    return
  fi
  case "$command:$count" in
${COMMANDS.map((command) => argumentCases(command, offers)).join("")}  esac
}

complete -o bashdefault -o default -F _icecore icecore
`;
}
