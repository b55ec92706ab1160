import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { makeDialect, type Architecture } from "../../../../src/core/formats/linux-cr/dialect.ts";
import { OBJECT_CLASSES, FILE_TYPE, VMA_TYPE, archIds } from "../../../../src/core/formats/linux-cr/enums.ts";
import { atRevision, ordinal, REVISIONS } from "../../../../src/core/formats/linux-cr/revisions.ts";
import { findSlot, layoutOf, measure } from "../../../../src/core/schema/layout.ts";
import type { Kind } from "../../../../src/core/formats/linux-cr/kinds.ts";
import type { Struct, Type } from "../../../../src/core/schema/schema.ts";
import type { Abi } from "../../../../src/core/schema/abi.ts";

interface Spec {
  layouts: { record: string; arch: string; variant?: string; size: number | null; revisions: string[]; fields: [string, number, string][] }[];
  structs: { struct: string; size: number; revisions: string[]; fields: [string, number, string][] }[];
  types: Record<string, Record<string, number>>;
  enums: Record<string, Record<string, Record<string, number>>>;
}
const spec = JSON.parse(readFileSync(new URL("../../../fixtures/linux-cr/layouts.json", import.meta.url), "utf8")) as Spec;

const ARCHS: Record<string, Architecture[]> = { powerpc: ["ppc32", "ppc64"], x86: ["x86_32", "x86_64"] };

function architectures(arch: string): Architecture[] {
  if (arch === "any") return ["x86_32", "x86_64", "s390x", "ppc32", "arm"];
  return arch.split("|").flatMap((name) => ARCHS[name] ?? [name as Architecture]);
}

function kindFor(dialect: ReturnType<typeof makeDialect>, record: string, variant: string | undefined): Kind | undefined {
  if (record === "SIGPENDING") return dialect.kinds.get("SIGPENDING:private");
  const role = variant === undefined || variant.startsWith("generic") ? record : `${record}:${variant === "fifo" ? "pipe" : variant}`;
  return dialect.kinds.get(role);
}

/** Text of a type as the specification writes it. */
function specType(type: Type, size: number): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "s" : "u"}${type.bytes * 8}`;
    case "text":
      return `char[${size}]`;
    case "bytes":
      return `u8[${size}]`;
    case "array":
      return type.of.type.kind === "int"
        ? `${specType(type.of.type, 0)}[${typeof type.count === "number" ? type.count : "?"}]`
        : "array";
    default:
      return type.kind;
  }
}

/** Names in the specification are flat; a variant of FILE nests its common part. */
const aliases = (name: string): string[] => [name, `common.${name}`, `link.${name}`];

describe("layouts of linux-cr records", () => {
  test.each(REVISIONS.map((revision) => revision.id))("%s agrees with the specification on every offset and size", (id) => {
    const wrong: string[] = [];
    let compared = 0;
    for (const layout of spec.layouts) {
      if (!layout.revisions.includes(id)) continue;
      for (const architecture of architectures(layout.arch)) {
        const dialect = makeDialect({ revision: id, architecture, endian: architecture === "x86_32" ? "little" : "big" });
        const kind = kindFor(dialect, layout.record, layout.variant);
        if (kind === undefined) {
          // BUFFER and STRING have one kind for each role; records without a layout on a machine have none.
          // The number of TAIL in v0 and v1 is not known, so no record can be one.
          if (layout.fields.length > 0 && spec.types[id]![layout.record] !== undefined) wrong.push(`${layout.record} ${layout.variant ?? ""} on ${architecture}: no kind`);
          continue;
        }
        const at = `${layout.record} ${layout.variant ?? ""} on ${architecture}`;
        if (layout.size !== null && layout.fields.length > 0 && layoutOf(kind.struct, dialect.abi).size !== layout.size && layout.record !== "GROUPINFO" && layout.record !== "SIGPENDING")
          wrong.push(`${at}: size ${kind.size}, specification ${layout.size}`);
        for (const [name, offset, type] of layout.fields) {
          compared++;
          if (layout.record === "HPAGE" && name === "index") continue; // another name of vaddr
          const found = aliases(name)
            .map((alias) => findSlot(kind.struct, dialect.abi, alias))
            .find((slot) => slot !== undefined);
          if (found === undefined) {
            wrong.push(`${at}: no field ${name}`);
            continue;
          }
          if (found.offset !== offset) wrong.push(`${at}.${name}: offset ${found.offset}, specification ${offset}`);
          const ours = specType(found.field.type, measure(found.field.type, dialect.abi).size);
          const bytes = measure(found.field.type, dialect.abi).size;
          if (!type.startsWith("ckpt_") && ours !== type && !(type === `u8[${bytes}]`)) wrong.push(`${at}.${name}: type ${ours}, specification ${type}`);
        }
      }
    }
    expect(wrong.join("\n")).toBe("");
    // The layouts of v15 are not in the specification at all.
    expect(compared > 0).toBe(id !== "v15");
  });

  test.each(REVISIONS.map((revision) => revision.id))("%s numbers its records and enumerations as the specification does", (id) => {
    const dialect = makeDialect({ revision: id, architecture: "x86_32", endian: "little" });
    for (const [name, number] of Object.entries(spec.types[id]!)) {
      expect(`${name} ${dialect.kinds.typeOf(name)}`).toBe(`${name} ${number}`);
      expect(dialect.kinds.nameOf(number)).toBe(name);
    }
    const enums = spec.enums[id]!;
    for (const [name, number] of Object.entries(enums["obj_types"] ?? {})) {
      if (name !== "MAX") expect(`${name} ${atRevision(OBJECT_CLASSES[name]!, ordinal(id))}`).toBe(`${name} ${number}`);
    }
    for (const [name, number] of Object.entries(enums["file_types"] ?? {})) {
      if (name !== "MAX") expect(FILE_TYPE.at(dialect.abi).get(number)).toBe(name);
    }
    for (const [name, number] of Object.entries(enums["vma_types"] ?? enums["vma_type"] ?? {})) {
      if (name !== "MAX") expect(VMA_TYPE.at(dialect.abi).get(number)).toBe(name);
    }
    for (const [name, number] of Object.entries(enums["arch_ids"] ?? {})) {
      expect(archIds(ordinal(id)).get(number)).toBe(name.toLowerCase());
    }
  });

  test("sub-structures have the sizes of the specification", () => {
    const wrong: string[] = [];
    for (const { struct: name, size, revisions } of spec.structs) {
      for (const id of revisions) {
        const dialect = makeDialect({ revision: id, architecture: "x86_64", endian: "little" });
        const found = nestedStruct(dialect.kinds.all, name, dialect.abi);
        if (found === undefined) continue;
        const ours = layoutOf(found, dialect.abi).size;
        if (ours >= 0 && ours !== size) wrong.push(`${id} ${name}: ${ours}, specification ${size}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

function nestedStruct(kinds: readonly Kind[], name: string, abi: Abi): Struct | undefined {
  const seen = new Set<Struct>();
  const visit = (struct: Struct): Struct | undefined => {
    if (seen.has(struct)) return undefined;
    seen.add(struct);
    if (struct.name === name) return struct;
    for (const slot of layoutOf(struct, abi).slots) {
      let type = slot.field.type;
      if (type.kind === "array") type = type.of.type;
      if (type.kind === "struct") {
        const found = visit(type.struct);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  for (const kind of kinds) {
    const found = visit(kind.struct);
    if (found !== undefined) return found;
  }
  return undefined;
}
