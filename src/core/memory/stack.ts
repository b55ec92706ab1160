/**
 * What the stack of a thread tells without the program's files: the chain of frame pointers, and words that point into
 * executable memory. Both are found, not known: code may use the frame pointer for other things, and words may be left over.
 */
import { toBigint } from "../machine/register-area.ts";
import type { StackEntry, ThreadRegisters, ThreadStack } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { AddressSpace } from "./address-space.ts";
import { PROT_EXEC, protBits, regionInfo, type AddressNames } from "./names.ts";

/** Bytes above the stack pointer that are looked at. */
const MOST_STACK = 64 * 1024;
const MOST_ENTRIES = 1024;
const MOST_FRAMES = 256;

export async function threadStack(checkpoint: Checkpoint, space: AddressSpace, names: AddressNames, registers: ThreadRegisters): Promise<ThreadStack | undefined> {
  const { thread, roles, wordSize } = registers;
  const value = (name: string | undefined): bigint | undefined => {
    const found = name === undefined ? undefined : registers.groups.flatMap((group) => group.registers).find((register) => register.name === name);
    return found === undefined ? undefined : toBigint(found.bytes);
  };
  const sp = value(roles.sp);
  if (sp === undefined) return undefined;
  const label = (address: bigint): string => names.of(address) ?? "not mapped";
  const isCode = (address: bigint): boolean => {
    const region = space.regionAt(address);
    return region !== undefined && (protBits(checkpoint, region.row) & PROT_EXEC) !== 0;
  };
  const entries: StackEntry[] = [];
  const ip = value(roles.ip);
  if (ip !== undefined) entries.push({ value: ip, label: label(ip), found: "ip" });
  const lr = value(roles.lr);
  if (lr !== undefined && isCode(lr)) entries.push({ value: lr, label: label(lr), found: "lr" });
  const base = { thread, space: space.row, sp };
  const region = space.regionAt(sp);
  if (region === undefined) return { ...base, entries, end: sp, why: "The stack pointer points to no region." };
  const info = regionInfo(checkpoint, region);
  const word = BigInt(wordSize);
  const start = (sp / word) * word;
  const limit = region.end - start > BigInt(MOST_STACK) ? start + BigInt(MOST_STACK) : region.end;
  const { bytes, pieces } = await space.read(start, limit);
  const missing = pieces.find(({ kind }) => kind !== "image" && kind !== "zero");
  const end = missing?.start ?? limit;
  const read = wordReader(bytes, wordSize, checkpoint.identity.byteOrder);
  const framed = frames(start, end, word, value(roles.fp), read, registers.machine, isCode);
  for (let at = start; at + word <= end && entries.length < MOST_ENTRIES; at += word) {
    const target = read(Number(at - start));
    if (framed.has(at)) entries.push({ at, value: target, label: label(target), found: "frame" });
    else if (target !== 0n && isCode(target)) entries.push({ at, value: target, label: label(target), found: "word" });
  }
  const why = missing !== undefined ? `From ${label(missing.start)} on the stack is not in the image: ${missing.why ?? missing.kind}.` : limit < region.end ? "Only the beginning of the stack is shown." : undefined;
  return { ...base, region: info, entries, end, ...(why === undefined ? {} : { why }) };
}

/**
 * Places of the return addresses along the frame pointers. On x86 and arm64 the saved frame pointer stands where the register
 * points, the return address behind it; RISC-V and LoongArch have them below.
 */
function frames(start: bigint, end: bigint, word: bigint, first: bigint | undefined, read: (at: number) => bigint, machine: string, isCode: (address: bigint) => boolean): ReadonlySet<bigint> {
  const places = new Set<bigint>();
  const isBelow = machine === "riscv64" || machine === "loongarch64";
  if (!isBelow && !["x86_64", "i386", "aarch64"].includes(machine)) return places;
  const [saved, back] = isBelow ? [-2n * word, -word] : [0n, word];
  let frame = first ?? 0n;
  for (let step = 0; step < MOST_FRAMES; step++) {
    if (frame % word !== 0n || frame + saved < start || frame + back + word > end || frame + back < start) break;
    // The register served for something else.
    if (!isCode(read(Number(frame + back - start)))) break;
    places.add(frame + back);
    const next = read(Number(frame + saved - start));
    // Frames of callers lie above.
    if (next <= frame) break;
    frame = next;
  }
  return places;
}

function wordReader(bytes: Uint8Array, wordSize: 4 | 8, byteOrder: "little" | "big"): (at: number) => bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = byteOrder === "little";
  return wordSize === 8 ? (at) => view.getBigUint64(at, little) : (at) => BigInt(view.getUint32(at, little));
}
