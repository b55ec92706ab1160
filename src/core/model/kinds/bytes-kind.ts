/** A file that nobody knows: one record, shown as bytes. */
import type { FileKind } from "../set-reader.ts";

export function bytesKind(name: string, isExplained: boolean, doc: string): FileKind {
  return {
    name,
    async frame({ file, source, reader }) {
      if (source.size === 0) return;
      reader.add(file, 0, source.size, reader.nameId(name));
      if (!isExplained) reader.leave(file, 0, source.size);
    },
    async explain(_at, _index, extent) {
      const { start, end } = extent;
      return { name, path: "", span: extent, type: "bytes", text: `${end - start} bytes`, value: null, ...(isExplained ? {} : { role: "unknown" as const }) };
    },
    recordDoc: () => doc,
  };
}
