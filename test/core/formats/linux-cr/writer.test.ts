/** The writer: every sound image comes back byte for byte, and what is built can be read again. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { buildImage, type ImageSpec, type RegionSpec } from "../../../../src/core/formats/linux-cr/build.ts";
import { ARCHITECTURES, type Architecture } from "../../../../src/core/formats/linux-cr/dialect.ts";
import { archIds } from "../../../../src/core/formats/linux-cr/enums.ts";
import { ordinal, REVISIONS } from "../../../../src/core/formats/linux-cr/revisions.ts";
import { readModel, writeModel } from "../../../../src/core/formats/linux-cr/write.ts";
import { openLinuxCr, tableRows } from "../../../support/open.ts";
import { isSound, SAMPLES } from "../../../support/samples.ts";

describe("write(read(image))", () => {
  test.each(SAMPLES)("gives the bytes of $name back", async (sample) => {
    const { checkpoint } = await openLinuxCr(sample.bytes);
    const model = await readModel(checkpoint, memorySource(sample.bytes));
    expect(Buffer.from(writeModel(model)).equals(Buffer.from(sample.bytes))).toBe(true);
    // A sound image is written from its values alone, no record as a copy of its bytes.
    if (isSound(sample)) expect(model.records.filter(({ raw }) => raw !== undefined).map(({ kind }) => kind)).toEqual([]);
  });
});

function page(seed: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, offset) => (seed + offset * 7 + (offset >> 8)) & 0xff);
}

function spec(revision: string, architecture: Architecture, pageSize = 4096): ImageSpec {
  const at = ordinal(revision);
  const size = BigInt(pageSize);
  const base = 0x1000_0000n;
  const regions: RegionSpec[] = [
    { start: base, end: base + 4n * size, prot: "r-xp", kind: "private file", path: "/bin/app", offset: size, pages: [] },
    {
      start: base + 8n * size,
      end: base + 12n * size,
      prot: "rw-p",
      kind: "anonymous",
      pages: [8n, 9n, 11n].map((index) => ({ address: base + index * size, data: page(Number(index), pageSize) })),
    },
    ...(at < ordinal("v16")
      ? []
      : ([
          { start: base + 16n * size, end: base + 18n * size, prot: "rw-s", kind: "shared file", path: "/data/shared", offset: 0n },
          { start: base + 20n * size, end: base + 22n * size, prot: "rw-s", kind: "shared anonymous", shared: "a", pages: [{ address: size, data: page(5, pageSize) }] },
        ] as const)),
  ];
  const fds = [
    { fd: 0, path: "/dev/null", flags: 0, position: 0 },
    { fd: 7, path: "/var/log/app.log", flags: 0o2001, position: at < ordinal("v5") ? 0 : 321, cloexec: true },
    ...(at < ordinal("v16") ? [] : [{ fd: 8, pipe: { name: "p", data: page(1, 33) }, flags: 0 }, { fd: 9, pipe: { name: "p", data: page(1, 33) }, flags: 1 }]),
  ];
  const root = { pid: 12, name: "app", regions, fds, cwd: "/srv", pgid: 12, sid: 12 };
  if (at < ordinal("v9")) return { revision, architecture, tasks: [root], pageSize };
  return {
    revision,
    architecture,
    pageSize,
    tasks: [
      root,
      { pid: 13, ppid: 12, name: "child", regions: regions.slice(0, 2), fds: fds.slice(0, 1), pgid: 12, sid: 12 },
      { pid: 14, ppid: at < ordinal("v16") ? 12 : 0, tgid: at < ordinal("v16") ? 14 : 12, name: "thread", sharesWith: 12, pgid: 12, sid: 12 },
      ...(at < ordinal("v17") ? [] : [{ pid: 15, ppid: 12, name: "gone", exitCode: 0x100, pgid: 12, sid: 12 }]),
    ],
  };
}

/** Revisions and machines that are known well enough to be written. */
const CASES = REVISIONS.flatMap(({ id }) =>
  ARCHITECTURES.filter((architecture) => {
    const at = ordinal(id);
    if (at < ordinal("v2") || id === "v14" || id === "v15") return false;
    if (at < ordinal("v16")) return architecture === "x86_32";
    if (id === "v16" || id === "v17") return architecture === "x86_32";
    return [...archIds(at).values()].includes(architecture) && (architecture !== "arm" || at >= ordinal("v22"));
  }).map((architecture) => ({ id, architecture })),
);

describe("read(write(x))", () => {
  test.each(CASES)("$id on $architecture holds what was described, without a problem", async ({ id, architecture }) => {
    const wanted = spec(id, architecture);
    const bytes = writeModel(buildImage(wanted));
    const { inspector, checkpoint } = await openLinuxCr(bytes, { revision: id, architecture });
    expect(checkpoint.diagnostics.list.filter(({ severity }) => severity !== "note").map(({ message }) => message)).toEqual([]);
    expect(checkpoint.coverage).toEqual({ total: bytes.length, explained: bytes.length });
    const tasks = await tableRows(inspector, "tasks");
    expect(tasks.map(({ pid, name }) => ({ pid, name }))).toEqual(wanted.tasks.map(({ pid, name }) => ({ pid, name })));
    const regions = await tableRows(inspector, "regions");
    const [first] = wanted.tasks;
    expect(regions.slice(0, first!.regions!.length).map(({ start, end, prot, kind }) => [start, end, prot, kind])).toEqual(
      first!.regions!.map(({ start, end, prot, kind }) => [`0x${start.toString(16)}`, `0x${end.toString(16)}`, prot, kind]),
    );
    const fds = await tableRows(inspector, "fds");
    for (const [index, fd] of first!.fds!.entries()) {
      expect(fds[index]).toMatchObject({ fd: fd.fd, cloexec: "cloexec" in fd && fd.cloexec === true });
      if ("path" in fd) expect(fds[index]).toMatchObject({ path: fd.path });
      if (ordinal(id) >= ordinal("v5")) expect(fds[index]!["position"]).toBe("position" in fd ? fd.position : 0);
    }
    const extents = await tableRows(inspector, "extents");
    const anonymous = first!.regions![1]!.pages!;
    for (const { address, data } of anonymous) {
      const run = extents.find((row) => row["pid"] === first!.pid && BigInt(row["start"] as string) <= address && address < BigInt(row["start"] as string) + BigInt(row["size"] as number))!;
      const offset = (run["offset"] as number) + Number(address - BigInt(run["start"] as string));
      expect(Buffer.from(await inspector.bytes(0, offset, offset + data.length)).equals(Buffer.from(data))).toBe(true);
    }
  });

  test.each(CASES.filter(({ id }) => ordinal(id) >= ordinal("v16")))("$id on $architecture is recognised without help", async ({ id, architecture }) => {
    const bytes = writeModel(buildImage(spec(id, architecture)));
    const { inspector } = await openLinuxCr(bytes);
    const summary = await inspector.summary();
    expect([summary.revision, ...summary.revisionAlternatives]).toContain(id);
    expect(summary.architecture).toBe(architecture);
    expect(summary.problems.error).toBe(0);
    expect(summary.coverage.explained).toBe(bytes.length);
  });

  test("pages of 64 KiB are found by the lengths of the chunks", async () => {
    const bytes = writeModel(buildImage(spec("v21", "ppc64", 65536)));
    const { inspector } = await openLinuxCr(bytes);
    const summary = await inspector.summary();
    expect(summary.pageSize).toBe(65536);
    expect(summary.problems.error).toBe(0);
    expect(summary.coverage.explained).toBe(bytes.length);
  });
});
