/** Command line, environment and texts of the auxiliary vector, read out of the memory of a task. */
import type { MemoryPiece, MemoryText, ProcessTexts, SpaceInfo } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { AUXV } from "../model/linux.ts";
import type { Table } from "../model/table.ts";
import { decodeText, formatHex, formatSize } from "../schema/show.ts";
import type { AddressSpace } from "./address-space.ts";
import { initialStack } from "./initial-stack.ts";

/** As the kernel's own limit of the argument area, rounded down. Bytes. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_TEXTS = 20_000;
const MOST_STRING = 4096;
/** Entries of the vector that are addresses of texts; AT_RANDOM points to 16 bytes. */
const AUXV_TYPES: ReadonlyMap<string, number> = new Map([...AUXV].map(([type, name]) => [name, type]));
const TEXTS = new Set(["AT_PLATFORM", "AT_BASE_PLATFORM", "AT_EXECFN"]);
const RANDOM_BYTES = 16;

export async function processTexts(checkpoint: Checkpoint, space: AddressSpace, { wordSize, byteOrder }: Pick<SpaceInfo, "wordSize" | "byteOrder">): Promise<ProcessTexts> {
  const { tables } = checkpoint;
  const spaces = tables.get("spaces");
  const reasons: string[] = [];
  const area = async (what: string, from: string, to: string): Promise<readonly MemoryText[]> => {
    const start = spaces.column(from).value(space.row);
    const end = spaces.column(to).value(space.row);
    if (typeof start !== "bigint" || typeof end !== "bigint" || end <= start) {
      if (end !== start || start === null) reasons.push(`The image does not say where the ${what} are.`);
      return [];
    }
    const found = await textsIn(space, start, from === "arg_start" ? await titleEnd(spaces, space, end) : end);
    if (found.why !== undefined) reasons.push(`The ${what}: ${found.why}.`);
    return found.texts;
  };
  const hasAreas = spaces.column("arg_start").value(space.row) !== null;
  let argumentTexts = hasAreas ? await area("arguments", "arg_start", "arg_end") : [];
  let environment = hasAreas ? await area("environment variables", "env_start", "env_end") : [];
  const auxv: { type: string; value: bigint; text?: string }[] = [];
  const table = tables.get("auxv");
  for (let row = 0; row < table.length; row++) {
    if (table.number(row, "space") !== space.row) continue;
    const type = table.text(row, "type") ?? "?";
    const value = table.big(row, "value");
    auxv.push({ type, value, ...(await pointed(space, type, value)) });
  }
  if (!hasAreas) {
    const pairs = auxv.map(({ type, value }): readonly [number, bigint] => [AUXV_TYPES.get(type) ?? Number(/\d+$/.exec(type)?.[0] ?? -1), value]);
    const inside = auxv.find(({ type }) => type === "AT_EXECFN" || type === "AT_RANDOM")?.value;
    const stack = inside === undefined ? undefined : await initialStack(space, inside, pairs, wordSize, byteOrder);
    if (stack === undefined) reasons.push("The image does not say where arguments and environment are, and the beginning of the stack is not in it.");
    else {
      argumentTexts = await textsAt(space, stack.arguments);
      environment = await textsAt(space, stack.environment);
    }
  }
  return { arguments: argumentTexts, environment, auxv, ...(reasons.length === 0 ? {} : { why: reasons.join(" ") }) };
}

/**
 * A program that writes its title over its arguments may go on into the environment behind them: the last byte of the
 * arguments is then no NUL, and the text ends with the next one (get_mm_cmdline of Linux).
 */
async function titleEnd(spaces: Table, space: AddressSpace, end: bigint): Promise<bigint> {
  const next = spaces.column("env_start").value(space.row);
  const limit = spaces.column("env_end").value(space.row);
  if (next !== end || typeof limit !== "bigint" || limit <= end) return end;
  const last = await space.read(end - 1n, end);
  if (last.pieces[0]?.kind !== "image" || last.bytes[0] === 0) return end;
  const stop = limit - end > BigInt(MOST_BYTES) ? end + BigInt(MOST_BYTES) : limit;
  const nul = (await space.read(end, stop)).bytes.indexOf(0);
  return nul < 0 ? stop : end + BigInt(nul);
}

/** Texts by their pointers. */
async function textsAt(space: AddressSpace, pointers: readonly bigint[]): Promise<readonly MemoryText[]> {
  const texts: MemoryText[] = [];
  for (const address of pointers.slice(0, MOST_TEXTS)) {
    const text = await stringAt(space, address);
    texts.push(text === undefined ? { address, length: 0, text: "", why: "not in the image" } : { address, length: new TextEncoder().encode(text).length, text });
  }
  return texts;
}

async function pointed(space: AddressSpace, type: string, value: bigint): Promise<{ text?: string }> {
  if (TEXTS.has(type)) {
    const text = await stringAt(space, value);
    return text === undefined ? {} : { text };
  }
  if (type !== "AT_RANDOM") return {};
  const { bytes, pieces } = await space.read(value, value + BigInt(RANDOM_BYTES));
  return pieces.every(({ kind }) => kind === "image") ? { text: [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ") } : {};
}

/** A text up to its NUL; undefined where its first byte is not there. */
export async function stringAt(space: AddressSpace, address: bigint): Promise<string | undefined> {
  const { bytes, pieces } = await space.read(address, address + BigInt(MOST_STRING));
  const first = knownRanges(address, pieces)[0];
  if (first === undefined || first.from > 0) return undefined;
  const nul = bytes.indexOf(0);
  return decodeText(bytes.subarray(0, nul >= 0 && nul < first.to ? nul : first.to));
}

/** Stretches whose bytes are known, counted from `start`. */
function knownRanges(start: bigint, pieces: readonly MemoryPiece[]): readonly { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const piece of pieces) {
    if (piece.kind !== "image" && piece.kind !== "zero") continue;
    const from = Number(piece.start - start);
    const to = Number(piece.end - start);
    const last = ranges.at(-1);
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

/** Texts with a NUL after each. What is not in the image is said, not guessed. */
async function textsIn(space: AddressSpace, start: bigint, end: bigint): Promise<{ readonly texts: readonly MemoryText[]; readonly why?: string }> {
  const limit = end - start > BigInt(MOST_BYTES) ? start + BigInt(MOST_BYTES) : end;
  const { bytes, pieces } = await space.read(start, limit);
  const texts: MemoryText[] = [];
  for (const { from, to } of knownRanges(start, pieces)) {
    for (let at = from; at < to && texts.length < MOST_TEXTS; ) {
      const nul = bytes.indexOf(0, at);
      const stop = nul < 0 || nul > to ? to : nul;
      texts.push({ address: start + BigInt(at), length: stop - at, text: decodeText(bytes.subarray(at, stop)), ...(stop === to && to < bytes.length ? { why: "cut: what follows is not in the image" } : {}) });
      at = stop + 1;
    }
  }
  const missing = pieces.find(({ kind }) => kind !== "image" && kind !== "zero");
  if (missing !== undefined) return { texts, why: `${formatSize(missing.end - missing.start)} at ${formatHex(missing.start)} are not in the image: ${missing.why ?? missing.kind}` };
  return limit < end ? { texts, why: `only the first ${formatSize(MOST_BYTES)} of ${formatSize(end - start)} are shown` } : { texts };
}
