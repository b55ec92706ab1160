/**
 * What somebody typed into the address bar, as a place.
 * Offsets in the file of the cursor (`0x1f`, `+0x20`, `-16`, `1234`) or in one that is named (`pages-1.img@0x3000`), files
 * (`core-12.img`), tables (`tasks`), rows (`tasks:3`), tasks (`pid:7`), objects (`#12`), problem codes, and otherwise any
 * name or path that occurs.
 */
import type { Place } from "../inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { formatHex } from "../schema/show.ts";
import type { CellMaker } from "./cells.ts";

const MOST_CHOICES = 50;
/** Tables and columns in which names are looked for, the most telling first. */
const NAMED: readonly (readonly [table: string, column: string])[] = [
  ["tasks", "name"],
  ["files", "path"],
  ["regions", "path"],
  ["problems", "code"],
  ["sockets", "local"],
  ["devices", "name"],
  ["labels", "label"],
  ["images", "path"],
  ["records", "name"],
];

export function resolvePlace(
  text: string,
  from: { readonly file: number; readonly offset: number } | undefined,
  checkpoint: Checkpoint,
  cells: CellMaker,
): Place {
  const wanted = text.trim();
  if (wanted === "") return { kind: "nowhere", why: "Type an offset, a pid, an object or a name." };
  return (
    offsetInFile(wanted, checkpoint) ?? offset(wanted, from, checkpoint) ?? row(wanted, checkpoint, cells) ?? file(wanted, checkpoint) ?? named(wanted, checkpoint, cells)
  );
}

function parse(text: string): number | undefined {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
}

/** `NAME@OFFSET`. Without a name it is an offset like any other. */
function offsetInFile(text: string, checkpoint: Checkpoint): Place | undefined {
  const parts = /^(.+)@\s*(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (parts === null) return undefined;
  const name = parts[1]!.trim();
  const position = parse(parts[2]!)!;
  const found = filesNamed(name, checkpoint);
  if (found.length === 0) return { kind: "nowhere", why: `There is no file ${name}.` };
  const fitting = found.filter((index) => position < sizeOf(index, checkpoint));
  // Of several files with the name, those that are long enough come into question.
  const [first] = fitting;
  if (first === undefined) return { kind: "nowhere", why: rangeText(found[0]!, checkpoint) };
  return fitting.length === 1 ? { kind: "offset", file: first, offset: position } : filesAsChoices(fitting, checkpoint);
}

/** Files with this path, or else with this base name, or else whose path ends so. */
function filesNamed(name: string, { files }: Checkpoint): readonly number[] {
  const wanted = name.replace(/^\.?\/+/, "").toLowerCase();
  const indexes = [...files.keys()];
  const exact = indexes.filter((index) => files[index]!.name.toLowerCase() === wanted);
  return exact.length > 0 ? exact : indexes.filter((index) => files[index]!.name.toLowerCase().endsWith(`/${wanted}`));
}

function filesAsChoices(found: readonly number[], { files }: Checkpoint): Place {
  return { kind: "choices", choices: found.slice(0, MOST_CHOICES).map((index) => ({ label: files[index]!.name, table: "images", row: index })) };
}

function file(text: string, checkpoint: Checkpoint): Place | undefined {
  const found = filesNamed(text, checkpoint);
  const [first] = found;
  if (first === undefined) return undefined;
  return found.length === 1 ? { kind: "offset", file: first, offset: 0 } : filesAsChoices(found, checkpoint);
}

function sizeOf(index: number, { files }: Checkpoint): number {
  return files[index]?.source.size ?? 0;
}

/** Which offsets a file has. */
function rangeText(index: number, checkpoint: Checkpoint): string {
  const size = sizeOf(index, checkpoint);
  const name = checkpoint.files.length > 1 ? checkpoint.files[index]!.name : "The file";
  return size === 0 ? `${name} is empty: it has no offsets.` : `${name} has ${size} bytes: its offsets go from 0 to ${formatHex(size - 1)}.`;
}

function offset(text: string, from: { readonly file: number; readonly offset: number } | undefined, checkpoint: Checkpoint): Place | undefined {
  const relative = /^([+-])\s*(0x[0-9a-f]+|\d+)$/i.exec(text);
  const at = /^@?(0x[0-9a-f]+|\d+)$/i.exec(text);
  let position: number | undefined;
  if (relative !== null) position = (from?.offset ?? 0) + (relative[1] === "-" ? -1 : 1) * parse(relative[2]!)!;
  else if (at !== null) position = parse(at[1]!);
  if (position === undefined) return undefined;
  const file = from?.file ?? 0;
  if (position >= 0 && position < sizeOf(file, checkpoint)) return { kind: "offset", file, offset: position };
  const region = regionAt(position, checkpoint);
  if (region !== undefined) return region;
  const address = position < 0 ? "" : ` No region holds the address ${formatHex(position)}.`;
  return { kind: "nowhere", why: rangeText(file, checkpoint) + address };
}

/** A number beyond the file may be an address of a task. */
function regionAt(position: number, checkpoint: Checkpoint): Place | undefined {
  const regions = checkpoint.tables.get("regions");
  if (!Number.isSafeInteger(position) || position < 0) return undefined;
  const address = BigInt(position);
  const start = regions.column("start");
  const end = regions.column("end");
  const choices: { label: string; table: string; row: number }[] = [];
  for (let at = 0; at < regions.length && choices.length < MOST_CHOICES; at++) {
    if (address < start.big(at) || address >= end.big(at)) continue;
    choices.push({ label: `${formatHex(start.big(at))} ${regions.text(at, "path") ?? regions.text(at, "kind") ?? ""}`, table: "regions", row: at });
  }
  return oneOrMany(choices);
}

function row(text: string, checkpoint: Checkpoint, cells: CellMaker): Place | undefined {
  const pid = /^pid[: ]\s*(\d+)$/i.exec(text);
  if (pid !== null) {
    const tasks = checkpoint.tables.get("tasks");
    for (let at = 0; at < tasks.length; at++) {
      if (tasks.number(at, "pid") === Number(pid[1])) return { kind: "row", table: "tasks", row: at, label: cells.rowLabel("tasks", at) };
    }
    return { kind: "nowhere", why: `No task has the pid ${pid[1]}.` };
  }
  const object = /^#(\d+)$/.exec(text);
  if (object !== null) {
    const objects = checkpoint.tables.get("objects");
    for (let at = 0; at < objects.length; at++) {
      if (objects.number(at, "objref") === Number(object[1])) return { kind: "row", table: "objects", row: at, label: `object #${object[1]}` };
    }
    return { kind: "nowhere", why: `No shared object has the id ${object[1]}.` };
  }
  const tableRow = /^([a-z_]+)(?::(\d+))?$/i.exec(text);
  const table = tableRow === null ? undefined : checkpoint.tables.find(tableRow[1]!.toLowerCase());
  if (tableRow === null || table === undefined || table.length === 0) return undefined;
  const number = tableRow[2] === undefined ? 0 : Number(tableRow[2]) - 1;
  if (number < 0 || number >= table.length) return { kind: "nowhere", why: `The table ${table.name} has ${table.length} rows.` };
  return { kind: "row", table: table.name, row: number, label: cells.rowLabel(table.name, number) };
}

function named(text: string, checkpoint: Checkpoint, cells: CellMaker): Place {
  const part = text.toLowerCase();
  const choices: { label: string; table: string; row: number }[] = [];
  for (const [name, column] of NAMED) {
    const table = checkpoint.tables.find(name);
    if (table === undefined) continue;
    const values = table.column(column);
    const seen = new Set<number>();
    for (let at = 0; at < table.length && choices.length < MOST_CHOICES; at++) {
      const id = values.number(at);
      // One entry for each distinct text of a table: a library is mapped many times.
      if (id < 0 || seen.has(id)) continue;
      if (!values.text(at)!.toLowerCase().includes(part)) continue;
      seen.add(id);
      // A file is known by its path.
      const label = name === "images" ? values.text(at)! : cells.rowLabel(name, at);
      choices.push({ label: `${table.def.label}: ${label}`, table: name, row: at });
    }
  }
  return oneOrMany(choices) ?? { kind: "nowhere", why: `Nothing here is called "${text}".` };
}

function oneOrMany(choices: readonly { label: string; table: string; row: number }[]): Place | undefined {
  const [first] = choices;
  if (first === undefined) return undefined;
  return choices.length === 1 ? { kind: "row", ...first } : { kind: "choices", choices };
}
