/** Every real set against what /proc said about its tasks. */
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../../../src/core/model/checkpoint.ts";
import { AUXV, openFlags } from "../../../../src/core/model/linux.ts";
import { signalName } from "../../../../src/core/schema/show.ts";
import { openSample } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";
import { procTruth, rawRows, type ProcMap, type ProcTask, type RawRow } from "../../../support/criu-truth.ts";

interface Case {
  readonly checkpoint: Checkpoint;
  readonly rows: (table: Parameters<typeof rawRows>[1]) => readonly RawRow[];
  readonly arch: string;
  /** Tasks of the truth that the set has, with their rows. */
  readonly live: readonly { readonly proc: ProcTask; readonly task: RawRow; readonly row: number }[];
}

describe.each(CRIU_SAMPLES)("$name agrees with /proc", ({ name }) => {
  const truth = procTruth(name);
  let opened: Promise<Case> | undefined;
  const open = async (): Promise<Case> =>
    await (opened ??= openSample(name).then(({ checkpoint }) => {
      const known = new Map<string, readonly RawRow[]>();
      const rows: Case["rows"] = (table) => {
        let list = known.get(table);
        if (list === undefined) {
          list = rawRows(checkpoint, table);
          known.set(table, list);
        }
        return list;
      };
      const tasks = rows("tasks");
      const live = truth.tasks.map((proc) => {
        const row = tasks.findIndex(({ pid }) => pid === proc.pid);
        return { proc, task: tasks[row]!, row };
      });
      return { checkpoint, rows, arch: checkpoint.identity.architecture!, live };
    }));

  test("the tree: numbers, names, states, ends", async () => {
    const { rows, live } = await open();
    expect(rows("tasks").map(({ pid }) => pid).toSorted()).toEqual(truth.tasks.map(({ pid }) => pid).toSorted());
    const inner = new Map(truth.tasks.map(({ outer, pid }) => [outer, pid]));
    for (const { proc, task } of live) {
      expect(task).toMatchObject({
        name: proc.json.comm.replace(/\n$/, ""),
        ppid: inner.get(Number(proc.stat(4))) ?? 0,
        pgid: proc.status.inner("NSpgid"),
        sid: proc.status.inner("NSsid"),
        exit_code: Number(proc.stat(52)) && proc.isZombie ? Number(proc.stat(52)) : 0,
        threads: proc.isZombie ? 0 : Object.keys(proc.json.threads).length,
      });
      expect(task["state"] === "dead (zombie)").toBe(proc.isZombie);
    }
  });

  test("threads: numbers, names, policies, masks, seccomp", async () => {
    const { rows, live } = await open();
    const threads = rows("threads");
    for (const { proc, row } of live) {
      if (proc.isZombie) continue;
      const mine = threads.filter(({ task }) => task === row);
      expect(mine.map(({ tid }) => tid).toSorted()).toEqual(proc.threads.map(({ tid }) => tid).toSorted());
      for (const { tid, comm, status, stat } of proc.threads) {
        const thread = mine.find((candidate) => candidate["tid"] === tid)!;
        if (thread["thread_name"] !== null) expect(thread["thread_name"]).toBe(comm);
        // A thread that waits for signals does not block them meanwhile.
        if (truth.frozen) expect([tid, thread["blocked"]]).toEqual([tid, status.mask("SigBlk")]);
        const seccomp = ["disabled", "strict", "filter"][status.numbers("Seccomp")[0]!];
        if (thread["seccomp"] !== null) expect([tid, String(thread["seccomp"]).toLowerCase()]).toEqual([tid, seccomp]);
        const policy = ["OTHER", "FIFO", "RR", "BATCH", "?", "IDLE", "DEADLINE"][Number(stat[38])]!;
        expect([tid, thread["policy"], thread["priority"]]).toEqual([tid, policy, Number(stat[37]) || null]);
        expect([tid, thread["nice"]]).toEqual([tid, Number(stat[16])]);
      }
    }
  });

  test("credentials", async () => {
    const { rows, live } = await open();
    const credentials = rows("credentials");
    for (const { proc, task } of live) {
      if (proc.isZombie) continue;
      const own = credentials[task["credentials"] as number]!;
      const [uid, euid, suid, fsuid] = proc.status.numbers("Uid");
      const [gid, egid, sgid, fsgid] = proc.status.numbers("Gid");
      expect(own).toMatchObject({ uid, euid, suid, fsuid, gid, egid, sgid, fsgid });
      expect(String(own["groups"] ?? "").split(" ").filter((word) => word !== "")).toEqual(proc.status.words("Groups"));
      for (const [column, line] of [["effective", "CapEff"], ["permitted", "CapPrm"], ["inheritable", "CapInh"], ["bounding", "CapBnd"], ["ambient", "CapAmb"]] as const) {
        if (own[column] !== null) expect([column, own[column]]).toEqual([column, proc.status.mask(line)]);
      }
      if (own["no_new_privs"] !== null) expect(own["no_new_privs"]).toBe(proc.status.numbers("NoNewPrivs")[0] === 1);
    }
  });

  test("limits", async () => {
    const { rows, live } = await open();
    const limits = rows("limits");
    const names: Readonly<Record<string, string>> = {
      "Max cpu time": "cpu", "Max file size": "fsize", "Max data size": "data", "Max stack size": "stack", "Max core file size": "core", "Max resident set": "rss", "Max processes": "nproc",
      "Max open files": "nofile", "Max locked memory": "memlock", "Max address space": "as", "Max file locks": "locks", "Max pending signals": "sigpending", "Max msgqueue size": "msgqueue",
      "Max nice priority": "nice", "Max realtime priority": "rtprio", "Max realtime timeout": "rttime",
    };
    const value = (text: string): bigint => (text === "unlimited" ? 2n ** 64n - 1n : BigInt(text));
    for (const { proc, row } of live) {
      if (proc.isZombie) continue;
      const mine = limits.filter(({ task }) => task === row).map(({ resource, soft, hard }) => ({ resource: String(resource).toLowerCase().replace(/^rlimit_/, ""), soft, hard }));
      const expected = proc.json.limits.split("\n").slice(1).flatMap((line) => {
        const match = /^(.{25}) (\S+) +(\S+)/.exec(line);
        return match === null ? [] : [{ resource: names[match[1]!.trim()]!, soft: value(match[2]!), hard: value(match[3]!) }];
      });
      const order = (a: { resource: string }, b: { resource: string }): number => a.resource.localeCompare(b.resource);
      expect(mine.toSorted(order)).toEqual(expected.toSorted(order));
    }
  });

  test("signals: actions, and those that wait", async () => {
    const { rows, live } = await open();
    const waiting = rows("pending_signals");
    const actions = rows("signal_actions");
    const mask = (list: readonly RawRow[]): bigint => list.reduce((sum, { signal }) => sum | (1n << BigInt(NUMBERS.get(String(signal))! - 1)), 0n);
    for (const { proc, row, task } of live) {
      if (proc.isZombie) continue;
      expect(mask(waiting.filter((each) => each["task"] === row && each["scope"] === "group"))).toBe(proc.status.mask("ShdPnd"));
      for (const { tid, status } of proc.threads) expect(mask(waiting.filter((each) => each["tid"] === tid && each["scope"] === "thread"))).toBe(status.mask("SigPnd"));
      const own = actions.filter(({ handlers }) => handlers === task["signal_handlers"]);
      expect(mask(own.filter(({ handler }) => handler === 1n))).toBe(proc.status.mask("SigIgn"));
      expect(mask(own.filter(({ handler }) => handler !== 1n))).toBe(proc.status.mask("SigCgt"));
    }
  });

  test("POSIX timers", async () => {
    const { rows, live } = await open();
    const clocks = ["REALTIME", "MONOTONIC", "PROCESS_CPUTIME_ID", "THREAD_CPUTIME_ID", "MONOTONIC_RAW", "REALTIME_COARSE", "MONOTONIC_COARSE", "BOOTTIME"];
    const timers = rows("timers");
    for (const { proc, row } of live) {
      if (proc.isZombie || proc.json.timers === undefined) continue;
      const mine = timers.filter(({ task, timer }) => task === row && String(timer).startsWith("posix "));
      const expected = [...proc.json.timers.matchAll(/^ID: (\d+)\nsignal: (\d+)\/\S+\nnotify: (\w+)\/\S+\nClockID: (-?\d+)$/gm)].map((match) => ({ id: Number(match[1]), notify: match[3]!, clock: clocks[Number(match[4])] }));
      expect(mine.map(({ timer, notify, clock }) => ({ id: Number(String(timer).slice(6)), notify: notify === "none" ? "none" : "signal", clock })).toSorted((a, b) => a.id - b.id)).toEqual(expected.toSorted((a, b) => a.id - b.id));
    }
  });

  test("what else a task has: directories, umask, personality, out-of-memory score, login", async () => {
    const { live, rows } = await open();
    for (const { proc, task } of live) {
      if (proc.isZombie) continue;
      expect(task["cwd"]).toBe(proc.json.cwd);
      expect(task["root"]).toBe(proc.json.root);
      expect(rows("spaces")[task["space"] as number]!["exe"]).toBe(proc.json.exe);
      expect(task["umask"]).toBe(Number.parseInt(proc.status.words("Umask")[0]!, 8));
      expect(task["personality"]).toBe(Number.parseInt(proc.json.personality, 16));
      if (task["oom_score_adj"] !== null) expect(task["oom_score_adj"]).toBe(Number(proc.json.oom_score_adj));
      const login = Number(proc.json.loginuid ?? 0xffff_ffff);
      if (task["loginuid"] !== null || login !== 0xffff_ffff) expect(task["loginuid"]).toBe(login === 0xffff_ffff ? "unset" : String(login));
    }
  });

  test("namespaces: who shares which with whom", async () => {
    const { live, rows } = await open();
    const namespaces = rows("namespaces");
    for (const kind of ["pid", "net", "ipc", "uts", "mnt", "user", "cgroup", "time"]) {
      const ours = new Map<string, number>();
      for (const { proc, task } of live) {
        const link = proc.json.ns?.[kind];
        const row = task[`${kind}_ns`];
        if (proc.isZombie || link === undefined || row === null) continue;
        expect(namespaces[row as number]!["kind"]).toBe(kind);
        expect(ours.get(link) ?? row).toBe(row);
        ours.set(link, row as number);
      }
      expect(new Set(ours.values()).size).toBe(ours.size);
    }
  });

  test("the auxiliary vector", async () => {
    const { rows, live } = await open();
    const auxv = rows("auxv");
    for (const { proc, task } of live) {
      if (proc.isZombie) continue;
      const mine = auxv.filter(({ space }) => space === task["space"]).map(({ type, value }) => ({ type, value }));
      const expected = proc.auxv.map(({ type, value }) => ({ type: AUXV.get(type) ?? `AT_${type}`, value }));
      expect(mine.length).toBeGreaterThan(10);
      // CRIU keeps so many words as its own kernel headers had; newer kernels have more.
      expect(mine).toEqual(expected.slice(0, mine.length));
    }
  });

  test("regions", async () => {
    const { rows, live } = await open();
    const regions = rows("regions");
    const wrong: string[] = [];
    for (const { proc, task } of live) {
      if (proc.isZombie) continue;
      const mine = regions.filter(({ space, kind }) => space === task["space"] && kind !== "guard").map((region) => regionLine(region));
      const expected = merged(proc.maps).map(({ start, end, prot, offset, path }) => `${start.toString(16)}-${end.toString(16)} ${prot} ${offset.toString(16)} ${path}`);
      for (const line of mine) if (!expected.includes(line)) wrong.push(`+ ${line}`);
      for (const line of expected) if (!mine.includes(line)) wrong.push(`- ${line}`);
    }
    expect(wrong.filter((line) => !mayDiffer(name, "regions", line))).toEqual([]);
  });

  test("descriptors", async () => {
    const { rows, live, arch } = await open();
    const wrong: string[] = [];
    for (const { proc, task } of live) {
      if (proc.isZombie) continue;
      const mine = rows("fds").filter(({ table }) => table === task["descriptor_table"]).map((fd) => descriptorLine(fd, rows));
      const expected = Object.entries(proc.json.fd).map(([fd, { link, info }]) => {
        const flags = Number.parseInt(/^flags:\t(\d+)/m.exec(info)![1]!, 8);
        return `${fd} ${link} at ${/^pos:\t(\d+)/m.exec(info)![1]} ${openFlags(flags & ~CLOEXEC, arch)} ${(flags & CLOEXEC) !== 0}`;
      });
      for (const line of mine) if (!expected.includes(line)) wrong.push(`+ ${line}`);
      for (const line of expected) if (!mine.includes(line)) wrong.push(`- ${line}`);
    }
    expect(wrong.filter((line) => !mayDiffer(name, "descriptors", line))).toEqual([]);
  });

  test("what epoll files watch", async () => {
    const { rows, live } = await open();
    const watches = rows("watches");
    let compared = 0;
    for (const { proc, task } of live) {
      for (const [number, { info }] of Object.entries(proc.json.fd ?? {})) {
        const expected = [...info.matchAll(/^tfd: +(\d+) events: +([0-9a-f]+) data: +([0-9a-f]+)/gm)].map((match) => ({ fd: Number(match[1]), data: BigInt(`0x${match[3]}`) }));
        if (expected.length === 0) continue;
        const fd = rows("fds").find((each) => each["table"] === task["descriptor_table"] && each["fd"] === Number(number))!;
        const mine = watches.filter(({ epoll }) => epoll === fd["file"]);
        expect(mine.map(({ fd: target, data }) => ({ fd: target, data })).toSorted(byFd)).toEqual(expected.toSorted(byFd));
        for (const { fd: target, file } of mine) {
          const there = rows("fds").find((each) => each["table"] === task["descriptor_table"] && each["fd"] === target);
          if (there !== undefined) expect(file).toBe(there["file"]);
        }
        compared++;
      }
    }
    expect(rows("watches").length === 0).toBe(compared === 0);
  });

  test("file locks", async () => {
    const { rows, live } = await open();
    const locks = rows("locks");
    if (locks.length === 0) return;
    const mine = locks.map(({ kind, type, fd, start, length }) => `${kind} ${type} of ${fd}: ${start} ${length}`);
    const expected = live.flatMap(({ proc }) =>
      Object.entries(proc.json.fd ?? {}).flatMap(([fd, { info }]) =>
        [...info.matchAll(/^lock:\t\d+: (\w+) +\w+ +(\w+) \S+ \S+ (\d+) (\S+)$/gm)].map(([, kind, type, start, end]) => `${kind === "OFDLCK" ? "OFD" : kind} ${type!.toLowerCase()} of ${fd}: ${start} ${end === "EOF" ? 0 : Number(end) - Number(start) + 1}`),
      ),
    );
    expect([...new Set(mine)].toSorted()).toEqual([...new Set(expected)].toSorted());
    for (const { file } of locks) expect(file).not.toBeNull();
  });

  test("SysV objects", async () => {
    const { rows } = await open();
    if (truth.sysvipc === undefined || rows("ipc").length === 0) return;
    const lines = (kind: "msg" | "sem" | "shm"): string[][] => truth.sysvipc![kind].trim().split("\n").slice(1).map((line) => line.trim().split(/ +/));
    const mine = rows("ipc").map(({ kind, id, key, mode, uid, gid, size, count }) => `${kind} ${id} ${key} ${((mode as number) & 0o777).toString(8)} ${uid}:${gid} ${kind === "shm" ? size : kind === "msg" ? `${size} in ${count}` : count}`);
    const expected = [
      // A segment that was removed is a key no more.
      ...lines("shm").map(([key, id, mode, size, , , , uid, gid]) => `shm ${id} ${key} ${(Number.parseInt(mode!, 8) & 0o777).toString(8)} ${uid}:${gid} ${size}`),
      ...lines("msg").map(([key, id, mode, bytes, count, , , uid, gid]) => `msg ${id} ${key} ${mode} ${uid}:${gid} ${bytes} in ${count}`),
      ...lines("sem").map(([key, id, mode, count, uid, gid]) => `sem ${id} ${key} ${mode} ${uid}:${gid} ${count}`),
    ];
    expect(mine.toSorted()).toEqual(expected.toSorted());
  });

  test("mounts of a namespace of its own", async () => {
    const { rows, live } = await open();
    const mounts = rows("mounts");
    if (mounts.length === 0) return;
    const text = live[0]!.proc.json.mountinfo!;
    const unescaped = (word: string): string => word.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
    const expected = text.trim().split("\n").map((line) => {
      const [before, after] = line.split(" - ") as [string, string];
      const [id, parent, device, root, point, , ...peers] = before.split(" ");
      const [type, source] = after.split(" ");
      return { id: Number(id), parent_id: Number(parent), device, root: unescaped(root!), mountpoint: unescaped(point!), fs: type, source: unescaped(source!), shared: /shared:(\d+)/.exec(peers.join(" "))?.[1], master: /master:(\d+)/.exec(peers.join(" "))?.[1] };
    });
    const byId = (a: { id: unknown }, b: { id: unknown }): number => Number(a.id) - Number(b.id);
    const mine = mounts.map(({ id, parent_id, device, root, mountpoint, fs, source, propagation }) => ({ id, parent_id, device, root, mountpoint, fs, source, shared: /shared (\d+)/.exec(String(propagation))?.[1], master: /slave of (\d+)/.exec(String(propagation))?.[1] }));
    // File systems that CRIU cannot make have no name in the image; the root of control groups depends on who looks.
    const comparable = (list: typeof mine) => list.toSorted(byId).map((mount) => ({ ...mount, ...(mount.fs === "cgroup2" ? { root: "" } : {}), ...(mount.device === "254:0" ? { fs: "ext4" } : {}) }));
    expect(comparable(mine)).toEqual(comparable(expected));
    for (const { fs, device } of mine) if (fs === "unsupported") expect(device).toBe("254:0");
  });

  test("the network of a namespace of its own", async () => {
    const { rows, live } = await open();
    const net = live[0]!.proc.json.net;
    if (rows("devices").length === 0 || net === undefined) return;
    const names = [...net["dev"]!.matchAll(/^ *([^\s:|]+):/gm)].map((match) => match[1]!);
    expect(rows("devices").map((device) => device["name"]).toSorted()).toEqual(names.toSorted());
    const six = (net["if_inet6"] ?? "").trim().split("\n").filter((line) => line !== "").map((line) => {
      const [address, , prefix, , , device] = line.trim().split(/ +/);
      return `${device} ${address!} ${Number.parseInt(prefix!, 16)}`;
    });
    const addresses = rows("addresses").map(({ device, address }) => `${device} ${String(address)}`);
    const full = (text: string): string => {
      const [head, tail] = text.split("::") as [string, string | undefined];
      const front = head === "" ? [] : head.split(":");
      const back = tail === undefined || tail === "" ? [] : tail.split(":");
      const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
      return [...front, ...Array.from({ length: zeros }, () => "0"), ...back].map((word) => word.padStart(4, "0")).join("");
    };
    const mine = addresses.filter((line) => line.includes(":")).map((line) => {
      const [device, address] = line.split(" ");
      const [host, prefix] = address!.split("/");
      return `${device} ${full(host!)} ${prefix}`;
    });
    expect(mine.toSorted()).toEqual(six.toSorted());
    const local = [...(net["fib_trie"] ?? "").matchAll(/\|-- (\S+)\n +\/32 host LOCAL/g)].map((match) => match[1]!);
    expect([...new Set(addresses.filter((line) => !line.includes(":")).map((line) => line.split(" ")[1]!.split("/")[0]))].toSorted()).toEqual([...new Set(local)].toSorted());
    const dotted = (hex: string): string => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
    const routes = net["route"]!.trim().split("\n").slice(1).map((line) => line.split("\t").map((word) => word.trim())).map(([device, to, via, , , , metric, mask]) => {
      const length = [...BigInt(`0x${mask}`).toString(2)].filter((digit) => digit === "1").length;
      return `${device} ${length === 0 ? "default" : `${dotted(to!)}/${length}`} via ${via === "00000000" ? "none" : dotted(via!)} ${Number(metric)}`;
    });
    const main = rows("routes").filter(({ kind, table, destination, type }) => kind === "route" && table === "main" && type === "unicast" && !String(destination).includes(":"));
    const own = main.filter(({ device, destination, gateway }) => !(destination === "default" && gateway === null && device === "lo") && !String(gateway).includes(":"));
    expect(own.map(({ device, destination, gateway, metric }) => `${device} ${destination} via ${gateway ?? "none"} ${metric ?? 0}`).toSorted()).toEqual(routes.toSorted());
  });
});

const NUMBERS = new Map(Array.from({ length: 64 }, (_, index) => [signalName(index + 1), index + 1]));
const CLOEXEC = 0o2000000;
const byFd = (a: { fd: unknown }, b: { fd: unknown }): number => Number(a.fd) - Number(b.fd);

type Rows = Case["rows"];

function protection(bits: number): string {
  return `${bits & 1 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 4 ? "x" : "-"}${bits & 8 ? "s" : "p"}`;
}

/** As a line of maps. */
function regionLine({ start, end, prot, offset, path }: RawRow): string {
  // A region that grows down and is not the first stack has no name there.
  const shown = path === "[stack?]" ? "" : (path ?? "");
  return `${(start as bigint).toString(16)}-${(end as bigint).toString(16)} ${protection(prot as number)} ${(offset as bigint).toString(16)} ${shown}`;
}

/** The areas of the vDSO's data are one region in the image; probes are left out. */
function merged(maps: readonly ProcMap[]): ProcMap[] {
  const list: ProcMap[] = [];
  for (const map of maps) {
    const last = list.at(-1);
    if (map.path === "[uprobes]") continue;
    if (map.path.startsWith("[vvar") && last?.path === "[vvar]" && last.end === map.start) list[list.length - 1] = { ...last, end: map.end };
    else if (/^\[anon(_shmem)?:/.test(map.path)) list.push({ ...map, path: "" });
    else list.push(map);
  }
  return list;
}

const ANONYMOUS: Readonly<Record<string, string>> = {
  eventfd: "[eventfd]", epoll: "[eventpoll]", signalfd: "[signalfd]", timerfd: "[timerfd]", inotify: "inotify", fanotify: "[fanotify]", pidfd: "[pidfd]", "bpf map": "bpf-map",
};

function descriptorLine(fd: RawRow, rows: Rows): string {
  const file = rows("files")[fd["file"] as number]!;
  const remap = file["remap"] === null ? undefined : rows("remaps")[file["remap"] as number];
  const kind = String(fd["kind"]);
  let path = fd["path"] === null ? `anon_inode:${ANONYMOUS[kind]}` : String(fd["path"]);
  // The directory of a process is saved with a slash, in case that the process ends; CRIU 3.12 kept the kernel's mark.
  if (path.startsWith("/proc/")) path = path.replace(/\/$/, "");
  else if (remap !== undefined && !path.endsWith(" (deleted)")) path += " (deleted)";
  // Before 3.13 the flag that is the descriptor's stood with the file as well. A pidfd is always opened for both.
  const flags = String(fd["flags"]).replace("|O_CLOEXEC", "").replace("O_RDONLY", kind === "pidfd" ? "O_RDWR" : "O_RDONLY");
  return `${fd["fd"]} ${path} at ${fd["position"] ?? 0} ${flags} ${fd["cloexec"]}`;
}

/** Differences that are in the images themselves, with the reason. */
const DIFFERENCES: readonly { readonly sample: RegExp; readonly table: "regions" | "descriptors"; readonly line: RegExp; readonly why: string }[] = [
  { sample: /^11-/, table: "regions", line: /\/SYSV0000(0000|dead) \(deleted\)$/, why: "the segment was removed, which took its key; maps shows the name that it was made with" },
  { sample: /^25-criu212/, table: "regions", line: /\[stack\]$/, why: "a region that grows down began with its guard page" },
  { sample: /^25-criu212-memory/, table: "regions", line: /(7f71cca99000|7f71cca9a000)-7f71ccaaa000 rw-p 0 $/, why: "the same" },
  { sample: /^25-criu212-memory/, table: "regions", line: /\/(dev\/zero|memfd:twice) \(deleted\)$/, why: "memfds were saved as anonymous shared memory" },
  { sample: /^(06|26-criu312)-.*inet|^06-inet/, table: "descriptors", line: /^[+-] 1[89] socket:/, why: "packet sockets are saved without their inode numbers" },
  { sample: /^26-criu312-inet/, table: "descriptors", line: /^[+-] 17 socket:/, why: "CRIU 3.12 saved no flags of netlink sockets" },
  { sample: /^09-tty/, table: "descriptors", line: /\/dev\/(pts\/0|ptmx) at 0/, why: "reading what waits in the terminals, CRIU makes them non-blocking" },
];

function mayDiffer(name: string, table: "regions" | "descriptors", line: string): boolean {
  return DIFFERENCES.some((each) => each.table === table && each.sample.test(name) && each.line.test(line));
}
