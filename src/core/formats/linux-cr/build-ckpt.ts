/** Records of the second generation, v16 to v23. */
import { MACHINES, RecordBuilder } from "./build-records.ts";
import { archIds, MAGIC, OBJECT_CLASSES } from "./enums.ts";
import type { RegionSpec, TaskSpec } from "./image-spec.ts";
import { atRevision } from "./revisions.ts";

export class SecondGeneration extends RecordBuilder {
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
