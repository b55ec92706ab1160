/** What the sample programs did on purpose and /proc does not show, as their sources and the README say it. */
import { describe, expect, test } from "vitest";
import { openSample } from "../../../support/criu-open.ts";
import { procTruth, rawRows, truthText } from "../../../support/criu-truth.ts";

describe("tasks", () => {
  test.each(["03-tree", "22-page-server", "25-criu212-tree"])("of %s: one stopped, one ended, one killed, one adopting", async (name) => {
    const { checkpoint } = await openSample(name);
    const by = new Map(rawRows(checkpoint, "tasks").map((task) => [task["name"], task]));
    expect(by.get("a2-stopped")).toMatchObject({ state: "stopped" });
    if (name !== "25-criu212-tree") expect(by.get("a2-stopped")).toMatchObject({ stop_signal: "SIGSTOP" });
    expect(by.get("b2-zombie")).toMatchObject({ state: "dead (zombie)", exit: "exited with 7", space: null, thread: null });
    expect(by.get("c-killed")).toMatchObject({ state: "dead (zombie)", exit: "killed by SIGKILL" });
    // Saved since 3.13.
    if (name !== "25-criu212-tree") expect([by.get("d-subreaper")!["subreaper"], by.get("tree-root")!["subreaper"]]).toEqual([true, false]);
    expect(by.get("d1-adopted")!["ppid"]).toBe(by.get("d-subreaper")!["pid"]);
  });

  test.each([["02-threads", { ax: 0x1111111111111111n, r8: 0x8888888888888888n, r12: 0xccccccccccccccccn, r15: 0xffffffffffffffffn }], ["23b-aarch64-threads", { "regs[19]": 0x1919n, "regs[22]": 0x2222n, "regs[28]": 0x2828n }]])("of %s: the registers that a thread held", async (name, held) => {
    const { checkpoint } = await openSample(name);
    const spin = rawRows(checkpoint, "threads").findIndex((thread) => thread["thread_name"] === "fpu-spin");
    const registers = new Map(rawRows(checkpoint, "registers").filter(({ thread }) => thread === spin).map(({ register, value }) => [register, value]));
    for (const [register, value] of Object.entries(held)) expect([register, registers.get(register)]).toEqual([register, value]);
  });
});

describe.each(["13-signals-seccomp", "13b-credentials", "25-criu212-signals"])("signals of %s", (name) => {
  test("interval timers have their intervals and what is left", async () => {
    const { checkpoint } = await openSample(name);
    const timers = new Map(rawRows(checkpoint, "timers").map((timer) => [timer["timer"], timer]));
    for (const [timer, interval, most] of [["real", 7_200_000_250n, 3_600_000_000n], ["virt", 7_200_000_250n, 1_800_000_000n], ["prof", 250n, 1_800_000_000n]] as const) {
      expect(timers.get(timer)).toMatchObject({ interval, unit: "µs" });
      const left = timers.get(timer)!["value"] as bigint;
      // Timers of processor time are rounded up to the next tick.
      expect(left > most - 10_000_000n && left <= most + 10_000n).toBe(true);
    }
    expect(timers.get("posix 0")).toMatchObject({ interval: 50_000_000n, notify: "SIGRT+4", unit: "ns" });
    expect(timers.get("posix 1")!["notify"]).toBe("SIGRT+4");
  });

  test("waiting signals carry what was sent with them, and nobody sent those of timers", async () => {
    const { checkpoint } = await openSample(name);
    const waiting = rawRows(checkpoint, "pending_signals").map(({ signal, scope, code, sender, value }) => ({ signal, scope, code, sender, value }));
    const { pid } = procTruth(name).tasks[0]!;
    expect(waiting).toEqual([
      { signal: "SIGUSR1", scope: "group", code: 0, sender: pid, value: null },
      { signal: "SIGUSR2", scope: "group", code: 0, sender: pid, value: null },
      { signal: "SIGRT+2", scope: "group", code: -1, sender: pid, value: 100n },
      { signal: "SIGRT+2", scope: "group", code: -1, sender: pid, value: 101n },
      { signal: "SIGRT+2", scope: "group", code: -1, sender: pid, value: 102n },
      { signal: "SIGRT+4", scope: "group", code: -2, sender: null, value: 0x5150n },
      { signal: "SIGRT+7", scope: "thread", code: -1, sender: pid, value: 777n },
    ]);
  });
});

test("secure bits, and filters that stand on each other", async () => {
  const { checkpoint } = await openSample("13b-credentials");
  expect(rawRows(checkpoint, "credentials").map(({ securebits }) => securebits)).toEqual([0x10, 0]);
  for (const name of ["13-signals-seccomp", "25-criu212-signals"]) {
    const { checkpoint: filtered } = await openSample(name);
    const filters = rawRows(filtered, "seccomp_filters");
    expect(filters.map(({ instructions, previous }) => [instructions, previous])).toEqual([[6, null], [6, 0]]);
  }
});

test.each(["04-pipes", "25-criu212-pipes", "12a-namespaces", "21a-podman-gzip"])("FIFOs of %s have path, position and flags of the file that they were opened as, and tell their ends", async (name) => {
  const { checkpoint } = await openSample(name);
  const fifos = rawRows(checkpoint, "files").filter(({ kind, pipe }) => kind === "fifo" && pipe !== null);
  expect(fifos.length).toBeGreaterThan(0);
  for (const { path, flags, position } of fifos) {
    expect(String(path)).toMatch(/fifo/);
    expect(String(flags)).toMatch(/^O_(RDONLY|WRONLY|RDWR)\|O_LARGEFILE/);
    expect(position).toBe(0n);
  }
  const pipe = rawRows(checkpoint, "pipes")[fifos[0]!["pipe"] as number]!;
  expect(pipe["readers"]).not.toBe(pipe["writers"]);
});

test.each(["21a-podman-gzip", "21b-podman-none", "21e-podman-image"])("%s has the figures and files that podman told", async (name) => {
  const { checkpoint } = await openSample(name);
  const stats = JSON.parse(truthText(name, "checkpoint-stats.json")) as { container_statistics: { criu_statistics: Record<string, number> }[] };
  const figures = new Map(rawRows(checkpoint, "statistics").map((row) => [row["name"], row["value"]]));
  for (const [figure, value] of Object.entries(stats.container_statistics[0]!.criu_statistics)) expect([figure, figures.get(figure)]).toEqual([figure, BigInt(value)]);
  // Lines of tar -tv: mode, owner, size, date, time, name.
  const listed = truthText(name, "listing.txt").split("\n").flatMap((line) => {
    const match = /^-\S+ +\S+ +(\d+) \S+ \S+ (?:\.\/)?(.*)$/.exec(line);
    return match === null ? [] : [`${match[2]} ${match[1]}`];
  });
  const images = rawRows(checkpoint, "images").map(({ path, size }) => `${path} ${size}`);
  if (name !== "21e-podman-image") expect(images.toSorted()).toEqual(listed.toSorted());
  const facts = new Map(rawRows(checkpoint, "container_facts").map((row) => [row["name"], row["value"]]));
  const [inspect] = JSON.parse(truthText(name, "podman-inspect.json")) as [{ Id: string; Name: string; ImageName: string; Created: string }];
  expect([facts.get("Id"), facts.get("Name"), facts.get("Image")]).toEqual([inspect.Id, inspect.Name, inspect.ImageName]);
});
