/** Bytes of a file around the visible rows, in blocks; fetched when they come near and forgotten when they are far. */
import { useEffect, useMemo, useState } from "react";
import type { Inspector } from "../../../core/index.ts";

const BLOCK = 16 * 1024;
const KEPT_BLOCKS = 32;

export interface ByteBlocks {
  /** Bytes [start, end), or undefined while a part of them is on its way. */
  readonly slice: (start: number, end: number) => Uint8Array | undefined;
  readonly error: Error | undefined;
}

interface Cache {
  readonly blocks: Map<number, Uint8Array>;
  readonly asked: Set<number>;
}

export function useByteBlocks(inspector: Inspector, file: number, start: number, end: number): ByteBlocks {
  const [, setArrivals] = useState(0);
  const [error, setError] = useState<Error | undefined>(undefined);
  const cache = useMemo<Cache & { readonly file: number }>(() => ({ file, blocks: new Map(), asked: new Set() }), [file]);

  useEffect(() => {
    const fetchBlock = async (block: number): Promise<void> => {
      cache.asked.add(block);
      try {
        cache.blocks.set(block, await inspector.bytes(file, block * BLOCK, (block + 1) * BLOCK));
        forgetFarBlocks(cache, block);
        setError(undefined);
      } catch (reason) {
        cache.asked.delete(block);
        setError(reason instanceof Error ? reason : new Error(String(reason)));
      }
      setArrivals((before) => before + 1);
    };
    for (let block = Math.floor(start / BLOCK); block * BLOCK < end; block++) if (!cache.asked.has(block)) void fetchBlock(block);
  }, [inspector, file, cache, start, end]);

  return { slice: (from, to) => sliceOf(cache.blocks, from, to), error };
}

function sliceOf(blocks: ReadonlyMap<number, Uint8Array>, start: number, end: number): Uint8Array | undefined {
  const block = Math.floor(start / BLOCK);
  const first = blocks.get(block);
  if (first === undefined) return undefined;
  const head = first.subarray(start - block * BLOCK, end - block * BLOCK);
  if (end <= (block + 1) * BLOCK) return head;
  const rest = sliceOf(blocks, (block + 1) * BLOCK, end);
  if (rest === undefined) return undefined;
  const whole = new Uint8Array(head.length + rest.length);
  whole.set(head);
  whole.set(rest, head.length);
  return whole;
}

function forgetFarBlocks({ blocks, asked }: Cache, near: number): void {
  if (blocks.size <= KEPT_BLOCKS) return;
  const farthest = [...blocks.keys()].reduce((a, b) => (Math.abs(a - near) >= Math.abs(b - near) ? a : b));
  blocks.delete(farthest);
  asked.delete(farthest);
}
