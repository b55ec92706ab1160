/** Problems of ELF cores. */
import type { ProblemEntry } from "./problem-entry.ts";
import { error, note, warning } from "./problem-entry.ts";

const AGAIN = "Copy the core again and compare the sizes; raise the limit (ulimit -c) or make room on the disk before the next one.";
const LOOK = "Look at the record and its neighbours.";

export const CORE_PROBLEM_CODES = {
  "core.ident": error("The first 16 bytes of the core have an impossible class, byte order or version.", "gdb refuses the file. It is read by what the rest of the header says."),
  "core.header-size": error("The program headers of the core do not have the size of their class.", "gdb refuses the file."),
  "core.headers-cut": error("The table of program headers goes beyond the end of the file, or its length is cut off.", AGAIN),
  "core.note": error("A note cannot be read: its sizes pass the end of its segment.", "What stands before it is shown; the rest of the segment is listed among the bytes that nothing explains."),
  "core.notes-missing": error("The file ends before the notes, which hold threads and registers.", `gdb's gcore writes them last. ${AGAIN}`),
  "core.no-threads": error("The core holds no thread (no NT_PRSTATUS).", "The memory map is all that is left."),
  "core.registers": error("NT_PRSTATUS has another size than this machine has: its registers are shown as words.", "gdb finds no registers in it."),
  "core.cut": warning("The file ends before the contents of all memory ranges.", AGAIN),
  "core.file-size": warning("A program header has more bytes in the file than in memory.", "The bytes beyond the range are shown with the segment, and belong to no address."),
  "core.note-missing": warning("A note that programs look for is missing (NT_PRPSINFO, NT_AUXV or NT_FILE).", "Without NT_AUXV a debugger cannot place the program, without NT_FILE it cannot name the mapped files. qemu-user writes no NT_FILE, and the kernel leaves it out when it is too long."),
  "core.thread-address": warning("The instruction or stack pointer of a thread lies outside every range, or the stack cannot be written.", "A wild jump or an overflown stack is often the reason of the dump."),
  "core.thread-id": warning("Two threads of the core have the same id, or a thread has the id 0.", "gdb takes them for one, or cannot choose it."),
  "core.files": warning("NT_FILE is damaged or out of order.", LOOK),
  "core.file-range": note("NT_FILE names a range for which there is no program header.", "gdb leaves out text that it can read from the file."),
  "core.xstate": warning("The size of an XSAVE area does not fit the parts that it names.", "Registers beyond AVX may be wrong."),
  "core.auxv": warning("The auxiliary vector has no end mark.", LOOK),
  "core.trailing": warning("Bytes follow the last segment.", "Perhaps two files were joined."),
} as const satisfies Record<string, ProblemEntry>;
