/** Records of the first generation, v2 to v13. */
import type { StructValues } from "../../schema/encode.ts";
import { MACHINES, RecordBuilder } from "./build-records.ts";
import { MAGIC } from "./enums.ts";
import type { RegionSpec, TaskSpec } from "./image-spec.ts";

export class FirstGeneration extends RecordBuilder {
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
