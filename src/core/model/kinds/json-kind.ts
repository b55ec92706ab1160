/** A JSON file: one record with its members as fields. */
import { PLAIN_ABI } from "../../schema/abi.ts";
import { explainJson } from "../../schema/explain-json.ts";
import { parseJson, type JsonText } from "../../schema/json.ts";
import type { FileAt, FileKind } from "../set-reader.ts";

/** Larger files are shown as bytes: engines write some kilobytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Parse a file of moderate size; undefined when it is larger. */
export async function readJson({ source, signal }: Pick<FileAt, "source" | "signal">): Promise<JsonText | undefined> {
  if (source.size > MOST_BYTES) return undefined;
  return parseJson(await source.read(0, source.size, signal));
}

export function jsonKind(name: string, doc: string, onText?: (text: JsonText, record: number, file: number) => void): FileKind {
  return {
    name,
    async frame(at) {
      const { file, source, reader } = at;
      if (source.size === 0) return;
      const record = reader.add(file, 0, source.size, reader.nameId(name));
      const text = await readJson(at);
      if (text === undefined) {
        reader.leave(file, 0, source.size);
        return;
      }
      if (text.problem !== undefined) {
        reader.report("json.damaged", `${at.name} is not JSON from byte ${text.end} on: ${text.problem}.`, { file, start: text.end, end: source.size });
        reader.leave(file, text.end, source.size);
      }
      onText?.(text, record, file);
    },
    async explain(at, _index, extent, open) {
      const text = await readJson(at);
      const node = { name, path: "", span: extent, type: "JSON", text: `${extent.end - extent.start} bytes`, value: null };
      if (text === undefined) return { ...node, role: "unknown" };
      return { ...node, children: explainJson(text, extent.start, extent.end, { abi: PLAIN_ABI, file: at.file, origin: 0, param: 0, open }) };
    },
    recordDoc: () => doc,
  };
}
