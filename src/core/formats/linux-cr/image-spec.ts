/** What an image is to hold, in the words of the field: the input of the builder. */
import type { Architecture } from "./dialect.ts";

export interface PageSpec {
  /** Address in the task; for shared anonymous memory the offset in the object. */
  readonly address: bigint;
  /** One page. */
  readonly data: Uint8Array;
}

export interface RegionSpec {
  readonly start: bigint;
  readonly end: bigint;
  /** As in /proc/PID/maps: `rw-p`. */
  readonly prot: string;
  /** From `v16` on also shared files and shared memory. */
  readonly kind: "anonymous" | "private file" | "shared file" | "shared anonymous";
  readonly path?: string;
  /** Bytes. */
  readonly offset?: bigint;
  readonly pages?: readonly PageSpec[];
  /** Regions with the same name share their memory. */
  readonly shared?: string;
}

export interface FdSpec {
  readonly fd: number;
  readonly path?: string;
  /** O_* bits. */
  readonly flags?: number;
  readonly position?: number;
  readonly cloexec?: boolean;
  /** Descriptors with the same pipe name are ends of one pipe (v16 on). */
  readonly pipe?: { readonly name: string; readonly data: Uint8Array };
  /** Descriptors with the same name share one open file. */
  readonly open?: string;
}

export interface TaskSpec {
  readonly pid: number;
  readonly name: string;
  readonly ppid?: number;
  readonly tgid?: number;
  readonly pgid?: number;
  readonly sid?: number;
  /** pid of a task before this one whose memory and descriptors this one shares. */
  readonly sharesWith?: number;
  readonly exitCode?: number;
  readonly regions?: readonly RegionSpec[];
  readonly fds?: readonly FdSpec[];
  readonly cwd?: string;
  readonly registers?: Readonly<Record<string, bigint>>;
  readonly uid?: number;
}

export interface ImageSpec {
  readonly revision: string;
  readonly architecture: Architecture;
  readonly tasks: readonly TaskSpec[];
  /** Seconds since 1970. */
  readonly time?: number;
  readonly release?: string;
  readonly endian?: "little" | "big";
  readonly pageSize?: number;
}
