/**
 * An ELF core of one process: header, program headers, notes, memory, as the kernel lays cores out. The size is known before
 * the first byte is written; memory is streamed. More than 65,534 segments are counted in a section header (PN_XNUM).
 */
import { coreLayoutOf, type CoreLayout } from "../../machine/core-layout.ts";
import type { AddressSpace } from "../../memory/address-space.ts";
import type { CoreOptions, CorePlan, Hooks, ThreadRegisters } from "../../memory-inspector.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { formatCount, formatSize } from "../../schema/show.ts";
import { ByteWriter } from "./byte-writer.ts";
import { coreNotes, type CoreThread } from "./core-notes.ts";
import { coreProcess, coreThreads, threadRows } from "./core-process.ts";
import { coreSegments, type CoreMemory } from "./core-segments.ts";
import { StoredBytes } from "../../memory/stored-bytes.ts";
import { toBigint } from "../../machine/register-area.ts";

/** The kernel writes 0 here; lldb takes a core without notes of Linux for one of nobody. */
const ELFOSABI_LINUX = 3;
const ET_CORE = 4;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PN_XNUM = 0xffff;
/** Little-endian PowerPC has the second ELF ABI. */
const ELF_V2 = 2;
/** Offsets of ELF32 files have 32 bits. */
const MOST_ELF32 = 2 ** 32 - 1;
const PROT_READ = 1;
const PROT_EXEC = 4;

export interface CoreInput {
  readonly checkpoint: Checkpoint;
  readonly task: number;
  readonly space: AddressSpace;
  readonly options: CoreOptions;
  protOf(region: number): number;
  registersOf(thread: number): Promise<ThreadRegisters | undefined>;
  /** Arguments of the program, joined by blanks. */
  readonly args: Uint8Array;
}

export interface CoreFileMaker {
  readonly plan: CorePlan;
  write(hooks: Hooks<Uint8Array>): Promise<void>;
}

/** Throws an Error with a sentence for the user where a task has nothing that a core could tell. */
export async function makeCore(input: CoreInput): Promise<CoreFileMaker> {
  const { checkpoint, space } = input;
  const { identity } = checkpoint;
  const rows = threadRows(checkpoint, input.task);
  const leader = rows[0];
  if (leader === undefined) throw new Error("The task has no threads in this image, and so no core can be made of it.");
  const layout = layoutFor(await input.registersOf(leader), identity.architecture);
  const little = identity.byteOrder === "little";
  const bare: number[] = [];
  const stacks = new Set<number | undefined>();
  async function* seen(): AsyncGenerator<CoreThread> {
    for await (const thread of coreThreads(checkpoint, rows, layout, input.registersOf)) {
      const { registers } = thread;
      if (registers === undefined) bare.push(thread.tid);
      const sp = registers?.groups.flatMap((group) => group.registers).find(({ name }) => name === registers.roles.sp);
      if (sp !== undefined) stacks.add(space.regionAt(toBigint(sp.bytes))?.row);
      yield thread;
    }
  }
  const notes = await coreNotes(layout, little, identity.pageSize, coreProcess(checkpoint, input.task, space, input.args), seen());
  const isSmall = input.options.small === true;
  const memory = coreSegments(space, layout.wordSize === 8 ? 1n << 64n : 1n << 32n, ({ row }) => input.protOf(row), ({ row }) => !isSmall || stacks.has(row));
  const head = headOf(layout, little, identity.pageSize, notes, memory);
  if (layout.wordSize === 4 && head.bytes.length + head.memorySize + head.tail.length > MOST_ELF32) throw new Error("The memory of the task is more than an ELF core of 32 bits can hold: 4 GiB.");
  const size = head.bytes.length + head.memorySize + head.tail.length;
  const plan: CorePlan = { size, threads: rows.length, memory: memory.written, absent: memory.absent, notes: notesFor(bare, memory, isSmall, space) };
  return {
    plan,
    async write(hooks) {
      await emit(head.bytes, hooks);
      const stored = new StoredBytes(checkpoint, hooks.signal);
      let done = 0;
      for (const segment of memory.segments) {
        for (const piece of segment.pieces) {
          for await (const bytes of stored.of(piece)) {
            await emit(bytes, hooks);
            done += bytes.length;
            hooks.onProgress?.({ phase: "Writing memory", done, total: memory.written });
          }
        }
        await emit(new Uint8Array(padding(segment.fileSize, identity.pageSize)), hooks);
      }
      await emit(head.tail, hooks);
    },
  };
}

async function emit(bytes: Uint8Array, hooks: Hooks<Uint8Array>): Promise<void> {
  if (bytes.length > 0) await hooks.onPiece?.(bytes);
}

function layoutFor(registers: ThreadRegisters | undefined, architecture: string | undefined): CoreLayout {
  const machine = registers?.machine ?? architecture;
  const layout = machine === undefined ? undefined : coreLayoutOf(machine === "x86_64" && registers?.wordSize === 4 ? "x32" : machine);
  if (layout === undefined) throw new Error(registers === undefined ? "The task has no registers in this image, and so no core can be made of it." : `There is no form of core files for ${machine ?? "this machine"}.`);
  return layout;
}

/** R 4, W 2, X 1: the other way round than PROT_*. */
function segmentFlags(prot: number): number {
  return ((prot & PROT_READ) === 0 ? 0 : 4) | (prot & 2) | ((prot & PROT_EXEC) === 0 ? 0 : 1);
}

function padding(size: number, pageSize: number): number {
  return (pageSize - (size % pageSize)) % pageSize;
}

interface Head {
  /** Everything up to the first page of memory. */
  readonly bytes: Uint8Array;
  readonly memorySize: number;
  /** Section header that counts the segments, where their number does not fit the header. */
  readonly tail: Uint8Array;
}

function headOf(layout: CoreLayout, little: boolean, pageSize: number, notes: Uint8Array, { segments }: CoreMemory): Head {
  const is64 = layout.wordSize === 8;
  const headerSize = is64 ? 64 : 52;
  const entrySize = is64 ? 56 : 32;
  const count = segments.length + 1;
  const notesAt = headerSize + entrySize * count;
  const memoryAt = notesAt + notes.length + padding(notesAt + notes.length, pageSize);
  const memorySize = segments.reduce((sum, { fileSize }) => sum + fileSize + padding(fileSize, pageSize), 0);
  const isMany = count >= PN_XNUM;
  const writer = new ByteWriter(little, layout.wordSize);
  writer.bytes(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2, 1, ELFOSABI_LINUX])).zeros(8);
  writer.u16(ET_CORE).u16(layout.elfMachine).u32(1).word(0).word(headerSize).word(isMany ? memoryAt + memorySize : 0).u32(layout.flags ?? (layout.name === "ppc64" && little ? ELF_V2 : 0));
  writer.u16(headerSize).u16(entrySize).u16(isMany ? PN_XNUM : count).u16(isMany ? (is64 ? 64 : 40) : 0).u16(isMany ? 1 : 0).u16(0);
  const entry = (type: number, flags: number, offset: number, address: bigint, fileSize: number, memorySize: bigint, align: number): void => {
    writer.u32(type);
    if (is64) writer.u32(flags).word(offset).word(address).word(0).word(fileSize).word(memorySize).word(align);
    else writer.word(offset).word(address).word(0).word(fileSize).word(memorySize).u32(flags).word(align);
  };
  entry(PT_NOTE, 0, notesAt, 0n, notes.length, 0n, 4);
  let at = memoryAt;
  for (const { start, end, prot, fileSize } of segments) {
    entry(PT_LOAD, segmentFlags(prot), at, start, fileSize, end - start, pageSize);
    at += fileSize + padding(fileSize, pageSize);
  }
  writer.bytes(notes).zeros(memoryAt - notesAt - notes.length);
  const tail = new ByteWriter(little, layout.wordSize);
  // sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info, sh_addralign, sh_entsize
  if (isMany) tail.u32(0).u32(0).word(0).word(0).word(0).word(1).u32(0).u32(count).word(0).word(0);
  return { bytes: writer.take().slice(), memorySize, tail: tail.take().slice() };
}

function notesFor(bare: readonly number[], memory: CoreMemory, isSmall: boolean, space: AddressSpace): readonly string[] {
  const notes: string[] = [];
  if (bare.length > 0) notes.push(`Threads without registers in the image: ${bare.slice(0, 8).join(", ")}${bare.length > 8 ? " ..." : ""}. They are in the core with zeros.`);
  if (memory.beyond > 0) notes.push(`${memory.beyond === 1 ? "A region lies" : `${formatCount(memory.beyond)} regions lie`} beyond 4 GiB of a task of 32 bits: a core of it cannot say their addresses.`);
  if (isSmall) notes.push("Only the stacks of the threads are in the file.");
  if (memory.absent > 0n) notes.push(`${formatSize(memory.absent)} are not in the checkpoint and are left out: a debugger takes unchanged pages of mapped files from those files.`);
  if (memory.zeros > 0n && !isSmall) notes.push(`${formatSize(memory.zeros)} that nobody wrote are zero and left out, in long runs or without any access: a debugger says that it cannot read them.`);
  if (space.regions.length === 0) notes.push("The image names no regions of the task.");
  if (memory.segments.length >= PN_XNUM - 1) notes.push(`${formatCount(memory.segments.length)} segments: older tools read no more than 65,534.`);
  return notes;
}
