/** Which program wrote a core, by what it puts where: nothing in the file says it. */
import { NT } from "../../machine/note-numbers.ts";
import type { Core } from "./core.ts";

export interface Writer {
  readonly kind: "kernel" | "gcore" | "qemu" | undefined;
  /** `the Linux kernel`. */
  readonly text: string;
  readonly reason: string;
}

export function writerOf({ notes: { list }, elf }: Core): Writer {
  const processNotes = list.filter(({ type, number, owner }) => type?.ofThread !== true || (owner === "CORE" && number === NT.PRSTATUS)).map(({ number }) => number);
  const [first, second, third] = processNotes;
  if (list.some(({ owner }) => owner === "GDB") || (first === NT.PRPSINFO && second === NT.PRSTATUS)) {
    return { kind: "gcore", text: "gdb (gcore)", reason: list.some(({ owner }) => owner === "GDB") ? "It has a note of GDB." : "NT_PRPSINFO stands before the threads." };
  }
  if (first === NT.PRSTATUS && second === NT.PRPSINFO && third === NT.SIGINFO) return { kind: "kernel", text: "the Linux kernel", reason: "The first thread is followed by NT_PRPSINFO and NT_SIGINFO." };
  if (first === NT.PRSTATUS && second === NT.PRPSINFO && third === NT.AUXV && elf.segments.count > 0 && !list.some(({ owner, number }) => owner === "CORE" && (number === NT.FILE || number === NT.FPREGSET))) return { kind: "qemu", text: "qemu-user", reason: "The first thread is followed by NT_PRPSINFO and NT_AUXV, and there are no floating point state, NT_FILE and NT_SIGINFO." };
  return { kind: undefined, text: "not known", reason: "The notes stand in an order that no known writer has." };
}
