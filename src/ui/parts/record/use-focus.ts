/** The record and the bytes that stand behind what is selected. */
import type { Inspector, Span } from "../../../core/index.ts";
import { useAnswer, type Answer } from "../../state/use-answer.ts";
import type { View } from "../../state/view.ts";

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
    case "table": {
      if (view.record !== undefined) return { record: view.record, path: view.field, span: undefined, derived: undefined };
      if (view.row === undefined) return undefined;
      const origin = await inspector.locate(view.table, view.row, view.column);
      if (origin === undefined) return undefined;
      const isOwn = view.field === undefined;
      return {
        record: origin.record,
        path: view.field ?? origin.path,
        span: isOwn ? origin.span : undefined,
        derived: isOwn ? origin.derived : undefined,
      };
    }
  }
}

function keyOf(view: View): string {
  switch (view.kind) {
    case "summary":
      return "summary";
    case "bytes":
      return `bytes ${view.file} ${view.offset} ${view.field ?? ""}`;
    case "table":
      return `table ${view.table} ${view.row} ${view.column} ${view.record} ${view.field ?? ""}`;
  }
}

export function useFocus(inspector: Inspector, view: View): Answer<Focus | undefined> {
  return useAnswer(keyOf(view), () => focusOf(inspector, view));
}
