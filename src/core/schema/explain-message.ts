/**
 * A protobuf message as a tree of fields, each tied to its bytes: tag, length and value.
 *
 * Total on any bytes, and the children of every node tile it: tags and lengths of messages are nodes of their own, fields
 * that the description does not know and bytes that are no fields are marked `unknown`. Neighbouring elements of a
 * repeated field share a node; long runs are folded into groups.
 */
import type { FieldNode } from "../inspector.ts";
import { explainStruct, type ExplainContext } from "./explain.ts";
import { MOST_DEPTH, varintValue } from "./decode-message.ts";
import { fieldOf, wireType, type Message, type MessageField, type Scalar } from "./message.ts";
import { describeText, escapeText, formatIpv4, formatIpv6, formatValue, hexBytes, type Value } from "./show.ts";
import { VarintReader } from "./varint.ts";

/** Runs with at most this many elements are always opened, to this depth. */
const SMALL = 40;
const SMALL_DEPTH = 3;
/** Children of a folded run. */
const GROUP = 256;

/** How deep in messages a body stands: lists between them do not count, as in decoding. */
interface Nested extends ExplainContext {
  readonly nested?: number;
}

/** One field as it stands in the bytes: positions are file positions. */
interface Occurrence {
  readonly field: MessageField | undefined;
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  /** Where the value begins, behind tag and length. */
  readonly body: number;
  readonly end: number;
}

/** Children of a message whose body is [start, end), which must be loaded. `path` is that of the message. */
export function explainMessage(message: Message, path: string, start: number, end: number, context: ExplainContext, depth = 0): FieldNode[] {
  const { found, stop } = occurrences(message, start, end, context);
  const nodes: FieldNode[] = [];
  const counts = new Map<MessageField, number>();
  const last = new Map<MessageField, Occurrence>();
  // One of another wire type has no value, and takes none away from those before it.
  for (const each of found) if (each.field !== undefined && each.wire === wireType(each.field.type)) last.set(each.field, each);
  for (let index = 0; index < found.length; ) {
    const first = found[index]!;
    const { field } = first;
    if (field === undefined || first.wire !== wireType(field.type)) {
      if (field !== undefined && isPacked(field, first.wire)) {
        const count = counts.get(field) ?? 0;
        const node = packedNode(field, path, first, count, context);
        nodes.push(node);
        counts.set(field, count + (node.children?.length ?? 1) - 1);
      } else nodes.push(unknownField(path, first, context));
      index++;
      continue;
    }
    if (field.label !== "repeated") {
      const isEffective = last.get(field) === first;
      const name = isEffective ? field.name : `${field.name}@${first.start - context.origin}`;
      const node = valueNode(field, field.name, join(path, name), first, context, depth);
      nodes.push(isEffective || field.type === "message" ? node : { ...node, text: `${node.text} (a later one holds)` });
      index++;
      continue;
    }
    let stopAt = index + 1;
    while (stopAt < found.length && found[stopAt]!.field === field && found[stopAt]!.wire === first.wire) stopAt++;
    const count = counts.get(field) ?? 0;
    nodes.push(runNode(field, path, found.slice(index, stopAt), count, context, depth));
    counts.set(field, count + stopAt - index);
    index = stopAt;
  }
  if (stop < end) nodes.push(raw("bytes that are no field", join(path, `rest@${stop - context.origin}`), stop, end, "bytes", context, "unknown"));
  return nodes;
}

/** A message with what stands before its body (tag, length) as one node. */
function messageNode(field: MessageField, name: string, path: string, at: Occurrence, context: Nested, depth: number): FieldNode {
  const message = field.message!();
  const nested = context.nested ?? 0;
  const node = leaf(name, path, at.start, at.end, message.name, context, field.doc ?? message.doc);
  if (nested >= MOST_DEPTH) return { ...node, text: "nested too deep", role: "unknown" };
  const isSmall = depth < SMALL_DEPTH && at.end - at.start <= 16 * 1024;
  if (!isSmall && !context.open(path, at.start, at.end)) return { ...node, text: summaryOf(at), more: true };
  return { ...node, text: summaryOf(at), children: [frameNode(path, at, context), ...explainMessage(message, path, at.body, at.end, { ...context, nested: nested + 1 } as Nested, depth + 1)] };
}

function summaryOf(at: Occurrence): string {
  return at.end === at.body ? "empty" : `${at.end - at.body} B`;
}

function frameNode(path: string, at: Occurrence, context: ExplainContext): FieldNode {
  return { ...leaf("tag, length", join(path, "@tag"), at.start, at.body, "varints", context), text: `field ${at.number}, ${at.end - at.body} B`, role: "frame" };
}

function runNode(field: MessageField, path: string, run: readonly Occurrence[], from: number, context: ExplainContext, depth: number): FieldNode {
  const start = run[0]!.start;
  const end = run.at(-1)!.end;
  // A second run of the same field needs a path of its own; its elements go on counting.
  const own = join(path, from === 0 ? field.name : `${field.name}@${start - context.origin}`);
  const elements = join(path, field.name);
  const node = { ...leaf(field.name, own, start, end, `repeated ${typeText(field)}`, context, field.doc), text: runText(field, run, from, context) };
  if (!(run.length <= SMALL && depth < SMALL_DEPTH) && !context.open(own, start, end)) return { ...node, more: true };
  return { ...node, children: elementNodes(field, elements, run, from, context, depth + 1) };
}

function elementNodes(field: MessageField, path: string, run: readonly Occurrence[], from: number, context: ExplainContext, depth: number): FieldNode[] {
  let step = 1;
  while (run.length / step > GROUP) step *= GROUP;
  if (step === 1) return run.map((at, index) => valueNode(field, `[${from + index}]`, join(path, String(from + index)), at, context, depth));
  const nodes: FieldNode[] = [];
  for (let index = 0; index < run.length; index += step) {
    const group = run.slice(index, index + step);
    const first = from + index;
    const last = first + group.length - 1;
    const groupPath = join(path, `${first}-${last}`);
    const node = { ...leaf(`[${first} … ${last}]`, groupPath, group[0]!.start, group.at(-1)!.end, typeText(field), context), text: `${group.length}` };
    const isOpen = context.open(groupPath, group[0]!.start, group.at(-1)!.end);
    nodes.push(isOpen ? { ...node, children: elementNodes(field, path, group, first, context, depth + 1) } : { ...node, more: true });
  }
  return nodes;
}

/** Words of IP addresses and masks mean something only together. */
function runText(field: MessageField, run: readonly Occurrence[], from: number, context: ExplainContext): string {
  const count = `${run.length}`;
  if (from > 0 || field.hint?.as !== "ip" || (run.length !== 1 && run.length !== 4)) return count;
  const words = run.map((at) => Number(scalarOf(field, at, context) ?? 0));
  return addressOfWords(words, context.abi.endian);
}

function isPacked(field: MessageField, wire: number): boolean {
  return wire === 2 && field.label === "repeated" && wireType(field.type) !== 2;
}

function packedNode(field: MessageField, path: string, at: Occurrence, from: number, context: ExplainContext): FieldNode {
  const own = join(path, from === 0 ? field.name : `${field.name}@${at.start - context.origin}`);
  const children: FieldNode[] = [frameNode(own, at, context)];
  const reader = readerAt(context, at.body, at.end);
  const width = wireType(field.type) === 1 ? 8 : 0;
  let index = from;
  for (let position = at.body; position < at.end; index++) {
    if (width === 8 ? position + 8 > at.end : !reader.next()) {
      children.push(raw(`[${index}]`, join(own, `rest@${position - context.origin}`), position, at.end, field.type, context, "truncated"));
      break;
    }
    if (width === 8) reader.position += 8;
    const end = reader.position + context.loaded.base;
    children.push(valueNode(field, `[${index}]`, join(join(path, field.name), String(index)), { ...at, wire: width === 8 ? 1 : 0, start: position, body: position, end }, context, SMALL_DEPTH));
    position = end;
  }
  return { ...leaf(field.name, own, at.start, at.end, `packed ${typeText(field)}`, context, field.doc), text: `${index - from}`, children };
}

function valueNode(field: MessageField, name: string, path: string, at: Occurrence, context: ExplainContext, depth: number): FieldNode {
  if (field.type === "message") return messageNode(field, name, path, at, context, depth);
  const node = leaf(name, path, at.start, at.end, typeText(field), context, field.doc);
  if (field.type === "string" || field.type === "bytes") return bytesNode(field, node, at, context);
  const value = scalarOf(field, at, context);
  if (value === null) return { ...node, text: "not read" };
  return { ...node, value, text: formatValue(value, field.show, context.abi) };
}

const PREVIEW = 4096;

function bytesNode(field: MessageField, node: FieldNode, at: Occurrence, context: ExplainContext): FieldNode {
  const content = slice(context, at.body, Math.min(at.end, at.body + PREVIEW));
  if (field.holds !== undefined) {
    const held = typeof field.holds === "function" ? field.holds(context.abi) : field.holds;
    const inside = explainStruct(held, node.name, at.body, at.end, { ...context, origin: at.body });
    const children = (inside.children ?? []).map((child) => underPath(child, node.path));
    return { ...node, text: `${at.end - at.body} B`, children: [frameNode(node.path, at, context), ...children] };
  }
  const described = describeText(content, at.end - at.body, field.show, context.abi);
  return { ...node, value: described.value, text: described.text };
}

/**
 * Nodes of a struct inside a message keep unique paths. Bytes that are too few or too many for the struct are still the
 * field's: the message accounts for them.
 */
function underPath({ role, ...node }: FieldNode, path: string): FieldNode {
  return {
    ...node,
    path: join(path, node.path),
    ...(role === undefined || role === "unknown" || role === "truncated" ? {} : { role }),
    ...(node.children === undefined ? {} : { children: node.children.map((child) => underPath(child, path)) }),
  };
}

function scalarOf(field: MessageField, at: Occurrence, context: ExplainContext): Exclude<Value, string> {
  const reader = readerAt(context, at.body, at.end);
  if (at.wire === 1) {
    const { bytes, position } = reader;
    return position + 8 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset + position, 8).getBigUint64(0, true) : null;
  }
  return reader.next() ? varintValue(field.type as Scalar, reader) : null;
}

function unknownField(path: string, at: Occurrence, context: ExplainContext): FieldNode {
  const name = at.field === undefined ? `field ${at.number}` : `${at.field.name} (wire type ${at.wire})`;
  const wire = ["varint", "fixed64", "bytes", "", "", "fixed32"][at.wire] ?? "bytes";
  const node = raw(name, join(path, `#${at.number}@${at.start - context.origin}`), at.start, at.end, wire, context, "unknown");
  if (at.wire !== 0) return node;
  const reader = readerAt(context, at.body, at.end);
  return reader.next() ? { ...node, value: reader.unsigned(), text: String(reader.unsigned()) } : node;
}

/** Cut a body into fields; `stop` is where that ends, before the body's end only when it is damaged. */
function occurrences(message: Message, start: number, end: number, context: ExplainContext): { readonly found: Occurrence[]; readonly stop: number } {
  const found: Occurrence[] = [];
  const reader = readerAt(context, start, end);
  const { base } = context.loaded;
  while (reader.position + base < end) {
    const at = reader.position;
    if (!reader.next()) return { found, stop: at + base };
    const wire = reader.low & 7;
    const number = reader.high === 0 ? reader.low >>> 3 : -1;
    if (number < 1) return { found, stop: at + base };
    let body = reader.position;
    if (wire === 0) {
      if (!reader.next()) return { found, stop: at + base };
    } else if (wire === 1 || wire === 5) reader.position += wire === 1 ? 8 : 4;
    else if (wire === 2) {
      if (!reader.next() || reader.high !== 0) return { found, stop: at + base };
      body = reader.position;
      reader.position += reader.low;
    } else return { found, stop: at + base };
    if (reader.position > reader.end) return { found, stop: at + base };
    found.push({ field: fieldOf(message, number), number, wire, start: at + base, body: body + base, end: reader.position + base });
  }
  return { found, stop: end };
}

/** Words as CRIU stores addresses: the bytes of each word, in the memory order of the dumping machine, are the address. */
export function addressOfWords(words: readonly number[], endian: "little" | "big"): string {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, endian === "little");
  return words.length === 1 ? formatIpv4(bytes) : words.length === 4 ? formatIpv6(bytes) : hexBytes(bytes);
}

function readerAt(context: ExplainContext, start: number, end: number): VarintReader {
  const { data, base } = context.loaded;
  return new VarintReader(data, Math.max(0, start - base), Math.min(data.length, Math.max(0, end - base)));
}

function slice(context: ExplainContext, start: number, end: number): Uint8Array {
  const { data, base } = context.loaded;
  return data.subarray(Math.max(0, start - base), Math.max(0, end - base));
}

function typeText(field: MessageField): string {
  return field.type === "message" ? field.message!().name : field.type;
}

function leaf(name: string, path: string, start: number, end: number, type: string, context: ExplainContext, doc?: string): FieldNode {
  const node: FieldNode = { name, path, span: { file: context.file, start, end }, type, text: "", value: null };
  return doc === undefined ? node : { ...node, doc };
}

function raw(name: string, path: string, start: number, end: number, type: string, context: ExplainContext, role: "unknown" | "truncated"): FieldNode {
  return { ...leaf(name, path, start, end, type, context), text: `${end - start} B: ${escapeText(hexBytes(slice(context, start, end)))}`, role };
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
