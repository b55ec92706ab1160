/** Where the keys lead the cursor in the hex grid of a sparse space: arithmetic only. */
import type { MemoryRow } from "../../../core/index.ts";
import { ADDRESS_END, wordStart } from "./memory-words.ts";

export interface GridShape {
  /** Bytes in a row. */
  readonly columns: number;
  /** Bytes that the cursor moves by. */
  readonly word: number;
  readonly pageRows: number;
  /** Rows of the whole space. */
  readonly rowCount: number;
}

/** To an address, or to a row: there as far from its beginning as the cursor is in its own. */
export type GridStep = { readonly kind: "address"; readonly address: bigint } | { readonly kind: "row"; readonly row: number };

const KEYS: ReadonlySet<string> = new Set(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"]);

export function isStepKey(key: string): boolean {
  return KEYS.has(key);
}

export function firstOf(row: MemoryRow): bigint {
  return row.kind === "fold" ? row.piece.start : row.address;
}

/** One past the last address that a row shows. */
export function endOf(row: MemoryRow): bigint {
  return row.kind === "fold" ? row.piece.end : row.address + BigInt(row.bytes.length);
}

/** `row` is the one with the cursor, number `at`. */
export function stepOf(key: string, ctrl: boolean, address: bigint, row: MemoryRow, at: number, shape: GridShape): GridStep {
  const to = (target: bigint): GridStep => ({ kind: "address", address: target < 0n ? 0n : target >= ADDRESS_END ? ADDRESS_END - 1n : target });
  const by = (rows: number): GridStep => ({ kind: "row", row: Math.max(0, Math.min(at + rows, shape.rowCount - 1)) });
  const here = wordStart(address, shape.word);
  switch (key) {
    case "ArrowRight":
      return to(row.kind === "fold" ? row.piece.end : here + BigInt(shape.word));
    case "ArrowLeft":
      // A folded run is one place.
      return to((row.kind === "fold" ? row.piece.start : here) - 1n);
    case "ArrowDown":
      return by(1);
    case "ArrowUp":
      return by(-1);
    case "PageDown":
      return by(shape.pageRows);
    case "PageUp":
      return by(-shape.pageRows);
    case "Home":
      return ctrl ? { kind: "row", row: 0 } : to(firstOf(row));
    default:
      return ctrl ? { kind: "row", row: shape.rowCount - 1 } : to(endOf(row) - 1n);
  }
}

/** The address in a row that is under one with the same place in its own row. */
export function addressInRow(row: MemoryRow, address: bigint, columns: number): bigint {
  return row.kind === "fold" ? row.piece.start : row.address + (address % BigInt(columns));
}
