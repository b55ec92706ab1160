/**
 * An inspector without a file behind it: `rowCount` rows are worked out from their number, so a million cost nothing.
 * For tests of the page's own parts (the port, the windowed table) that must not depend on a format.
 */
import type {
  ColumnInfo,
  FieldNode,
  Inspector,
  MemoryInspector,
  Query,
  Row,
  Summary,
  TableInfo,
  View,
} from "../../src/core/inspector.ts";

export const RECORD_BYTES = 64;

function column(name: string, label: string, filter: ColumnInfo["filter"], width: number): ColumnInfo {
  return {
    name,
    label,
    doc: `The ${label.toLowerCase()} of the record.`,
    align: filter === "number" ? "right" : "left",
    mono: filter === "number",
    shown: true,
    width,
    filter,
  };
}

const COLUMNS: readonly ColumnInfo[] = [
  column("record", "Record", "number", 10),
  column("name", "Name", "text", 16),
  column("start", "Start", "number", 14),
];

function rowAt(row: number): Row {
  const start = row * RECORD_BYTES;
  return {
    row,
    cells: [
      { text: String(row), value: row },
      { text: `record-${row % 7}`, value: `record-${row % 7}` },
      { text: `0x${start.toString(16)}`, value: start },
    ],
  };
}

export interface FakeInspector extends Inspector {
  /** Calls that reached it, by name. */
  readonly calls: string[];
}

export function createFakeInspector(rowCount: number): FakeInspector {
  const calls: string[] = [];
  const size = rowCount * RECORD_BYTES;
  const info: TableInfo = {
    name: "records",
    label: "Records",
    doc: "One row per record.",
    group: "Image",
    rowCount,
    columns: COLUMNS,
  };
  const views = new Map<number, { rows: readonly number[] | undefined; descending: boolean; matching: number }>();
  let nextView = 1;

  const query = (_table: string, { filters, search, sort }: Query): View => {
    const text = search === undefined || search === "" ? Object.values(filters ?? {})[0] : search;
    const rows = text === undefined || text === "" ? undefined : matches(rowCount, text);
    const id = nextView++;
    const matching = rows?.length ?? rowCount;
    views.set(id, { rows, descending: sort?.[0]?.descending ?? false, matching });
    return { id, total: rowCount, matching };
  };
  const numberAt = (view: number, index: number): number => {
    const { rows, descending, matching } = views.get(view) ?? { rows: undefined, descending: false, matching: rowCount };
    const at = descending ? matching - 1 - index : index;
    return rows?.[at] ?? at;
  };
  const nodeOf = (record: number): FieldNode => {
    const start = record * RECORD_BYTES;
    const child = (name: string, from: number, to: number): FieldNode => ({
      name,
      path: name,
      span: { file: 0, start: start + from, end: start + to },
      type: `char[${to - from}]`,
      text: name,
      value: name,
    });
    return {
      ...child("record", 0, RECORD_BYTES),
      children: [child("type", 0, 4), child("len", 4, 8), child("payload", 8, RECORD_BYTES)],
    };
  };

  return {
    calls,
    summary: async () => {
      calls.push("summary");
      return summaryOf(rowCount, size);
    },
    tables: async () => [info],
    query: async (table, asked) => {
      calls.push("query");
      return query(table, asked);
    },
    rows: async (view, from, to) => {
      const { matching } = views.get(view) ?? { matching: rowCount };
      const end = Math.min(to, matching);
      return Array.from({ length: Math.max(0, end - from) }, (_, at) => rowAt(numberAt(view, from + at)));
    },
    row: async (_table, row) => (row < rowCount ? rowAt(row) : undefined),
    indexOf: async (view, row) => {
      const { rows, descending, matching } = views.get(view) ?? { rows: undefined, descending: false, matching: rowCount };
      const at = rows === undefined ? row : rows.indexOf(row);
      return at < 0 ? -1 : descending ? matching - 1 - at : at;
    },
    explain: async (record) =>
      record < rowCount
        ? { record, name: `record-${record % 7}`, span: nodeOf(record).span, root: nodeOf(record), rows: [], diagnostics: [] }
        : undefined,
    locate: async (_table, row) => ({ span: nodeOf(row).span, record: row }),
    ownerAt: async (_file, offset) => {
      const record = Math.floor(offset / RECORD_BYTES);
      const root = nodeOf(record);
      const field = root.children?.find(({ span }) => offset >= span.start && offset < span.end) ?? root;
      return { record, recordName: "record", recordSpan: root.span, field, breadcrumb: ["record", field.name], rows: [] };
    },
    bytes: async (_file, start, end) => {
      calls.push("bytes");
      return Uint8Array.from({ length: Math.max(0, Math.min(end, size) - start) }, (_, at) => (start + at) & 0xff);
    },
    nextUnexplained: async () => undefined,
    recordsIn: async () => [],
    fieldsIn: async () => [],
    exportView: async (view, _format, _columns, write, signal) => {
      const { matching } = views.get(view) ?? { matching: rowCount };
      for (let at = 0; at < matching; at++) {
        if (signal?.aborted === true) throw new DOMException("stopped", "AbortError");
        await write(`${numberAt(view, at)}\n`);
      }
    },
    problemCatalogue: async () => [],
    memory: NO_MEMORY,
    resolvePlace: async (text) => ({ kind: "nowhere", why: `There is no ${text}.` }),
    close: async () => undefined,
  };
}

/** It has no address space, and every question about one fails as it would for a space that is not there. */
const NO_MEMORY = new Proxy({} as MemoryInspector, {
  get: (_target, method) => async () => {
    if (method === "spaces") return [];
    throw new RangeError("There is no address space.");
  },
});

function matches(rowCount: number, text: string): readonly number[] {
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row++) if (`record-${row % 7}`.includes(text) || String(row).includes(text)) rows.push(row);
  return rows;
}

function summaryOf(rowCount: number, size: number): Summary {
  return {
    format: "fake",
    formatName: "Made-up image",
    revision: undefined,
    revisionAlternatives: [],
    architecture: undefined,
    byteOrder: "little",
    pageSize: 4096,
    reasons: ["It was made for a test."],
    revisionChoices: [],
    architectureChoices: [],
    choices: [],
    overridden: { revision: false, architecture: false },
    files: [{ name: "fake.img", size }],
    groups: [{ title: "Image", facts: [{ label: "Records", text: String(rowCount), link: { kind: "table", table: "records" } }] }],
    counts: { records: rowCount },
    problems: { error: 0, warning: 0, note: 0 },
    worst: [],
    coverage: { total: size, explained: size },
  };
}
