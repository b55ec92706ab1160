/**
 * Writes the reference pages from the descriptions: docs/formats/*.md from the schemas, docs/problems.md from
 * the problem codes, docs/tables.md from the tables. With --check only says whether they are current.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeDialect } from "../src/core/formats/linux-cr/dialect.ts";
import { KINDS } from "../src/core/formats/linux-cr/kinds.ts";
import { RECORD_NUMBERS } from "../src/core/formats/linux-cr/numbers.ts";
import { REVISIONS } from "../src/core/formats/linux-cr/revisions.ts";
import { NOTE_TYPES } from "../src/core/formats/elf-core/note-types.ts";
import { elfHeader, programHeader32, programHeader64 } from "../src/core/formats/elf-core/structs.ts";
import { CORE_LAYOUTS } from "../src/core/machine/core-layout.ts";
import { IMAGE_TYPES } from "../src/core/formats/criu/image-types.ts";
import { problemCatalogue } from "../src/core/model/problem-codes.ts";
import { TABLES } from "../src/core/model/tables.ts";
import type { TableDef } from "../src/core/model/table.ts";
import { PLAIN_ABI, type Abi } from "../src/core/schema/abi.ts";
import type { Message } from "../src/core/schema/message.ts";
import { layoutOf, typeName } from "../src/core/schema/layout.ts";
import type { Field, Show, Struct } from "../src/core/schema/schema.ts";

const escape = (text: string): string => text.replaceAll("|", "\\|");

function showName(show: Show, abi: Abi): string {
  if (show.as === "flags" || show.as === "name") {
    const names = [...show.names.at(abi)].slice(0, 12).map(([value, name]) => `${name} ${show.as === "flags" ? `0x${value.toString(16)}` : value}`);
    return `${show.names.title}: ${names.join(", ")}${show.names.at(abi).size > 12 ? ", …" : ""}`;
  }
  return show.as === "number" && show.unit !== undefined ? `${show.unit}s` : show.as;
}

/** `from v17`, `before v19`, `v20-dev to v21`. */
function whenText(field: Field): string {
  const parts: string[] = [];
  const { from, to, architectures } = field.when ?? {};
  if (from !== undefined) parts.push(`from ${REVISIONS[from]!.id}`);
  if (to !== undefined) parts.push(`before ${REVISIONS[to]?.id ?? "the end"}`);
  if (architectures !== undefined) parts.push(architectures.join(", "));
  return parts.join(", ");
}

function fieldRows(struct: Struct, abi: Abi, prefix: string): string[] {
  const offsets = new Map(layoutOf(struct, abi).slots.map((slot) => [slot.name, slot.offset]));
  return Object.entries(struct.fields).flatMap(([name, field]) => {
    const offset = offsets.get(name);
    const at = offset === undefined ? "" : offset < 0 ? "varies" : prefix === "" ? String(offset + 8) : `+${offset}`;
    const row = `| ${at} | ${escape(typeName(field.type))} | \`${prefix}${name}\` | ${escape(showName(field.show, abi))} | ${whenText(field)} | ${escape(field.doc ?? "")} |`;
    const inner = field.type.kind === "struct" ? field.type.struct : field.type.kind === "array" && field.type.of.type.kind === "struct" ? field.type.of.type.struct : undefined;
    return inner === undefined ? [row] : [row, ...fieldRows(inner, abi, `${prefix}${name}${field.type.kind === "array" ? "[]" : ""}.`)];
  });
}

function numbersText(record: string): string {
  const changes = RECORD_NUMBERS[record] ?? [];
  return changes.map(([id, number]) => (number === undefined ? `gone in ${id}` : `${number} from ${id}`)).join(", ");
}

/** The descriptions of a kind along the history, each with the revisions in which it holds. */
function variants(key: string): { struct: Struct; abi: Abi; machines: Set<string>; first: string; last: string }[] {
  const found: { struct: Struct; abi: Abi; machines: Set<string>; first: string; last: string }[] = [];
  const entry = KINDS.find((kind) => kind.key === key)!;
  for (const architecture of ["x86_64", "x86_32", "s390x", "ppc64", "arm"] as const) {
    for (const { id } of REVISIONS) {
      const { abi } = makeDialect({ revision: id, architecture, endian: "little" });
      const struct = entry.pick(abi);
      if (struct === undefined || !hasRecord(key, id)) continue;
      const known = found.find((variant) => variant.struct === struct);
      if (known === undefined) found.push({ struct, abi, machines: new Set([architecture]), first: id, last: id });
      else {
        known.machines.add(architecture);
        if (indexOf(id) > indexOf(known.last)) Object.assign(known, { last: id, abi });
        if (indexOf(id) < indexOf(known.first)) known.first = id;
      }
    }
  }
  return found.toSorted((a, b) => indexOf(a.first) - indexOf(b.first));
}

const indexOf = (id: string): number => REVISIONS.findIndex((revision) => revision.id === id);

function hasRecord(key: string, id: string): boolean {
  const record = key.split(":")[0]!;
  if (record === "raw") return true;
  let number: number | undefined;
  for (const [since, value] of RECORD_NUMBERS[record] ?? []) if (indexOf(since) <= indexOf(id)) number = value;
  return number !== undefined;
}

function linuxCrPage(): string {
  const lines = [
    "# linux-cr: records and fields",
    "",
    "Made by `npm run docs` from the schemas in `src/core/formats/linux-cr`. Offsets count from the first byte of the record, its header of 8 bytes",
    "included, on x86-64 in the last revision of each layout; a field names the revisions that have it where not all do.",
    "",
    "## Revisions",
    "",
    "| id | date | rev | known from | what changed |",
    "| --- | --- | --- | --- | --- |",
    ...REVISIONS.map(({ id, date, rev, confidence, change, alias }) => `| ${id}${alias === undefined ? "" : ` (${alias})`} | ${date} | ${rev ?? ""} | ${confidence} | ${escape(change)} |`),
    "",
    "## Records",
    "",
  ];
  for (const { key, doc } of KINDS) {
    const [record, role] = key.split(":");
    lines.push(`### ${record === "raw" ? `Block without a header: ${role}` : role === undefined ? record : `${record}, ${role}`}`, "", doc, "");
    if (record !== "raw") lines.push(`Number: ${numbersText(record!)}.`, "");
    for (const { struct, abi, machines, first, last } of variants(key)) {
      const where = machines.size >= 5 ? "every machine" : [...machines].join(", ");
      lines.push(`\`${struct.name}\`, ${first === last ? first : `${first} to ${last}`}, ${where}`, "");
      const rows = fieldRows(struct, abi, "");
      if (rows.length === 0) lines.push("No payload.", "");
      else lines.push("| offset | type | field | shown as | when | meaning |", "| --- | --- | --- | --- | --- | --- |", ...rows, "");
    }
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function problemsPage(): string {
  const lines = [
    "# Problem codes",
    "",
    "Made by `npm run docs` from `src/core/model/problem-codes.ts`. An image with an `error` makes the command line end with status 1.",
    "",
    "| code | severity | meaning | what to do |",
    "| --- | --- | --- | --- |",
    ...problemCatalogue()
      .toSorted((a, b) => (a.code < b.code ? -1 : 1))
      .map(({ code, severity, doc, remedy }) => `| \`${code}\` | ${severity} | ${escape(doc)} | ${escape(remedy)} |`),
  ];
  return `${lines.join("\n")}\n`;
}

function tablesPage(): string {
  const lines = ["# Tables and columns", "", "Made by `npm run docs` from `src/core/model/tables.ts`: what `icecore table` and the page show.", ""];
  for (const [name, def] of Object.entries(TABLES as Readonly<Record<string, TableDef>>)) {
    lines.push(`## ${name}`, "", `${def.doc}. Identified by ${def.identity.join(", ")}.`, "", "| column | holds | meaning |", "| --- | --- | --- |");
    for (const [column, { doc, as, ref, via, derive }] of Object.entries(def.columns)) {
      const holds = via !== undefined ? `${via.column} of ${via.ref}` : derive !== undefined ? derive.how : ref !== undefined ? `row of ${ref}` : as;
      lines.push(`| \`${column}\` | ${escape(holds)} | ${escape(doc)} |`);
    }
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Messages that an image holds, each once, those inside behind those that contain them. */
function messagesOf(): Message[] {
  const found = new Set<Message>();
  const visit = (message: Message): void => {
    if (found.has(message)) return;
    found.add(message);
    for (const field of message.fields) if (field.message !== undefined) visit(field.message());
  };
  for (const type of IMAGE_TYPES) for (const message of [type.first, type.message]) if (message !== undefined) visit(message);
  return [...found];
}

function criuPage(): string {
  const lines = [
    "# CRIU images",
    "",
    "Made by `npm run docs` from `src/core/formats/criu/image-types.ts` and `src/core/formats/criu/messages`: images of CRIU 0.1 to 4.2.",
    "A file is a head (the common magic since 1.6, then the type), then entries: a size word, a protobuf message, and what follows it.",
    "",
    "| image | file | type | message | since | holds |",
    "| --- | --- | --- | --- | --- | --- |",
    ...IMAGE_TYPES.map(
      ({ name, file, magic, message, raw, old, since, doc }) =>
        `| ${name} | \`${file}\` | ${magic === undefined ? "none" : `0x${magic.toString(16)}`} | ${message === undefined ? (raw ?? "") : `[${message.name}](#${message.name})`} | ${since}${old === true ? ", not written any more" : ""} | ${escape(doc)} |`,
    ),
    "",
  ];
  for (const message of messagesOf()) {
    lines.push(`## ${message.name}`, "");
    if (message.doc !== undefined) lines.push(`${message.doc}.`, "");
    lines.push("| number | type | field | shown as | since | meaning |", "| --- | --- | --- | --- | --- | --- |");
    for (const field of message.fields) {
      const type = field.message === undefined ? field.type : `[${field.message().name}](#${field.message().name})`;
      lines.push(`| ${field.number} | ${field.label === "optional" ? "" : `${field.label} `}${type} | \`${field.name}\` | ${field.message === undefined ? escape(showName(field.show, PLAIN_ABI)) : ""} | ${field.since} | ${escape(field.doc ?? "")} |`);
    }
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** One form of each note: that of x86-64, else of the first machine that has it. */
function elfCorePage(): string {
  const lines = [
    "# ELF cores",
    "",
    "Made by `npm run docs` from `src/core/formats/elf-core` and `src/core/machine/core-layout.ts`. Fields of notes as on x86-64, or on the",
    "machine that has the note; offsets count from the beginning of the description.",
    "",
    "## Notes",
    "",
    "| owner | number | note | once per | holds |",
    "| --- | --- | --- | --- | --- |",
    ...NOTE_TYPES.map(([owner, number, { name, doc, ofThread }]) => `| ${owner} | 0x${number.toString(16)} | ${name} | ${ofThread ? "thread" : "process"} | ${escape(doc)} |`),
    "",
    "## Registers of NT_PRSTATUS",
    "",
    "| machine | e_machine | NT_PRSTATUS | NT_PRPSINFO | NT_FPREGSET | registers at | registers |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...CORE_LAYOUTS.map(({ name, elfMachine, prstatus, prpsinfo, fpregsetSize, registers }) => `| ${name} | ${elfMachine} | ${prstatus.size} | ${prpsinfo.size} | ${fpregsetSize ?? ""} | ${prstatus.registersAt} | ${registers.map((register) => register.name).join(" ")} |`),
    "",
  ];
  const table = (title: string, struct: Struct, abi: Abi): void => {
    const rows = fieldRows(struct, abi, "").map((row) => row.replace(/^\| (\d+) \|/, (_, offset: string) => `| ${Number(offset) - 8} |`));
    lines.push(`## ${title}`, "", `\`${struct.name}\``, "", "| offset | type | field | shown as | when | meaning |", "| --- | --- | --- | --- | --- | --- |", ...rows, "");
  };
  table("File header, ELF64", elfHeader, PLAIN_ABI);
  table("Program header, ELF64", programHeader64, PLAIN_ABI);
  table("Program header, ELF32", programHeader32, { ...PLAIN_ABI, longSize: 4 });
  for (const [, , { name, form }] of NOTE_TYPES) {
    for (const layout of CORE_LAYOUTS) {
      const abi: Abi = { ...PLAIN_ABI, longSize: layout.wordSize, architecture: layout.name };
      const size = name === "NT_PRSTATUS" ? layout.prstatus.size : name === "NT_PRPSINFO" ? layout.prpsinfo.size : 4096;
      const struct = form?.({ abi, layout, size });
      if (struct === undefined) continue;
      table(`${name}, ${layout.name}`, struct, abi);
      break;
    }
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

const PAGES: Readonly<Record<string, () => string>> = {
  "docs/formats/linux-cr.md": linuxCrPage,
  "docs/formats/criu.md": criuPage,
  "docs/formats/elf-core.md": elfCorePage,
  "docs/problems.md": problemsPage,
  "docs/tables.md": tablesPage,
};

let stale = 0;
for (const [path, make] of Object.entries(PAGES)) {
  const text = make();
  let known = "";
  try {
    known = readFileSync(path, "utf8");
  } catch {
    known = "";
  }
  if (known === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${path} is not current: run npm run docs`);
    stale++;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}, ${text.length} characters`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
