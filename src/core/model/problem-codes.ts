/**
 * Every rule that an image can break: the closed list of codes, with what each means and what to do about it.
 * The doc lines are the help that the page and the command line show, and the catalogue in docs/problems.md.
 */
import { ARCHIVE_PROBLEM_CODES } from "../archive/archive-problems.ts";
import type { ProblemInfo } from "./diagnostic.ts";
import { CORE_PROBLEM_CODES } from "./problem-codes-core.ts";
import { SET_PROBLEM_CODES } from "./problem-codes-sets.ts";
import { error, note, warning, type ProblemEntry } from "./problem-entry.ts";

const AGAIN = "Take the checkpoint again, or copy the image again and compare the sizes.";
const REFUSES = "A restart refuses this image. Look at the bytes of the record: one damaged number is often all there is.";
const LOOK = "Look at the record and its neighbours.";
const OVERRIDE = "Compare the reasons in the Summary; choose another revision or architecture there if they look wrong.";

export const PROBLEM_CODES = {
  // framing
  "image.empty": error("The file has no bytes.", "A failed checkpoint of v19 and later leaves an empty file when it fails before the first record; the reason is in the log that was given to the system call."),
  "image.truncated": error("The image ends before its last record (TAIL): everything up to here is usable.", AGAIN),
  "image.cut": error("The image ends after a complete record but before TAIL: the checkpoint failed without saying why.", "Read the kernel log, or the log descriptor given to the system call: v19 and later write the reason only there."),
  "image.after-tail": warning("Bytes follow the last record.", "Perhaps two files were joined, or a pipe carried more than the image."),
  "image.failed": error("The kernel wrote an error into the image: the checkpoint failed.", "The message says why; mend the cause and take the checkpoint again."),
  "format.unknown": warning("No format recognises the file.", "It is shown as bytes. If it should be a checkpoint, its beginning may be missing or damaged."),
  "frame.truncated": error("A record is cut off by the end of the file.", AGAIN),
  "frame.bad-length": error("The length of a record cannot be right: negative, smaller than its header, or beyond the file.", REFUSES),
  "frame.too-long": warning("A record is longer than 2 GiB, far more than the kernel writes at once.", LOOK),
  "frame.resync": warning("Bytes were skipped to find the next place where records can be read.", "The skipped bytes are listed among those that nothing explains."),
  "record.length-mismatch": error("A record does not have the length that its type has in this revision.", OVERRIDE),
  "record.unknown-type": error("A record of a type that this revision does not have.", OVERRIDE),
  "record.unexpected": error("A record stands where the grammar of this revision does not have it.", REFUSES),
  "record.missing": error("A record that the grammar of this revision asks for is missing.", REFUSES),
  "record.parent": error("The `parent` of a record header does not name the task or object that the record belongs to.", REFUSES),
  "limit.records": note("A limit of this program was reached; what is beyond it is not listed.", "Nothing is wrong with the image."),
  // header
  "header.magic": error("The magic number of the first record is wrong.", OVERRIDE),
  "header.revision": warning("The revision number of the header does not fit the layouts that were found.", OVERRIDE),
  "header.architecture": warning("The architecture of the header does not fit the machine name or the layouts.", OVERRIDE),
  "header.flags": warning("The header has checkpoint flags that no revision defines.", "A restart refuses unknown flags."),
  "header.constants": warning("A constant of the header differs from the value of every known kernel.", "A restart refuses an image whose constants differ from its own."),
  "header.powerpc": error("The fixed word of the powerpc HEADER_ARCH is wrong.", REFUSES),
  "tail.magic": error("The magic number of the last record is wrong.", REFUSES),
  // counts
  "count.negative": error("A count is negative.", REFUSES),
  "count.too-large": error("A count asks for more than the rest of the file can hold.", REFUSES),
  "count.mismatch": error("A count disagrees with the data that follows it.", REFUSES),
  // strings
  "string.no-nul": warning("A string has no NUL at its end.", "A restart refuses a path without it."),
  "label.too-long": error("A security label is longer than 1024 bytes.", REFUSES),
  "path.not-absolute": warning("A path does not begin with a slash.", "Paths are relative to the root of the checkpoint and begin with a slash."),
  "path.dots": warning("A path has a `..` component.", "The kernel never writes one: somebody else made or changed this image."),
  "path.inner-nul": warning("A path has a NUL before its end.", "Only the part before it is shown as the path."),
  "path.too-long": error("A path is longer than PATH_MAX (4096).", REFUSES),
  // tasks
  "pid.duplicate": error("Two tasks have the same pid.", REFUSES),
  "pid.invalid": error("A pid or thread group is zero or negative.", REFUSES),
  "pid.parent-missing": warning("The parent of a task is not in the image.", "Only the root task may have a parent outside."),
  "pid.cycle": error("Tasks are parents of each other in a circle.", REFUSES),
  "pid.no-leader": error("A thread belongs to a group whose leader is not in the image.", REFUSES),
  "pid.tag": error("A pid tag lies outside the pid table.", REFUSES),
  "pid.depth": error("A pid namespace is nested deeper than the kernel allows (32).", REFUSES),
  "task.count": error("The number of tasks differs from the number that the image announces.", AGAIN),
  "task.dead-state": error("A dead task has an exit state or code that a restart refuses.", REFUSES),
  "task.exit-code": error("The exit code of a dead task is no wait status.", REFUSES),
  "task.live-exit-code": error("A task that is alive has an exit code.", REFUSES),
  "task.exit-signal": error("The exit signal of a task is not a signal.", REFUSES),
  "task.death-signal": error("The parent-death signal of a task is not a signal.", REFUSES),
  "task.comm-length": error("The announced length of the task name is wrong.", REFUSES),
  // objects
  "objref.invalid": error("The id of a shared object is zero or negative.", REFUSES),
  "objref.duplicate": error("Two shared objects have the same id.", REFUSES),
  "objref.class": error("The class of a shared object is unknown in this revision.", OVERRIDE),
  "objref.dangling": error("A record refers to a shared object that is not in the image.", REFUSES),
  "objref.wrong-class": error("A record refers to a shared object of another class than it needs.", REFUSES),
  "objref.too-deep": error("Shared objects are nested deeper than their kinds allow.", REFUSES),
  "objref.none": error("A live task names no object where it must have one.", REFUSES),
  "objref.unused": note("A shared object is not used by any record.", "Harmless, but the kernel writes no object without a use."),
  // memory
  "mm.order": error("A part of the memory map ends before it begins.", REFUSES),
  "mm.flags": warning("The flags of a memory map hold bits that a restart does not accept.", "A restart refuses this."),
  "mm.auxv": error("A value of the auxiliary vector does not fit the machine's unsigned long.", REFUSES),
  "vma.empty": error("A region ends before it begins, or is empty.", REFUSES),
  "vma.unaligned": error("A region does not begin or end at a page boundary.", REFUSES),
  "vma.overlap": error("Two regions of one memory map overlap.", REFUSES),
  "vma.order": warning("The regions of a memory map are not in ascending order.", "The kernel writes them in ascending order."),
  "vma.type": error("The type of a region is unknown in this revision.", OVERRIDE),
  "vma.range": error("A region lies beyond the address space of the machine.", REFUSES),
  "vma.shared": error("The shared flag of a region contradicts its type.", REFUSES),
  "vma.flags": error("A region has flags of a kind that a checkpoint does not support (IO, NONLINEAR, HUGETLB).", REFUSES),
  "vma.ipc-partial": warning("A SysV segment is mapped in part, or not from its beginning.", "A restart refuses this."),
  "vma.no-file": error("A file region names no file.", REFUSES),
  "vma.skip-first": error("A region refers to shared memory whose contents were not saved before it.", REFUSES),
  "page.outside": error("A page was saved that lies outside its region.", REFUSES),
  "page.unaligned": error("The address of a saved page is not a page boundary.", REFUSES),
  "page.duplicate": warning("A page of a region was saved twice.", "The later contents win at a restart."),
  "page.order": note("The pages of a region are not in ascending order.", "Harmless: a restart takes them in any order."),
  "page.index": error("A page of shared memory lies beyond the end of its object.", REFUSES),
  // files
  "fd.duplicate": error("A descriptor number occurs twice in one table.", REFUSES),
  "fd.negative": error("A descriptor number is negative.", REFUSES),
  "file.type": error("The type of an open file is unknown in this revision.", OVERRIDE),
  "file.flags": error("An open file has flags that are only valid while opening (O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC).", REFUSES),
  "file.mode": warning("The mode of an open file contradicts its access flags.", "A restart compares them and refuses a difference."),
  // registers
  "cpu.segment": error("A segment register has a code that a restart refuses.", REFUSES),
  "cpu.flags": warning("The flags register lacks the bits that are always set.", "A restart refuses this."),
  "cpu.fpu-size": warning("The FPU state does not have the announced size.", LOOK),
  "cpu.tls-segment": warning("A TLS descriptor is no data segment of user level.", "A restart refuses a descriptor that set_thread_area would not have made."),
  "cpu.tls": error("The TLS descriptors do not have the size of this machine.", REFUSES),
  // credentials
  "cred.groups": error("Supplementary groups are not in ascending order, or too many.", REFUSES),
  // signals
  "signal.invalid": error("A queued signal has an impossible number.", REFUSES),
  "signal.count": error("The number of queued signals does not fit the length of the record.", REFUSES),
  "signal.blocked": note("SIGKILL or SIGSTOP is marked as blocked.", "A restart drops them silently."),
  // IPC
  "ipc.negative": error("An IPC id or pid is negative.", REFUSES),
  "ipc.locked": warning("A shared segment is locked in memory or uses huge pages.", "A restart refuses this."),
  "ipc.message": error("A message has a type below 1, or is larger than the namespace allows.", REFUSES),
  "ipc.sum": error("The bytes of a queue differ from the sum of its messages.", REFUSES),
  "ipc.type": error("IPC entries of another type than announced.", REFUSES),
  // sockets and terminals
  "socket.state": error("The state of a socket is impossible.", REFUSES),
  "socket.pair": error("The ends of a socket pair do not refer to each other.", REFUSES),
  "socket.address": error("The length of a socket address is larger than the address field.", REFUSES),
  "socket.buffer": error("A socket buffer contradicts itself: lengths, headers or fragments do not fit.", REFUSES),
  "socket.total": error("The bytes of a socket queue differ from the announced total.", REFUSES),
  "tty.driver": error("A terminal that is not a pseudo terminal cannot be restarted.", REFUSES),
  "tty.pair": error("The ends of a pseudo terminal do not refer to each other as they must.", REFUSES),
  "tty.ldisc": error("The line discipline of a terminal is not N_TTY, or its buffer is too large.", REFUSES),
  ...SET_PROBLEM_CODES,
  ...CORE_PROBLEM_CODES,
  ...ARCHIVE_PROBLEM_CODES,
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEM_CODES;

export function problemCatalogue(): readonly ProblemInfo[] {
  return Object.entries(PROBLEM_CODES).map(([code, entry]) => ({ code, ...entry }));
}
