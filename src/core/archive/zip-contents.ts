/** Contents of compressed zip members: inflated when they are first read, and kept in memory or in scratch space. */
import { clampRange, memorySource, type ByteSource } from "../bytes/source.ts";
import { sliceSource } from "../bytes/slice.ts";
import { compressedChunks } from "./codecs.ts";
import { crc32 } from "./crc32.ts";
import type { Decoder } from "./decoder.ts";
import { quoted } from "./member-path.ts";
import { MemoryStore } from "./memory-store.ts";
import type { ProblemList } from "./problem-list.ts";
import { RefusedBytes, type ScratchStore } from "./scratch.ts";
import { ScratchWriter } from "./scratch-writer.ts";
import type { SpoolLimits } from "./spool.ts";
import type { ZipEntry } from "./zip-entry.ts";

/** What all members of one archive share: how much may still be inflated, and where to. */
export class InflateRoom {
  readonly limits: SpoolLimits;
  readonly problems: ProblemList;
  readonly #scratch: ScratchStore | undefined;
  /** Whoever still inflates stops. */
  isClosed = false;
  readonly #writers = new Set<ScratchWriter>();
  #inflated = 0;
  #inMemory = 0;

  constructor(limits: SpoolLimits, scratch: ScratchStore | undefined, problems: ProblemList) {
    this.limits = limits;
    this.#scratch = scratch;
    this.problems = problems;
  }

  /** Where `size` bytes may go. Rejects with RefusedBytes when there is no room. */
  take(path: string, size: number): ScratchWriter | "memory" {
    const { inflateLimit, largeMember, memoryLimit } = this.limits;
    if (this.#inflated + size > inflateLimit) throw new RefusedBytes(`${quoted(path)} inflates to ${size} bytes, and all members together to more than the limit of ${inflateLimit}. Raise the limit if you trust the file.`);
    const fits = this.#inMemory + size <= memoryLimit;
    if (!(fits && size < largeMember) && this.#scratch !== undefined) {
      this.#inflated += size;
      const writer = new ScratchWriter(this.#scratch);
      this.#writers.add(writer);
      return writer;
    }
    if (!fits) throw new RefusedBytes(`${quoted(path)} was not inflated: its ${size} bytes are more than is left of ${memoryLimit} bytes of memory. Unpack the archive first, use the command line, or allow this page to store data.`);
    this.#inflated += size;
    this.#inMemory += size;
    return "memory";
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const writer of this.#writers) await writer.close();
    this.#writers.clear();
  }
}

/** The member as a source of the size that the directory records. Damage adds to the problems when it is met. */
export function inflatedSource(packed: ByteSource, decoder: () => Promise<Decoder>, entry: ZipEntry, member: number, room: InflateRoom): ByteSource {
  let whole: Promise<ByteSource> | undefined;
  return {
    size: entry.size,
    async read(start, end, signal) {
      const [from, to] = clampRange(entry.size, start, end);
      if (from === to) return new Uint8Array(0);
      // No signal: the contents serve other readers after this one has given up.
      whole ??= inflate(packed, decoder, entry, member, room);
      const source = await whole;
      signal?.throwIfAborted();
      return await source.read(from, to, signal);
    },
  };
}

async function inflate(packed: ByteSource, decoder: () => Promise<Decoder>, entry: ZipEntry, member: number, room: InflateRoom): Promise<ByteSource> {
  const { crc, path, size } = entry;
  const place = room.take(path, size);
  const memory = new MemoryStore();
  const output = (await decoder())(compressedChunks(packed, () => {}));
  let made = 0;
  let sum = 0;
  let damage: string | undefined;
  try {
    for (;;) {
      const next = await output.next();
      if (next.done === true) {
        ({ damage } = next.value);
        break;
      }
      // A member that makes more than it says is a bomb, or damaged: no more is taken.
      const part = next.value.subarray(0, size - made);
      made += part.length;
      if (room.isClosed) throw new RefusedBytes("The archive was closed.");
      sum = crc32(sum, part);
      if (place === "memory") memory.append(part);
      else {
        await place.settled();
        await place.append(part);
      }
      if (part.length < next.value.length) {
        damage = `it inflates to more than the ${size} bytes recorded`;
        break;
      }
    }
  } finally {
    await output.return({});
  }
  if (damage !== undefined) room.problems.add("archive.damaged", `The compressed data of ${quoted(path)} is damaged: ${damage}. ${made} of ${size} bytes came out of it.`, { member });
  else if (made < size) room.problems.add("archive.damaged", `${quoted(path)} inflates to ${made} bytes where ${size} are recorded.`, { member });
  else if (sum !== crc) room.problems.add("archive.crc", `The contents of ${quoted(path)} have the checksum ${hex(sum)} where ${hex(crc)} is recorded.`, { member });
  if (place === "memory") return memory.source();
  await place.finish();
  if (place.failure !== undefined) throw new RefusedBytes(`${quoted(path)} was not kept: ${place.failure}`);
  return sliceSource(place.source() ?? memorySource(new Uint8Array(0)), 0, made);
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}

/** A member whose contents cannot be had. */
export function refusedSource(size: number, why: string): ByteSource {
  return {
    size,
    async read(start, end) {
      const [from, to] = clampRange(size, start, end);
      if (from === to) return new Uint8Array(0);
      throw new RefusedBytes(why);
    },
  };
}
