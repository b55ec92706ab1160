/**
 * The history of the format: 35 known states between July 2008 and March 2012, in order.
 * Fields, record numbers and names come and go along this list (see `since`).
 */
import { given } from "../../schema/define.ts";
import type { Field } from "../../schema/schema.ts";

export interface Revision {
  readonly id: string;
  readonly date: string;
  /** Value of the `rev` field of the header, where known. */
  readonly rev?: number;
  /** `real`: read on images written by kernels; `verified`: read in sources; `inferred`: from neighbours; `partial`: not all known. */
  readonly confidence: "real" | "verified" | "inferred" | "partial";
  /** What changed against the state before. */
  readonly change: string;
  /** Other names for states with the same layouts. */
  readonly alias?: string;
}

const revision = (
  id: string,
  date: string,
  rev: number | undefined,
  confidence: Revision["confidence"],
  change: string,
  alias?: string,
): Revision => ({
  id,
  date,
  confidence,
  change,
  ...(rev === undefined ? {} : { rev }),
  ...(alias === undefined ? {} : { alias }),
});

export const REVISIONS: readonly Revision[] = [
  revision("v0", "2008-07-30", undefined, "partial", "memory-only ancestor"),
  revision("v1", "2008-08", undefined, "partial", "record header {type, len, id}, strings"),
  revision("v2", "2008-08", undefined, "inferred", "`id` becomes `parent`; files; 8-byte aligned structs; head with uts names"),
  revision("v3", "2008-09", undefined, "inferred", "shared-object hash"),
  revision("v4", "2008-09-09", undefined, "inferred", "alignment fixes"),
  revision("v5", "2008-09", 1, "inferred", "page chunks (PGARR)"),
  revision("v6", "2008-10", 1, "verified", "single task"),
  revision("v7", "2008-10", 1, "inferred", "single task"),
  revision("v8", "2008-10-30", 1, "verified", "single task"),
  revision("v9", "2008-11", 1, "verified", "HEAD_ARCH, raw FPU block, several tasks (TREE)"),
  revision("v10", "2008-11", undefined, "inferred", "BUFFER; numbers of STRING and FNAME shift"),
  revision("v11", "2008-12-05", undefined, "inferred", "fixes"),
  revision("v12", "2008-12-29", undefined, "inferred", "fixes"),
  revision("v13", "2009-01-27", 2, "verified", "rev 2 in the last patches"),
  revision("v14", "2009-03", undefined, "partial", "`parent` removed, uts names become BUFFERs"),
  revision("v15", "2009-05", undefined, "partial", "ckpt_ prefix, header inside the structs, len counts the header"),
  revision("v16", "2009-05-27", 1, "real", "OBJREF, namespaces, IPC, pipes, s390x"),
  revision("v17", "2009-07", undefined, "partial", "constants, credentials, signal handlers, auxv"),
  revision("v18", "2009-09-23", 2, "verified", "sockets, tty, signals, PIPE_BUF, FPU record"),
  revision("v19-rc1-pre", "2009-10-03", 3, "verified", "CONTAINER record; BUFFER and following numbers +1"),
  revision("v19-rc1", "2009-11-04", 3, "verified", "epoll, eventfd"),
  revision("v19-rc1+lsm", "2009-11-11", 3, "verified", "LSM labels, f_secref, sec_ref"),
  revision("v19-rc2", "2009-12-01", 4, "verified", "detailed socket buffers, SOCKET_FRAG, inet state"),
  revision("v19-rc2+x86_64", "2009-12-06", 4, "verified", "x86-64 as architecture id 5"),
  revision("v19-rc3", "2010-02-05", 5, "verified", "FS, MNT_NS, architecture ids renumbered, debug registers removed"),
  revision("v19", "2010-02-22", 5, "real", "TASK reordered (64 bytes everywhere), auxv counted in entries", "v20"),
  revision("v20-dev-vpids", "2010-03-23", 5, "verified", "nested pids, VPIDS record, pid entries of 32 bytes"),
  revision("v20-dev", "2010-03-30", 6, "verified", "network namespaces; pid entries of 24 bytes with depth"),
  revision("v21", "2010-04-25", 6, "verified", "VPIDS record dropped, same layouts otherwise"),
  revision("v22", "2010-06-17", 6, "verified", "ARM"),
  revision("v23-rc1", "2011-01-05", 6, "verified", "umask, sigaltstack, sem-undo, wide siginfo, sysenter_return"),
  revision("v23-rc1+termios", "2011-01-10", 6, "verified", "wide termios"),
  revision("v23-rc2-pre", "2011-01-25", 6, "verified", "PIDS record; numbers from 101 on and object classes +1"),
  revision("v23-rc2", "2011-04-16", 6, "verified", "HPAGE, huge-page VMA types, task flags"),
  revision("v23-samsung-3.0", "2012-03-17", 6, "verified", "port to Linux 3.0: ARM id 4, same layouts"),
];

const ORDINALS = new Map(REVISIONS.map((entry, index) => [entry.id, index]));

/** Position of a revision in the history. */
export function ordinal(id: string): number {
  const index = ORDINALS.get(id);
  if (index === undefined) throw new Error(`no revision ${id}`);
  return index;
}

/** The field exists from this revision on. */
export const since = (id: string, field: Field): Field => given({ from: ordinal(id) }, field);
/** The field exists before this revision. */
export const before = (id: string, field: Field): Field => given({ to: ordinal(id) }, field);
/** The field exists on these architectures only. */
export const on = (architectures: readonly string[], field: Field): Field => given({ architectures }, field);

/** Value in force at a revision of a list of changes: `["v16", 101], ["v23-rc2-pre", 102]`. */
export function atRevision<T>(changes: readonly (readonly [string, T])[], index: number): T | undefined {
  let found: T | undefined;
  for (const [id, value] of changes) if (ordinal(id) <= index) found = value;
  return found;
}
