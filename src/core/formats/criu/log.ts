/** Logs of dump, restore and page server: a row for each line, and what they say of the run. */
import type { FileKind, SetReader } from "../../model/set-reader.ts";
import { textKind, type LinePart } from "../../model/kinds/text-kind.ts";

/** What the first lines and the last say. */
export interface LogFacts {
  readonly file: number;
  readonly name: string;
  version: string | undefined;
  host: string | undefined;
  kernel: string | undefined;
  machine: string | undefined;
  /** Record of the line that says it. */
  versionRecord: number;
  kernelRecord: number;
  lastRecord: number;
  succeeded: boolean;
  failed: boolean;
  errors: { readonly record: number; readonly text: string; readonly row: number }[];
}

/** `(00.012345)   12: Error (criu/files.c:34): text`; lines of the code that CRIU puts into a task begin with `pie: 12: `, some without a time. */
const LINE = /^(\(\d+\.\d+\))?(\s*)(pie: )?(?:(\d+): )?(\s*)(?:(Error|Warn)(\s+\()([^)]*)(\): ))?(.*)$/s;
const MOST_ERRORS = 100;
/** Errors that the problem itself names. */
const SHOWN_ERRORS = 4;
/** Says only that all of it failed. */
const FAILED = /(Dumping|Restoring|Pre-dumping) FAILED/;
/** CRIU 4.2 and 4.3 write this error at the beginning of every run without CAP_SYS_RESOURCE, and go on, also to success. */
const HARMLESS = /^rlimit: Can't setup RLIMIT_NOFILE for self/;
/** clone3 with a chosen pid fails like that when a task, a process group or a session has it. */
const PID_TAKEN = /^Can't fork for (\d+): File exists/;

function partsOf(text: string): readonly LinePart[] | undefined {
  const match = LINE.exec(text);
  if (match?.[1] === undefined) return undefined;
  const parts: LinePart[] = [];
  let at = 0;
  const add = (name: string, part: string | undefined): void => {
    if (part === undefined || part === "") return;
    parts.push({ name, start: at, end: at + part.length });
    at += part.length;
  };
  add("time", match[1] + (match[2] ?? ""));
  add("origin", match[3]);
  add("pid", match[4] === undefined ? undefined : `${match[4]}: `);
  add("space", match[5]);
  add("severity", match[6] === undefined ? undefined : match[6] + match[7]!);
  add("source", match[8]);
  add("mark", match[9]);
  add("message", match[10]);
  return parts;
}

export function isLogName(path: string): boolean {
  return path.endsWith(".log");
}

export function logKind(reader: SetReader, file: number, name: string): { readonly kind: FileKind; readonly facts: LogFacts } {
  const facts: LogFacts = {
    file, name, version: undefined, host: undefined, kernel: undefined, machine: undefined, versionRecord: -1, kernelRecord: -1, lastRecord: -1, succeeded: false, failed: false, errors: [],
  };
  const table = reader.table("log");
  const kind = textKind("log", "Log of a run of the tool.", {
    parts: partsOf,
    onLine(text, line, record) {
      const match = LINE.exec(text);
      const message = match?.[10] ?? text;
      const row = table.add();
      table.set(row, "line", line);
      table.set(row, "file", file);
      table.set(row, "record", record);
      table.set(row, "message", message);
      if (match?.[1] !== undefined) table.set(row, "time", match[1].slice(1, -1));
      if (match?.[4] !== undefined) table.set(row, "pid", Number(match[4]));
      if (match?.[6] !== undefined) table.set(row, "severity", match[6]);
      if (match?.[8] !== undefined) table.set(row, "source", match[8]);
      facts.lastRecord = record;
      note(facts, message, match?.[6], record, row);
    },
  });
  return { kind, facts };
}

function note(facts: LogFacts, message: string, severity: string | undefined, record: number, row: number): void {
  const version = /^Version: (\d[\w.]*)/.exec(message);
  if (version !== null && facts.version === undefined) {
    facts.version = version[1]!;
    facts.versionRecord = record;
  }
  const running = /^Running on (\S+) Linux (\S+) (.*)$/.exec(message);
  if (running !== null && facts.kernel === undefined) {
    facts.host = running[1]!;
    facts.kernel = running[2]!;
    facts.machine = running[3]!.slice(running[3]!.lastIndexOf(" ") + 1);
    facts.kernelRecord = record;
  }
  if (/(Dumping|Restore|Pre-dumping) finished successfully/.test(message)) facts.succeeded = true;
  if (FAILED.test(message)) facts.failed = true;
  if (severity === "Error" && facts.errors.length < MOST_ERRORS) facts.errors.push({ record, text: message, row });
}

/** Errors of a run that succeeded were harmless; those of one that failed are what everybody looks for. */
export function reportLog(reader: SetReader, facts: LogFacts): void {
  const causes = facts.errors.filter(({ text }) => !FAILED.test(text) && !HARMLESS.test(text));
  // A run that gives up early, such as over the inventory, does not say that it failed; one that went well says so in a log with a version.
  const gaveUp = !facts.succeeded && facts.version !== undefined && causes.length > 0 && /dump|restore/.test(facts.name);
  const failed = facts.failed || gaveUp;
  // A log with little in it says nothing of success either: without the version nothing is missing.
  if (!failed && !facts.succeeded && facts.version !== undefined && /dump/.test(facts.name)) {
    reader.report("log.unfinished", `${facts.name} ends without saying that the dump was successful.`, reader.recordSpan(facts.lastRecord));
  }
  if (!failed) return;
  const shown = causes.slice(0, SHOWN_ERRORS).map(({ text }) => text.trim().replace(/\.$/, ""));
  const more = causes.length > SHOWN_ERRORS ? `; and ${causes.length - SHOWN_ERRORS} more` : "";
  const pid = causes.map(({ text }) => PID_TAKEN.exec(text)?.[1]).find((taken) => taken !== undefined);
  const meaning = pid === undefined ? "" : ` The pid ${pid} was taken there: a task, a process group or a session had it.`;
  const says = facts.failed ? "says that the run failed" : "has errors, and does not say that the run was successful";
  reader.report("log.failed", `${facts.name} ${says}${shown.length === 0 ? "" : `. Its errors, in their order: ${shown.join("; ")}${more}`}.${meaning}`, causes[0] === undefined ? reader.recordSpan(facts.lastRecord) : reader.recordSpan(causes[0].record));
  for (const { record, text, row } of causes) reader.report("log.error", `${facts.name}: ${text}`, reader.recordSpan(record), { table: "log", row });
}
