/** Records of a core as trees of fields. What `frame.ts` leaves unexplained is marked unknown here, and nothing else. */
import type { Span } from "../../bytes/span.ts";
import type { FieldNode } from "../../inspector.ts";
import type { FileAt, OpenNode } from "../../model/set-reader.ts";
import { explainStruct, type ExplainContext } from "../../schema/explain.ts";
import { decodeText, describeText, escapeText, formatHex, hexBytes, isZero } from "../../schema/show.ts";
import { array, nested, struct } from "../../schema/define.ts";
import { FILE, type Core } from "./core.ts";
import { pathCount, readFileNote, type FileNote } from "./file-note.ts";
import { fullHead, type Piece } from "./frame.ts";
import { noteForm, type NoteType } from "./note-types.ts";
import { readSiginfo } from "./siginfo.ts";
import * as structs from "./structs.ts";

/** Children of a folded list. */
const GROUP = 256;
/** Bytes of a note that are decoded; the rest of a longer one is shown as bytes. */
const MOST_NOTE = 64 * 1024 * 1024;
const PREVIEW = 256;

const sections = struct("section headers", { section: array(nested(structs.sectionHeader), "rest"), rest: structs.rest("rest") });

export async function explainPiece(core: Core, piece: Piece, at: FileAt, extent: Span, open: OpenNode): Promise<FieldNode> {
  const { start, end } = extent;
  const { abi, elf } = core;
  const { source } = at;
  const context = async (to = end): Promise<ExplainContext> => ({ abi, file: FILE, origin: start, param: 0, open, loaded: { data: await source.read(start, Math.min(end, to)), base: start } });
  switch (piece.kind) {
    case "head":
      return end < fullHead(core) ? unknown("ELF header", extent, source.size) : explainStruct(structs.elfHeader, "ELF header", start, end, await context());
    case "header":
      return explainStruct(abi.longSize === 8 ? structs.programHeader64 : structs.programHeader32, `program header ${piece.index}`, start, end, await context());
    case "note":
      return await explainNote(core, piece.index, extent, await context(start + MOST_NOTE));
    case "sections":
      return elf.sectionStride === (abi.longSize === 8 ? 64 : 40) ? explainStruct(sections, "section headers", start, end, await context()) : { ...leaf("section headers", "", extent), text: `${end - start} bytes` };
    case "memory":
      return await explainMemory(core, piece, at, extent, open);
    case "names": {
      const text = decodeText(await source.read(start, Math.min(end, start + PREVIEW)));
      return { ...leaf("section names", "", extent), type: "char[]", text: escapeText(text), value: text };
    }
    case "gap":
      return { ...leaf("padding", "", extent), ...describeText(await source.read(start, Math.min(end, start + PREVIEW)), end - start, { as: "padding" }, abi), role: "padding" };
    case "no-note":
    case "unknown":
      return unknown(piece.kind === "no-note" ? "bytes that are no note" : "bytes of no segment", extent, end - start);
  }
}

function leaf(name: string, path: string, { start, end }: Pick<Span, "start" | "end">, type = "bytes"): FieldNode {
  return { name, path, span: { file: FILE, start, end }, type, text: "", value: null };
}

function unknown(name: string, extent: Span, size: number): FieldNode {
  return { ...leaf(name, "", extent), text: `${size} bytes`, role: "unknown" };
}

// ---- notes

async function explainNote(core: Core, index: number, extent: Span, context: ExplainContext): Promise<FieldNode> {
  const { descStart, descSize, type, owner, number } = core.notes.list[index]!;
  const { start, end } = extent;
  const descEnd = descStart + descSize;
  const name = type?.name ?? `note ${escapeText(owner)} ${number}`;
  const nameEnd = start + 12 + new DataView(context.loaded.data.buffer, context.loaded.data.byteOffset).getUint32(0, context.abi.endian === "little");
  const children: FieldNode[] = [...(explainStruct(structs.noteHeader, name, start, nameEnd, context).children ?? []).map((child) => ({ ...child, role: "frame" as const }))];
  if (nameEnd < descStart) children.push(padding(nameEnd, descStart, context));
  if (descSize > 0) children.push(...description(core, type, descStart, descEnd, context));
  if (descEnd < end) children.push(padding(descEnd, end, context));
  return { ...leaf(name, "", extent, name), text: `${descSize} B`, children };
}

function padding(start: number, end: number, { origin, loaded: { data, base }, abi }: ExplainContext): FieldNode {
  return { ...leaf("padding", `padding@${start - origin}`, { start, end }), ...describeText(data.subarray(start - base, end - base), end - start, { as: "padding" }, abi), role: "padding" };
}

function description(core: Core, type: NoteType | undefined, start: number, end: number, context: ExplainContext): readonly FieldNode[] {
  const { loaded, abi } = context;
  const desc = loaded.data.subarray(start - loaded.base, end - loaded.base);
  if (type === undefined || desc.length < end - start) {
    return [{ ...leaf("desc", "desc", { start, end }), ...describeText(desc.subarray(0, PREVIEW), end - start, { as: "bytes" }, abi), ...(type === undefined ? { role: "unknown" as const } : {}) }];
  }
  if (type.name === "NT_FILE") {
    const files = readFileNote(desc, abi);
    if (files !== undefined) return explainFiles(files, desc, start, end, context);
  }
  let form = noteForm(type, { abi, layout: core.elf.layout, size: end - start });
  if (type.name === "NT_SIGINFO") {
    const info = readSiginfo(desc, abi);
    if (info !== undefined) form = structs.siginfo(info.form, abi.longSize, abi.architecture.startsWith("mips"));
  }
  const children = explainStruct(form, "desc", start, end, context).children ?? [];
  return type.isSecret === true ? children.map((child) => ({ ...child, value: null, text: `${child.span.end - child.span.start} B of a secret key, not written out` })) : children;
}

function explainFiles(files: FileNote, desc: Uint8Array, start: number, end: number, context: ExplainContext): readonly FieldNode[] {
  const { pathAt, count } = files;
  const first = start + pathAt[0]!;
  const nodes = [...(explainStruct(structs.fileHead, "desc", start, first, { ...context, param: count }).children ?? [])];
  const last = start + pathAt.at(-1)!;
  const paths = pathCount(files);
  if (paths > 0) {
    const list = { ...leaf("paths", "paths", { start: first, end: last }, "char[][]"), text: String(paths) };
    nodes.push(paths <= 40 || context.open("paths", first, last) ? { ...list, children: pathNodes(0, paths) } : { ...list, more: true });
  }
  if (last < end) nodes.push({ ...leaf("rest", "rest", { start: last, end }), ...describeText(desc.subarray(last - start, last - start + PREVIEW), end - last, { as: "bytes" }, context.abi) });
  return nodes;

  /** Folded as long arrays are. */
  function pathNodes(from: number, to: number): FieldNode[] {
    let step = 1;
    while ((to - from) / step > GROUP) step *= GROUP;
    const nodes: FieldNode[] = [];
    for (let index = from; index < to; index += step) {
      const next = Math.min(index + step, to);
      const place = { start: start + pathAt[index]!, end: start + pathAt[next]! };
      if (step === 1) {
        const value = decodeText(desc.subarray(pathAt[index], pathAt[next]! - 1));
        nodes.push({ ...leaf(`[${index}]`, `paths.${index}`, place, "char[]"), text: `"${escapeText(value)}"`, value });
        continue;
      }
      const path = `paths.${index}-${next - 1}`;
      const node = { ...leaf(`[${index} … ${next - 1}]`, path, place, "char[][]"), text: String(next - index) };
      nodes.push(context.open(path, place.start, place.end) ? { ...node, children: pathNodes(index, next) } : { ...node, more: true });
    }
    return nodes;
  }
}

// ---- memory

/** Contents of a segment, page by page; the last one may be a part of a page. */
async function explainMemory(core: Core, { index, start }: Piece, at: FileAt, extent: Span, open: OpenNode): Promise<FieldNode> {
  const { segments } = core.elf;
  const address = segments.vaddr[index]! + BigInt(start - segments.offset[index]!);
  const { pageSize } = core.abi;
  const length = extent.end - start;
  const count = Math.ceil(length / pageSize);
  const root: FieldNode = { ...leaf("memory", "", extent, "page[]"), text: `${formatHex(address)}: ${count} ${count === 1 ? "page" : "pages"} of ${pageSize} bytes` };
  return { ...root, children: await pages(0, count) };

  async function pages(from: number, to: number): Promise<FieldNode[]> {
    let step = 1;
    while ((to - from) / step > GROUP) step *= GROUP;
    const nodes: FieldNode[] = [];
    const data = step === 1 ? await at.source.read(start + from * pageSize, Math.min(extent.end, start + to * pageSize)) : new Uint8Array(0);
    for (let page = from; page < to; page += step) {
      const last = Math.min(page + step, to);
      const place = { start: start + page * pageSize, end: Math.min(extent.end, start + last * pageSize) };
      const where = formatHex(BigInt.asUintN(64, address + BigInt(page * pageSize)), 12);
      if (step === 1) {
        const content = data.subarray((page - from) * pageSize, (page - from + 1) * pageSize);
        nodes.push({ ...leaf(`page[${page}]`, `page.${page}`, place, "page"), text: `${where}: ${isZero(content) ? "zeros" : hexBytes(content)}` });
        continue;
      }
      const path = `page.${page}-${last - 1}`;
      const node = { ...leaf(`pages[${page} … ${last - 1}]`, path, place, "page[]"), text: `${where}: ${last - page} pages` };
      nodes.push(open(path, place.start, place.end) ? { ...node, children: await pages(page, last) } : { ...node, more: true });
    }
    return nodes;
  }
}
