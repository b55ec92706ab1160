/**
 * Which rows a byte belongs to. Many rows may be made from one record: messages of a queue, regions of a memory map. A byte
 * belongs to those that show its field or were made of the element around it, and to those that stand for a stretch of bytes
 * with it. Where there are none, it belongs to the rows that the record as a whole became.
 */
import type { FieldNode } from "../inspector.ts";
import type { RecordDecoder, Tables } from "../model/checkpoint.ts";
import type { Table } from "../model/table.ts";
import type { RecordIndex } from "./record-index.ts";

/** Rows of a table that are looked at; records with more elements have names for the first only. */
const MOST_LOOKED_AT = 20_000;
/** Rows of a table that are named. */
const MOST_NAMED = 64;

export interface BytePlace {
  readonly record: number;
  readonly file: number;
  readonly offset: number;
  /** Nodes from the record's root to the innermost field that holds the byte. */
  readonly nodes: readonly FieldNode[];
}

export interface MadeRow {
  readonly table: string;
  readonly row: number;
}

export function rowsOfByte(tables: Tables, decoder: RecordDecoder, records: RecordIndex, place: BytePlace): MadeRow[] {
  const paths = pathsOf(place.nodes);
  const made = new Map<string, number[]>();
  for (const { table, row } of records.rowsOf(place.record, MOST_LOOKED_AT)) {
    const list = made.get(table);
    if (list === undefined) made.set(table, [row]);
    else list.push(row);
  }
  const owners: MadeRow[] = [];
  const whole: MadeRow[] = [];
  for (const [name, rows] of made) {
    const table = tables.find(name)!;
    const claims = claimsOf(table, decoder, records, place, paths);
    const own = rows.filter((row) => claims.has(row)).slice(0, MOST_NAMED);
    for (const row of own) owners.push({ table: name, row });
    // Several rows of one table are parts of the record.
    if (rows.length === 1 && !claims.isElement(rows[0]!)) whole.push({ table: name, row: rows[0]! });
  }
  return owners.length > 0 ? owners : whole;
}

/** Paths of the nodes and of what stands around them, without the folded groups of long arrays. */
function pathsOf(nodes: readonly FieldNode[]): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { path } of nodes) {
    const steps = path.split(".").filter((step) => !/^\d+-\d+$/.test(step));
    for (let count = 1; count <= steps.length; count++) {
      paths.add(steps.slice(0, count).join("."));
      // Fields of a part that all kinds of a record have are named without it.
      if (steps[0] === "common" && count > 1) paths.add(steps.slice(1, count).join("."));
    }
  }
  paths.delete("");
  return paths;
}

interface Claims {
  has(row: number): boolean;
  /** Made of a part of its record, whatever the byte is. */
  isElement(row: number): boolean;
}

function claimsOf(table: Table, decoder: RecordDecoder, records: RecordIndex, { record, file, offset }: BytePlace, paths: ReadonlySet<string>): Claims {
  const origins = [...table.columns.keys()].flatMap((column) => {
    const origin = decoder.origin(table.name, column);
    return origin === undefined || !table.columns.has(origin.recordColumn) ? [] : [{ isOwn: column === "record", ...origin }];
  });
  const pathIn = ({ path }: (typeof origins)[number], row: number): string => (typeof path === "string" ? path : path(row));
  const own = origins.find(({ isOwn }) => isOwn);
  /** Path of the element that a row was made of; the record column leads there. */
  const element = (row: number): string => (own === undefined || table.number(row, "record") !== record ? "" : pathIn(own, row));
  const stretch = stretchOf(table, records);
  return {
    isElement: (row) => element(row) !== "",
    has: (row) => {
      const { start, end, file: at } = stretch(row);
      if (at === file && offset >= start && offset < end) return true;
      const base = element(row);
      if (base !== "") return paths.has(base);
      return origins.some((origin) => table.number(row, origin.recordColumn) === record && paths.has(pathIn(origin, row)));
    },
  };
}

/** Bytes that a row stands for; nothing where it stands for none. */
function stretchOf(table: Table, records: RecordIndex): (row: number) => { readonly file: number; readonly start: number; readonly end: number } {
  const none = { file: -1, start: 0, end: 0 };
  // Runs of pages stand in other files than the records that say where.
  if (!table.columns.has("offset") || !table.columns.has("bytes")) return () => none;
  return (row) => {
    const start = table.number(row, "offset");
    const length = table.number(row, "bytes");
    if (Number.isNaN(start) || Number.isNaN(length) || !(length > 0)) return none;
    const image = table.columns.has("image") ? table.number(row, "image") : -1;
    return { file: image >= 0 ? image : records.fileOf(table.number(row, "record")), start, end: start + length };
  };
}
