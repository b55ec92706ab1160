/** The record and the bytes that stand behind what is selected. */
import type { Inspector, Origin, Span } from "../../../core/index.ts";
import { useAnswer, type Answer } from "../../state/use-answer.ts";
import { IMAGE_TABLE, PROBLEM_TABLE, type View } from "../../state/view.ts";
import { placeInFile } from "../memory/pieces.ts";

export interface Focus {
  readonly record: number;
  /** Selected field; undefined when the whole record stands behind the selection. */
  readonly path: string | undefined;
  readonly span: Span | undefined;
  /** How the value was worked out, when it does not stand in the image as it is. */
  readonly derived: string | undefined;
}

export async function focusOf(inspector: Inspector, view: View): Promise<Focus | undefined> {
  switch (view.kind) {
    case "summary":
      return undefined;
    case "bytes": {
      const owner = await inspector.ownerAt(view.file, view.offset);
      if (owner === undefined) return undefined;
      const span = view.field === undefined ? owner.field.span : undefined;
      return { record: owner.record, path: view.field ?? owner.field.path, span, derived: undefined };
    }
    case "memory":
      return view.address === undefined ? undefined : await focusInMemory(inspector, view.space, view.address);
    case "thread":
    case "process":
    case "search":
      return undefined;
    case "table": {
      if (view.record !== undefined) return { record: view.record, path: view.field, span: undefined, derived: undefined };
      if (view.row === undefined) return undefined;
      if (view.table === IMAGE_TABLE) {
        // A file is seen by its beginning.
        const owner = await inspector.ownerAt(view.row, 0);
        return owner && { record: owner.record, path: view.field, span: undefined, derived: undefined };
      }
      const origin = await inspector.locate(view.table, view.row, view.column);
      if (origin === undefined) return undefined;
      const isOwn = view.field === undefined;
      const path = view.table === PROBLEM_TABLE && view.field === undefined ? await fieldAround(inspector, origin) : origin.path;
      return {
        record: origin.record,
        path: view.field ?? path,
        span: isOwn ? origin.span : undefined,
        derived: isOwn ? origin.derived : undefined,
      };
    }
  }
}

/** The record with the byte at an address, when it stands in a file. */
async function focusInMemory(inspector: Inspector, space: number, address: bigint): Promise<Focus | undefined> {
  const { piece } = await inspector.memory.about({ space, address });
  const place = placeInFile(piece, address);
  const owner = place && (await inspector.ownerAt(place.file, place.offset));
  return owner && { record: owner.record, path: owner.field.path, span: owner.field.span, derived: undefined };
}

/** A problem names bytes. The field that holds them all is the one that is wrong. */
async function fieldAround(inspector: Inspector, { path, span, record }: Origin): Promise<string | undefined> {
  if (path !== undefined) return path;
  const owner = await inspector.ownerAt(span.file, span.start);
  return owner?.record === record && owner.field.span.end >= span.end ? owner.field.path : undefined;
}

function keyOf(view: View): string {
  switch (view.kind) {
    case "summary":
      return "summary";
    case "bytes":
      return `bytes ${view.file} ${view.offset} ${view.field ?? ""}`;
    case "memory":
      return `memory ${view.space} ${view.address}`;
    case "thread":
    case "process":
    case "search":
      return view.kind;
    case "table":
      return `table ${view.table} ${view.row} ${view.column} ${view.record} ${view.field ?? ""}`;
  }
}

export function useFocus(inspector: Inspector, view: View): Answer<Focus | undefined> {
  return useAnswer(keyOf(view), () => focusOf(inspector, view));
}
