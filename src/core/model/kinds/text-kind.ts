/** Text: a record for each line. */
import { decodeText, escapeText } from "../../schema/show.ts";
import type { FieldNode } from "../../inspector.ts";
import type { Span } from "../../bytes/span.ts";
import type { FileKind } from "../set-reader.ts";

const WINDOW = 1024 * 1024;
/** Bytes of a line that make a record; a longer line goes on in the next one. */
const MOST_LINE = 64 * 1024;
/** Lines that become records of their own; the rest of a longer file is one record. */
const MOST_LINES = 200_000;

/** A part of a line, by position in it. */
export interface LinePart {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface TextOptions {
  /** Called for each line, without its end. */
  readonly onLine?: (text: string, line: number, record: number) => void;
  /** Cut a line into named parts that tile it; undefined: it has none. */
  readonly parts?: (text: string) => readonly LinePart[] | undefined;
}

export function textKind(name: string, doc: string, { onLine, parts }: TextOptions = {}): FileKind {
  return {
    name,
    async frame({ file, source, reader, signal }) {
      const nameId = reader.nameId("line");
      let lineStart = 0;
      let line = 0;
      for (let at = 0; lineStart < source.size; ) {
        const bytes = await source.read(at, Math.min(source.size, at + WINDOW), signal);
        if (bytes.length === 0) break;
        // Fewer bytes than were asked for end the text too: a damaged member of an archive gives less than its size promised.
        const isLast = at + bytes.length >= source.size || bytes.length < WINDOW;
        for (;;) {
          const from = lineStart - at;
          const found = bytes.indexOf(0x0a, from);
          let to = found < 0 ? (isLast ? bytes.length : -1) : found + 1;
          if ((to < 0 ? bytes.length : to) - from > MOST_LINE) to = from + MOST_LINE;
          if (to < 0 || to <= from) break;
          const isRest = line === MOST_LINES;
          const end = isRest ? source.size : at + to;
          const record = reader.add(file, lineStart, end, isRest ? reader.nameId("rest of the text") : nameId);
          line++;
          if (!isRest) onLine?.(withoutEnd(decodeText(bytes.subarray(from, to))), line, record);
          lineStart = end;
          if (isRest || lineStart >= at + bytes.length) break;
        }
        at = lineStart;
      }
    },
    async explain({ source }, index, extent) {
      const bytes = await source.read(extent.start, Math.min(extent.end, extent.start + MOST_LINE));
      return lineNode(`line ${index + 1}`, bytes, extent, parts);
    },
    recordDoc: () => doc,
  };
}

/** One character for each byte, so that positions in the text are positions in the file. */
function latin(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

function withoutEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

function lineNode(name: string, bytes: Uint8Array, extent: Span, parts: TextOptions["parts"]): FieldNode {
  const { file, start, end } = extent;
  const text = withoutEnd(latin(bytes));
  const shown = escapeText(withoutEnd(decodeText(bytes)));
  const found = parts?.(text);
  const node: FieldNode = { name, path: "", span: extent, type: "text", text: shown, value: shown };
  if (found === undefined) return node;
  const children: FieldNode[] = found.map((part) => {
    const value = text.slice(part.start, part.end);
    return { name: part.name, path: part.name, span: { file, start: start + part.start, end: start + part.end }, type: "text", text: escapeText(value), value };
  });
  const used = found.at(-1)?.end ?? 0;
  if (start + used < end) children.push({ name: "line end", path: "end", span: { file, start: start + used, end }, type: "text", text: "", value: null, role: "frame" });
  return { ...node, children };
}
