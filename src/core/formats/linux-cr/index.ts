/** linux-cr: images of the kernel checkpoint/restart patch series, v0 (July 2008) to the port to Linux 3.0 (March 2012). */
import { Diagnostics } from "../../model/diagnostics.ts";
import { Tables, type Checkpoint, type OpenedFile, type RecordDecoder } from "../../model/checkpoint.ts";
import type { FieldNode, OnProgress, OpenOptions } from "../../inspector.ts";
import { explainStruct } from "../../schema/explain.ts";
import { headsOf, type FileSet } from "../../archive/file-set.ts";
import type { Candidate, Format, Found } from "../format.ts";
import { runChecks } from "../../checks/index.ts";
import { ARCHITECTURES, isArchitecture } from "./dialect.ts";
import { factsOf } from "./facts.ts";
import { cellOrigin, cellSpan } from "./origins.ts";
import { Parser } from "./parser.ts";
import { beginsWithMagic, MAGIC_BYTES, probeImage } from "./probe.ts";
import { Reader } from "./reader.ts";
import { recognise } from "./recognise.ts";
import { recordSpan, resolve } from "./resolve.ts";
import { ordinal, REVISIONS } from "./revisions.ts";
import { linuxCrRegisters } from "./thread-registers.ts";

/** Bytes of a record that are read to explain it; longer arrays are decoded where somebody looks. */
const EXPLAIN_BYTES = 1024 * 1024;

/** Files whose first bytes are looked at. */
const MOST_LOOKED = 20_000;
/** Files without a magic number that are tried: an image whose magic is damaged comes alone, or with a few others. */
const MOST_TRIED = 64;

async function find({ files }: FileSet, onProgress: OnProgress, signal?: AbortSignal): Promise<Found> {
  const candidates: Candidate[] = [];
  const looked = files.slice(0, MOST_LOOKED);
  const heads = await headsOf(looked, MAGIC_BYTES, (done) => onProgress({ phase: "recognising", done, total: looked.length, unit: "files" }), signal);
  let tried = 0;
  for (const [index, { path, source }] of looked.entries()) {
    const head = heads[index]!;
    // Contents that were not kept have no head.
    if (head.length === 0 && source.size > 0) continue;
    if (!beginsWithMagic(head) && tried++ >= MOST_TRIED) continue;
    const probe = await probeImage(source, signal);
    if (probe === undefined || probe.likelihood <= LEAST_LIKELIHOOD) continue;
    const cached = { name: path, source };
    candidates.push({
      name: path,
      detail: probe.magic === undefined ? "walks like linux-cr records" : "linux-cr magic",
      score: probe.likelihood,
      isGuess: probe.magic === undefined,
      files: 1,
      size: source.size,
      isPart: false,
      open: async (options, onProgress, stop) => await openLinuxCr([cached], options, onProgress, stop),
    });
  }
  const [best] = candidates.sort((a, b) => b.score - a.score);
  if (best !== undefined) return { candidates, reason: best.detail };
  return { candidates, reason: files.length > 1 ? "no file begins like a linux-cr image" : "no linux-cr magic, and the beginning does not walk like records" };
}

/** Below it, any file looks as much like an image. */
const LEAST_LIKELIHOOD = 0.05;

export async function openLinuxCr(
  files: readonly OpenedFile[],
  options: OpenOptions,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const file = files[0]!;
  const probe = (await probeImage(file.source, signal)) ?? (await emptyProbe());
  const architecture = options.architecture !== undefined && isArchitecture(options.architecture) ? options.architecture : undefined;
  const revision = REVISIONS.some((candidate) => candidate.id === options.revision) ? options.revision : undefined;
  const recognition = recognise(probe, { revision, architecture });
  const { dialect } = recognition;
  const tables = new Tables();
  const diagnostics = new Diagnostics();
  const reader = new Reader(dialect, tables, diagnostics);
  await new Parser(file.source, dialect, reader, { onProgress, ...(signal === undefined ? {} : { signal }) }).run();
  resolve(reader);
  const named = recognition.dialect.revision;
  // v9 to v13 wrote 1 or 2; which patch raised it is only known for v13.
  const isLoose = dialect.index >= ordinal("v9") && dialect.index <= ordinal("v13") && (reader.head.rev === 1 || reader.head.rev === 2);
  if (reader.head.rev >= 0 && named.rev !== undefined && reader.head.rev !== named.rev && !isLoose) {
    diagnostics.report(
      "header.revision",
      `The header says revision ${reader.head.rev}; ${named.id}, whose layouts fit, writes ${named.rev}.`,
      recordSpan(reader, reader.head.headRecord),
    );
  }
  const facts = factsOf(reader);
  const checkpoint: Checkpoint = {
    files,
    identity: {
      format: "linux-cr",
      formatName: "Linux-CR checkpoint image",
      revision: dialect.revision.id,
      revisionAlternatives: recognition.alternatives,
      // Without a header nothing tells the machine.
      architecture: probe.onlyError && architecture === undefined ? undefined : dialect.architecture,
      byteOrder: dialect.abi.endian,
      pageSize: dialect.abi.pageSize,
      reasons: recognition.reasons,
      revisionChoices: REVISIONS.map((candidate) => candidate.id),
      architectureChoices: ARCHITECTURES,
      overridden: recognition.overridden,
    },
    facts,
    tables,
    diagnostics,
    coverage: { total: file.source.size, explained: reader.coverage.explained },
    unexplained: reader.coverage.runs,
    decoder: decoder(reader, file),
  };
  runChecks(checkpoint);
  return checkpoint;
}

/** For an empty file: nothing to look at. */
async function emptyProbe(): Promise<NonNullable<Awaited<ReturnType<typeof probeImage>>>> {
  return {
    endian: "little", generation: "ckpt", magic: undefined, magicAt: 0, onlyError: false, likelihood: 0, headLength: undefined,
    rev: undefined, archId: undefined, machine: "", auxvConstant: undefined, hasContainer: undefined, pidEntry: undefined, afterTask: undefined, exitSignalAt: undefined, lengths: [],
    pageSize: () => 4096,
  };
}

function decoder(reader: Reader, file: OpenedFile): RecordDecoder {
  const { dialect } = reader;
  const records = reader.table("records");
  const kindOf = (record: number) => reader.kindOf(record);
  return {
    async explain(record, openNode): Promise<FieldNode> {
      const kind = kindOf(record);
      const start = records.number(record, "offset");
      const end = start + records.number(record, "length");
      const context = {
        abi: dialect.abi,
        file: 0,
        origin: start,
        param: reader.params.get(record) ?? 0,
        open: openNode,
      };
      // Entries of different length can only be found one after the other.
      const most = kind.key === "BUFFER:pid_objects" ? 64 * EXPLAIN_BYTES : EXPLAIN_BYTES;
      const near = { data: await file.source.read(start, Math.min(end, start + most)), base: start };
      const tree = explainStruct(kind.struct, kind.label, start, end, { ...context, loaded: near });
      const far = deepest(tree, start + near.data.length);
      if (far === undefined) return tree;
      // Opened groups of a long array lie beyond what was read: decode once more with the bytes that they need.
      const first = await file.source.read(far.start, Math.min(far.end, far.start + EXPLAIN_BYTES));
      const loaded = far.start - start > near.data.length ? { data: first, base: far.start } : { data: await file.source.read(start, Math.min(end, far.end, start + 64 * EXPLAIN_BYTES)), base: start };
      return explainStruct(kind.struct, kind.label, start, end, { ...context, loaded });
    },
    origin: (table, column) => cellOrigin(reader, table, column),
    fieldSpan: (table, row, column) => cellSpan(reader, table, row, column),
    kindKey: (record) => kindOf(record).key,
    registers: async (thread) => await linuxCrRegisters(reader, file, thread),
    recordDoc: (record) => kindOf(record).doc,
  };
}

/** Stretch of opened nodes that begin beyond a position, if any. */
function deepest(node: FieldNode, position: number): { start: number; end: number } | undefined {
  let found: { start: number; end: number } | undefined;
  const visit = (current: FieldNode): void => {
    for (const child of current.children ?? []) {
      if (child.children === undefined && child.more !== true && child.span.end > position) {
        found = found === undefined ? { ...child.span } : { start: Math.min(found.start, child.span.start), end: Math.max(found.end, child.span.end) };
      }
      visit(child);
    }
  };
  visit(node);
  return found;
}

export const linuxCr: Format = { name: "linux-cr", title: "Linux-CR checkpoint image", find };
