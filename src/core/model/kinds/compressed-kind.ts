/** A compressed file that belongs to a checkpoint, such as the contents of a tmpfs: what is around the compressed data, and the data. */
import type { Compression } from "../../archive/opened-archive.ts";
import { PLAIN_ABI } from "../../schema/abi.ts";
import { bytes, chars, flags, le16, names, oneOf, raw, struct, time, u32, u8 } from "../../schema/define.ts";
import { explainStruct } from "../../schema/explain.ts";
import type { Field, Struct } from "../../schema/schema.ts";
import type { FileKind } from "../set-reader.ts";

const METHOD = names("compression method", { deflate: 8 });
const FLAGS = names("gzip flags", { TEXT: 1, HCRC: 2, EXTRA: 4, NAME: 8, COMMENT: 16 });
const SYSTEM = names("operating system", { FAT: 0, Unix: 3, NTFS: 11, unknown: 255 });

/** RFC 1952. Numbers are little endian on every machine. */
const fixed: Readonly<Record<string, Field>> = { id: bytes(2, raw), cm: u8(oneOf(METHOD)), flg: u8(flags(FLAGS)), mtime: u32(time), xfl: u8(), os: u8(oneOf(SYSTEM)) };
const trailer: Struct = struct("gzip trailer", { crc32: u32({ as: "hex" }), isize: u32({ as: "size" }, "Inflated bytes, modulo 2^32") });
const FIXED_BYTES = 10;
const TRAILER_BYTES = 8;
const MOST_HEADER = 64 * 1024;

/** The header's members follow its flags. */
function headerOf(head: Uint8Array): { readonly struct: Struct; readonly length: number } | undefined {
  if (head.length < FIXED_BYTES || head[0] !== 0x1f || head[1] !== 0x8b) return undefined;
  const flag = head[3]!;
  const fields: Record<string, Field> = { ...fixed };
  let at = FIXED_BYTES;
  if ((flag & 4) !== 0) {
    fields["xlen"] = le16();
    fields["extra"] = bytes({ field: "xlen" }, raw);
    at += 2 + (head[at] ?? 0) + (head[at + 1] ?? 0) * 256;
  }
  for (const [bit, name] of [[8, "name"], [16, "comment"]] as const) {
    if ((flag & bit) === 0) continue;
    const end = head.indexOf(0, at);
    if (end < 0) return undefined;
    fields[name] = chars(end + 1 - at);
    at = end + 1;
  }
  if ((flag & 2) !== 0) {
    fields["hcrc"] = le16({ as: "hex" });
    at += 2;
  }
  return at > head.length ? undefined : { struct: struct("gzip header", fields), length: at };
}

export function compressedKind(name: string, compression: Compression, doc: string): FileKind {
  const label = `${compression} data`;
  return {
    name,
    async frame({ file, source, reader }) {
      const header = compression === "gzip" ? headerOf(await source.read(0, MOST_HEADER)) : undefined;
      const from = header?.length ?? 0;
      const to = header === undefined ? source.size : Math.max(from, source.size - TRAILER_BYTES);
      if (header !== undefined) reader.add(file, 0, from, reader.nameId("gzip header"));
      if (to > from) reader.add(file, from, to, reader.nameId(label));
      if (source.size > to) reader.add(file, to, source.size, reader.nameId("gzip trailer"));
    },
    async explain({ file, source }, _index, extent, open) {
      const { start, end } = extent;
      const context = { abi: PLAIN_ABI, file, origin: start, param: 0, open };
      if (compression === "gzip" && start === 0) {
        const data = await source.read(0, MOST_HEADER);
        const header = headerOf(data);
        if (header !== undefined && header.length === end) return explainStruct(header.struct, "gzip header", start, end, { ...context, loaded: { data, base: 0 } });
      }
      if (compression === "gzip" && end === source.size && end - start === TRAILER_BYTES) {
        return explainStruct(trailer, "gzip trailer", start, end, { ...context, loaded: { data: await source.read(start, end), base: start } });
      }
      return { name: label, path: "", span: extent, type: "bytes", text: `${end - start} bytes, compressed`, value: null };
    },
    recordDoc: () => doc,
  };
}
