/** A sound image grown by half a million regions: each is a VMA record and the empty page list after it. */
import { readFile } from "node:fs/promises";
import { SAMPLES } from "./open-page.ts";

export const ADDED_REGIONS = 500_000;

/** Facts of series v20 (CHECKPOINT_VERSION 5): type and length open every record, and the length counts both. */
const MM = { type: 401, mapCount: 8 };
const VMA = { type: 402, bytes: 72, start: 32, end: 40 };
const PGARR = { type: 403, bytes: 16 };
/** Where the added regions begin: above the program of the sample, below its stack. */
const BASE = 0x1_0000_0000n;
const STACKS = 0x7000_0000_0000n;

export async function manyRegions(): Promise<Buffer> {
  const sound = await readFile(`${SAMPLES}v20-x86_64-tree.img`);
  const mm = find(sound, (at) => sound.readUInt32LE(at) === MM.type);
  const stack = find(sound, (at) => isVma(sound, at) && sound.readBigUInt64LE(at + VMA.start) > STACKS);
  // The last anonymous region before the stack is the pattern.
  let pattern = mm;
  for (let at = mm; at < stack; at += sound.readUInt32LE(at + 4)) if (isVma(sound, at)) pattern = at;

  const step = VMA.bytes + PGARR.bytes;
  const added = Buffer.alloc(ADDED_REGIONS * step);
  for (let index = 0; index < ADDED_REGIONS; index++) {
    const at = index * step;
    const start = BASE + BigInt(index) * 0x2000n;
    sound.copy(added, at, pattern, pattern + VMA.bytes);
    added.writeBigUInt64LE(start, at + VMA.start);
    added.writeBigUInt64LE(start + 0x1000n, at + VMA.end);
    added.writeUInt32LE(PGARR.type, at + VMA.bytes);
    added.writeUInt32LE(PGARR.bytes, at + VMA.bytes + 4);
  }
  const head = Buffer.from(sound.subarray(0, stack));
  head.writeUInt32LE(head.readUInt32LE(mm + MM.mapCount) + ADDED_REGIONS, mm + MM.mapCount);
  return Buffer.concat([head, added, sound.subarray(stack)]);
}

function isVma(image: Buffer, at: number): boolean {
  return image.readUInt32LE(at) === VMA.type;
}

function find(image: Buffer, matches: (at: number) => boolean): number {
  for (let at = 0; at < image.length; at += image.readUInt32LE(at + 4)) if (matches(at)) return at;
  throw new Error("The sample has no such record.");
}
