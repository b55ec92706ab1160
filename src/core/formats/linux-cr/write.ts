/**
 * The writer: the same descriptions, from values to bytes.
 *
 * An `ImageModel` is the image as a list of records with named values. `readModel` takes one from an opened image and
 * `writeModel` gives the bytes back: for every sound image they are the same, padding included.
 */
import type { ByteSource } from "../../bytes/source.ts";
import { ByteWriter, encodeStruct, type Encodable, type StructValues } from "../../schema/encode.ts";
import type { FieldNode } from "../../inspector.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { makeDialect, type Architecture, type Dialect, type DialectOptions } from "./dialect.ts";

export interface RecordValues {
  /** Key of the kind: `VMA`, `BUFFER:pages`, `raw:pages`. */
  readonly kind: string;
  /** By field name, without the record header, whose type and length follow from the record. */
  readonly values: StructValues;
  /** Header fields beyond type and length (`parent` of the first generation). */
  readonly header?: StructValues;
  /** Bytes as they stand, for records that cannot be written from values: damaged or of an unknown type. */
  readonly raw?: Uint8Array;
}

export interface ImageModel extends DialectOptions {
  readonly records: readonly RecordValues[];
}

/** Bytes of an image. Throws when a record's kind does not exist in the revision: the model is wrong then, not the data. */
export function writeModel(model: ImageModel): Uint8Array<ArrayBuffer> {
  const dialect = makeDialect(model);
  const out = new ByteWriter();
  for (const record of model.records) writeRecord(dialect, record, out);
  return out.finish();
}

export function writeRecord(dialect: Dialect, record: RecordValues, out: ByteWriter): void {
  if (record.raw !== undefined) {
    out.append(record.raw);
    return;
  }
  const kind = dialect.kinds.get(record.kind);
  if (kind === undefined) throw new Error(`${dialect.revision.id} on ${dialect.architecture} has no ${record.kind}`);
  const start = out.length;
  if (kind.record === "raw") {
    encodeStruct(kind.struct, dialect.abi, record.values, out);
    return;
  }
  const type = dialect.kinds.typeOf(kind.record)!;
  encodeStruct(kind.struct, dialect.abi, { ...record.values, h: { ...record.header, type, len: 0 } }, out);
  const length = out.length - start - (dialect.lengthCountsHeader ? 0 : dialect.headerSize);
  const width = dialect.narrow ? 2 : 4;
  out.int(start + width, width, length, dialect.abi.endian === "little");
}

/** The model of an opened linux-cr image. Reads all of it: meant for images that fit into memory. */
export async function readModel(checkpoint: Checkpoint, source: ByteSource): Promise<ImageModel> {
  const { identity, tables, decoder } = checkpoint;
  const options: DialectOptions = {
    revision: identity.revision ?? "v23-rc2",
    architecture: (identity.architecture ?? "x86_64") as Architecture,
    endian: identity.byteOrder,
    pageSize: identity.pageSize,
  };
  const dialect = makeDialect(options);
  const rows = tables.get("records");
  const records: RecordValues[] = [];
  for (let row = 0; row < rows.length; row++) {
    const start = rows.number(row, "offset");
    const end = start + rows.number(row, "length");
    const bytes = await source.read(start, end);
    const tree = await decoder.explain(row, () => true);
    records.push(recordValues(dialect, decoder.kindKey?.(row) ?? "", tree, bytes, start));
  }
  return { ...options, records };
}

function recordValues(dialect: Dialect, key: string, tree: FieldNode, bytes: Uint8Array, start: number): RecordValues {
  const kind = dialect.kinds.get(key);
  const plain: RecordValues = { kind: key, values: {}, raw: bytes.slice() };
  if (kind === undefined || key === "unknown" || key === "raw:unreadable" || hasTruncated(tree)) return plain;
  const { h, ...values } = collect(tree, bytes, start);
  const header = typeof h === "object" && !(h instanceof Uint8Array) && !Array.isArray(h) ? (h as StructValues) : {};
  const { type: _type, len: _len, ...rest } = header;
  const record: RecordValues = Object.keys(rest).length > 0 ? { kind: key, values, header: rest } : { kind: key, values };
  // A header that lies about its length cannot come from values.
  const out = new ByteWriter();
  writeRecord(dialect, record, out);
  const written = out.finish();
  return written.length === bytes.length && written.every((byte, index) => byte === bytes[index]) ? record : plain;
}

function hasTruncated(node: FieldNode): boolean {
  return node.role === "truncated" || (node.children?.some(hasTruncated) ?? false);
}

function collect(node: FieldNode, bytes: Uint8Array, start: number): StructValues {
  const values: Record<string, Encodable> = {};
  for (const child of node.children ?? []) {
    const name = child.path.slice(child.path.lastIndexOf(".") + 1);
    const part = bytes.subarray(child.span.start - start, child.span.end - start);
    // Padding of zeros is what the writer makes anyway; a field that is padding has a name of its own.
    if (name.startsWith("padding@")) {
      if (part.some((byte) => byte !== 0)) values[name] = part.slice();
    } else values[name] = valueOf(child, bytes, start);
  }
  return values;
}

function valueOf(node: FieldNode, bytes: Uint8Array, start: number): Encodable {
  if (node.children?.[0]?.name.startsWith("[") === true) return elements(node, bytes, start);
  if (node.children !== undefined) return collect(node, bytes, start);
  if (typeof node.value === "number" || typeof node.value === "bigint") {
    if (!/^(char|u8)\[/.test(node.type)) return node.value;
  }
  return bytes.slice(node.span.start - start, node.span.end - start);
}

/** Elements of an array, through the groups into which long arrays are folded. */
function elements(node: FieldNode, bytes: Uint8Array, start: number): Encodable[] {
  const list: Encodable[] = [];
  for (const child of node.children ?? []) {
    if (/\.?\d+-\d+$/.test(child.path)) list.push(...elements(child, bytes, start));
    else list.push(valueOf(child, bytes, start));
  }
  return list;
}
