/**
 * One pass over an inflated stream that cannot be read twice. A tar walk follows while the bytes pass and tells headers
 * from contents: contents of large members go to scratch space, all else stays in memory, and what has no place is
 * refused. The result reads as the whole stream, at the same positions.
 */
import { memorySource, type ByteSource } from "../bytes/source.ts";
import type { DecodeEnd } from "./decoder.ts";
import { MemoryStore } from "./memory-store.ts";
import { Pieces, type Place } from "./pieces.ts";
import { ScratchWriter } from "./scratch-writer.ts";
import type { ScratchStore } from "./scratch.ts";
import { isTarHead } from "./sniff.ts";
import { BLOCK } from "./tar-header.ts";
import type { TarBytes } from "./tar-member.ts";
import { TarWalk } from "./tar-walk.ts";

export interface SpoolLimits {
  /** Bytes after which the pass stops. */
  readonly inflateLimit: number;
  /** Bytes in memory. */
  readonly memoryLimit: number;
  /** Contents of at least so many bytes go to scratch space. */
  readonly largeMember: number;
  readonly mostMembers: number;
  /** Nothing is kept: only the walk is wanted. */
  readonly listOnly?: boolean;
}

export interface Spooled {
  readonly source: ByteSource;
  /** Finished; absent when the stream is no tar. */
  readonly walk: TarWalk | undefined;
  readonly end: DecodeEnd;
  /** The stream has more bytes than the limit. */
  readonly limited: boolean;
  /** Whether all of [start, end) can be read. */
  kept(start: number, end: number): boolean;
  /** Why bytes were refused: a sentence that says what to do. */
  readonly refusal: string;
  close(): Promise<void>;
}

/** Of the memory, this share is for headers: an index without contents is better than contents without an index. */
const HEADER_SHARE = 4;

export async function spool(stream: AsyncGenerator<Uint8Array, DecodeEnd, undefined>, limits: SpoolLimits, scratch: ScratchStore | undefined, signal?: AbortSignal): Promise<Spooled> {
  const sorter = new Sorter(limits, scratch);
  let end: DecodeEnd = {};
  let limited = false;
  try {
    for (;;) {
      const next = await stream.next();
      signal?.throwIfAborted();
      if (next.done === true) {
        end = next.value;
        break;
      }
      const room = limits.inflateLimit - sorter.size;
      await sorter.take(next.value.length > room ? next.value.subarray(0, room) : next.value);
      limited = next.value.length > room;
      if (limited) break;
    }
    await sorter.finish();
  } catch (error) {
    await sorter.close();
    throw error;
  } finally {
    await stream.return({});
  }
  return { ...sorter.result(), end, limited };
}

/** Puts each stretch of the stream in its place. */
class Sorter {
  readonly #limits: SpoolLimits;
  readonly #memory = new MemoryStore();
  readonly #scratch: ScratchWriter | undefined;
  readonly #pieces = new Pieces();
  readonly #bytes: TarBytes = { source: memorySource(new Uint8Array(0)) };
  #walk: TarWalk | undefined;
  /** The beginning, until there is enough of it to see whether it is a tar; then wanted bytes that came in parts. */
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #begun = false;
  /** Where the contents that are passing go. */
  #contents: Place | undefined;

  constructor(limits: SpoolLimits, scratch: ScratchStore | undefined) {
    this.#limits = limits;
    this.#scratch = scratch === undefined ? undefined : new ScratchWriter(scratch);
  }

  get size(): number {
    return this.#pieces.size + (this.#begun ? 0 : this.#gatheredBytes);
  }

  /** `chunk` may be used again when the next one has been taken. */
  async take(chunk: Uint8Array): Promise<void> {
    await this.#scratch?.settled();
    if (this.#begun) return await this.#sort(chunk);
    this.#gather(chunk);
    if (this.#gatheredBytes >= BLOCK) await this.#begin();
  }

  async #begin(): Promise<void> {
    const head = this.#joinGathered();
    this.#begun = true;
    if (isTarHead(head)) this.#walk = new TarWalk(this.#bytes, this.#limits.mostMembers);
    await this.#sort(head);
  }

  #gather(part: Uint8Array): void {
    // A copy: a decoder uses its buffers again.
    this.#gathered.push(part.slice());
    this.#gatheredBytes += part.length;
  }

  #joinGathered(): Uint8Array {
    const [only] = this.#gathered;
    let joined = only ?? new Uint8Array(0);
    if (this.#gathered.length > 1) {
      joined = new Uint8Array(this.#gatheredBytes);
      let at = 0;
      for (const part of this.#gathered) {
        joined.set(part, at);
        at += part.length;
      }
    }
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return joined;
  }

  async #sort(chunk: Uint8Array): Promise<void> {
    const walk = this.#walk;
    for (let at = 0; at < chunk.length; ) {
      const position = this.#pieces.size;
      if (walk === undefined || walk.done) {
        const put = this.#put(this.#placeOfRest(), chunk.subarray(at));
        if (put !== undefined) await put;
        return;
      }
      const passing = walk.position - position;
      if (passing > 0) {
        this.#contents ??= this.#placeOfContents(passing);
        const part = chunk.subarray(at, at + passing);
        const put = this.#put(this.#contents, part);
        if (put !== undefined) await put;
        at += part.length;
        continue;
      }
      this.#contents = undefined;
      // Those that came in an earlier part have their place already, and are gathered.
      const part = chunk.subarray(at, at + walk.wants - this.#gatheredBytes);
      at += part.length;
      const put = this.#wanted(walk, part);
      if (put !== undefined) await put;
    }
  }

  #wanted(walk: TarWalk, part: Uint8Array): Promise<void> | undefined {
    const put = this.#put(walk.searching ? this.#placeOfRest() : this.#placeOfHeader(part.length), part);
    if (this.#gatheredBytes === 0 && part.length === walk.wants) walk.feed(part);
    else {
      this.#gather(part);
      if (this.#gatheredBytes === walk.wants) walk.feed(this.#joinGathered());
    }
    return put;
  }

  #placeOfHeader(length: number): Place {
    if (this.#limits.listOnly === true) return "refused";
    if (this.#memory.size + length <= this.#limits.memoryLimit) return "memory";
    return this.#scratchIsGood() ? "scratch" : "refused";
  }

  #placeOfContents(length: number): Place {
    if (this.#limits.listOnly === true) return "refused";
    if (length >= this.#limits.largeMember && this.#scratchIsGood()) return "scratch";
    if (this.#memory.size + length <= this.#contentsLimit()) return "memory";
    return this.#scratchIsGood() ? "scratch" : "refused";
  }

  /** Of bytes without a known end, the first stay in memory. */
  #placeOfRest(): Place {
    if (this.#limits.listOnly === true) return "refused";
    if (this.#scratchIsGood()) return this.#memory.size < Math.min(this.#limits.largeMember, this.#contentsLimit()) ? "memory" : "scratch";
    return this.#memory.size < this.#contentsLimit() ? "memory" : "refused";
  }

  #contentsLimit(): number {
    return this.#limits.memoryLimit - this.#limits.memoryLimit / HEADER_SHARE;
  }

  #scratchIsGood(): boolean {
    return this.#scratch !== undefined && this.#scratch.failure === undefined;
  }

  #put(place: Place, bytes: Uint8Array): Promise<void> | undefined {
    if (place === "memory") {
      this.#pieces.add(place, this.#memory.size, bytes.length);
      this.#memory.append(bytes);
      return undefined;
    }
    if (place === "refused" || this.#scratch === undefined) {
      this.#pieces.add("refused", this.#pieces.size, bytes.length);
      return undefined;
    }
    this.#pieces.add(place, this.#scratch.size, bytes.length);
    return this.#scratch.append(bytes);
  }

  async finish(): Promise<void> {
    if (!this.#begun) await this.#begin();
    if (this.#walk !== undefined && this.#gatheredBytes > 0) this.#walk.feed(this.#joinGathered());
    await this.#scratch?.finish();
  }

  result(): Pick<Spooled, "source" | "walk" | "kept" | "refusal" | "close"> {
    const scratch = this.#scratch?.source();
    const refusal = this.#refusal();
    const source = this.#pieces.source(this.#memory.source(), scratch, refusal);
    this.#bytes.source = source;
    this.#walk?.finish(source.size);
    return {
      source,
      walk: this.#walk,
      kept: (start, end) => this.#pieces.kept(start, end, scratch?.size ?? 0),
      refusal,
      close: async () => await this.close(),
    };
  }

  #refusal(): string {
    if (this.#limits.listOnly === true) return "Of this archive, only the list of members was read.";
    const why = this.#scratch?.failure;
    if (why !== undefined) return `These bytes were not kept: ${why} Make room and open the file again, or unpack it first.`;
    return `These bytes were not kept: ${this.#limits.memoryLimit} bytes of memory were used up. Unpack the archive first, use the command line, or allow this page to store data.`;
  }

  async close(): Promise<void> {
    await this.#scratch?.close();
  }
}
