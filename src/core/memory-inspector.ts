/**
 * The part of the inspector that answers for memory: any address of any task leads to its bytes, or to the reason why they
 * are not there.
 *
 * Every method takes one object of plain data and, where it may take long, hooks; so all of them cross a message port alike.
 * Addresses are 64-bit `bigint`; ranges are half-open, and their end may be 2^64. `space`, `region`, `object`, `task` and
 * `thread` are rows of the tables `spaces`, `regions`, `memory_objects`, `tasks` and `threads`, -1 for none.
 */
import type { Span } from "./bytes/span.ts";
import type { OnProgress } from "./progress.ts";

export interface Hooks<Piece = never> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Called for each piece of a long answer; the next one comes when it has resolved. Bytes are only good until then. */
  readonly onPiece?: ((piece: Piece) => void | Promise<void>) | undefined;
}

/**
 * Where the bytes of a range are: in the opened files, known to be zero, unchanged pages of a mapped file that is not
 * here, mapped but not in the files for another reason, or not mapped at all.
 */
export type PieceKind = "image" | "zero" | "file" | "absent" | "unmapped";

/** A range of one address space (or of a shared memory object) with one place. Pieces tile what was asked for. */
export interface MemoryPiece {
  readonly start: bigint;
  readonly end: bigint;
  readonly kind: PieceKind;
  /** The bytes. Only for `image`. */
  readonly span?: Span;
  /** How many parents up the bytes stand; 0 = this image. */
  readonly depth: number;
  readonly region: number;
  /** Shared memory that the bytes belong to. */
  readonly object: number;
  /** Why there are no bytes, or what they are, in a few words. For all but `image`. */
  readonly why?: string;
  /** Mapped file, and where in it. Only for `file`. */
  readonly path?: string;
  readonly fileOffset?: bigint;
}

export interface MemoryBytes {
  readonly start: bigint;
  /** One byte for each address; 0 where nothing is known, which the pieces tell. */
  readonly bytes: Uint8Array;
  readonly pieces: readonly MemoryPiece[];
}

/** An address space. */
export interface SpaceInfo {
  readonly space: number;
  /** `12 nginx`. */
  readonly label: string;
  /** First task that uses it. */
  readonly task: number;
  readonly pid: number;
  readonly regions: number;
  /** Bytes of a pointer of its tasks: 4 or 8. */
  readonly wordSize: 4 | 8;
  readonly byteOrder: "little" | "big";
  readonly pageSize: number;
}

/** Bytes of a range by where they are. `image` are those of this image, `parent` those of its parents. */
export interface MemorySums {
  readonly image: bigint;
  readonly parent: bigint;
  readonly zero: bigint;
  readonly file: bigint;
  readonly absent: bigint;
}

/** A line of the memory map, as in /proc/PID/maps. Guards and damage may make lines overlap; they come in order of address. */
export interface MapLine {
  readonly region: number;
  readonly start: bigint;
  readonly end: bigint;
  /** `rw-p`. */
  readonly prot: string;
  /** Bytes into the mapped file or object. */
  readonly offset: bigint;
  readonly kind: string;
  readonly path: string;
  readonly sums: MemorySums;
  /** Why bytes are absent, for the first run that is. */
  readonly why?: string;
}

export interface MemoryMap extends SpaceInfo {
  readonly lines: number;
  readonly mapped: bigint;
  readonly sums: MemorySums;
}

/** The mapped part of an address space, gaps folded, cut into cells of one size: for a picture. */
export interface MemoryStrip {
  /** Bytes of a cell; the last one may have fewer. */
  readonly cell: bigint;
  /** Five shares for each cell, 0 to 255, in the order image, parent, zero, file, absent. */
  readonly shares: Uint8Array;
  /** First address of each cell. */
  readonly starts: BigUint64Array;
  /** Cells in which a region begins behind a gap. */
  readonly gaps: readonly number[];
}

/** A line of the hex grid: bytes, or a run of addresses without bytes, folded to one line. */
export type MemoryRow =
  | {
      readonly kind: "bytes";
      /** Of the first byte: a multiple of the row's width. */
      readonly address: bigint;
      readonly bytes: Uint8Array;
      /** Bit i is set when byte i is in the image. */
      readonly real: number;
      readonly region: number;
      readonly depth: number;
    }
  | { readonly kind: "fold"; readonly piece: MemoryPiece };

export interface MemoryRows {
  /** Rows of the whole space. */
  readonly total: number;
  readonly from: number;
  readonly rows: readonly MemoryRow[];
}

export interface RegionInfo {
  readonly region: number;
  readonly start: bigint;
  readonly end: bigint;
  /** `libc.so.6 r-xp`, `heap rw-p`. */
  readonly label: string;
}

/** What an address is. */
export interface AddressInfo {
  readonly space: number;
  readonly address: bigint;
  /** The piece that holds it, up to 2^64. */
  readonly piece: MemoryPiece;
  readonly region?: RegionInfo;
  /** `libc.so.6+0x1234`, `heap+0x10`. */
  readonly label: string;
  /** The nearest regions below and above, where the address is not mapped. */
  readonly below?: RegionInfo;
  readonly above?: RegionInfo;
  /** Other addresses with the same bytes. */
  readonly shared: readonly { readonly space: number; readonly address: bigint; readonly label: string }[];
}

/** Where something typed by the user leads in memory; `why` when nowhere. */
export type MemoryPlace =
  | { readonly kind: "address"; readonly space: number; readonly address: bigint; readonly info: AddressInfo }
  | { readonly kind: "choices"; readonly choices: readonly { readonly label: string; readonly space: number; readonly address: bigint }[] }
  | { readonly kind: "none"; readonly why: string };

/** A text that the program's memory holds, with its place. */
export interface MemoryText {
  readonly address: bigint;
  /** Of the bytes, without the end mark. */
  readonly length: number;
  readonly text: string;
  /** Why it is cut or missing. */
  readonly why?: string;
}

export interface ProcessTexts {
  readonly arguments: readonly MemoryText[];
  readonly environment: readonly MemoryText[];
  /** Entries of the auxiliary vector whose value is the address of a text or of random bytes. */
  readonly auxv: readonly { readonly type: string; readonly value: bigint; readonly text?: string }[];
  /** Why there is nothing, or not all. */
  readonly why?: string;
}

/** A register, as wide as it is. */
export interface RegisterValue {
  /** As debuggers call it: `rax`, `x0`, `st0`, `ymm3`. */
  readonly name: string;
  /** Least significant byte first, whatever the order in the image. */
  readonly bytes: Uint8Array;
  /** Where it stands; a register put together from several fields names the first. */
  readonly record: number;
  /** Field of the record. */
  readonly path?: string;
  readonly span?: Span;
  /** What it says: flags by name, the value of an x87 register. */
  readonly meaning?: string;
}

export interface RegisterGroup {
  /** `general`, `segments`, `x87`, `SSE`, `AVX`, `AVX-512`, `vector`, `floating point`, `control`. */
  readonly title: string;
  /** How the registers are best shown: addresses that may point, plain words, floats, or vectors. */
  readonly as: "pointers" | "words" | "x87" | "doubles" | "vectors";
  readonly registers: readonly RegisterValue[];
  /** Why there are none, or what they are worth. */
  readonly why?: string;
}

export interface ThreadRegisters {
  readonly thread: number;
  /** `x86_64`, `i386`, `arm`, `aarch64`, `ppc`, `ppc64`, `s390x`, `mips`, `mips64`, `loongarch64`, `riscv64`. */
  readonly machine: string;
  readonly wordSize: 4 | 8;
  readonly groups: readonly RegisterGroup[];
  /** Names of the instruction, stack and frame pointer, and of the link register, among the registers. */
  readonly roles: { readonly ip: string; readonly sp: string; readonly fp?: string; readonly lr?: string };
}

/** A word of the stack that may be a return address, or a step along the frame pointers. */
export interface StackEntry {
  /** Where the word stands; for the instruction pointer and link register none. */
  readonly at?: bigint;
  readonly value: bigint;
  /** `libc.so.6+0x1234`. */
  readonly label: string;
  /**
   * `ip`: instruction pointer. `lr`: link register. `frame`: return address found by the frame pointers.
   * `word`: a word of the stack that points into executable memory, which may be left over from earlier calls.
   */
  readonly found: "ip" | "lr" | "frame" | "word";
}

export interface ThreadStack {
  readonly thread: number;
  readonly space: number;
  readonly sp: bigint;
  readonly region?: RegionInfo;
  readonly entries: readonly StackEntry[];
  /** What was looked at: from the stack pointer up to here. */
  readonly end: bigint;
  /** Why there is nothing, or not all. */
  readonly why?: string;
}

/** What to look for. Texts of a pattern are as the user typed them. */
export type SearchPattern =
  | { readonly kind: "text"; readonly text: string; readonly encoding: "utf-8" | "utf-16" | "any"; readonly ignoreCase: boolean }
  /** `48 8b ?? 0f`, `488b??0f`, `4? 8b`. */
  | { readonly kind: "hex"; readonly text: string }
  /** Decimal or 0x; negative numbers too. `width` in bytes. */
  | { readonly kind: "integer"; readonly text: string; readonly width: 1 | 2 | 4 | 8; readonly byteOrder: "little" | "big"; readonly aligned: boolean }
  /** A regular expression in which each character is a byte (`\xff`). */
  | { readonly kind: "regex"; readonly source: string; readonly ignoreCase: boolean }
  /** Aligned words whose value lies in a range of addresses: who points here. */
  | { readonly kind: "pointer"; readonly from: bigint; readonly to: bigint }
  /** Runs of printable text, at least `min` characters, as `strings` finds them. */
  | { readonly kind: "strings"; readonly min: number; readonly encoding: "ascii" | "utf-8" | "utf-16le" | "utf-16be" };

export type SearchScope =
  | { readonly kind: "all" }
  | { readonly kind: "space"; readonly space: number }
  | { readonly kind: "region"; readonly region: number }
  | { readonly kind: "range"; readonly space: number; readonly start: bigint; readonly end: bigint };

/** Where a hit is. `address` is the address in a space, the offset in a shared memory object, or the offset in other data. */
export interface SearchHit {
  readonly where: "space" | "object" | "data";
  readonly space: number;
  readonly region: number;
  readonly object: number;
  /** Row with the data: pipe or socket buffer, ghost file. Only for `data`. */
  readonly row?: { readonly table: string; readonly row: number };
  readonly address: bigint;
  /** Bytes found. */
  readonly length: number;
  /** `12 nginx: heap`, `memfd cache`, `pipe 12 of 7 cat`. */
  readonly owner: string;
  /** First byte in the files. */
  readonly file: number;
  readonly offset: number;
  /** Bytes round about the hit: `contextAt` of them stand before it. */
  readonly context: Uint8Array;
  readonly contextAt: number;
  /** For texts: the text found. */
  readonly text?: string;
}

export interface SearchDone {
  readonly hits: number;
  /** Bytes that were looked at. */
  readonly searched: number;
  /** The search ended because there are this many hits. */
  readonly capped: boolean;
  /** Bytes in the scope that are not in the files, and so were not looked at. */
  readonly absent: bigint;
  /** Bytes of which could not be told whether a match begins there: the expression was too much for the engine. */
  readonly unsure?: number;
}

export interface CoreOptions {
  /** Threads, registers and stacks only. */
  readonly small?: boolean;
}

export interface CorePlan {
  /** Bytes of the file. */
  readonly size: number;
  readonly threads: number;
  /** Bytes of memory in the file. */
  readonly memory: number;
  /** Bytes of the task's memory that are not in the checkpoint, and so not in the file. */
  readonly absent: bigint;
  /** What the core cannot tell, a sentence each. */
  readonly notes: readonly string[];
}

export interface MemoryInspector {
  spaces(args: Record<string, never>): Promise<readonly SpaceInfo[]>;
  /** Pieces that tile [start, end) of a space, at most 65,536: the last piece says how far they go. */
  resolve(args: { readonly space: number; readonly start: bigint; readonly end: bigint }): Promise<readonly MemoryPiece[]>;
  /** At most 16 MiB. */
  read(args: { readonly space: number; readonly start: bigint; readonly end: bigint }, hooks?: Hooks): Promise<MemoryBytes>;
  map(args: { readonly space: number }): Promise<MemoryMap>;
  /** Lines [from, to) of the map. */
  mapLines(args: { readonly space: number; readonly from: number; readonly to: number }): Promise<readonly MapLine[]>;
  /** About `cells` cells; fewer where there is less than a page for each. */
  strip(args: { readonly space: number; readonly cells: number }): Promise<MemoryStrip>;
  /** Rows [from, to) of the hex grid; `width` 8, 16 or 32. */
  rows(args: { readonly space: number; readonly width: number; readonly from: number; readonly to: number }, hooks?: Hooks): Promise<MemoryRows>;
  /** The row that shows an address. */
  rowOf(args: { readonly space: number; readonly width: number; readonly address: bigint }): Promise<number>;
  about(args: { readonly space: number; readonly address: bigint }): Promise<AddressInfo>;
  /** Labels of those words that point into mapped memory, in the order of the words; undefined for the others. */
  labels(args: { readonly space: number; readonly words: readonly bigint[] }): Promise<readonly (string | undefined)[]>;
  /** `0x7f..`, `+0x20`, a decimal, `pid:0x..`, `heap+0x10`, `stack`, `rsp`, path of a region, `pages-1.img@0x3000`. */
  place(args: { readonly text: string; readonly space: number; readonly address?: bigint }): Promise<MemoryPlace>;
  /** Addresses that use the bytes of a file of the checkpoint. */
  reverse(args: { readonly file: number; readonly start: number; readonly end: number }): Promise<readonly { readonly space: number; readonly start: bigint; readonly end: bigint; readonly label: string; readonly offset: number }[]>;
  texts(args: { readonly space: number }): Promise<ProcessTexts>;
  registers(args: { readonly thread: number }): Promise<ThreadRegisters | undefined>;
  stack(args: { readonly thread: number }): Promise<ThreadStack | undefined>;
  /** Hits come as pieces, in order of place. `cap`: most hits. */
  search(args: { readonly pattern: SearchPattern; readonly scope: SearchScope; readonly cap: number }, hooks?: Hooks<readonly SearchHit[]>): Promise<SearchDone>;
  /** Raw bytes of a range in pieces. Ranges without bytes are written as zeros with `fill`, else left out; the reply says how many bytes those were. */
  save(args: { readonly space: number; readonly start: bigint; readonly end: bigint; readonly fill: boolean }, hooks?: Hooks<Uint8Array>): Promise<{ readonly written: number; readonly absent: bigint }>;
  corePlan(args: { readonly task: number; readonly options: CoreOptions }): Promise<CorePlan>;
  /** An ELF core of a task, in pieces. */
  core(args: { readonly task: number; readonly options: CoreOptions }, hooks?: Hooks<Uint8Array>): Promise<CorePlan>;
}
