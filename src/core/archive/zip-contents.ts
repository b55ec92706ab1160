/**
 * Contents of zip members. Compressed ones are inflated when they are first read, and kept in memory or in scratch space;
 * stored ones are read where they lie, and their checksum is compared when someone has read all of them in order.
 */
import { clampRange, memorySource, type ByteSource } from "../bytes/source.ts";
import { sliceSource } from "../bytes/slice.ts";
import { compressedChunks } from "./codecs.ts";
import { crc32 } from "./crc32.ts";
import type { Decoder } from "./decoder.ts";
import { quoted } from "./member-path.ts";
import { MemoryStore } from "./memory-store.ts";
import type { ProblemList } from "./problem-list.ts";
import { RefusedBytes } from "../bytes/refused-bytes.ts";
import type { ScratchStore } from "./scratch.ts";
import { ScratchWriter } from "./scratch-writer.ts";
import type { SpoolLimits } from "./spool.ts";
import type { ZipEntry } from "./zip-entry.ts";

/** What all members of one archive share: how much may still be inflated, and where to. */
export class InflateRoom {
  readonly limits: SpoolLimits;
  readonly problems: ProblemList;
  readonly #scratch: ScratchStore | undefined;
  /** Numbers of the members whose contents were compared with their checksum. */
  readonly compared = new Set<number>();
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

/**
 * The member as a source of the size that the directory records, or, once it was inflated, of what came out of it: readers go
 * by the size, and must not wait for bytes that are not there. Damage adds to the problems when it is met.
 */
export function inflatedSource(packed: ByteSource, decoder: () => Promise<Decoder>, entry: ZipEntry, member: number, room: InflateRoom): ByteSource {
  let whole: Promise<ByteSource> | undefined;
  let { size } = entry;
  return {
    get size() {
      return size;
    },
    async read(start, end, signal) {
      const [from, to] = clampRange(size, start, end);
      if (from === to) return new Uint8Array(0);
      // No signal: the contents serve other readers after this one has given up.
      whole ??= inflate(packed, decoder, entry, member, room);
      const source = await whole;
      ({ size } = source);
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
  else compare(sum, { crc, path }, member, room);
  if (place === "memory") return memory.source();
  await place.finish();
  if (place.failure !== undefined) throw new RefusedBytes(`${quoted(path)} was not kept: ${place.failure}`);
  return sliceSource(place.source() ?? memorySource(new Uint8Array(0)), 0, made);
}

function compare(sum: number, { crc, path }: Pick<ZipEntry, "crc" | "path">, member: number, room: InflateRoom): void {
  room.compared.add(member);
  if (sum !== crc) room.problems.add("archive.crc", `The contents of ${quoted(path)} have the checksum ${hex(sum)} where ${hex(crc)} is recorded.`, { member });
}

/**
 * A stored member, whose bytes are `stored`. Reads that follow each other from the beginning add to the checksum, which costs
 * nothing but that: small members are read whole anyway, and of large ones nobody reads gigabytes for it.
 */
export function storedSource(stored: ByteSource, entry: ZipEntry, member: number, room: InflateRoom): ByteSource {
  // Of a member that is cut off there is nothing to compare.
  if (stored.size !== entry.size) return stored;
  let sum = 0;
  let upTo = 0;
  const pass = (start: number, bytes: Uint8Array): void => {
    if (start > upTo || start + bytes.length <= upTo) return;
    sum = crc32(sum, bytes.subarray(upTo - start));
    upTo = start + bytes.length;
    if (upTo === entry.size) compare(sum, entry, member, room);
  };
  const { grain, readInto } = stored;
  return {
    size: stored.size,
    ...(grain === undefined ? {} : { grain }),
    ...(readInto === undefined ? {} : {
      async readInto(target, start, signal) {
        const length = await readInto.call(stored, target, start, signal);
        pass(start, target.subarray(0, length));
        return length;
      },
    } satisfies Pick<ByteSource, "readInto">),
    async read(start, end, signal) {
      const bytes = await stored.read(start, end, signal);
      pass(clampRange(stored.size, start, end)[0], bytes);
      return bytes;
    },
  };
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
