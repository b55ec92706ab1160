/** CRIU: directories of images, as `criu dump` writes them, alone or inside a container engine's archive. */
import type { ArchiveProblemCode } from "../../archive/archive-problems.ts";
import type { OpenedArchive } from "../../archive/opened-archive.ts";
import { baseName, headsOf, type SetArchive } from "../../archive/file-set.ts";
import { quoted } from "../../archive/member-path.ts";
import { runChecks } from "../../checks/index.ts";
import type { OnProgress } from "../../inspector.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { textKind } from "../../model/kinds/text-kind.ts";
import { compressedKind } from "../../model/kinds/compressed-kind.ts";
import { bytesKind } from "../../model/kinds/bytes-kind.ts";
import { SetReader, type FileKind } from "../../model/set-reader.ts";
import { formatCount, formatSize } from "../../schema/show.ts";
import type { ProblemCode } from "../../model/problem-codes.ts";
import type { Candidate, Format, Found } from "../format.ts";
import { reportAbsent, withholdAbsent } from "./absent.ts";
import { besideKind } from "./beside.ts";
import { chainOf, guessChain } from "./chain.ts";
import { checkSet } from "./checks.ts";
import type { Companion, CompanionMaker } from "./companion.ts";
import { abiOf, CriuSet, MACHINES, type ImageDirectory, type ImageFile } from "./criu-set.ts";
import { factsOf, isPreDump } from "./facts.ts";
import { findDirectories, servedFiles, withLinkedImages, type Directory, type Files } from "./find.ts";
import { hasNameOf, identify, numberInside, typeOfName, type Identified } from "./identify.ts";
import { IMAGE_TYPES } from "./image-types.ts";
import { imageKind } from "./image-kind.ts";
import { isLogName, logKind, reportLog, type LogFacts } from "./log.ts";
import { placeMisnamed } from "./misnamed.ts";
import { netlinkKind } from "./netlink-kind.ts";
import { leavePartPages, pagesKind } from "./pages-kind.ts";
import { payloadOrigin } from "./payload-origins.ts";
import { heldSources, plan, unpacked, type Held, type Planned } from "./plan.ts";
import { makeRows } from "./rows/all.ts";
import { netlinkRow } from "./rows/network.ts";
import { pageSizeOf } from "./rows/memory.ts";
import { MOST_PARENTS } from "./rows/pages.ts";
import type { UnpackedPages } from "./unpack-pages.ts";
import { criuRegisters } from "./thread-registers.ts";
import { NEWEST, writerOf } from "./version.ts";

const HEAD_BYTES = 512;
/** No machine has smaller pages. */
const LEAST_PAGE = 4096;
const PAGES = IMAGE_TYPES.find(({ name }) => name === "PAGES")!;

/** A restore needs all parents: a rule of the set says so. */
const OWN_RULES: ReadonlySet<ProblemCode> = new Set(["pid.parent-missing"]);

export function makeCriu(companions: readonly CompanionMaker[]): Format {
  return {
    name: "criu",
    title: "CRIU image set",
    async find(opened, onProgress, signal): Promise<Found> {
      const set = withLinkedImages(opened);
      const directories = await findDirectories(set, onProgress, signal);
      const candidates = directories.map((directory): Candidate => {
        const files = [...directory.files, ...servedFiles(directory)];
        return {
          name: directory.path || ".",
          detail: detailOf(directory),
          score: directory.isLoose ? 0.1 : directory.hasTree ? (directory.hasInventory ? 1 : 0.8) : directory.hasInventory ? 0.7 : 0.4,
          files: files.length,
          size: files.reduce((sum, { source }) => sum + source.size, 0),
          isPart: directory.isNeededBy !== undefined && directory.isNeededBy !== directory,
          open: async (_options, onProgress, stop) => await open(set, opened.archives, directories, directory, companions, onProgress, stop),
        };
      });
      const reason = candidates.length === 0 ? "no file has the head of a CRIU image" : `${candidates.length === 1 ? "a directory" : `${candidates.length} directories`} of CRIU images`;
      return { candidates, reason };
    },
  };
}

function detailOf({ hasCores, hasInventory, hasPagemaps, hasTree, isLoose, parent }: Directory): string {
  if (isLoose) return "files that stand beside images";
  if (!hasTree) return hasInventory && hasPagemaps && !hasCores ? "pre-dump" : "images without a process tree";
  if (!hasInventory) return "dump without an inventory";
  return parent === undefined ? "dump" : "incremental dump";
}

async function open(set: Files, archives: readonly SetArchive[], all: readonly Directory[], top: Directory, companions: readonly CompanionMaker[], onProgress: OnProgress, signal?: AbortSignal): Promise<Checkpoint> {
  const { chain, loops } = chainOf(top);
  const guessed = await guessChain(chain, all, signal);
  const stored = plan(set, all, chain);
  const held = heldSources(stored.files);
  const heads = await readHeads(stored.files, held, onProgress, signal);
  const asStored = stored.files.map(({ set: file, directory }, index) => (directory === undefined || file.link !== undefined ? undefined : identify(file.path, heads[index]!, file.source.size)));
  const planned = await unpacked(stored, asStored, signal);
  // Of compressed contents the head says nothing.
  const identities = asStored.map((identity, index) => {
    const { set: file, unpacked: pages } = planned.files[index]!;
    return pages === undefined ? identity : identify(file.path, new Uint8Array(0), pages.source.size);
  });
  const opened = planned.files.map(({ set: file, unpacked: pages }, index) => ({ name: file.path, source: pages?.source ?? held[index]!.source }));
  const reader = new SetReader(opened, signal);
  const criu = new CriuSet(reader, planned.directories, majority(identities));
  criu.isCutOff = planned.files.some(({ set: { from } }) => from !== undefined && isCutOff(from.archive.opened));
  for (const [file, { unpacked: pages }] of planned.files.entries()) if (pages !== undefined && pages.damaged.length > 0) criu.damagedPages.set(file, pages.damaged);
  const beside = companions.map((make) => make(reader, { folder: top.path, archives, signal }));
  const logs = await frameAll(criu, planned.files, identities, heads, held, beside, onProgress, signal);
  placeMisnamed(criu);
  criu.abi = abiOf(criu.endian, machineOf(criu) ?? "x86_64", pageSizeOf(criu) ?? 4096);
  leavePartPages(criu);
  withholdAbsent(criu);
  await makeRows(criu, (archive) => beside.map((companion) => companion.change(archive)).find((change) => change !== undefined));
  for (const loop of loops) reader.report(loop === "loop" ? "chain.loop" : "chain.depth", loop === "loop" ? "The parent links lead back to a directory that was already passed." : `There are more than ${MOST_PARENTS} parents.`);
  for (const { path } of guessed) reader.report("chain.guessed", `There is no parent link; ${path || "."} holds the pages that are said to be in the parent.`);
  if (top.parentLink !== undefined && top.parent === undefined) reader.report("chain.outside", `The parent link leads to ${top.parentLink}, which is not in what was opened.`);
  const writer = writerOf(criu, logs);
  for (const [file, { unpacked: pages, set: entry }] of planned.files.entries()) {
    for (const problem of pages?.problems ?? []) reader.report("pages.blocks", `${baseName(entry.path)}: ${problem}`, { file, start: 0, end: entry.source.size }, { table: "images", row: file });
  }
  checkSet(criu, writer);
  reportAbsent(criu);
  for (const log of logs) reportLog(reader, log);
  const groups = [...factsOf(criu, logs, writer)];
  for (const companion of beside) groups.unshift(...(await companion.finish()));
  imageRows(criu, planned.files, beside);
  const total = opened.reduce((sum, { source }) => sum + source.size, 0);
  const decoder = reader.decoder();
  const checkpoint: Checkpoint = {
    files: opened,
    identity: {
      format: "criu",
      formatName: beside.find(({ title }) => title !== undefined)?.title ?? "CRIU image set",
      revision: `CRIU ${writer.text}`,
      revisionAlternatives: [],
      architecture: machineOf(criu),
      byteOrder: criu.endian,
      pageSize: criu.abi.pageSize,
      reasons: reasonsOf(criu, writer.reason),
      revisionChoices: [],
      architectureChoices: [],
      overridden: { revision: false, architecture: false },
    },
    facts: groups,
    tables: reader.tables,
    diagnostics: reader.diagnostics,
    coverage: { total, explained: total - reader.unexplainedBytes },
    unexplained: reader.unexplained(),
    decoder: {
      ...decoder,
      origin: (table, column) => payloadOrigin(criu, table, column) ?? decoder.origin(table, column),
      registers: async (thread) => await criuRegisters(criu, decoder, thread),
    },
    empty: emptyReasons(criu),
    scattered: criu.scattered,
    ownRules: OWN_RULES,
  };
  runChecks(checkpoint);
  await reader.placeProblems();
  return checkpoint;
}

const CUT: ReadonlySet<string> = new Set<ArchiveProblemCode>(["archive.damaged", "archive.limit", "archive.no-end", "archive.member-cut", "archive.directory", "archive.members"]);

/** Whether members may be missing at the end of an archive. */
function isCutOff({ kind, problems }: OpenedArchive): boolean {
  return kind !== "single" && problems.some(({ code, member }) => CUT.has(code) && (code !== "archive.damaged" || member === undefined));
}

async function readHeads(files: readonly Planned[], held: readonly Held[], onProgress: OnProgress, signal?: AbortSignal): Promise<readonly Uint8Array[]> {
  const sources = files.map(({ set }, index) => ({ ...set, source: held[index]!.source }));
  return await headsOf(sources, HEAD_BYTES, (done) => onProgress({ phase: "recognising", done, total: files.length, unit: "files" }), signal);
}

/** Byte order that most heads have. */
function majority(identities: readonly (Identified | undefined)[]): "little" | "big" {
  const big = identities.filter((identity) => identity?.endian === "big").length;
  const little = identities.filter((identity) => identity?.endian === "little").length;
  return big > little ? "big" : "little";
}

async function frameAll(criu: CriuSet, files: readonly Planned[], identities: readonly (Identified | undefined)[], heads: readonly Uint8Array[], held: readonly Held[], beside: readonly Companion[], onProgress: OnProgress, signal?: AbortSignal): Promise<readonly LogFacts[]> {
  const { reader } = criu;
  const logs: LogFacts[] = [];
  const total = files.reduce((sum, { set: { source } }) => sum + source.size, 0);
  let done = 0;
  for (const [file, planned] of files.entries()) {
    signal?.throwIfAborted();
    onProgress({ phase: "reading", done, total });
    await reader.frame(await kindOf(criu, planned, file, identities[file], heads[file]!, beside, logs, signal));
    held[file]!.release();
    done += planned.set.source.size;
  }
  return logs;
}

async function kindOf(criu: CriuSet, planned: Planned, file: number, identity: Identified | undefined, head: Uint8Array, beside: readonly Companion[], logs: LogFacts[], signal?: AbortSignal): Promise<FileKind> {
  const { reader } = criu;
  const { set: entry, directory } = planned;
  const name = baseName(entry.path);
  if (entry.lost !== undefined && typeOfName(name) !== undefined) reader.report("set.link", `${name}, a symbolic link to ${quoted(entry.link ?? "")}, ${entry.lost}.`, { file, start: 0, end: 0 }, { table: "images", row: file });
  // Of compressed contents, no page may be known although the file has bytes.
  if (identity !== undefined && directory !== undefined && (entry.source.size > 0 || planned.unpacked !== undefined)) {
    const image = imageOf(criu, directory, file, name, identity);
    if (image !== undefined) return image;
  }
  // Statistics stand in the work directory, beside the images of a container's archive.
  if (directory === undefined && /^stats-(dump|restore)$|^irmap-cache$/.test(name)) {
    const own = identify(entry.path, head);
    const image = own.type === undefined ? undefined : imageOf(criu, criu.top, file, name, own);
    if (image !== undefined) return image;
  }
  const whole = { file, start: 0, end: entry.source.size };
  const archive = await criu.lister.list(entry, ({ code, message }) => reader.report(code, `${entry.path}: ${message}`, whole, { table: "images", row: file }), signal);
  for (const companion of beside) {
    const kind = companion.kindOf({ file, set: entry, head, archive });
    if (kind !== undefined) return kind;
  }
  if (isLogName(name) && entry.link === undefined) {
    const { kind, facts } = logKind(reader, file, name);
    logs.push(facts);
    return kind;
  }
  const raw = identity?.type?.raw;
  if (raw === "archive") {
    if (archive !== undefined) afterFraming(criu, file, name, archive);
    return compressedKind(identity!.type!.name, archive?.compression ?? "gzip", `${identity!.type!.doc}.`);
  }
  if (archive !== undefined) afterFraming(criu, file, entry.path, archive);
  const isNothingElse = directory !== undefined && entry.source.size > 0 && identity?.type === undefined && entry.link === undefined && archive === undefined;
  const number = isNothingElse && identity?.unknownMagic === undefined && entry.source.size % LEAST_PAGE === 0 ? numberInside(PAGES, name) : undefined;
  if (isNothingElse && number !== undefined) {
    directory.misnamedPages.push({ file, name, number, size: entry.source.size });
    return pagesKind(criu);
  }
  if (isNothingElse && name.endsWith(".img")) {
    // Contents that were not kept, or are encrypted, have no head: that is reported with the archive.
    if (head.length > 0) reportUnknown(criu, file, name, identity);
    return bytesKind("unknown image", false, "The type of the image is not known.");
  }
  if (entry.source.size === 0) return bytesKind(identity?.type?.name ?? "empty", true, "The file is empty.");
  return besideKind(entry, head, archive);
}

/** Members become rows when the records of the file are there. */
function afterFraming(criu: CriuSet, file: number, name: string, archive: OpenedArchive): void {
  criu.archives.push({ file, name, archive });
}

function reportUnknown(criu: CriuSet, file: number, name: string, identity: Identified | undefined): void {
  const magic = identity?.unknownMagic;
  criu.reader.report("set.unknown-image", `${name} ${magic === undefined ? "does not begin like an image" : `has the type 0x${magic.toString(16)}, which CRIU ${NEWEST} does not have`}.`, { file, start: 0, end: Math.min(8, criu.reader.files[file]!.source.size) }, { table: "images", row: file });
}

function imageOf(criu: CriuSet, directory: ImageDirectory, file: number, name: string, identity: Identified): FileKind | undefined {
  const { type, number, head, headLength, endian } = identity;
  if (type === undefined) return undefined;
  const { reader } = criu;
  if (endian !== undefined && endian !== criu.endian) reader.report("set.byte-order", `${name} is ${endian} endian, most images are ${criu.endian} endian.`, { file, start: 0, end: headLength }, { table: "images", row: file });
  switch (type.raw) {
    case "pages":
      directory.pages.set(number, { file, size: reader.files[file]!.source.size });
      return pagesKind(criu);
    case "text":
      return textKind(type.name, `${type.doc}.`);
    case "netlink":
      return netlinkKind(type, criu.abi, (message, bytes, record, index) => netlinkRow(criu, number, message, bytes, record, index));
    case "device":
      return bytesKind(type.name, true, `${type.doc}.`);
    case "archive": {
      directory.add({ file, name, type, number, head, entries: [], isCut: false });
      return undefined;
    }
    default: {
      const image: ImageFile = { file, name, type, number, head, entries: [], isCut: false };
      if (hasNameOf(type, name)) directory.add(image);
      else directory.misnamed.push(image);
      return imageKind(criu, image, headLength);
    }
  }
}

function machineOf(criu: CriuSet): string | undefined {
  for (const image of criu.top.all("CORE")) {
    const machine = MACHINES.get(image.entries[0]?.value.number("mtype") ?? 0);
    if (machine !== undefined) return machine;
  }
  return undefined;
}

function reasonsOf(criu: CriuSet, version: string): readonly string[] {
  const { reader, top } = criu;
  const images = reader.files.length;
  const machine = machineOf(criu);
  return [
    `${formatCount(images)} files, of which ${formatCount([...top.every()].length)} have the head of a CRIU image${top.entry("INVENTORY") === undefined ? "" : ", the inventory among them"}.`,
    version,
    machine === undefined ? "No thread says which machine it is of." : `The core images are of ${machine}.`,
    pageSizeOf(criu) === undefined ? "No auxiliary vector tells the page size: 4096 is assumed." : `The auxiliary vector says that pages have ${criu.abi.pageSize} bytes.`,
  ];
}

/** A row for each file, with what was read from it. */
function imageDetail({ type, pagemap, entries, isCut }: ImageFile): string {
  if (pagemap !== undefined) return `${type.doc}: ${formatCount(pagemap.stored)} pages`;
  return type.message !== undefined && type.payload?.kind !== "old-pages" && entries.length === 0 && !isCut ? `${type.doc}: no entries` : type.doc;
}

function imageRows(criu: CriuSet, files: readonly Planned[], beside: readonly Companion[]): void {
  const { reader } = criu;
  const table = reader.table("images");
  const images = new Map<number, ImageFile>();
  for (const directory of criu.directories) for (const image of [...directory.every(), ...directory.apart]) images.set(image.file, image);
  for (const [file, { set: entry, role, unpacked: pages }] of files.entries()) {
    const row = table.add();
    const image = images.get(file);
    table.set(row, "path", entry.path);
    table.set(row, "kind", reader.kinds[file]!.name);
    table.set(row, "size", entry.source.size);
    table.set(row, "records", reader.recordCount(file));
    table.set(row, "unexplained", reader.unexplainedIn(file));
    table.set(row, "modified", entry.mtime === undefined ? undefined : Math.floor(entry.mtime));
    table.set(row, "role", role);
    const member = entry.from?.archive.opened.members[entry.from.member];
    const details = [image === undefined ? (packedDetail(pages) ?? detailBeside(entry.path, beside)) : imageDetail(image), entry.link === undefined ? undefined : `link to ${entry.link}`, entry.via === undefined ? undefined : `by a link to ${entry.via}`, member?.isCompared?.() === false ? "checksum not compared" : undefined];
    table.set(row, "detail", details.filter((detail) => detail !== undefined).join("; ") || undefined);
    if (entry.from === undefined || member === undefined) continue;
    table.set(row, "archive", entry.from.archive.name);
    if (pages === undefined && member.data?.length === 1) table.set(row, "offset", member.data[0]!.start);
  }
}

function packedDetail(pages: UnpackedPages | undefined): string | undefined {
  return pages === undefined ? undefined : `unpacked: ${formatSize(pages.stored)} of LZ4 blocks are stored`;
}

function detailBeside(path: string, beside: readonly Companion[]): string | undefined {
  return beside.map((companion) => companion.detailOf(path)).find((detail) => detail !== undefined);
}

function emptyReasons(criu: CriuSet): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>([
    ["pids", "CRIU has no pid array: the process tree is in the tasks table."],
    ["objects", "CRIU numbers its objects in each image apart: see files, namespaces and shared memory."],
    ["failures", "CRIU writes errors into its log."],
    ["users", "CRIU saves no users."],
    ["thread_groups", "What the threads of a task share stands with the task."],
    ["labels", "CRIU saves labels with the credentials."],
    ["adjustments", "CRIU saves no semaphore undo lists."],
  ]);
  const absent = isPreDump(criu) ? "A pre-dump holds memory only: the tasks are in the dump that follows it." : "The images that hold them are not in what was opened.";
  if (criu.top.all("PSTREE").length === 0) for (const table of ["tasks", "threads", "spaces", "regions", "fds", "files"]) reasons.set(table, absent);
  return reasons;
}
