/**
 * Counts the bytes that fields account for, while records pass. Agrees with what `explain` marks as unknown or cut;
 * for records of fixed size and plain payloads by arithmetic, for the rest by asking it.
 */
import type { Span } from "../../bytes/span.ts";
import type { FieldNode } from "../../inspector.ts";
import { explainStruct } from "../../schema/explain.ts";
import { layoutOf, measure } from "../../schema/layout.ts";
import type { Dialect } from "./dialect.ts";
import type { Kind } from "./kinds.ts";
import type { RecordAt } from "./reader.ts";

/** Most separate runs of unexplained bytes that are listed. */
const MOST_RUNS = 100_000;

export class CoverageCount {
  explained = 0;
  /** Ascending runs that nothing explains. */
  readonly runs: Span[] = [];
  /** Runs that did not fit the list. */
  unlisted = 0;
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** A record of which so many bytes, from its beginning, are explained. */
  add(start: number, length: number, explained: number): void {
    this.explained += explained;
    if (explained >= length) return;
    const last = this.runs[this.runs.length - 1];
    if (last !== undefined && last.end === start + explained) this.runs[this.runs.length - 1] = { file: 0, start: last.start, end: start + length };
    else if (this.runs.length < MOST_RUNS) this.runs.push({ file: 0, start: start + explained, end: start + length });
    else this.unlisted++;
  }

  /** Explained bytes of a record that stands in the window at least with its first part. */
  ofRecord(record: RecordAt, param: number): number {
    const { kind, start, end } = record;
    const { abi, kinds } = this.#dialect;
    const length = end - start;
    if (kind === kinds.unreadable) return 0;
    if (kind.size >= 0) return length >= kind.size ? kind.size : this.ofCut(kind, length, param);
    if (kind.allExplained && length >= kind.minSize) return length;
    const layout = layoutOf(kind.struct, abi);
    if (length < layout.fixedSize) return this.ofCut(kind, length, param);
    if (isPages(kind)) {
      const whole = layout.fixedSize + param * (abi.longSize + abi.pageSize);
      return length >= whole ? whole : this.ofCut(kind, length, param);
    }
    if (kind.key === "BUFFER:pid_objects") return this.ofCut(kind, length, param);
    const last = layout.slots[layout.slots.length - 1];
    const type = last?.field.type;
    if (last !== undefined && last.offset >= 0 && type?.kind === "array" && type.count === "rest") {
      const element = measure(type.of.type, abi).size;
      if (element > 0) return layout.fixedSize + Math.floor((length - layout.fixedSize) / element) * element;
    }
    const data = record.window.slice(start, Math.min(end, record.window.end));
    const context = { abi, file: 0, origin: start, param, loaded: { data, base: start }, open: () => true };
    return explainedBytes(explainStruct(kind.struct, kind.key, start, end, context));
  }

  /** Explained bytes of a record that is cut off: whole fields and elements count, the one that is cut does not. */
  ofCut(kind: Kind, length: number, param: number): number {
    const { abi } = this.#dialect;
    const { fixedSize } = layoutOf(kind.struct, abi);
    const body = length - fixedSize;
    if (isPages(kind) && body >= 0) {
      const addresses = param * abi.longSize;
      if (body < addresses) return fixedSize + Math.floor(body / abi.longSize) * abi.longSize;
      return fixedSize + addresses + Math.floor((body - addresses) / abi.pageSize) * abi.pageSize;
    }
    // Entries of different length, made of whole words.
    if (kind.key === "BUFFER:pid_objects" && body > 0) return fixedSize + Math.floor(body / 4) * 4;
    const data = new Uint8Array(Math.min(length, 65_536));
    const context = { abi, file: 0, origin: 0, param: 0, loaded: { data, base: 0 }, open: () => true };
    return explainedBytes(explainStruct(kind.struct, kind.key, 0, length, context));
  }
}

export function isPages(kind: Kind): boolean {
  return kind.key === "BUFFER:pages" || kind.key === "raw:pages";
}

/** Bytes of a field tree that ordinary fields and padding account for. */
export function explainedBytes(node: FieldNode): number {
  if (node.role === "unknown") return 0;
  if (node.children !== undefined) {
    let sum = 0;
    for (const child of node.children) sum += explainedBytes(child);
    return sum;
  }
  return node.role === "truncated" ? 0 : node.span.end - node.span.start;
}
