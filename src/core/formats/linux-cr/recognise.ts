/**
 * Which revision and which machine wrote an image, worked out from the image.
 *
 * The magic gives the byte order and the generation. Then a walk over the first records collects which types occur
 * with which lengths, and every revision on every machine is scored against that: no single length decides, since
 * lengths can be wrong on purpose.
 */
import { isReadable, type Probe } from "./probe.ts";
import { ARCHITECTURES, makeDialect, type Architecture, type Dialect } from "./dialect.ts";
import { archIds, MAGIC } from "./enums.ts";
import { ordinal, REVISIONS } from "./revisions.ts";

export interface Candidate {
  readonly revision: string;
  readonly architecture: Architecture;
  readonly score: number;
}

export interface Recognition {
  readonly dialect: Dialect;
  readonly alternatives: readonly string[];
  readonly reasons: readonly string[];
  readonly overridden: { readonly revision: boolean; readonly architecture: boolean };
}

/** Where several revisions fit equally well, these are named first: the ones that people have images of. */
const PREFERRED = ["v16", "v19", "v21", "v23-rc2", "v13", "v8", "v19-rc2", "v18"];

/** Machine names of uname, and what they stand for. */
const MACHINES: readonly (readonly [RegExp, Architecture])[] = [
  [/^i[3-6]86/, "x86_32"],
  [/^x86_64/, "x86_64"],
  [/^s390x/, "s390x"],
  [/^ppc64/, "ppc64"],
  [/^ppc/, "ppc32"],
  [/^arm/, "arm"],
];

function fromMachine(machine: string): Architecture | undefined {
  return MACHINES.find(([pattern]) => pattern.test(machine))?.[1];
}

export interface Wanted {
  readonly revision?: string | undefined;
  readonly architecture?: Architecture | undefined;
}

export function recognise(probe: Probe, wanted: Wanted): Recognition {
  const reasons: string[] = [];
  const order = probe.endian === "little" ? "little endian" : "big endian";
  if (probe.magic !== undefined) {
    reasons.push(`The head magic ${probe.magic === MAGIC.headV1 ? "0x00a2d200" : "0x00feed0cc0a2d200"} stands at 0x${probe.magicAt.toString(16)}, ${order}.`);
  } else if (probe.onlyError) reasons.push(`The file begins with an ERROR record (type 9999, 8 bytes), ${order}: no header was written.`);
  else reasons.push("There is no head magic: the revision was worked out from the records alone.");

  const candidates = score(probe);
  const fitting = candidates.filter(
    (candidate) =>
      (wanted.revision === undefined || candidate.revision === wanted.revision) &&
      (wanted.architecture === undefined || candidate.architecture === wanted.architecture),
  );
  const best = pick(fitting) ?? {
    revision: wanted.revision ?? "v23-rc2",
    architecture: wanted.architecture ?? "x86_64",
    score: 0,
  };
  const alternatives = [
    ...new Set(
      candidates
        .filter((candidate) => candidate.score === best.score && candidate.revision !== best.revision && candidate.architecture === best.architecture)
        .filter((candidate) => sameLayouts(probe, best, candidate))
        .map((candidate) => candidate.revision),
    ),
  ];
  const alias = REVISIONS[ordinal(best.revision)]!.alias;
  if (alias !== undefined) alternatives.unshift(alias);
  explain(probe, best, alternatives, reasons, wanted);
  const pageSize = probe.pageSize(best.architecture);
  return {
    dialect: makeDialect({ revision: best.revision, architecture: best.architecture, endian: probe.endian, pageSize }),
    alternatives,
    reasons,
    overridden: { revision: wanted.revision !== undefined, architecture: wanted.architecture !== undefined },
  };
}

/** Whether two candidates agree on every record that was met: its name and whether its length fits. */
function sameLayouts(probe: Probe, a: Candidate, b: Candidate): boolean {
  const [first, second] = [a, b].map(({ revision, architecture }) => makeDialect({ revision, architecture, endian: probe.endian }).kinds);
  return probe.lengths.every(({ type, length }) => {
    const name = first!.nameOf(type);
    return name === second!.nameOf(type) && (name === undefined || first!.hasSize(name, length) === second!.hasSize(name, length));
  });
}

function pick(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (best === undefined || candidate.score > best.score) best = candidate;
    else if (candidate.score === best.score && preference(candidate) < preference(best)) best = candidate;
  }
  return best;
}

/** Lower is named first. */
function preference(candidate: Candidate): number {
  const index = PREFERRED.indexOf(candidate.revision);
  return (index < 0 ? 100 + ordinal(candidate.revision) : index) * 10 + ARCHITECTURES.indexOf(candidate.architecture);
}

function score(probe: Probe): Candidate[] {
  const candidates: Candidate[] = [];
  const machine = fromMachine(probe.machine);
  for (const revision of REVISIONS) {
    const index = ordinal(revision.id);
    if (!isReadable(probe, index)) continue;
    for (const architecture of ARCHITECTURES) {
      if (!plausibleMachine(index, architecture, probe)) continue;
      const dialect = makeDialect({ revision: revision.id, architecture, endian: probe.endian });
      let points = machine === architecture ? 6 : machine === undefined ? 0 : -6;
      points += scoreRevision(probe, index);
      points += scoreArchId(probe, index, architecture);
      points += scoreLengths(probe, dialect);
      candidates.push({ revision: revision.id, architecture, score: points });
    }
  }
  return candidates;
}

/** Machines that a revision was written on at all; byte orders must fit. */
function plausibleMachine(index: number, architecture: Architecture, probe: Probe): boolean {
  const little = architecture === "x86_32" || architecture === "x86_64" || architecture === "arm";
  if (!probe.onlyError && little !== (probe.endian === "little")) return false;
  switch (architecture) {
    case "x86_32":
      return true;
    case "x86_64":
      return index < ordinal("v2") ? false : index >= ordinal("v19-rc2+x86_64");
    case "s390x":
      return index >= ordinal("v15");
    case "ppc32":
    case "ppc64":
      return index >= ordinal("v18");
    case "arm":
      return index >= ordinal("v22");
  }
}

function scoreRevision(probe: Probe, index: number): number {
  let points = 0;
  const known = REVISIONS[index]!.rev;
  // v9 to v13 wrote 1 or 2 without a rule that is known.
  const loose = index >= ordinal("v9") && index <= ordinal("v13") && (probe.rev === 1 || probe.rev === 2);
  if (probe.rev !== undefined && known !== undefined && !loose) points += probe.rev === known ? (index < ordinal("v14") ? 2 : 5) : -3;
  else if (loose && probe.rev === known) points += 0.5;
  if (probe.auxvConstant !== undefined && index >= ordinal("v18")) {
    // Below 64 it counts entries (v19 and later), above it counts bytes.
    const counts = probe.auxvConstant < 64;
    points += counts === index >= ordinal("v19") ? 4 : -6;
  }
  return points;
}

function scoreArchId(probe: Probe, index: number, architecture: Architecture): number {
  if (probe.archId === undefined || index < ordinal("v16")) return 0;
  const named = archIds(index).get(probe.archId);
  return named === architecture ? 4 : named === undefined ? -2 : -4;
}

/** Every distinct pair of type and length that the walk met says something. */
function scoreLengths(probe: Probe, dialect: Dialect): number {
  let points = 0;
  for (const { type, length, first, count } of probe.lengths) {
    const name = dialect.kinds.nameOf(type);
    if (name === undefined) {
      points -= 4;
      continue;
    }
    const size = dialect.kinds.sizeOf(name);
    // A length that occurs once may be damage; one that comes back is the layout. The first generation shows few records.
    if (dialect.kinds.hasSize(name, length)) points += size >= 0 ? 2 : 0.25;
    else points -= probe.generation === "cr" ? 8 : 2 * Math.min(count, 3);
    // The second record after a ckpt header is always BUFFER, and TREE stands where the grammar has it.
    if (first === 1 && probe.generation === "ckpt") points += name === (probe.onlyError ? "STRING" : "BUFFER") ? 3 : -6;
  }
  if (probe.afterTask !== undefined && probe.generation === "cr") {
    points += dialect.kinds.nameOf(probe.afterTask) === "STRING" ? 4 : -8;
  }
  // TASK has 80 bytes in both, with the flags first only in the second.
  if (probe.exitSignalAt !== undefined) {
    if (dialect.index === ordinal("v23-rc2-pre")) points += probe.exitSignalAt === 20 ? 4 : -4;
    else if (dialect.index > ordinal("v23-rc2-pre")) points += probe.exitSignalAt === 24 ? 4 : -4;
  }
  if (probe.pidEntry !== undefined && dialect.index >= ordinal("v16")) {
    const size = dialect.index === ordinal("v20-dev-vpids") ? 32 : 24;
    points += probe.pidEntry === size ? 2 : -4;
  }
  if (probe.hasContainer !== undefined && dialect.index >= ordinal("v18")) {
    const since = dialect.index >= ordinal("v19-rc1-pre");
    points += probe.hasContainer === since ? 2 : -2;
  }
  return points;
}

function explain(probe: Probe, best: Candidate, alternatives: readonly string[], reasons: string[], wanted: Wanted): void {
  const revision = REVISIONS[ordinal(best.revision)]!;
  if (probe.headLength !== undefined) {
    reasons.push(`The first record has ${probe.headLength} bytes, as the header has in ${best.revision}.`);
  }
  if (probe.rev !== undefined) {
    const fits = revision.rev === undefined || revision.rev === probe.rev;
    reasons.push(`The revision field is ${probe.rev}${fits ? "" : `, but ${best.revision} writes ${revision.rev}`}.`);
  }
  const dialect = makeDialect({ revision: best.revision, architecture: best.architecture, endian: probe.endian });
  const sized = probe.lengths.filter(({ type, length }) => {
    const name = dialect.kinds.nameOf(type);
    return name !== undefined && dialect.kinds.sizeOf(name) >= 0 && dialect.kinds.hasSize(name, length);
  });
  const telling = ["TASK", "CPU", "TASK_OBJS", "VMA", "THREAD", "TTY", "FILE", "NS", "FS", "PIDS"];
  const named = sized
    .map(({ type, length }) => ({ name: dialect.kinds.nameOf(type)!, length }))
    .filter(({ name }) => telling.includes(name))
    .map(({ name, length }) => `${name} ${length}`);
  if (named.length > 0) reasons.push(`Lengths that fit ${best.revision} on ${best.architecture}: ${[...new Set(named)].join(", ")}.`);
  if (probe.machine !== "") reasons.push(`The image calls its machine "${probe.machine}".`);
  if (probe.archId !== undefined && ordinal(best.revision) >= ordinal("v16")) {
    const name = archIds(ordinal(best.revision)).get(probe.archId);
    reasons.push(`The architecture id ${probe.archId} stands for ${name ?? "nothing known"} in ${best.revision}.`);
  }
  if (alternatives.length > 0) reasons.push(`${alternatives.join(", ")} ${alternatives.length === 1 ? "has" : "have"} the same layouts for everything in this image.`);
  if (wanted.revision !== undefined) reasons.push(`The revision ${wanted.revision} was chosen by you.`);
  if (wanted.architecture !== undefined) reasons.push(`The architecture ${wanted.architecture} was chosen by you.`);
}
