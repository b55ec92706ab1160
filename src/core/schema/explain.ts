/**
 * One record as a tree of fields, each tied to its bytes.
 *
 * Total on any bytes: a field that the data cuts off is marked `truncated`, what no field accounts for is marked
 * `unknown`, and the children of every node tile it. Long arrays are folded into groups, so that a chunk of ten
 * thousand pages is as cheap to look at as a header; bytes of the record that are not loaded stay undecoded.
 */
import type { FieldNode } from "../inspector.ts";
import type { Abi } from "./abi.ts";
import { alignUp, layoutOf, measure, typeName, type Layout } from "./layout.ts";
import type { Count, Field, Show, Struct, Type } from "./schema.ts";
import { describeText, formatValue, type Value } from "./show.ts";

/** Bytes of a file in memory: `data[0]` stands at file position `base`. */
export interface Loaded {
  readonly data: Uint8Array;
  readonly base: number;
}

export interface ExplainContext {
  readonly abi: Abi;
  readonly file: number;
  /** File position of the record: names of padding count from it. */
  readonly origin: number;
  readonly loaded: Loaded;
  /** See `Params`. */
  readonly param: number;
  /** Whether to decode the children of this node now. Small nodes are always opened. */
  readonly open: (path: string, start: number, end: number) => boolean;
}

/** Nodes with at most this many children are always opened, to this depth. */
const SMALL = 40;
const SMALL_DEPTH = 3;
/** Children of a folded array. */
const GROUP = 256;

type Siblings = Map<string, number>;

export function explainStruct(
  struct: Struct,
  name: string,
  start: number,
  end: number,
  context: ExplainContext,
): FieldNode {
  return structNode(struct, name, "", start, end, undefined, context, 0, true);
}

function structNode(
  struct: Struct,
  name: string,
  path: string,
  start: number,
  end: number,
  doc: string | undefined,
  context: ExplainContext,
  depth: number,
  always: boolean,
): FieldNode {
  const layout = layoutOf(struct, context.abi);
  const node = leaf(name, path, start, end, struct.name, context, doc ?? struct.doc);
  const small = layout.slots.length <= SMALL && depth < SMALL_DEPTH;
  if (!always && !small && !context.open(path, start, end)) return { ...node, more: true };
  return { ...node, children: members(layout, path, start, end, context, depth + 1) };
}

function members(
  layout: Layout,
  path: string,
  start: number,
  end: number,
  context: ExplainContext,
  depth: number,
): FieldNode[] {
  const nodes: FieldNode[] = [];
  const values: Siblings = new Map();
  let position = start;
  for (const slot of layout.slots) {
    const at = start + alignUp(position - start, slot.align);
    if (at > position) nodes.push(gap(path, position, Math.min(at, end), context));
    if (at >= end) {
      position = Math.min(at, end);
      break;
    }
    const node = fieldNode(slot.name, join(path, slot.name), slot.field, at, end, values, context, depth, layout);
    nodes.push(node);
    position = node.span.end;
    if (node.role === "truncated") break;
    if (typeof node.value === "number") values.set(slot.name, node.value);
  }
  if (position < end) {
    const tail = start + (layout.size < 0 ? position - start : Math.max(layout.size, position - start));
    if (tail > position) nodes.push(gap(path, position, Math.min(tail, end), context));
    if (tail < end) nodes.push(unknown("trailing bytes", join(path, "trailing"), Math.max(tail, position), end, context));
  }
  return nodes;
}

function fieldNode(
  name: string,
  path: string,
  field: Field,
  start: number,
  end: number,
  values: Siblings,
  context: ExplainContext,
  depth: number,
  layout: Layout | undefined,
): FieldNode {
  const type = field.type;
  switch (type.kind) {
    case "int":
    case "long": {
      const bytes = type.kind === "long" ? context.abi.longSize : type.bytes;
      if (start + bytes > end) return truncated(name, path, type, start, end, context);
      const signed = type.kind === "int" && type.signed;
      const little = context.abi.endian === "little" || (type.kind === "int" && type.little === true);
      const value = readInt(context.loaded, start, bytes, signed, little);
      return valued(name, path, field, start, start + bytes, value, context);
    }
    case "text":
    case "bytes": {
      const size = resolve(type.count, start, end, values, context);
      if (size > end - start) return truncated(name, path, type, start, end, context);
      return blob(name, path, field, start, start + size, context);
    }
    case "struct": {
      const inner = layoutOf(type.struct, context.abi);
      const stop = inner.size < 0 ? structEnd(inner, start, end, context) : start + inner.size;
      const node = structNode(type.struct, name, path, start, Math.min(stop, end), field.doc, context, depth, false);
      return stop > end ? { ...node, role: "truncated" } : node;
    }
    case "array":
      return arrayNode(name, path, field, type, start, end, values, context, depth);
    case "union": {
      const size = measure(type, context.abi).size;
      if (start + size > end) return truncated(name, path, type, start, end, context);
      const slot = layout?.slots.find((candidate) => candidate.name === type.by);
      const position = slot === undefined || layout === undefined ? -1 : start - unionOffset(layout, name) + slot.offset;
      const by = slot === undefined ? null : readInt(context.loaded, position, slot.size, false, context.abi.endian === "little");
      const chosen = (typeof by === "number" ? type.pick.get(by) : undefined) ?? type.otherwise;
      const member = type.members[chosen]!;
      const node = structNode(member, chosen, join(path, chosen), start, start + size, field.doc, context, depth, true);
      return { ...leaf(name, path, start, start + size, "union", context, field.doc), children: [node] };
    }
  }
}

function unionOffset(layout: Layout, name: string): number {
  return layout.slots.find((slot) => slot.name === name)?.offset ?? 0;
}

/** End of a struct whose length depends on its data, found by walking over it. */
function structEnd(layout: Layout, start: number, end: number, context: ExplainContext): number {
  const closed: ExplainContext = { ...context, open: () => false };
  let position = start;
  const values: Siblings = new Map();
  for (const slot of layout.slots) {
    const at = start + alignUp(position - start, slot.align);
    if (at >= end) return end;
    const node = fieldNode(slot.name, slot.name, slot.field, at, end, values, closed, SMALL_DEPTH, layout);
    if (typeof node.value === "number") values.set(slot.name, node.value);
    if (node.role === "truncated") return end + 1;
    position = node.span.end;
  }
  return position;
}

function arrayNode(
  name: string,
  path: string,
  field: Field,
  type: Extract<Type, { kind: "array" }>,
  start: number,
  end: number,
  values: Siblings,
  context: ExplainContext,
  depth: number,
): FieldNode {
  const elementSize = measure(type.of.type, context.abi).size;
  const element: ElementAt = { name: type.of, size: elementSize };
  if (elementSize < 0) return looseArray(name, path, field, type, start, end, values, context, depth);
  const room = Math.floor((end - start) / elementSize);
  const wanted = type.count === "rest" ? room : elements(type.count, start, end, values, context, elementSize);
  const count = Math.min(wanted, room);
  const short = count < wanted;
  // A cut array takes the rest of the record, so that its broken last element is not taken for something else.
  const stop = short ? end : start + count * elementSize;
  const node: FieldNode = {
    ...leaf(name, path, start, stop, typeName(type), context, field.doc),
    text: short ? `${count} of ${wanted} complete` : `${count}`,
    ...(short ? { role: "truncated" as const } : {}),
  };
  if (count === 0 && stop === start) return node;
  if (!(count <= SMALL && depth < SMALL_DEPTH) && !context.open(path, start, stop)) return { ...node, more: true };
  const children = grouped(element, path, 0, count, start, context, depth + 1);
  const complete = start + count * elementSize;
  if (complete < stop) children.push(truncated(`[${count}]`, join(path, String(count)), type.of.type, complete, stop, context));
  return { ...node, children };
}

interface ElementAt {
  readonly name: Field;
  readonly size: number;
}

/** Elements [from, to) of an array, folded into at most 256 children. */
function grouped(
  element: ElementAt,
  path: string,
  from: number,
  to: number,
  start: number,
  context: ExplainContext,
  depth: number,
): FieldNode[] {
  const nodes: FieldNode[] = [];
  let step = 1;
  while ((to - from) / step > GROUP) step *= GROUP;
  for (let index = from; index < to; index += step) {
    const at = start + (index - from) * element.size;
    const last = Math.min(index + step, to);
    if (step === 1) {
      const stop = at + element.size;
      nodes.push(fieldNode(`[${index}]`, join(path, String(index)), element.name, at, stop, new Map(), context, depth, undefined));
      continue;
    }
    const groupPath = join(path, `${index}-${last - 1}`);
    const stop = at + (last - index) * element.size;
    const node = leaf(`[${index} … ${last - 1}]`, groupPath, at, stop, typeName(element.name.type), context);
    if (context.open(groupPath, at, stop)) {
      nodes.push({ ...node, text: `${last - index}`, children: grouped(element, path, index, last, at, context, depth + 1) });
    } else nodes.push({ ...node, text: `${last - index}`, more: true });
  }
  return nodes;
}

/** An array whose elements differ in length: decoded one after the other. */
function looseArray(
  name: string,
  path: string,
  field: Field,
  type: Extract<Type, { kind: "array" }>,
  start: number,
  end: number,
  values: Siblings,
  context: ExplainContext,
  depth: number,
): FieldNode {
  const wanted = type.count === "rest" ? Infinity : elements(type.count, start, end, values, context, 1);
  const children: FieldNode[] = [];
  let position = start;
  let index = 0;
  for (; index < wanted && position < end; index++) {
    const node = fieldNode(`[${index}]`, join(path, String(index)), type.of, position, end, new Map(), context, depth + 1, undefined);
    if (node.span.end === position) break;
    children.push(node);
    position = node.span.end;
    if (node.role === "truncated") break;
  }
  const short = wanted !== Infinity && index < wanted;
  if (short && position < end) {
    children.push(unknown("rest", join(path, "rest"), position, end, context));
    position = end;
  }
  return {
    ...leaf(name, path, start, position, typeName(type), context, field.doc),
    text: short ? `${index} of ${wanted} complete` : `${index}`,
    ...(short ? { role: "truncated" as const } : {}),
    ...(children.length > 0 ? { children } : {}),
  };
}

/** Bytes of a text or bytes field; never negative. */
function resolve(count: Count, start: number, end: number, values: Siblings, context: ExplainContext): number {
  return count === "rest" ? end - start : elements(count, start, end, values, context, 1);
}

function elements(
  count: Count,
  start: number,
  end: number,
  values: Siblings,
  context: ExplainContext,
  elementSize: number,
): number {
  if (typeof count === "number") return count;
  if (count === "page") return context.abi.pageSize;
  if (count === "param") return Math.max(0, context.param);
  if (count === "rest") return Math.floor((end - start) / elementSize);
  return Math.max(0, (values.get(count.field) ?? 0) + (count.plus ?? 0));
}

function readInt(loaded: Loaded, position: number, bytes: number, signed: boolean, little: boolean): Value {
  const at = position - loaded.base;
  if (at < 0 || at + bytes > loaded.data.length) return null;
  const view = new DataView(loaded.data.buffer, loaded.data.byteOffset + at, bytes);
  switch (bytes) {
    case 1:
      return signed ? view.getInt8(0) : view.getUint8(0);
    case 2:
      return signed ? view.getInt16(0, little) : view.getUint16(0, little);
    case 4:
      return signed ? view.getInt32(0, little) : view.getUint32(0, little);
    default:
      return signed ? view.getBigInt64(0, little) : view.getBigUint64(0, little);
  }
}

const NOT_READ = "not read";
const PREVIEW = 256;

function valued(
  name: string,
  path: string,
  field: Field,
  start: number,
  end: number,
  value: Value,
  context: ExplainContext,
): FieldNode {
  return {
    ...leaf(name, path, start, end, typeName(field.type), context, field.doc),
    value,
    text: value === null ? NOT_READ : formatValue(value, field.show, context.abi),
    ...(field.show.as === "padding" ? { role: "padding" as const } : {}),
  };
}

function blob(name: string, path: string, field: Field, start: number, end: number, context: ExplainContext): FieldNode {
  const { data, base } = context.loaded;
  const from = start - base;
  const limit = field.type.kind === "text" ? 4096 : PREVIEW;
  const to = Math.min(end, start + limit) - base;
  const node = leaf(name, path, start, end, typeName(field.type), context, field.doc);
  const role = field.show.as === "padding" ? { role: "padding" as const } : {};
  if (from < 0 || to > data.length) return { ...node, ...role, text: NOT_READ };
  const content = data.subarray(from, to);
  const described = describeText(content, end - start, field.show, context.abi);
  return { ...node, ...role, value: described.value, text: described.text };
}

function leaf(
  name: string,
  path: string,
  start: number,
  end: number,
  type: string,
  context: ExplainContext,
  doc?: string,
): FieldNode {
  const node: FieldNode = { name, path, span: { file: context.file, start, end }, type, text: "", value: null };
  return doc === undefined ? node : { ...node, doc };
}

const RAW: Show = { as: "bytes" };

function gap(path: string, start: number, end: number, context: ExplainContext): FieldNode {
  const field: Field = { type: { kind: "bytes", count: end - start }, show: { as: "padding" } };
  return blob("padding", join(path, `padding@${start - context.origin}`), field, start, end, context);
}

function unknown(name: string, path: string, start: number, end: number, context: ExplainContext): FieldNode {
  const field: Field = { type: { kind: "bytes", count: end - start }, show: RAW };
  return { ...blob(name, path, field, start, end, context), role: "unknown" };
}

function truncated(
  name: string,
  path: string,
  type: Type,
  start: number,
  end: number,
  context: ExplainContext,
): FieldNode {
  const field: Field = { type: { kind: "bytes", count: end - start }, show: RAW };
  const node = blob(name, path, field, start, end, context);
  return { ...node, type: typeName(type), value: null, role: "truncated", text: `cut off after ${end - start} bytes` };
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
