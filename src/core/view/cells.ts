/** Values of tables as people read them and as files carry them. */
import type { Cell, CellValue, ColumnInfo, TableInfo } from "../inspector.ts";
import type { Tables } from "../model/checkpoint.ts";
import type { Severity } from "../model/diagnostic.ts";
import { capabilityNames, PERSONALITY_FLAGS, SA_FLAGS, SECUREBITS, TASK_FLAGS, VM_FLAGS } from "../model/linux.ts";
import { PAGE_FLAGS } from "../model/page-place.ts";
import type { ColumnDef, Presentation, Raw, Table } from "../model/table.ts";
import { escapeText, flagNames, formatCount, formatHex, formatLimit, formatNanoseconds, formatSignals, formatSize, formatTime } from "../schema/show.ts";

/** Reads any column of a table: stored, looked up in another table, or worked out. */
export class ColumnReader {
  readonly def: ColumnDef;
  readonly name: string;
  /** Raw value of a row, null for none. A `ref` gives the row number. */
  readonly raw: (row: number) => Raw;
  /** Row that a value refers to, or -1. */
  readonly target: (row: number) => number;
  /** Column where a looked-up value is stored, and the way to its row. */
  readonly origin: { readonly table: Table; readonly column: string; readonly row: (row: number) => number };

  constructor(tables: Tables, table: Table, name: string, depth = 0) {
    const def = table.def.columns[name]!;
    this.def = def;
    this.name = name;
    this.origin = { table, column: name, row: (row) => row };
    this.target = () => -1;
    if (def.via !== undefined && depth < 4) {
      const ref = table.column(def.via.ref);
      const other = tables.find(table.def.columns[def.via.ref]!.ref!)!;
      const inner = new ColumnReader(tables, other, def.via.column, depth + 1);
      this.raw = (row) => {
        const at = ref.number(row);
        return at < 0 ? null : inner.raw(at);
      };
      this.origin = {
        table: inner.origin.table,
        column: inner.origin.column,
        row: (row) => {
          const at = ref.number(row);
          return at < 0 ? -1 : inner.origin.row(at);
        },
      };
    } else if (def.derive !== undefined) {
      const { from } = def.derive;
      this.raw = (row) => from((column) => table.column(column).value(row));
    } else {
      const column = table.column(name);
      this.raw = (row) => column.value(row);
      if (def.ref !== undefined) this.target = (row) => column.number(row);
    }
  }
}

const LEFT: readonly Presentation[] = ["action-flags", "task-flags", "securebits", "personality", "text", "path", "yes", "time", "capabilities", "signals", "vm-flags", "page-flags", "protection", "severity"];
const NUMERIC: readonly Presentation[] = ["number", "address", "hex", "octal", "size", "nanoseconds", "offset", "limit"];

export function columnInfo(name: string, def: ColumnDef, hasValues: () => boolean): ColumnInfo {
  const numeric = NUMERIC.includes(def.as) && def.type !== "ref";
  return {
    name,
    label: def.label,
    doc: def.derive === undefined ? `${def.doc}.` : `${def.doc} (${def.derive.how}).`,
    align: LEFT.includes(def.as) || def.type === "ref" ? "left" : "right",
    mono: numeric || def.as === "protection" || def.as === "path",
    shown: def.shown === "some" ? hasValues() : def.shown,
    width: def.width,
    filter: numeric ? "number" : "text",
    ...(def.ref === undefined ? {} : { ref: def.ref }),
  };
}

/** Whether any row has a value; looks at no more rows than it takes to find one. */
function hasValues(tables: Tables, table: Table, name: string): boolean {
  const column = new ColumnReader(tables, table, name);
  for (let row = 0; row < table.length; row++) if (column.raw(row) !== null) return true;
  return false;
}

export function tableInfo(tables: Tables, table: Table, empty?: string): TableInfo {
  const { def } = table;
  return {
    name: table.name,
    label: def.label,
    doc: `${def.doc}.`,
    group: def.group,
    rowCount: table.length,
    columns: Object.entries(def.columns).map(([name, column]) => columnInfo(name, column, () => hasValues(tables, table, name))),
    ...(table.length === 0 ? { empty: empty ?? def.empty } : {}),
    ...(def.tree === undefined ? {} : { tree: def.tree }),
  };
}

/** `rwxp` and `rwxs`, as in /proc/PID/maps. */
export function protectionText(bits: number): string {
  return `${bits & 1 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 4 ? "x" : "-"}${bits & 8 ? "s" : "p"}`;
}

/** As the flags of open files are shown: without the words before each. */
const ACTION_FLAGS = new Map([...SA_FLAGS].map(([bit, name]) => [bit, name.replace(/^SA_/, "")]));

function flagsOrNone(value: number | bigint, names: ReadonlyMap<number, string>): string {
  return Number(value) === 0 ? "none" : flagNames(value, names);
}

/** SIG_DFL and SIG_IGN. */
const HANDLERS = ["default", "ignore"];

/** The low byte is a domain, of which 0 is Linux and 8 is Linux for programs of 32 bits. */
function personalityText(value: number): string {
  const domain = value & 0xff;
  const flags = value - domain;
  const words = [...(domain === 0 ? (flags === 0 ? ["LINUX"] : []) : [domain === 8 ? "LINUX32" : formatHex(domain)]), ...(flags === 0 ? [] : [flagNames(flags, PERSONALITY_FLAGS)])];
  return words.join("|");
}

/** Presentations whose text leaves out the number. */
const NAMED: ReadonlySet<Presentation> = new Set(["vm-flags", "page-flags", "action-flags", "task-flags", "securebits", "personality", "handler", "capabilities", "signals", "limit", "nanoseconds", "time"]);

/** Text of a value; `wide`: of a machine of 64 bits, which has longer addresses and larger limits. */
export function rawText(value: Exclude<Raw, null>, as: Presentation, wide: boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return escapeText(value);
  switch (as) {
    case "address":
      return formatHex(value, wide ? 12 : 8);
    case "hex":
      return formatHex(value);
    case "offset":
      return formatHex(value, 8);
    case "octal":
      return `0${value.toString(8)}`;
    case "size":
      return formatSize(value);
    case "time":
      return formatTime(value);
    case "nanoseconds":
      return formatNanoseconds(value);
    case "protection":
      return protectionText(Number(value));
    case "vm-flags":
      return flagNames(value, VM_FLAGS);
    case "page-flags":
      return flagsOrNone(value, PAGE_FLAGS);
    case "action-flags":
      return flagsOrNone(value, ACTION_FLAGS);
    case "task-flags":
      return flagsOrNone(value, TASK_FLAGS);
    case "securebits":
      return flagsOrNone(value, SECUREBITS);
    case "personality":
      return personalityText(Number(value));
    case "handler":
      return HANDLERS[Number(value)] ?? formatHex(value, wide ? 12 : 8);
    case "capabilities":
      return capabilityNames(BigInt(value));
    case "signals":
      return formatSignals(BigInt(value));
    case "limit":
      return formatLimit(value, wide);
    case "yes":
      return value === 0 || value === 0n ? "no" : "yes";
    default:
      // Rounded digits are none.
      return typeof value === "number" && value > Number.MAX_SAFE_INTEGER ? formatCount(value) : String(value);
  }
}

/** Exact form behind a rounded one. */
function titleOf(value: Exclude<Raw, null>, as: Presentation): string | undefined {
  if (typeof value === "string" || typeof value === "boolean") return undefined;
  if (as === "size") return `${formatCount(value)} bytes`;
  if (as === "offset") return `${formatCount(value)}`;
  if (NAMED.has(as)) return `${value} (${formatHex(value)})`;
  return undefined;
}

/** Value as JSON, CSV and scripts want it: numbers stay numbers, addresses and flags become text. */
export function plainValue(value: Raw, as: Presentation, wide: boolean): CellValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return value;
  switch (as) {
    case "number":
    case "size":
    case "offset":
    case "nanoseconds":
      return typeof value === "bigint" && value <= 0x1f_ffff_ffff_ffffn ? Number(value) : value;
    case "address":
    case "hex":
      return formatHex(value);
    default:
      return rawText(value, as, wide);
  }
}

const SEVERITIES: ReadonlySet<string> = new Set(["error", "warning", "note"]);

export class CellMaker {
  readonly #tables: Tables;
  readonly #wide: boolean;

  constructor(tables: Tables, wide: boolean) {
    this.#tables = tables;
    this.#wide = wide;
  }

  text(column: ColumnReader, row: number): string {
    const value = column.raw(row);
    if (value === null) return "";
    return column.def.ref === undefined ? rawText(value, column.def.as, this.#wide) : this.rowLabel(column.def.ref, Number(value));
  }

  plain(column: ColumnReader, row: number): CellValue {
    const value = column.raw(row);
    if (value === null) return null;
    return column.def.ref === undefined ? plainValue(value, column.def.as, this.#wide) : this.rowLabel(column.def.ref, Number(value));
  }

  cell(column: ColumnReader, row: number): Cell {
    const { def } = column;
    const value = column.raw(row);
    if (value === null) return { text: "", value: null, absent: def.absent ?? "not recorded" };
    if (def.ref !== undefined) {
      const target = Number(value);
      const label = this.rowLabel(def.ref, target);
      return { text: label, value: label, link: { table: def.ref, row: target } };
    }
    const text = rawText(value, def.as, this.#wide);
    const title = titleOf(value, def.as);
    const link = column.def.via === undefined ? undefined : this.#viaLink(column, row);
    return {
      text,
      value: plainValue(value, def.as, this.#wide),
      ...(title === undefined ? {} : { title }),
      ...(link === undefined ? {} : { link }),
      ...(def.as === "severity" && SEVERITIES.has(text) ? { tone: text as Severity } : {}),
    };
  }

  /** A looked-up value leads to the row that it was looked up in. */
  #viaLink(column: ColumnReader, row: number): Cell["link"] {
    const target = column.origin.row(row);
    return target < 0 ? undefined : { table: column.origin.table.name, row: target };
  }

  /** Short name of a row, for links: pid and name of a task, path of a file ... */
  rowLabel(tableName: string, row: number): string {
    const table = this.#tables.find(tableName);
    if (table === undefined || row < 0 || row >= table.length) return `${tableName} ${row + 1}`;
    const read = (column: string): Raw => (table.def.columns[column] === undefined ? null : new ColumnReader(this.#tables, table, column).raw(row));
    switch (tableName) {
      case "tasks":
        return `${read("pid") ?? "?"} ${read("name") ?? ""}`.trim();
      case "records":
        return `${read("name")} at ${formatHex(Number(read("offset")))}`;
      case "regions":
        return `${formatHex(read("start") as bigint)} ${read("path") ?? read("kind") ?? ""}`.trim();
      case "files":
        return String(read("path") ?? `${read("kind")} #${read("objref")}`);
      case "spaces":
      case "fd_tables":
      case "thread_groups":
        return `${table.def.label.toLowerCase().replace(/s$/, "")} of ${read("pid") ?? "no task"}`;
      case "fds":
        return `fd ${read("fd")} of ${read("pid") ?? "no task"}`;
      case "extents":
        return `${read("pages")} pages at ${formatHex(read("start") as bigint)}`;
      case "registers":
        return `${read("register")} of ${read("pid") ?? "?"}`;
      case "pids":
        return `pid entry ${read("pid")}`;
      case "threads":
        return `registers of ${read("tid") ?? read("pid") ?? "?"}`;
      case "seccomp_filters":
        return `filter ${read("index") ?? row + 1}`;
      case "mounts":
        return `${read("id") ?? "?"} ${escapeText(String(read("mountpoint") ?? ""))}`.trim();
      case "credentials":
        return `uid ${read("euid")} gid ${read("egid")}`;
      case "users":
        return `uid ${read("uid")}`;
      case "namespaces":
        return `${read("kind")} ns #${read("objref") ?? "?"}`;
      case "ipc":
        return `${read("kind")} ${read("id")}`;
      case "problems":
        return String(read("code"));
      case "memory_objects":
        // Names repeat: every shared anonymous mapping is /dev/zero.
        return [read("kind"), read("id") ?? row + 1].join(" ");
      case "remaps":
        return escapeText([read("kind"), read("target") ?? `#${read("objref")}`].filter((part) => part !== null).join(" "));
      case "log":
        return `line ${read("line")}`;
      default: {
        const objref = read("objref");
        if (objref !== null) return `#${objref}`;
        const name = read("path") ?? read("name") ?? read("key");
        return typeof name === "string" && name !== "" ? escapeText(name) : `${table.def.label.toLowerCase()} ${row + 1}`;
      }
    }
  }
}
