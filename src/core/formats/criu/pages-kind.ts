/** A file of page contents: one record, its pages as fields that say which address they belong to. Nothing is read at opening. */
import { readAround, type ByteRange } from "../../bytes/refused-bytes.ts";
import type { FieldNode } from "../../inspector.ts";
import type { FileAt, FileKind, OpenNode } from "../../model/set-reader.ts";
import { formatHex, hexBytes, isZero } from "../../schema/show.ts";
import { NO_BYTES } from "../../model/page-place.ts";
import type { CriuSet } from "./criu-set.ts";

const PAGES = "PAGES";
/** Children of a folded run of pages. */
const GROUP = 256;

export function pagesKind(set: CriuSet): FileKind {
  return {
    name: PAGES,
    async frame({ file, source, reader }) {
      if (source.size > 0) reader.add(file, 0, source.size, reader.nameId("pages"));
    },
    async explain(at, _index, extent, open) {
      const { end } = extent;
      const { pageSize } = set.abi;
      const count = Math.floor(end / pageSize);
      const root: FieldNode = { name: "pages", path: "", span: extent, type: "page[]", text: `${count} pages of ${pageSize} bytes`, value: null };
      const children = await pageNodes(set, at, 0, count, open);
      if (count * pageSize < end) {
        children.push({ name: `page[${count}]`, path: `page.${count}`, span: { file: at.file, start: count * pageSize, end }, type: "page", text: `cut off after ${end - count * pageSize} bytes`, value: null, role: "truncated" });
      }
      return { ...root, children };
    },
    recordDoc: () => "Contents of memory, one page after the other; the pagemap says which addresses they have.",
  };
}

/** What cannot be decoded, and a part of a page at the end of a file, is no contents: call when the page size is known. */
export function leavePartPages({ reader, abi, damagedPages }: CriuSet): void {
  for (const [file, parts] of damagedPages) for (const { start, end } of parts) reader.leave(file, start, end);
  for (const [file, { source }] of reader.files.entries()) {
    if (reader.kinds[file]!.name === PAGES) reader.leave(file, source.size - (source.size % abi.pageSize), source.size);
  }
}

async function pageNodes(set: CriuSet, at: FileAt, from: number, to: number, open: OpenNode): Promise<FieldNode[]> {
  const { file, source } = at;
  const { pageSize } = set.abi;
  let step = 1;
  while ((to - from) / step > GROUP) step *= GROUP;
  const nodes: FieldNode[] = [];
  const damaged = set.damagedPages.get(file) ?? [];
  const { bytes: data, lost } = step === 1 ? await readAround(source, from * pageSize, to * pageSize) : { bytes: new Uint8Array(0), lost: [] };
  for (let page = from; page < to; page += step) {
    const last = Math.min(page + step, to);
    const span = { file, start: page * pageSize, end: last * pageSize };
    const owner = set.pageOwner(file, page);
    const address = owner === undefined ? "" : `${owner.where} ${formatHex(owner.address, 12)}: `;
    if (step === 1) {
      const isIn = (part: ByteRange): boolean => part.start < span.end && part.end > span.start;
      const hole = lost.find(isIn);
      if (hole !== undefined) {
        const known = damaged.some(isIn) ? ({ text: `${address}${NO_BYTES.damaged}`, role: "unknown" } as const) : ({ text: `${address}${hole.why}`, role: "truncated" } as const);
        nodes.push({ name: `page[${page}]`, path: `page.${page}`, span, type: "page", value: null, ...known });
        continue;
      }
      const content = data.subarray((page - from) * pageSize, (page - from + 1) * pageSize);
      const text = `${address}${content.length > 0 && isZero(content) ? "zeros" : hexBytes(content)}`;
      nodes.push({ name: `page[${page}]`, path: `page.${page}`, span, type: "page", text, value: null });
      continue;
    }
    const path = `page.${page}-${last - 1}`;
    const node: FieldNode = { name: `pages[${page} … ${last - 1}]`, path, span, type: "page[]", text: `${address}${last - page} pages`, value: null };
    nodes.push(open(path, span.start, span.end) ? { ...node, children: await pageNodes(set, at, page, last, open) } : { ...node, more: true });
  }
  return nodes;
}
