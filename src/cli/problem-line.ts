/** A problem on one line: `error frame.truncated 0x000048ff-0x00004904 message`. */
import type { Diagnostic } from "../core/index.ts";
import { printable, type Paint } from "./terminal.ts";
import { hexRange } from "./words.ts";

export type Problem = Pick<Diagnostic, "code" | "severity" | "message"> & { readonly span?: { readonly start: number; readonly end: number } | undefined; /** Path of the file, in a checkpoint of many. */ readonly file?: string };

/** A problem without bytes is about the whole image, and has a dash in their place. */
export function problemLine({ severity, code, message, span, file }: Problem, paint: Paint): string {
  return `${paint(severity, severity)} ${code} ${span === undefined ? "-" : `${file === undefined ? "" : `${printable(file)}@`}${hexRange(span)}`} ${printable(message)}`;
}
