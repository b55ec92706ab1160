/** Filter and sort a table: the answer is a list of row numbers, so that a million rows never become objects. */
import type { Query } from "../inspector.ts";
import type { Tables } from "../model/checkpoint.ts";
import type { Raw, Table } from "../model/table.ts";
import { CellMaker, ColumnReader } from "./cells.ts";

export interface RowList {
  readonly table: Table;
  /** Row numbers in order; undefined = all rows as they stand. */
  readonly rows: Uint32Array | undefined;
  readonly length: number;
  /** Depth by row in tree order. */
  readonly depths: Uint8Array | undefined;
}

type Test = (row: number) => boolean;

/** Rows between two looks at the signal. */
const BATCH = 65_536;

export async function runQuery(tables: Tables, table: Table, query: Query, cells: CellMaker, signal?: AbortSignal): Promise<RowList> {
  const tests: Test[] = [];
  for (const [name, filter] of Object.entries(query.filters ?? {})) {
    if (table.def.columns[name] === undefined || filter.trim() === "") continue;
    tests.push(columnTest(new ColumnReader(tables, table, name), filter.trim(), cells));
  }
  const search = query.search?.trim() ?? "";
  if (search !== "") tests.push(searchTest(tables, table, search, cells));
  const sort = (query.sort ?? []).filter(({ column }) => table.def.columns[column] !== undefined);
  const inTree = sort.length === 0 && table.def.tree !== undefined;
  if (tests.length === 0 && sort.length === 0 && !inTree) {
    return { table, rows: undefined, length: table.length, depths: undefined };
  }
  const tree = inTree ? treeOrder(table, table.def.tree!) : undefined;
  const rows = new Uint32Array(table.length);
  let count = 0;
  for (let index = 0; index < table.length; index++) {
    if (index % BATCH === BATCH - 1) {
      await new Promise<void>((resolve) => void setTimeout(resolve));
      signal?.throwIfAborted();
    }
    const row = tree === undefined ? index : tree.rows[index]!;
    if (tests.every((test) => test(row))) rows[count++] = row;
  }
  const found = rows.subarray(0, count);
  if (sort.length > 0) sortRows(tables, table, found, sort);
  return { table, rows: found, length: count, depths: tests.length === 0 ? tree?.depths : undefined };
}

function sortRows(tables: Tables, table: Table, rows: Uint32Array, sort: NonNullable<Query["sort"]>): void {
  const keys = sort.map(({ column, descending }) => ({ keys: sortKeys(new ColumnReader(tables, table, column), tables, table.length), sign: descending ? -1 : 1 }));
  rows.sort((a, b) => {
    for (const { keys: values, sign } of keys) {
      const x = values[a]!;
      const y = values[b]!;
      if (x === y) continue;
      // Rows without a value come last in both directions.
      if (x !== x) return y !== y ? 0 : 1;
      if (y !== y) return -1;
      return x < y ? -sign : sign;
    }
    return a - b;
  });
}

/** One comparable number for each row; NaN for none. Texts are ranked once. */
function sortKeys(column: ColumnReader, tables: Tables, length: number): Float64Array | BigUint64Array {
  const values: Raw[] = [];
  // A column with rows without a value needs NaN for them; addresses beyond 2^53 then tie, which their order in the image breaks.
  const isBig = column.def.type === "u64" && column.def.absent === undefined;
  const keys = isBig ? new BigUint64Array(length) : new Float64Array(length);
  const isText = column.def.type === "text" || column.def.ref !== undefined;
  const label = column.def.ref === undefined ? undefined : new CellMaker(tables, true);
  for (let row = 0; row < length; row++) {
    const value = column.raw(row);
    if (isText) values.push(value === null || label === undefined ? value : label.rowLabel(column.def.ref!, Number(value)));
    else if (isBig) (keys as BigUint64Array)[row] = typeof value === "bigint" ? value : 0n;
    else (keys as Float64Array)[row] = value === null ? NaN : Number(value);
  }
  if (!isText) return keys;
  const distinct = [...new Set(values.filter((value): value is string => typeof value === "string"))].sort(compareText);
  const ranks = new Map(distinct.map((text, rank) => [text, rank]));
  for (let row = 0; row < length; row++) {
    const value = values[row];
    (keys as Float64Array)[row] = typeof value === "string" ? ranks.get(value)! : NaN;
  }
  return keys;
}

const collator = new Intl.Collator("en", { numeric: true });
function compareText(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Remember the answer for each distinct text: columns repeat themselves. */
function textTest(column: ColumnReader, cells: CellMaker, matches: (text: string) => boolean): Test {
  const known = new Map<Raw, boolean>();
  return (row) => {
    const raw = column.raw(row);
    if (raw === null) return false;
    let answer = known.get(raw);
    if (answer === undefined) {
      answer = matches(cells.text(column, row).toLowerCase());
      if (known.size < 100_000) known.set(raw, answer);
    }
    return answer;
  };
}

function columnTest(column: ColumnReader, filter: string, cells: CellMaker): Test {
  if (filter === "-") return (row) => column.raw(row) === null;
  if (filter === "!-") return (row) => column.raw(row) !== null;
  const isNumber = column.def.type !== "text" && column.def.ref === undefined && column.def.type !== "bool";
  if (isNumber && column.def.as !== "protection") {
    const test = numberTest(column, filter);
    if (test !== undefined) return test;
  }
  if (filter.startsWith("!")) {
    const test = columnTest(column, filter.slice(1), cells);
    return (row) => !test(row);
  }
  if (filter.startsWith("=")) {
    const wanted = filter.slice(1).toLowerCase();
    return textTest(column, cells, (text) => text === wanted);
  }
  const part = filter.toLowerCase();
  return textTest(column, cells, (text) => text.includes(part));
}

function parseNumber(text: string): bigint | undefined {
  const trimmed = text.trim();
  return /^-?(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(trimmed) ? (trimmed.startsWith("-") ? -BigInt(trimmed.slice(1)) : BigInt(trimmed)) : undefined;
}

/** `12`, `0x1f`, `>5`, `>=5`, `<5`, `<=5`, `2..9`, `!12`. */
export function numberTest(column: { raw: (row: number) => Raw }, filter: string): Test | undefined {
  const compare = (test: (value: bigint) => boolean): Test => (row) => {
    const raw = column.raw(row);
    return (typeof raw === "number" && Number.isInteger(raw)) || typeof raw === "bigint" ? test(BigInt(raw)) : false;
  };
  const range = /^(.+?)\.\.(.+)$/.exec(filter);
  if (range !== null) {
    const from = parseNumber(range[1]!);
    const to = parseNumber(range[2]!);
    return from === undefined || to === undefined ? undefined : compare((value) => value >= from && value <= to);
  }
  const operator = /^(>=|<=|>|<|!=|!|==?)?(.+)$/.exec(filter);
  const operand = operator === null ? undefined : parseNumber(operator[2]!);
  if (operator === null || operand === undefined) return undefined;
  switch (operator[1]) {
    case ">":
      return compare((value) => value > operand);
    case ">=":
      return compare((value) => value >= operand);
    case "<":
      return compare((value) => value < operand);
    case "<=":
      return compare((value) => value <= operand);
    case "!":
    case "!=":
      return compare((value) => value !== operand);
    default:
      return compare((value) => value === operand);
  }
}

/** Presentations of numbers in words. */
const WORDS: ReadonlySet<string> = new Set(["protection", "vm-flags", "page-flags", "capabilities", "action-flags", "task-flags", "securebits", "personality", "handler"]);

/** Any column contains the text; columns of numbers are only looked at when the text could be part of a number. */
function searchTest(tables: Tables, table: Table, search: string, cells: CellMaker): Test {
  const part = search.toLowerCase();
  const couldBeNumber = /^[0-9a-fx.]+$/.test(part);
  const tests: Test[] = [];
  for (const name of Object.keys(table.def.columns)) {
    const column = new ColumnReader(tables, table, name);
    const isText = column.def.type === "text" || column.def.ref !== undefined || column.def.type === "bool";
    if (isText) tests.push(textTest(column, cells, (text) => text.includes(part)));
    else if (couldBeNumber || WORDS.has(column.def.as)) {
      tests.push((row) => cells.text(column, row).toLowerCase().includes(part));
    }
  }
  return (row) => tests.some((test) => test(row));
}

/** Rows so that children follow their parents, with depths. */
function treeOrder(table: Table, parentColumn: string): { rows: Uint32Array; depths: Uint8Array } {
  const parent = table.column(parentColumn);
  const { length } = table;
  const firstChild = new Int32Array(length).fill(-1);
  const nextSibling = new Int32Array(length).fill(-1);
  const roots: number[] = [];
  for (let row = length - 1; row >= 0; row--) {
    const above = parent.number(row);
    if (above < 0 || above >= length) {
      roots.push(row);
      continue;
    }
    nextSibling[row] = firstChild[above]!;
    firstChild[above] = row;
  }
  const rows = new Uint32Array(length);
  const depths = new Uint8Array(length);
  let count = 0;
  const stack = roots.map((row) => ({ row, depth: 0 }));
  while (stack.length > 0) {
    const { row, depth } = stack.pop()!;
    rows[count++] = row;
    depths[row] = Math.min(depth, 255);
    const children: number[] = [];
    for (let child = firstChild[row]!; child >= 0; child = nextSibling[child]!) children.push(child);
    for (const child of children.reverse()) stack.push({ row: child, depth: depth + 1 });
  }
  return { rows: rows.subarray(0, count), depths };
}
