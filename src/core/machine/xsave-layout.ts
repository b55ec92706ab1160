/**
 * Where the parts of an XSAVE area stand (Intel SDM volume 1, chapter 13). Sizes are the same everywhere; places above AVX
 * are told by the processor's CPUID, which no image holds, so that they are worked out from the size of the area.
 */
export const LEGACY_BYTES = 512;
export const HEADER_BYTES = 64;
/** XCR0, in the part of FXSAVE that is left to software; filled by the kernel's register sets, not by the processor. */
export const XCR0_AT = 464;
export const XSTATE_BV_AT = 512;
export const XCOMP_BV_AT = 520;
const COMPACTED = 1n << 63n;

/** Numbers of parts, which are bits of XCR0 and XSTATE_BV as well. */
export const PART = { x87: 0, sse: 1, avx: 2, bndregs: 3, bndcsr: 4, opmask: 5, zmmUpper: 6, zmmHigh: 7, pkru: 9 } as const;

/** Place of parts above SSE in bytes, by number. */
export type XsaveLayout = ReadonlyMap<number, { readonly offset: number; readonly size: number }>;

/** Offsets of Intel's processors: parts that a model lacks leave a gap. */
export const INTEL: XsaveLayout = new Map([
  [PART.avx, { offset: 576, size: 256 }],
  [PART.bndregs, { offset: 960, size: 64 }],
  [PART.bndcsr, { offset: 1024, size: 64 }],
  [PART.opmask, { offset: 1088, size: 64 }],
  [PART.zmmUpper, { offset: 1152, size: 512 }],
  [PART.zmmHigh, { offset: 1664, size: 1024 }],
  [PART.pkru, { offset: 2688, size: 8 }],
]);

/** Sizes of the other parts, for compacted areas; those of `ALIGNED` begin at a multiple of 64. */
const OTHER_SIZES: ReadonlyMap<number, number> = new Map([[8, 128], [10, 8], [11, 16], [12, 24], [13, 8], [14, 48], [15, 808], [16, 8], [17, 64], [18, 8192]]);
const ALIGNED = new Set([14, 17, 18]);

export const hasPart = (set: bigint, part: number): boolean => ((set >> BigInt(part)) & 1n) === 1n;

/** Parts of a set one behind the other. AMD's processors place them so, and compacted areas have no other form. */
export function packed(set: bigint): XsaveLayout {
  const layout = new Map<number, { offset: number; size: number }>();
  let at = LEGACY_BYTES + HEADER_BYTES;
  for (let part = 2; part < 63; part++) {
    if (!hasPart(set, part)) continue;
    const size = INTEL.get(part)?.size ?? OTHER_SIZES.get(part);
    // What comes behind a part of unknown size cannot be placed.
    if (size === undefined) break;
    if (ALIGNED.has(part)) at = Math.ceil(at / 64) * 64;
    layout.set(part, { offset: at, size });
    at += size;
  }
  return layout;
}

/** A note NT_X86_XSAVE_LAYOUT: entries of part, size, offset and flags, 32 bits each. */
export function readXsaveLayout(bytes: Uint8Array): XsaveLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout = new Map<number, { offset: number; size: number }>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) layout.set(view.getUint32(at, true), { size: view.getUint32(at + 4, true), offset: view.getUint32(at + 8, true) });
  return layout;
}

export interface XsaveShape {
  /** Parts that the processor saves. */
  readonly parts: bigint;
  /** Parts whose bytes mean something; the others hold initial values. */
  readonly used: bigint;
  /** Undefined when the places of parts above AVX are not known. */
  readonly layout: XsaveLayout | undefined;
}

/** End of the last of the parts of a set, as a layout has them. */
function endOf(layout: XsaveLayout, set: bigint): number {
  let end = LEGACY_BYTES + HEADER_BYTES;
  for (const [part, { offset, size }] of layout) if (hasPart(set, part)) end = Math.max(end, offset + size);
  return end;
}

/** Which parts an area has, and where. An explicit layout wins; otherwise the size of the area tells the two known columns apart. */
export function shapeOf(bytes: Uint8Array, explicit?: XsaveLayout): XsaveShape {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LEGACY_BYTES + HEADER_BYTES) return { parts: 3n, used: 3n, layout: undefined };
  const used = view.getBigUint64(XSTATE_BV_AT, true);
  const compacted = view.getBigUint64(XCOMP_BV_AT, true);
  if ((compacted & COMPACTED) !== 0n) return { parts: (compacted & ~COMPACTED) | 3n, used, layout: packed(compacted & ~COMPACTED) };
  const parts = view.getBigUint64(XCR0_AT, true) || partsBySize(bytes.length, used);
  if (explicit !== undefined) return { parts, used, layout: explicit };
  if (endOf(packed(parts), parts) === bytes.length) return { parts, used, layout: packed(parts) };
  if (endOf(INTEL, parts) <= bytes.length) return { parts, used, layout: INTEL };
  return { parts, used, layout: undefined };
}

/** Without XCR0: what an area of this size holds. A processor with AVX-512 has AVX, one with PKRU need not have AVX-512. */
function partsBySize(size: number, used: bigint): bigint {
  const known = used | 3n;
  if (size >= endOf(INTEL, 0xe7n)) return known | 0xe7n;
  if (size === endOf(packed(0xe7n), 0xe7n) || size === endOf(packed(0x2e7n), 0x2e7n)) return known | 0xe7n;
  return size >= endOf(INTEL, 7n) ? known | 7n : known;
}
