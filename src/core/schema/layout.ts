/** From a description and a machine to offsets: the arithmetic that a C compiler does. */
import type { Abi } from "./abi.ts";
import type { Count, Field, Struct, Type } from "./schema.ts";

export interface Slot {
  readonly name: string;
  readonly field: Field;
  /** Bytes from the start of the struct, or -1 when it depends on the data before it. */
  readonly offset: number;
  /** Bytes, or -1 when it depends on the data. */
  readonly size: number;
  readonly align: number;
}

export interface Layout {
  readonly struct: Struct;
  readonly slots: readonly Slot[];
  /** Bytes, tail padding included, or -1 when it depends on the data. */
  readonly size: number;
  readonly align: number;
  /** Bytes up to the first part that depends on the data. */
  readonly fixedSize: number;
}

const cache = new WeakMap<Abi, WeakMap<Struct, Layout>>();

export function alignUp(value: number, align: number): number {
  const rest = value % align;
  return rest === 0 ? value : value + align - rest;
}

export function isPresent(field: Field, abi: Abi): boolean {
  const when = field.when;
  if (when === undefined) return true;
  if (when.from !== undefined && abi.revision < when.from) return false;
  if (when.to !== undefined && abi.revision >= when.to) return false;
  return when.architectures === undefined || when.architectures.includes(abi.architecture);
}

/** Bytes of a count that no data decides, else -1. */
function fixedCount(count: Count, abi: Abi): number {
  if (typeof count === "number") return count;
  return count === "page" ? abi.pageSize : -1;
}

/** Size and alignment of a type; a size of -1 depends on the data. */
export function measure(type: Type, abi: Abi): { size: number; align: number } {
  switch (type.kind) {
    case "int":
      return { size: type.bytes, align: type.bytes === 8 ? abi.u64Align : type.bytes };
    case "long":
      return { size: abi.longSize, align: abi.longSize };
    case "text":
      return { size: fixedCount(type.count, abi), align: 1 };
    case "bytes":
      return { size: fixedCount(type.count, abi), align: type.align ?? 1 };
    case "struct": {
      const layout = layoutOf(type.struct, abi);
      return { size: layout.size, align: layout.align };
    }
    case "array": {
      const element = measure(type.of.type, abi);
      const count = fixedCount(type.count, abi);
      return { size: count < 0 || element.size < 0 ? -1 : count * element.size, align: element.align };
    }
    case "union": {
      let size = 0;
      let align = 1;
      for (const member of Object.values(type.members)) {
        const layout = layoutOf(member, abi);
        size = Math.max(size, layout.size);
        align = Math.max(align, layout.align);
      }
      return { size: alignUp(size, align), align };
    }
  }
}

/** Where the members of a struct stand on a machine and in a revision. Computed once. */
export function layoutOf(struct: Struct, abi: Abi): Layout {
  let layouts = cache.get(abi);
  if (layouts === undefined) {
    layouts = new WeakMap();
    cache.set(abi, layouts);
  }
  const known = layouts.get(struct);
  if (known !== undefined) return known;
  const slots: Slot[] = [];
  let position = 0;
  let fixedSize = 0;
  let align = struct.align;
  for (const [name, field] of Object.entries(struct.fields)) {
    if (!isPresent(field, abi)) continue;
    const measured = measure(field.type, abi);
    align = Math.max(align, measured.align);
    const offset = position < 0 ? -1 : alignUp(position, measured.align);
    slots.push({ name, field, offset, size: measured.size, align: measured.align });
    if (offset >= 0) fixedSize = measured.size < 0 ? offset : offset + measured.size;
    position = offset < 0 || measured.size < 0 ? -1 : offset + measured.size;
  }
  // A struct that ends in data of its own length has no tail padding of the compiler's.
  const size = position < 0 ? -1 : alignUp(position, align);
  const layout: Layout = { struct, slots, size, align, fixedSize: size < 0 ? fixedSize : size };
  layouts.set(struct, layout);
  return layout;
}

/** Offset and type of a field by its path (`constants.task_comm_len`, `rlim.7.rlim_cur`), or undefined when this machine or revision has none. */
export function findSlot(
  struct: Struct,
  abi: Abi,
  path: string,
): { readonly offset: number; readonly field: Field } | undefined {
  let current = struct;
  let offset = 0;
  const steps = path.split(".");
  for (const [index, step] of steps.entries()) {
    const slot = layoutOf(current, abi).slots.find((candidate) => candidate.name === step);
    if (slot === undefined || slot.offset < 0) return undefined;
    offset += slot.offset;
    if (index === steps.length - 1) return { offset, field: slot.field };
    const type = slot.field.type;
    if (type.kind === "struct") current = type.struct;
    else if (type.kind === "union") {
      const member = type.members[steps[index + 1]!];
      if (member === undefined) return undefined;
      steps.splice(index + 1, 1);
      current = member;
      if (index + 1 >= steps.length) return { offset, field: slot.field };
    } else if (type.kind === "array" && /^\d+$/.test(steps[index + 1] ?? "")) {
      const element = measure(type.of.type, abi).size;
      if (element <= 0) return undefined;
      offset += Number(steps[index + 1]) * element;
      steps.splice(index + 1, 1);
      if (index + 1 >= steps.length) return { offset, field: type.of };
      if (type.of.type.kind !== "struct") return undefined;
      current = type.of.type.struct;
    } else return undefined;
  }
  return undefined;
}

/** Name of a type in the words of the format. */
export function typeName(type: Type): string {
  const length = (count: Count): string => {
    if (typeof count === "number") return String(count);
    if (typeof count === "string") return count;
    return count.plus === undefined ? count.field : `${count.field}+${count.plus}`;
  };
  switch (type.kind) {
    case "int":
      return `${type.little === true ? "le" : type.signed ? "s" : "u"}${type.bytes * 8}`;
    case "long":
      return "ulong";
    case "text":
      return `char[${length(type.count)}]`;
    case "bytes":
      return `u8[${length(type.count)}]`;
    case "struct":
      return type.struct.name;
    case "array":
      return `${typeName(type.of.type)}[${length(type.count)}]`;
    case "union":
      return "union";
  }
}
