/**
 * From tasks, regions and descriptors to the records of a revision, in the order that its grammar asks for.
 * What a description leaves out gets the value that an idle task has; every revision from v2 on with known layouts works.
 */
import type { StructValues } from "../../schema/encode.ts";
import { makeDialect, type Architecture, type Dialect } from "./dialect.ts";
import { archIds, MAGIC, OBJECT_CLASSES } from "./enums.ts";
import { atRevision, ordinal } from "./revisions.ts";
import type { ImageModel, RecordValues } from "./write.ts";

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

const MACHINES: Readonly<Record<Architecture, string>> = {
  x86_32: "i686",
  x86_64: "x86_64",
  s390x: "s390x",
  ppc32: "ppc",
  ppc64: "ppc64",
  arm: "armv7l",
};
const BIG: readonly Architecture[] = ["s390x", "ppc32", "ppc64"];
const VM_MAY = 0x70;
const VM_SHARED = 0x8;
const VM_MAYSHARE = 0x80;
const PAGES_PER_CHUNK = 8192;

export function buildImage(spec: ImageSpec): ImageModel {
  const endian = spec.endian ?? (BIG.includes(spec.architecture) ? "big" : "little");
  const pageSize = spec.pageSize ?? 4096;
  const options = { revision: spec.revision, architecture: spec.architecture, endian, pageSize } as const;
  const dialect = makeDialect(options);
  const at = dialect.index;
  if (at < ordinal("v2") || at === ordinal("v14") || at === ordinal("v15")) throw new Error(`the layouts of ${spec.revision} are not known well enough to write it`);
  if (at < ordinal("v9") && spec.tasks.length !== 1) throw new Error(`${spec.revision} holds one task`);
  const builder = at < ordinal("v15") ? new FirstGeneration(dialect, spec) : new SecondGeneration(dialect, spec);
  builder.image();
  return { ...options, records: builder.records };
}

abstract class Builder {
  readonly records: RecordValues[] = [];
  protected readonly dialect: Dialect;
  protected readonly spec: ImageSpec;
  protected nextRef = 1;

  constructor(dialect: Dialect, spec: ImageSpec) {
    this.dialect = dialect;
    this.spec = spec;
  }

  abstract image(): void;

  protected since(id: string): boolean {
    return this.dialect.index >= ordinal(id);
  }

  protected put(kind: string, values: StructValues = {}, header?: StructValues): void {
    this.records.push(header === undefined ? { kind, values } : { kind, values, header });
  }

  protected head(): StructValues {
    const version = /^(\d+)\.(\d+)\.(\d+)/.exec(this.release());
    return {
      magic: MAGIC.head,
      major: Number(version?.[1] ?? 2),
      minor: Number(version?.[2] ?? 6),
      patch: Number(version?.[3] ?? 30),
      rev: this.dialect.revision.rev ?? 1,
      time: this.spec.time ?? 1_270_000_000,
    };
  }

  protected release(): string {
    return this.spec.release ?? "2.6.33";
  }

  protected regionFlags(region: RegionSpec): number {
    const [r, w, x, s] = region.prot;
    const shared = s === "s" ? VM_SHARED | VM_MAYSHARE : 0;
    return (r === "r" ? 1 : 0) | (w === "w" ? 2 : 0) | (x === "x" ? 4 : 0) | VM_MAY | shared;
  }

  protected offsetInPages(region: RegionSpec): bigint {
    const bytes = region.kind === "anonymous" ? region.start : (region.offset ?? 0n);
    return bytes / BigInt(this.dialect.abi.pageSize);
  }

  /** Chunks of pages, and the empty one that ends them. */
  protected pages(pages: readonly PageSpec[], kind: string, isIndex: boolean): void {
    const size = BigInt(this.dialect.abi.pageSize);
    for (let from = 0; from < pages.length; from += PAGES_PER_CHUNK) {
      const chunk = pages.slice(from, from + PAGES_PER_CHUNK);
      this.put("PGARR", { nr_pages: chunk.length });
      this.put(kind, {
        addresses: chunk.map(({ address }) => (isIndex ? address / size : address)),
        pages: chunk.map(({ data }) => data),
      });
    }
    this.put("PGARR", { nr_pages: 0 });
  }

  protected comm(name: string): Uint8Array {
    const text = new Uint8Array(16);
    text.set(new TextEncoder().encode(name).subarray(0, 15));
    return text;
  }

  protected cText(text: string): string {
    return `${text}\0`;
  }

  protected mode(flags: number): number {
    const access = flags & 3;
    return 0x1c | (access === 0 || access === 2 ? 1 : 0) | (access === 1 || access === 2 ? 2 : 0);
  }
}

class FirstGeneration extends Builder {
  readonly #memory = new Map<number, number>();
  readonly #tables = new Map<number, number>();
  readonly #open = new Map<string, number>();

  image(): void {
    const { tasks } = this.spec;
    this.put("HEAD", { ...this.head(), release: this.release(), version: "#1", machine: MACHINES[this.dialect.architecture] });
    if (this.since("v9")) {
      this.put("HEAD_ARCH", { has_fxsr: 1, xstate_size: 512 });
      this.put("TREE", { tasks_nr: tasks.length });
      this.put("raw:pids", { pids: tasks.map(({ pid, tgid, ppid }) => ({ vpid: pid, vtgid: tgid ?? pid, vppid: ppid ?? 0 })) });
    }
    for (const task of tasks) this.#task(task);
    this.put("TAIL", { magic: MAGIC.tail });
  }

  #task(task: TaskSpec): void {
    const parent = { parent: task.pid };
    this.put("TASK", { task_comm_len: 16 });
    this.put("STRING:comm", { text: this.comm(task.name) });
    const shared = task.sharesWith === undefined ? undefined : this.#memory.get(task.sharesWith);
    const mm = shared ?? this.nextRef++;
    this.#memory.set(task.pid, mm);
    const regions = task.regions ?? [];
    this.put("MM", { objref: mm, map_count: regions.length }, parent);
    if (shared === undefined) {
      for (const region of regions) this.#region(region);
      this.put("MM_CONTEXT", { ldt_entry_size: 8 }, { parent: mm });
    }
    this.#files(task, parent);
    const early = !this.since("v9");
    this.put("THREAD", { gdt_entry_tls_entries: 3, sizeof_tls_array: 24 }, parent);
    if (early) this.put("raw:tls", { tls_array: [0, 0, 0] });
    this.put("CPU", { flags: 0x202, ...task.registers }, parent);
  }

  #region(region: RegionSpec): void {
    if (region.kind !== "anonymous" && region.kind !== "private file") throw new Error(`${this.spec.revision} has no ${region.kind}`);
    const isFile = region.kind === "private file";
    const pages = region.pages ?? [];
    const path = region.path ?? "/file";
    const byArea = !this.since("v5");
    this.put("VMA", {
      vma_type: isFile ? 2 : 1,
      vm_start: region.start,
      vm_end: region.end,
      vm_flags: this.regionFlags(region),
      vm_pgoff: this.offsetInPages(region),
      ...(byArea ? { npages: pages.length, namelen: isFile ? path.length + 1 : 0 } : {}),
    });
    if (isFile) this.put("FNAME", { path: this.cText(path) });
    if (!byArea) this.pages(pages, "raw:pages", false);
    else if (pages.length > 0) this.put("raw:pages", { addresses: pages.map(({ address }) => address), pages: pages.map(({ data }) => data) });
  }

  #files(task: TaskSpec, parent: StructValues): void {
    const shared = task.sharesWith === undefined ? undefined : this.#tables.get(task.sharesWith);
    const objref = shared ?? this.nextRef++;
    this.#tables.set(task.pid, objref);
    const fds = task.fds ?? [];
    const id = this.since("v5") ? "objref" : "tag";
    this.put("FILES", { [id]: objref, nfds: fds.length }, parent);
    if (shared !== undefined) return;
    for (const fd of fds) {
      const known = fd.open === undefined ? undefined : this.#open.get(fd.open);
      const file = known ?? this.nextRef++;
      if (fd.open !== undefined) this.#open.set(fd.open, file);
      this.put("FD_ENT", { [id]: file, fd: fd.fd, close_on_exec: fd.cloexec === true ? 1 : 0 });
      if (known !== undefined) continue;
      const flags = fd.flags ?? 0;
      this.put(
        "FD_DATA",
        this.since("v5")
          ? { fd_type: 1, f_mode: this.mode(flags), f_flags: flags, f_pos: fd.position ?? 0 }
          : { how: 1, f_mode: this.mode(flags), f_flags: flags },
        { parent: file },
      );
      this.put("FNAME", { path: this.cText(fd.path ?? "/dev/null") });
    }
  }
}

class SecondGeneration extends Builder {
  readonly #memory = new Map<number, number>();
  readonly #tables = new Map<number, number>();
  readonly #groups = new Map<number, { sighand: number; signal: number; fs: number }>();
  readonly #files = new Map<string, number>();
  readonly #inodes = new Map<string, number>();
  readonly #creds = new Map<number, number>();
  #ns = 0;
  #user = 0;

  image(): void {
    const { architecture } = this.dialect;
    const id = [...archIds(this.dialect.index)].find(([, name]) => name === architecture)?.[0] ?? 1;
    const x86 = architecture.startsWith("x86");
    const lengths = { uts_release_len: 65, uts_version_len: 65, uts_machine_len: 65 };
    const constants = {
      task_comm_len: 16, mm_saved_auxv_len: 44 * this.dialect.abi.longSize, at_vector_size: 44, signal_nsig: 64, uts_sysname_len: 65,
      uts_nodename_len: 65, ...lengths, uts_domainname_len: 65, rlimit_nlimits: 16, n_tty_buf_size: 4096, tty_termios_ncc: 8, tty_termios_nccs: 19,
    };
    this.put("HEADER", { ...this.head(), arch_id: id, uflags: 1, ...(this.since("v17") ? { constants } : lengths) });
    for (const [role, text] of [["release", this.release()], ["version", "#1"], ["machine", MACHINES[architecture]]] as const) {
      const name = new Uint8Array(65);
      name.set(new TextEncoder().encode(text).subarray(0, 64));
      this.put(`BUFFER:${role}`, { text: name });
    }
    this.put("HEADER_ARCH", x86 ? { has_fxsr: 1, xstate_size: 512 } : architecture.startsWith("ppc") ? { what: 0xdeadbeef } : {});
    if (this.since("v19-rc1-pre")) this.put("CONTAINER");
    if (this.since("v19-rc1+lsm")) {
      this.put("BUFFER:lsm", { text: "lsm_none\0\0\0" });
      this.put("LSM_INFO", { info: "dummy" });
    }
    this.#tree();
    for (const task of this.spec.tasks) this.#task(task);
    this.put("TAIL", { magic: MAGIC.tail });
  }

  #tree(): void {
    const { tasks } = this.spec;
    const tagged = this.since("v23-rc2-pre");
    const numbers = [...new Set(tasks.flatMap(({ pid, ppid, tgid, pgid, sid }) => [pid, tgid ?? pid, ppid ?? 0, pgid ?? 0, sid ?? 0]))].filter((pid) => pid > 0);
    if (tagged) {
      this.put("PIDS", { nr_pids: numbers.length, nr_vpids: 0, offset: this.nextRef });
      this.put("BUFFER:pid_objects", { pids: numbers.map((pid) => ({ depth: 0, numbers: [pid] })) });
    }
    const first = this.nextRef;
    const tag = (pid: number): number => (tagged && pid > 0 ? first + numbers.indexOf(pid) : pid);
    if (tagged) this.nextRef += numbers.length;
    this.put("TREE", { nr_tasks: tasks.length });
    this.put("BUFFER:pids", {
      pids: tasks.map(({ pid, ppid, tgid, pgid, sid }) => ({
        vpid: tag(pid), vppid: tag(ppid ?? 0), vtgid: tag(tgid ?? pid), vpgid: tag(pgid ?? 0), vsid: tag(sid ?? 0),
      })),
    });
  }

  #objref(className: string): number {
    const objref = this.nextRef++;
    this.put("OBJREF", { objtype: atRevision(OBJECT_CLASSES[className]!, this.dialect.index) ?? 0, objref });
    return objref;
  }

  #task(task: TaskSpec): void {
    const dead = task.exitCode !== undefined;
    if (dead && !this.since("v17")) throw new Error(`${this.spec.revision} has no dead tasks`);
    const isThread = (task.tgid ?? task.pid) !== task.pid;
    this.put("TASK", {
      state: dead ? 64 : 2,
      exit_state: dead ? 16 : 0,
      exit_code: task.exitCode ?? 0,
      exit_signal: dead ? 0 : isThread ? -1 : 17,
      task_comm_len: 16,
    });
    this.put("STRING:comm", { text: this.comm(task.name) });
    if (dead) return;
    const late = this.since("v19-rc1-pre");
    if (late) this.#processor(task);
    const newGroup = this.#objects(task);
    if (this.since("v18") && newGroup) {
      this.put("SIGNAL", { rlim: Array.from({ length: 16 }, () => ({ rlim_cur: -1n, rlim_max: -1n })) });
      this.put("SIGPENDING:shared", {});
    }
    if (!late) this.#processor(task);
    if (!this.since("v18")) return;
    this.put("SIGPENDING:private", {});
    this.put("SIGNAL_TASK", {});
  }

  #processor(task: TaskSpec): void {
    const { architecture } = this.dialect;
    const x86 = architecture.startsWith("x86");
    if (!architecture.startsWith("ppc")) this.put("THREAD", x86 ? { gdt_entry_tls_entries: 3, sizeof_tls_array: 24 } : {});
    this.put("RESTART_BLOCK", { function_type: 1 });
    this.put("CPU", x86 ? { flags: 0x202, orig_ax: -1n, ...(this.since("v17") ? { cs: 1, ss: 2 } : {}), ...task.registers } : { ...task.registers });
  }

  /** Everything that the task refers to, as far as it was not written before. True when the signal state is new. */
  #objects(task: TaskSpec): boolean {
    const sharer = task.sharesWith;
    if (this.since("v17")) {
      const cred = this.#cred(task.uid ?? 0);
      this.put("TASK_CREDS", { cred_ref: cred, ecred_ref: cred });
    }
    this.put("TASK_NS", { ns_objref: this.#namespaces() });
    const sharedTable = sharer === undefined ? undefined : this.#tables.get(sharer);
    const table = sharedTable ?? this.#fileTable(task);
    this.#tables.set(task.pid, table);
    const sharedMemory = sharer === undefined ? undefined : this.#memory.get(sharer);
    const memory = sharedMemory ?? this.#mm(task);
    this.#memory.set(task.pid, memory);
    const known = sharer === undefined ? undefined : this.#groups.get(sharer);
    let fs = known?.fs ?? 0;
    if (known === undefined && this.since("v19-rc3")) {
      fs = this.#objref("FS");
      this.put("FS", { umask: 0o22 });
      this.put("FILE_NAME:cwd", { path: this.cText(task.cwd ?? "/") });
      this.put("FILE_NAME:root", { path: this.cText("/") });
    }
    let sighand = known?.sighand ?? 0;
    // The class of signal handlers in v17 is not known: it is left out there.
    if (known === undefined && this.since("v18")) {
      sighand = this.#objref("SIGHAND");
      this.put("SIGHAND", {});
    }
    const signal = known?.signal ?? (this.since("v18") ? this.nextRef++ : 0);
    this.#groups.set(task.pid, { sighand, signal, fs });
    this.put("TASK_OBJS", { files_objref: table, mm_objref: memory, fs_objref: fs, sighand_objref: sighand, signal_objref: signal });
    return known === undefined;
  }

  #cred(uid: number): number {
    const known = this.#creds.get(uid);
    if (known !== undefined || !this.since("v18")) return known ?? 0;
    const cred = this.#objref("CRED");
    this.#creds.set(uid, cred);
    const groups = this.#objref("GROUPINFO");
    this.put("GROUPINFO", { ngroups: 0, groups: [] });
    if (this.#user === 0) {
      this.#user = this.#objref("USER");
      const namespace = this.#objref("USER_NS");
      this.put("USER_NS", {});
      this.put("USER", { uid, userns_ref: namespace });
    }
    this.put("CRED", { uid, suid: uid, euid: uid, fsuid: uid, user_ref: this.#user, groupinfo_ref: groups });
    return cred;
  }

  #namespaces(): number {
    if (this.#ns !== 0) return this.#ns;
    this.#ns = this.#objref("NS");
    const entries = (): void => {
      this.put("IPC_NS", { shm_ctlmax: 0x200_0000, msg_ctlmax: 8192 });
      for (const name of ["IPC_SHM", "IPC_MSG", "IPC_SEM"]) this.put("IPC", { ipc_type: this.dialect.kinds.typeOf(name)!, ipc_count: 0 });
    };
    if (!this.since("v18")) {
      this.put("NS", { flags: 0x0c00_0000, uts_objref: this.nextRef++, ipc_objref: this.nextRef++ });
      this.put("UTS_NS", { nodename_len: 65, domainname_len: 65 });
      this.put("STRING:nodename", { text: new Uint8Array(65) });
      this.put("STRING:domainname", { text: new Uint8Array(65) });
      entries();
      return this.#ns;
    }
    const uts = this.#objref("UTS_NS");
    this.put("UTS_NS", { sysname: "Linux", nodename: "icecore", release: this.release(), machine: MACHINES[this.dialect.architecture] });
    const ipc = this.#objref("IPC_NS");
    entries();
    this.put("NS", { uts_objref: uts, ipc_objref: ipc });
    return this.#ns;
  }

  /** An open file with a path; `name` tells whether it was written before. */
  #openFile(name: string, fd: { path?: string; flags?: number; position?: number; pipe?: { name: string; data: Uint8Array } }): number {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = this.#objref("FILE");
    this.#files.set(name, file);
    const flags = fd.flags ?? 0;
    const common = { f_type: fd.pipe === undefined ? 1 : 2, f_mode: this.mode(flags), f_flags: flags, f_pos: fd.position ?? 0 };
    if (fd.pipe === undefined) {
      this.put("FILE", { common });
      this.put("FILE_NAME", { path: this.cText(fd.path ?? "/dev/null") });
      return file;
    }
    const key = `pipe:${fd.pipe.name}`;
    const inode = this.#inodes.get(key);
    const pipe = inode ?? this.nextRef++;
    this.#inodes.set(key, pipe);
    this.put("FILE:pipe", { common, pipe_objref: pipe });
    if (inode !== undefined) return file;
    if (this.since("v18")) this.put("PIPE_BUF", { bytes: fd.pipe.data });
    else {
      this.put("FILE_PIPE", { pipe_len: fd.pipe.data.length });
      this.put("raw:pipe", { bytes: fd.pipe.data });
    }
    return file;
  }

  #fileTable(task: TaskSpec): number {
    const table = this.#objref("FILE_TABLE");
    const fds = task.fds ?? [];
    this.put("FILE_TABLE", { fdt_nfds: fds.length });
    for (const fd of fds) {
      const file = this.#openFile(`fd:${fd.open ?? `${task.pid}/${fd.fd}`}`, fd);
      this.put("FILE_DESC", { fd_objref: file, fd_descriptor: fd.fd, fd_close_on_exec: fd.cloexec === true ? 1 : 0 });
    }
    return table;
  }

  #mm(task: TaskSpec): number {
    const mm = this.#objref("MM");
    const regions = task.regions ?? [];
    const exe = this.#openFile(`map:${task.name}`, { path: `/bin/${task.name}` });
    this.put("MM", { map_count: regions.length, exe_objref: exe });
    if (this.since("v17")) this.put("BUFFER:auxv", { auxv: Array.from({ length: 44 }, () => 0) });
    for (const region of regions) this.#region(region);
    const { architecture } = this.dialect;
    if (!architecture.startsWith("ppc")) this.put("MM_CONTEXT", architecture.startsWith("x86") ? { ldt_entry_size: 8 } : {});
    if (architecture.startsWith("x86")) this.put("MM_CONTEXT_LDT", { ldt: [] });
    return mm;
  }

  #region(region: RegionSpec): void {
    const isFile = region.kind === "private file" || region.kind === "shared file";
    const file = isFile ? this.#openFile(`map:${region.path ?? ""}`, { path: region.path ?? "/file" }) : 0;
    const key = `shm:${region.shared ?? `${region.start}`}`;
    const isShared = region.kind === "shared anonymous";
    const known = isShared ? this.#inodes.get(key) : undefined;
    const inode = isShared ? (known ?? this.nextRef++) : 0;
    if (isShared) this.#inodes.set(key, inode);
    const types = { anonymous: 2, "private file": 3, "shared file": 6, "shared anonymous": known === undefined ? 4 : 5 } as const;
    this.put("VMA", {
      vma_type: types[region.kind],
      vma_objref: file,
      ino_objref: inode,
      ino_size: isShared ? region.end - region.start : 0,
      vm_start: region.start,
      vm_end: region.end,
      vm_flags: this.regionFlags(region),
      vm_pgoff: this.offsetInPages(region),
    });
    const type = types[region.kind];
    if (type === 2 || type === 3 || type === 4) this.pages(region.pages ?? [], "BUFFER:pages", isShared);
  }
}
