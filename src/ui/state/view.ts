/**
 * What the user looks at, as one value, and its spelling in the address of the page.
 *
 * A link is a View plus the identity of the image that it is a view of: the page cannot fetch that image, so a shared
 * link asks for a file of this name and size. The spelling carries a version; a change of meaning needs a new one.
 */
import type { OpenOptions, Sort } from "../../core/index.ts";

export interface TableQuery {
  readonly search: string;
  readonly filters: Readonly<Record<string, string>>;
  readonly sort: readonly Sort[];
}

export interface TableView {
  readonly kind: "table";
  readonly table: string;
  readonly query: TableQuery;
  /** Selected row, by its number in the table. */
  readonly row?: number;
  readonly column?: string;
  /** Record shown beside the table, when it is not the one behind the row. */
  readonly record?: number;
  /** Selected field of the shown record. */
  readonly field?: string;
}

export interface BytesView {
  readonly kind: "bytes";
  readonly file: number;
  /** The byte under the cursor. */
  readonly offset: number;
  /** Where the selection began; it runs from there to `offset`, both in. */
  readonly anchor?: number;
  /** Selected field, when it is not the innermost one at `offset`. */
  readonly field?: string;
}

/** The memory of an address space, at an address. */
export interface MemoryView {
  readonly kind: "memory";
  readonly space: number;
  /** The byte under the cursor; absent: the top of the map. */
  readonly address?: bigint;
  /** Where the selection began; it runs from there to `address`, both in. */
  readonly anchor?: bigint;
}

/** Registers and stack of a thread. */
export interface ThreadView {
  readonly kind: "thread";
  readonly thread: number;
}

/** Command line, environment and auxiliary vector of an address space. */
export interface ProcessView {
  readonly kind: "process";
  readonly space: number;
}

export const SEARCH_MODES = ["text", "hex", "integer", "regex", "pointer", "strings"] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

/** A search over memory. What is typed stays as it was typed. */
export interface SearchView {
  readonly kind: "search";
  readonly mode: SearchMode;
  readonly text: string;
  /** Of texts and strings. */
  readonly encoding?: string;
  readonly ignoreCase?: boolean;
  /** Bytes of an integer; least characters of strings. */
  readonly width?: number;
  /** Integers at multiples of their width only. */
  readonly aligned?: boolean;
  /** Address space or region to look into; absent: everything. */
  readonly space?: number;
  readonly region?: number;
}

export type View = { readonly kind: "summary" } | TableView | BytesView | MemoryView | ThreadView | ProcessView | SearchView;

/** Enough to recognise a file again without reading it. */
export interface ImageIdentity {
  readonly name: string;
  /** Bytes of all files together. */
  readonly size: number;
  readonly fileCount: number;
  /** Built-in sample, which the page can open by itself. */
  readonly sample?: string;
}

export interface Link {
  readonly view: View;
  readonly image?: ImageIdentity;
  readonly options: LinkOptions;
}

/** What was chosen about the opening, as far as a link carries it. */
export type LinkOptions = Pick<OpenOptions, "revision" | "architecture" | "checkpoint">;

export function isSameChoice(a: LinkOptions, b: LinkOptions): boolean {
  return a.revision === b.revision && a.architecture === b.architecture && a.checkpoint === b.checkpoint;
}

export const SUMMARY: View = { kind: "summary" };
export const NO_QUERY: TableQuery = { search: "", filters: {}, sort: [] };
export const PROBLEM_TABLE = "problems";
/** Its rows are the files of the set: the number of a row is that of the file. */
export const IMAGE_TABLE = "images";
/** Its rows are the address spaces. */
export const SPACE_TABLE = "spaces";
export const CHECKPOINT_TABLE = "checkpoints";

export function tableView(table: string, row?: number, query: TableQuery = NO_QUERY): TableView {
  return { kind: "table", table, query, ...(row === undefined ? {} : { row }) };
}

export function bytesView(file: number, start: number, end?: number): BytesView {
  const last = end === undefined ? start : Math.max(start, end - 1);
  return last === start ? { kind: "bytes", file, offset: start } : { kind: "bytes", file, offset: start, anchor: last };
}

export function memoryView(space: number, address?: bigint): MemoryView {
  return { kind: "memory", space, ...(address === undefined ? {} : { address }) };
}

/** With all bytes of [start, end) selected and the cursor on the first. */
export function memoryRangeView(space: number, start: bigint, end: bigint): MemoryView {
  return end - start > 1n ? { kind: "memory", space, address: start, anchor: end - 1n } : memoryView(space, start);
}

const VERSION = "1";

/** The part of the address after `#`. */
export function encodeLink(link: Link): string {
  const params = new URLSearchParams({ v: VERSION });
  encodeView(link.view, params);
  const { image, options } = link;
  if (options.revision !== undefined) params.append("revision", options.revision);
  if (options.architecture !== undefined) params.append("architecture", options.architecture);
  if (options.checkpoint !== undefined) params.append("checkpoint", options.checkpoint);
  if (image !== undefined) {
    params.append("image", image.name);
    params.append("size", String(image.size));
    if (image.fileCount !== 1) params.append("files", String(image.fileCount));
    if (image.sample !== undefined) params.append("sample", image.sample);
  }
  return params.toString();
}

function encodeView(view: View, params: URLSearchParams): void {
  params.append("at", view.kind);
  switch (view.kind) {
    case "summary":
      return;
    case "table":
      params.append("table", view.table);
      if (view.row !== undefined) params.append("row", String(view.row));
      if (view.column !== undefined) params.append("column", view.column);
      if (view.record !== undefined) params.append("record", String(view.record));
      if (view.field !== undefined) params.append("field", view.field);
      if (view.query.search !== "") params.append("search", view.query.search);
      for (const [column, text] of Object.entries(view.query.filters)) params.append(`is.${column}`, text);
      for (const { column, descending } of view.query.sort) params.append("sort", (descending ? "-" : "+") + column);
      return;
    case "bytes":
      params.append("file", String(view.file));
      params.append("offset", String(view.offset));
      if (view.anchor !== undefined) params.append("anchor", String(view.anchor));
      if (view.field !== undefined) params.append("field", view.field);
      return;
    case "memory":
      params.append("space", String(view.space));
      if (view.address !== undefined) params.append("address", `0x${view.address.toString(16)}`);
      if (view.anchor !== undefined) params.append("anchor", `0x${view.anchor.toString(16)}`);
      return;
    case "thread":
      params.append("thread", String(view.thread));
      return;
    case "process":
      params.append("space", String(view.space));
      return;
    case "search":
      params.append("mode", view.mode);
      if (view.text !== "") params.append("text", view.text);
      if (view.encoding !== undefined) params.append("encoding", view.encoding);
      if (view.ignoreCase === true) params.append("case", "ignore");
      if (view.width !== undefined) params.append("width", String(view.width));
      if (view.aligned === true) params.append("aligned", "yes");
      if (view.space !== undefined) params.append("space", String(view.space));
      if (view.region !== undefined) params.append("region", String(view.region));
      return;
  }
}

/** The link that an address spells, or undefined when there is none or it was made by a version not known here. */
export function decodeLink(hash: string): Link | undefined {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  if (params.get("v") !== VERSION) return undefined;
  const view = decodeView(params);
  if (view === undefined) return undefined;
  const revision = params.get("revision");
  const architecture = params.get("architecture");
  const checkpoint = params.get("checkpoint");
  const image = decodeImage(params);
  return {
    view,
    options: {
      ...(revision === null ? {} : { revision }),
      ...(architecture === null ? {} : { architecture }),
      ...(checkpoint === null ? {} : { checkpoint }),
    },
    ...(image === undefined ? {} : { image }),
  };
}

function decodeImage(params: URLSearchParams): ImageIdentity | undefined {
  const name = params.get("image");
  const size = count(params, "size");
  if (name === null || size === undefined) return undefined;
  const sample = params.get("sample");
  return { name, size, fileCount: count(params, "files") ?? 1, ...(sample === null ? {} : { sample }) };
}

function decodeView(params: URLSearchParams): View | undefined {
  const field = params.get("field");
  const withField = field === null ? {} : { field };
  switch (params.get("at")) {
    case "summary":
      return SUMMARY;
    case "table": {
      const table = params.get("table");
      if (table === null) return undefined;
      const row = count(params, "row");
      const record = count(params, "record");
      const column = params.get("column");
      return {
        kind: "table",
        table,
        query: decodeQuery(params),
        ...(row === undefined ? {} : { row }),
        ...(column === null ? {} : { column }),
        ...(record === undefined ? {} : { record }),
        ...withField,
      };
    }
    case "bytes": {
      const anchor = count(params, "anchor");
      return {
        kind: "bytes",
        file: count(params, "file") ?? 0,
        offset: count(params, "offset") ?? 0,
        ...(anchor === undefined ? {} : { anchor }),
        ...withField,
      };
    }
    case "memory": {
      const space = count(params, "space");
      const address = addressIn(params, "address");
      const anchor = addressIn(params, "anchor");
      return space === undefined ? undefined : { kind: "memory", space, ...(address === undefined ? {} : { address }), ...(anchor === undefined ? {} : { anchor }) };
    }
    case "thread": {
      const thread = count(params, "thread");
      return thread === undefined ? undefined : { kind: "thread", thread };
    }
    case "process": {
      const space = count(params, "space");
      return space === undefined ? undefined : { kind: "process", space };
    }
    case "search":
      return decodeSearch(params);
    default:
      return undefined;
  }
}

function decodeSearch(params: URLSearchParams): SearchView | undefined {
  const mode = SEARCH_MODES.find((each) => each === params.get("mode"));
  if (mode === undefined) return undefined;
  const encoding = params.get("encoding");
  const width = count(params, "width");
  const space = count(params, "space");
  const region = count(params, "region");
  return {
    kind: "search",
    mode,
    text: params.get("text") ?? "",
    ...(encoding === null ? {} : { encoding }),
    ...(params.get("case") === "ignore" ? { ignoreCase: true } : {}),
    ...(width === undefined ? {} : { width }),
    ...(params.get("aligned") === "yes" ? { aligned: true } : {}),
    ...(space === undefined ? {} : { space }),
    ...(region === undefined ? {} : { region }),
  };
}

/** An address from 0 to 2^64 - 1; undefined when it is missing or anything else. */
function addressIn(params: URLSearchParams, key: string): bigint | undefined {
  const text = params.get(key);
  return text !== null && /^0x[0-9a-f]{1,16}$/.test(text) ? BigInt(text) : undefined;
}

function decodeQuery(params: URLSearchParams): TableQuery {
  const filters = [...params].filter(([key]) => key.startsWith("is.")).map(([key, text]) => [key.slice(3), text] as const);
  const sort = params.getAll("sort").map((text) => ({ column: text.slice(1), descending: text.startsWith("-") }));
  // fromEntries defines own properties, so a column called `__proto__` in a hostile link is only a name.
  return { search: params.get("search") ?? "", filters: Object.fromEntries(filters), sort };
}

/** A whole number from 0 to 2^53 - 1; undefined when it is missing or anything else. */
function count(params: URLSearchParams, key: string): number | undefined {
  const text = params.get(key);
  if (text === null || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
