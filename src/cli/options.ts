/**
 * THE list of commands and options: what is parsed, what --help says and what the shells complete.
 * A new option is one line here and its use in the command.
 */

export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  readonly doc: string;
  /** What stands for the value in the help; an option without it is a switch. */
  readonly value?: string;
  /** The only values; the first is the default. */
  readonly choices?: readonly string[];
  /** May be given more than once, and every value counts. */
  readonly many?: boolean;
}

/** What a shell offers for an argument. */
export type ArgumentKind = "file" | "folder" | "table" | "exploration" | "pattern" | "command" | "shell";

export interface ArgumentSpec {
  readonly name: string;
  readonly kind: ArgumentKind;
  readonly optional?: boolean;
  readonly many?: boolean;
}

export interface CommandSpec {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Paragraphs under the options. */
  readonly notes?: readonly string[];
  readonly examples: readonly string[];
}

const format = (...choices: readonly string[]): OptionSpec => ({ name: "format", value: "FORMAT", choices, doc: "How to print" });

/** How an image is opened. */
const OPENING: readonly OptionSpec[] = [
  { name: "revision", value: "NAME", doc: "Read as this revision of the format, such as v19-rc2, in place of the one worked out" },
  { name: "architecture", value: "NAME", doc: "Read as written on this machine, such as x86_64, in place of the one worked out" },
  { name: "checkpoint", value: "NAME", doc: "Which of several checkpoints in a folder or archive; a call without it lists them" },
  { name: "with", value: "PATH", many: true, doc: "A further file, folder or archive that belongs to it, such as the one that holds the parent" },
  { name: "inflate-limit", value: "SIZE", doc: "Most bytes that compressed data may inflate to (default 16G)" },
];

const FILE: OptionSpec = { name: "file", value: "NAME", doc: "Which file of a checkpoint of many: its path, or the end of it" };

const EVERYWHERE: readonly OptionSpec[] = [
  { name: "color", value: "WHEN", choices: ["auto", "always", "never"], doc: "Colour; auto means on a terminal without NO_COLOR" },
  { name: "help", short: "h", doc: "Explain the command" },
  { name: "version", doc: "Print the version" },
];

const ROWS: readonly OptionSpec[] = [
  { name: "columns", value: "A,B", doc: "These columns in this order" },
  { name: "all-columns", doc: "Every column, also in text" },
  { name: "filter", value: "COL=EXPR", many: true, doc: "Only rows whose column fits; may be given for several columns" },
  { name: "search", value: "TEXT", doc: "Only rows with this text in any column" },
  { name: "sort", value: "COL[:desc]", many: true, doc: "Order by this column, then by the next --sort" },
];

const FILTERS = [
  "EXPR: text is found anywhere in the value, whatever its case; =text is the whole value, !text the opposite. Columns of " +
    "numbers take 12, 0x1f, >5, >=5, <5, <=5, 2..9 and !12. A single - finds rows without a value, !- rows with one.",
  "csv, json and ndjson have every column unless --columns chooses; text has the most telling ones.",
];

const OUTPUT: OptionSpec = { name: "output", short: "o", value: "OUT", doc: "Write to this file instead of standard output" };

const PID: OptionSpec = { name: "pid", value: "N", doc: "The task whose memory it is about; needed where there are several" };

const FINDING: readonly OptionSpec[] = [
  { ...PID, doc: "Only the memory of this task" },
  { name: "max", value: "N", doc: "End after so many hits (default 1000000)" },
  format("text", "ndjson"),
];
const FOUND = "Exit status: 0 when something was found, 1 when nothing was or the image has errors, 2 when it could not be opened or the call is wrong.";

const ADDRESSES = "Addresses: 0x7ffc1234, 4096, heap+0x10, stack, rsp, a path or a part of it, pages-1.img@0x3000.";

const PATH: ArgumentSpec = { name: "PATH", kind: "file" };
const OFFSETS = "Offsets count the bytes of the file, after inflating when it is compressed.";
const PATHS = "PATH is an image, a folder of images, or an archive (tar, zip, also compressed, also one inside another).";

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "show",
    summary: "What is in an image: an overview",
    arguments: [{ ...PATH, many: true }],
    options: [format("text", "json"), ...OPENING],
    notes: [PATHS, "json is one object for one PATH and an array of objects for several."],
    examples: ["icecore show checkpoint.tar.gz", "icecore show images/", "icecore show --format json *.img"],
  },
  {
    name: "table",
    summary: "Any table: tasks, regions, fds ...; without a name, which tables there are",
    arguments: [PATH, { name: "NAME", kind: "table", optional: true }],
    options: [format("text", "json", "ndjson", "csv"), ...ROWS, ...OPENING],
    notes: FILTERS,
    examples: ["icecore table image.img", "icecore table image.img regions --filter prot=rwxp --sort start", "icecore table image.img fds --format csv --columns pid,fd,path"],
  },
  {
    name: "check",
    summary: "What is wrong with an image, and which bytes say so",
    arguments: [{ ...PATH, many: true }],
    options: [format("text", "json", "sarif"), { name: "checksums", doc: "Compare every checksum that a zip records, which reads all of it; without it, only those of members that are read in full" }, ...OPENING],
    notes: ["json is one array with the problems of every PATH; the column file says whose they are."],
    examples: ["icecore check image.img", "icecore check --format sarif *.img > problems.sarif"],
  },
  {
    name: "records",
    summary: "The records of the image, as they follow each other",
    arguments: [PATH],
    options: [format("text", "json", "ndjson", "csv"), { name: "fields", doc: "Print the fields of each record (text only)" }, ...ROWS, ...OPENING],
    notes: FILTERS,
    examples: ["icecore records image.img", "icecore records image.img --filter name=VMA --fields"],
  },
  {
    name: "hex",
    summary: "Bytes in the manner of xxd",
    arguments: [PATH],
    options: [
      FILE,
      { name: "offset", value: "N", doc: "First byte, decimal or 0x (default 0)" },
      { name: "length", value: "N", doc: "How many bytes, decimal or 0x (default 256)" },
      { name: "annotate", doc: "Begin each record on a line of its own, under its name" },
      ...OPENING,
    ],
    notes: [OFFSETS],
    examples: ["icecore hex image.img --offset 0x400 --length 64", "icecore hex image.img --annotate"],
  },
  {
    name: "explain",
    summary: "What a byte belongs to: record, field, value, rows",
    arguments: [PATH],
    options: [FILE, { name: "offset", value: "N", doc: "Which byte, decimal or 0x" }, format("text", "json"), ...OPENING],
    notes: [OFFSETS],
    examples: ["icecore explain image.img --offset 0x48f", "icecore explain images/ --file core-1.img --offset 0x20"],
  },
  {
    name: "map",
    summary: "The memory of a task as in /proc/PID/maps, and where its pages are",
    arguments: [PATH],
    options: [PID, format("text", "ndjson"), ...OPENING],
    notes: ["image, parent: pages in this image and in its parents. zero: never written. file: as in the mapped file, which is not in the image."],
    examples: ["icecore map checkpoint.tar.gz --pid 12"],
  },
  {
    name: "read",
    summary: "Bytes of a task's memory, as they are",
    arguments: [PATH],
    options: [
      PID,
      { name: "address", value: "A", doc: "First address, or what leads to it" },
      { name: "length", value: "N", doc: "How many bytes: 64, 0x1000, 4K, 1M" },
      { name: "fill", doc: "Write zeros for bytes that are not in the checkpoint; without it they are an error" },
      { name: "hex", doc: "Print lines in the manner of xxd, with the addresses; what is not there is said" },
      OUTPUT,
      ...OPENING,
    ],
    notes: [ADDRESSES, "Pages that are known to be zero are written as such."],
    examples: ["icecore read images/ --pid 12 --address 0x401000 --length 64 > code.bin", "icecore read images/ --pid 12 --address heap --length 4K -o heap.bin", "icecore read images/ --address rsp --length 128 --hex"],
  },
  {
    name: "search",
    summary: "Find text, bytes, numbers or pointers in memory, buffers and deleted files",
    arguments: [PATH, { name: "WHAT", kind: "pattern" }],
    options: [
      { name: "as", value: "KIND", choices: ["text", "utf-16", "any", "hex", "integer", "regex", "pointer"], doc: "What WHAT is; any is UTF-8 or UTF-16" },
      { name: "ignore-case", short: "i", doc: "Take capital and small letters as the same (text, regex)" },
      { name: "width", value: "BYTES", choices: ["4", "1", "2", "8"], doc: "Bytes of an integer" },
      { name: "aligned", doc: "Integers at multiples of their width only" },
      ...FINDING,
      ...OPENING,
    ],
    notes: [
      "hex takes wildcards: 48 8b ?? 4?. A regex is over bytes, \\xff is one. pointer finds words whose value is an address, or lies in FROM-TO.",
      "Without --pid everything is searched, shared memory once. Each line: address, or place in the object or data; whose it is; what stands there.",
      FOUND,
    ],
    examples: ["icecore search checkpoint.tar.gz password -i", "icecore search images/ 488b??0f --as hex --pid 12", "icecore search images/ 0x7f0012345000-0x7f0012346000 --as pointer"],
  },
  {
    name: "strings",
    summary: "Printable text in memory, buffers and deleted files",
    arguments: [PATH],
    options: [
      { name: "min", value: "N", doc: "Least characters (default 4)" },
      { name: "encoding", value: "NAME", choices: ["ascii", "utf-8", "utf-16le", "utf-16be"], doc: "How characters are written" },
      ...FINDING,
      ...OPENING,
    ],
    notes: [FOUND],
    examples: ["icecore strings checkpoint.tar.gz --pid 12 --min 8"],
  },
  {
    name: "core",
    summary: "A task as an ELF core, which gdb and lldb load",
    arguments: [PATH],
    options: [PID, { name: "small", doc: "Threads, registers and stacks only" }, OUTPUT, ...OPENING],
    notes: ["Pages that are not in the checkpoint are left out: a debugger takes unchanged pages of mapped files from those files.", "Then: gdb PROGRAM OUT"],
    examples: ["icecore core checkpoint.tar.gz --pid 12 -o core.12"],
  },
  {
    name: "decode",
    summary: "A CRIU image as JSON, as `crit decode` prints it",
    arguments: [PATH],
    options: [{ name: "pretty", doc: "Indent, and show numbers by their meaning: hex, flags, devices, addresses" }, OUTPUT],
    notes: ["The kind of image follows from the first bytes; the name counts only where they leave a choice.", "Fields that are unknown stand under __unknown."],
    examples: ["icecore decode pstree.img --pretty", "icecore decode core-1.img -o core-1.json"],
  },
  {
    name: "encode",
    summary: "The CRIU image that JSON of decode or `crit decode` stands for",
    arguments: [PATH],
    options: [
      { name: "endian", value: "ORDER", choices: ["little", "big"], doc: "Byte order of the machine that the image is for" },
      { name: "head", value: "HEAD", choices: ["usual", "common", "service", "none"], doc: "Word before the type; CRIU before 1.6 wrote none" },
      OUTPUT,
    ],
    notes: ["PATH is JSON, plain or pretty; integers of any size are exact."],
    examples: ["icecore encode pstree.json -o pstree.img", "icecore encode - --head none > pstree.img"],
  },
  {
    name: "x",
    summary: "Explore CRIU images as `crit x` does: ps, fds, mems, rss",
    arguments: [{ name: "DIR", kind: "file" }, { name: "WHAT", kind: "exploration" }],
    options: OPENING.filter(({ name }) => name === "checkpoint" || name === "with" || name === "inflate-limit"),
    notes: [
      "WHAT: ps is the tree of tasks, fds their open files, mems their memory regions, rss the stored pages.",
      "Exit status: 0 when everything was read, 1 when images are missing or damaged, 2 when there are no tasks or the call is wrong.",
    ],
    examples: ["icecore x checkpoint/ ps", "icecore x checkpoint.tar.gz fds"],
  },
  {
    name: "completion",
    summary: "A script that completes icecore in a shell",
    arguments: [{ name: "SHELL", kind: "shell" }],
    options: [],
    notes: ["bash: source <(icecore completion bash)", "zsh: icecore completion zsh > a file _icecore in a folder of $fpath", "fish: icecore completion fish | source"],
    examples: ["icecore completion bash"],
  },
  {
    name: "help",
    summary: "Explain icecore or one of its commands",
    arguments: [{ name: "COMMAND", kind: "command", optional: true }],
    options: [],
    examples: ["icecore help table"],
  },
];

export const SHELLS = ["bash", "zsh", "fish"] as const;

export const STATUS_NOTE = "Exit status: 0 when the image has no errors, 1 when it has, 2 when it could not be opened or the call is wrong.";

/** Every word that takes the next one as its value, long and short. */
export function valueOptionWords(): readonly string[] {
  const options = [...allOptions().values()].filter(({ value }) => value !== undefined);
  return options.flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
}

/** `icecore table PATH [NAME]` */
export function usageOf(command: CommandSpec): string {
  const words = command.arguments.map(({ name, optional, many }) => {
    const word = many === true ? `${name}...` : name;
    return optional === true ? `[${word}]` : word;
  });
  return ["icecore", command.name, ...words].join(" ");
}

export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  return [...command.options, ...EVERYWHERE];
}

/** Every option of every command, by name; an option of several commands takes a value in all of them or in none. */
export function allOptions(): ReadonlyMap<string, OptionSpec> {
  return new Map([...COMMANDS.flatMap(({ options }) => options), ...EVERYWHERE].map((option) => [option.name, option]));
}
