/** Bytes that rows stand for: where they are, and how they begin. */
import { decodeText, escapeText } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import type { PayloadPart } from "../entries.ts";

const PREVIEW = 64;

/** Contents that are to be read for a preview; done together, when all rows are there. */
export class Previews {
  readonly #wanted: { readonly table: Parameters<CriuSet["reader"]["table"]>[0]; readonly row: number; readonly file: number; readonly start: number; readonly end: number }[] = [];

  add(table: Parameters<CriuSet["reader"]["table"]>[0], row: number, file: number, start: number, end: number): void {
    // Some hundred previews are useful; reading a million beginnings is not.
    if (end > start && this.#wanted.length < MOST_PREVIEWS) this.#wanted.push({ table, row, file, start, end: Math.min(end, start + PREVIEW) });
  }

  async read(set: CriuSet): Promise<void> {
    for (let at = 0; at < this.#wanted.length; at += BATCH) {
      const batch = this.#wanted.slice(at, at + BATCH);
      await Promise.all(
        batch.map(async ({ table, row, file, start, end }) => {
          const bytes = await set.reader.bytes(file, start, end);
          set.reader.table(table).set(row, "preview", previewText(bytes));
        }),
      );
    }
  }
}

const MOST_PREVIEWS = 2_000;
const BATCH = 32;

/** Beginning of some bytes in one line. */
export function previewText(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, PREVIEW);
  const text = escapeText(decodeText(shown));
  return bytes.length > PREVIEW ? `${text}…` : text;
}

/** The contents behind an entry, when there are any. */
export function contentsOf(payload: readonly PayloadPart[], name = "contents"): { readonly start: number; readonly end: number } | undefined {
  return payload.find((part) => part.kind === "contents" && part.name === name);
}
