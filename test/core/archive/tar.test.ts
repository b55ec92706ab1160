import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/core/archive/archive.ts";
import { memorySource, type ByteSource } from "../../../src/core/bytes/source.ts";
import { blocks, concat, header, longName, member, oldSparse, pax, tar, tarField } from "../../fixtures/archives/build-tar.ts";
import { codes, examineArchive, open, textOf } from "../../fixtures/archives/examine.ts";

const LONG = `${"directory/".repeat(30)}file`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a tar", () => {
  test("of ustar has members with names, owners, times and contents", async () => {
    const archive = await open(tar(member({ name: "core-1.img", mode: 0o4755, uid: 1000, gid: 100, user: "ice", group: "users", mtime: 1_600_000_000, prefix: "checkpoint" }, "hello")));
    expect(archive.members[0]).toMatchObject({ path: "checkpoint/core-1.img", kind: "file", size: 5, mode: 0o4755, uid: 1000, gid: 100, user: "ice", group: "users", mtime: 1_600_000_000, header: { start: 0, end: 512 }, data: [{ at: 0, start: 512, end: 517 }] });
    expect(await textOf(archive, "checkpoint/core-1.img")).toBe("hello");
    expect(archive.problems).toEqual([]);
    expect(archive.parts).toEqual([
      { kind: "header", start: 0, end: 512, member: 0 },
      { kind: "contents", start: 512, end: 517, member: 0 },
      { kind: "padding", start: 517, end: 1024, member: 0 },
      { kind: "end", start: 1024, end: 2048, member: -1 },
    ]);
  });

  test("has every kind of member", async () => {
    const archive = await open(
      tar(
        member({ name: "d/", type: "5" }),
        member({ name: "d/f" }, "x"),
        member({ name: "hard", type: "1", link: "d/f" }),
        member({ name: "soft", type: "2", link: "d/f" }),
        member({ name: "null", type: "3", major: 1, minor: 3 }),
        member({ name: "disk", type: "4", major: 8, minor: 0 }),
        member({ name: "pipe", type: "6" }),
        member({ name: "contiguous", type: "7" }, "y"),
        member({ name: "what", type: "Z" }, "zz"),
      ),
    );
    expect(archive.members.map(({ kind }) => kind)).toEqual(["directory", "file", "hardlink", "symlink", "device", "device", "fifo", "file", "other"]);
    expect(archive.members[4]!.device).toEqual({ major: 1, minor: 3 });
    expect(await textOf(archive, "hard")).toBe("x");
    expect(archive.members[3]!.link).toBe("d/f");
    expect(await textOf(archive, "what")).toBe("zz");
    expect(archive.problems).toEqual([]);
  });

  test("of version 7, without a magic, is recognised by its checksum", async () => {
    const archive = await open(tar(member({ name: "dir/", dialect: "v7" }), member({ name: "dir/old", dialect: "v7" }, "seven")));
    expect(archive.members.map(({ kind }) => kind)).toEqual(["directory", "file"]);
    expect(await textOf(archive, "dir/old")).toBe("seven");
  });

  test("of GNU has long names and links", async () => {
    const archive = await open(tar(longName("L", LONG), member({ name: LONG, dialect: "gnu" }, "a"), longName("K", LONG), longName("L", `${LONG}2`), member({ name: "x", type: "1", dialect: "gnu" })));
    expect(archive.members.map(({ path }) => path)).toEqual([LONG, `${LONG}2`]);
    expect(archive.members[1]!.link).toBe(LONG);
    expect(await textOf(archive, `${LONG}2`)).toBe("a");
    expect(archive.members[0]!.header).toEqual({ start: 0, end: 1536 });
    expect(archive.parts.slice(0, 3).map(({ kind, member }) => [kind, member])).toEqual([["long-name", 0], ["header", 0], ["contents", 0]]);
  });

  test("of PAX has records in place of header fields", async () => {
    const archive = await open(
      tar(
        pax([["comment", "all"], ["uname", "root"]], "g"),
        pax([["path", LONG], ["size", "6"], ["mtime", "1700000000.25"], ["uid", "3000000"], ["gid", "3000001"], ["gname", "wheel"], ["SCHILY.xattr.user.note", new Uint8Array([0x61, 0, 0xff])]]),
        member({ name: "short", size: 0 }),
        blocks("sixsix"),
        member({ name: "next" }),
      ),
    );
    const [first, second] = archive.members;
    expect(first).toMatchObject({ path: LONG, size: 6, mtime: 1_700_000_000.25, uid: 3_000_000, gid: 3_000_001, user: "root", group: "wheel" });
    expect([...first!.pax!]).toEqual([["comment", "all"], ["SCHILY.xattr.user.note", "a\\x00\\xff"]]);
    expect(await textOf(archive, LONG)).toBe("sixsix");
    expect(second).toMatchObject({ path: "next", user: "root" });
    expect(archive.problems).toEqual([]);
  });

  test("has numbers that octal cannot hold in base 256", async () => {
    const archive = await open(tar(member({ name: "big", uid: 2 ** 31, mtime: -5, patch: [[136, tarField(-5, 12)]] })));
    expect(archive.members[0]).toMatchObject({ uid: 2 ** 31, mtime: -5 });
  });

  test("is indexed by its headers alone", async () => {
    const size = 30 * 1024 ** 3;
    const file = member({ name: "pages", size, patch: [[124, tarField(size, 12)]] });
    const last = tar(member({ name: "after" }, "end"));
    let read = 0;
    const source: ByteSource = {
      size: 512 + size + last.length,
      async read(start, end) {
        const part = new Uint8Array(Math.min(end, this.size) - start);
        read += part.length;
        for (const [at, piece] of [[0, file], [512 + size, last]] as const) if (at < end && at + piece.length > start) part.set(piece.subarray(Math.max(0, start - at), end - at), Math.max(0, at - start));
        return part;
      },
    };
    const archive = (await openArchive("big.tar", source, {}, () => {}))!;
    expect(archive.members.map(({ path }) => path)).toEqual(["pages", "after"]);
    expect(read).toBeLessThan(64 * 1024);
  });
});

const SPARSE = [[0, 4], [8192, 4], [20000, 2]] as const;
const expanded = new Uint8Array(20480);
expanded.set(bytes("head"));
expanded.set(bytes("tail"), 8192);
expanded.set(bytes("zz"), 20000);

describe("a sparse member", () => {
  const pieces = bytes("headtailzz");
  const mapText = SPARSE.flat().join(",");
  const lines = `3\n${SPARSE.flat().join("\n")}\n`;
  test.each([
    ["old GNU", oldSparse("s", 20480, SPARSE, pieces)],
    ["PAX 0.0", concat(pax([["GNU.sparse.size", "20480"], ["GNU.sparse.numblocks", "3"], ...SPARSE.flatMap(([at, length]) => [["GNU.sparse.offset", String(at)], ["GNU.sparse.numbytes", String(length)]] as const)]), member({ name: "s" }, pieces))],
    ["PAX 0.1", concat(pax([["GNU.sparse.size", "20480"], ["GNU.sparse.name", "s"], ["GNU.sparse.map", mapText]]), member({ name: "GNUSparseFile.0/s" }, pieces))],
    ["PAX 1.0", concat(pax([["GNU.sparse.major", "1"], ["GNU.sparse.minor", "0"], ["GNU.sparse.name", "s"], ["GNU.sparse.realsize", "20480"]]), member({ name: "GNUSparseFile.0/s" }, concat(blocks(lines), pieces)))],
  ])("of %s reads as the expanded file", async (_, made) => {
    const archive = await open(tar(made, member({ name: "after" }, "next")));
    expect(archive.problems).toEqual([]);
    const [sparse] = archive.members;
    expect(sparse).toMatchObject({ path: "s", size: 20480, kind: "file" });
    expect(await sparse!.source.read(0, 1e9)).toEqual(expanded);
    expect(await sparse!.source.read(8190, 8194)).toEqual(expanded.subarray(8190, 8194));
    expect(sparse!.data!.map(({ at, end, start }) => [at, end - start])).toEqual(SPARSE.map((entry) => [...entry]));
    expect(await textOf(archive, "after")).toBe("next");
  });

  test("of old GNU goes on in extension blocks", async () => {
    const entries = Array.from({ length: 60 }, (_, index) => [index * 1000, 1] as const);
    const archive = await open(tar(oldSparse("s", 60_000, entries, bytes("x".repeat(60))), member({ name: "after" }, "next")));
    expect(archive.members[0]!.data).toHaveLength(60);
    expect(archive.parts.filter(({ kind }) => kind === "sparse-map")).toEqual([{ kind: "sparse-map", start: 512, end: 2048, member: 0 }]);
    expect(await textOf(archive, "after")).toBe("next");
  });

  test.each([
    ["unordered", [[100, 10], [50, 10]]],
    ["overlapping", [[0, 10], [5, 10]]],
    ["beyond its size", [[0, 4], [2 ** 60, 4]]],
    ["longer than the data", [[0, 4], [100, 4000]]],
    ["longer than anything", [[0, 2 ** 60]]],
  ] as const)("with a map that is %s is reported and keeps the entries before", async (_, entries) => {
    const archive = await open(tar(oldSparse("s", 5000, entries, bytes("0123456789"))));
    expect(codes(archive)).toEqual(["archive.sparse"]);
    expect(archive.members[0]!.data!.length).toBe(entries.length - 1);
    await examineArchive(tar(oldSparse("s", 5000, entries, bytes("0123456789"))));
  });

  test("of an absurd size costs nothing", async () => {
    const archive = await open(tar(oldSparse("s", 2 ** 52, [[2 ** 51, 4]], bytes("deep"))));
    const [sparse] = archive.members;
    expect(sparse!.size).toBe(2 ** 52);
    expect(new TextDecoder().decode(await sparse!.source.read(2 ** 51, 2 ** 51 + 4))).toBe("deep");
  });

  test("whose map before the data has no end is reported", async () => {
    const head = pax([["GNU.sparse.major", "1"], ["GNU.sparse.minor", "0"], ["GNU.sparse.realsize", "100"]]);
    for (const lines of ["99999999999999\n0\n", "no number\n", "1".repeat(5000), "2\n0\n"]) {
      const archive = await open(tar(head, member({ name: "s" }, lines), member({ name: "after" })));
      expect(codes(archive)).toEqual(["archive.sparse"]);
      expect(archive.members.map(({ path }) => path)).toEqual(["s", "after"]);
    }
  });
});

describe("a damaged tar", () => {
  const whole = tar(member({ name: "a" }, "A".repeat(1500)), pax([["path", "b"]]), member({ name: "x" }, "B"), oldSparse("c", 9000, SPARSE.slice(0, 2), bytes("headtail")));

  test("cut anywhere keeps the members before and says so", async () => {
    const all = (await open(whole)).members.map(({ path }) => path);
    for (let cut = 512; cut < whole.length - 512; cut += 256) {
      const archive = (await examineArchive(whole.subarray(0, cut)))!;
      expect(archive.members.map(({ path }) => path)).toEqual(all.slice(0, archive.members.length));
      expect(archive.problems.length, `cut at ${cut}`).toBeGreaterThan(0);
    }
  });

  test("without end blocks says so and is whole otherwise", async () => {
    const archive = await open(member({ name: "a" }, "x"));
    expect(codes(archive)).toEqual(["archive.no-end"]);
    expect(await textOf(archive, "a")).toBe("x");
  });

  test("with a wrong checksum goes on at the next sound header", async () => {
    const archive = await open(tar(member({ name: "a" }, "1"), member({ name: "b", wrongBy: 1 }, "2"), member({ name: "c" }, "3")));
    expect(archive.members.map(({ path }) => path)).toEqual(["a", "c"]);
    expect(archive.problems).toMatchObject([{ code: "archive.checksum", start: 1024, end: 2048 }]);
    expect(archive.parts.filter(({ kind }) => kind === "unknown")).toEqual([{ kind: "unknown", start: 1024, end: 2048, member: -1 }]);
  });

  test("with a damaged last header still has its end", async () => {
    const archive = await open(tar(member({ name: "a" }), member({ name: "b", wrongBy: 1 })));
    expect(archive.parts.at(-1)).toEqual({ kind: "end", start: 1024, end: 2048, member: -1 });
    expect(codes(archive)).toEqual(["archive.checksum"]);
  });

  test("with contents beyond its end says how much is missing", async () => {
    const archive = await open(member({ name: "a", size: 5000 }, "x"));
    expect(codes(archive)).toEqual(["archive.member-cut"]);
    expect(archive.problems[0]!.message).toContain("4488 of its 5000 bytes");
    expect(archive.members[0]!.source.size).toBe(512);
  });

  test.each([
    ["negative", tarField(-1, 12)],
    ["beyond 2^53", tarField(2 ** 70, 12)],
    ["no number", bytes("abcdefghijk\0")],
  ])("with a size that is %s counts it as zero", async (_, size) => {
    const archive = await open(tar(member({ name: "a", patch: [[124, size]] }), member({ name: "b" })));
    expect(codes(archive)).toEqual(["archive.number"]);
    expect(archive.members.map(({ path, size: read }) => [path, read])).toEqual([["a", 0], ["b", 0]]);
  });

  test("with bytes after its end says so", async () => {
    const archive = await open(concat(tar(member({ name: "a" })), tar(member({ name: "b" }))));
    expect(archive.members).toHaveLength(1);
    expect(archive.problems).toMatchObject([{ code: "archive.trailing", start: 1536 }]);
    expect(archive.problems[0]!.message).toContain("two archives were joined");
    expect(archive.parts.at(-1)!.kind).toBe("trailing");
  });

  test("with an extended header that is nonsense uses what it can", async () => {
    const archive = await open(tar(member({ name: "PaxHeaders/x", type: "x" }, "19 path=sound name\n99 path=too long\n"), member({ name: "a" })));
    expect(codes(archive)).toEqual(["archive.pax"]);
    expect(archive.members[0]!.path).toBe("sound name");
  });

  test("with more members than are listed stops there", async () => {
    const archive = await open(tar(...Array.from({ length: 9 }, (_, index) => member({ name: `m${index}` }))), { mostMembers: 5 });
    expect(archive.members).toHaveLength(5);
    expect(codes(archive)).toEqual(["archive.members"]);
  });
});

describe("names and links in a tar", () => {
  test.each(["/etc/passwd", "../up", "a/../../b", "\\\\host\\share", "a/..\\..\\b", "C:file", `${"x".repeat(5000)}`, "nul\0inside"])("%j is shown as it is and reported", async (path) => {
    const archive = await open(tar(pax([["path", path]]), member({ name: "x" })));
    expect(archive.members[0]!.path).toBe(path);
    expect(codes(archive)).toEqual(["archive.path"]);
  });

  test("may hold a backslash that leads nowhere, as units of systemd do", async () => {
    expect(codes(await open(tar(member({ name: "system/dev-disk-by\\x2duuid.swap" }))))).toEqual([]);
  });

  test("that occur twice are reported, and the last wins", async () => {
    const archive = await open(tar(member({ name: "a" }, "old"), member({ name: "./a" }, "new"), member({ name: "d/", type: "5" }), member({ name: "d/", type: "5" })));
    expect(codes(archive)).toEqual(["archive.duplicate"]);
  });

  test("hard links lead only back, so they make no loop", async () => {
    const archive = await open(tar(member({ name: "a", type: "1", link: "b" }), member({ name: "b", type: "1", link: "a" }), member({ name: "c", type: "1", link: "c" })));
    expect(codes(archive)).toEqual(["archive.link", "archive.link"]);
    expect(archive.members.map(({ source }) => source.size)).toEqual([0, 0, 0]);
  });

  test("symbolic links out of the archive are reported, absolute ones stay in a root", async () => {
    const archive = await open(tar(member({ name: "a/b", type: "2", link: "../../up" }), member({ name: "c", type: "2", link: "/proc/self" }), member({ name: "d/e", type: "2", link: "../c" })));
    expect(archive.problems).toMatchObject([{ code: "archive.link", member: 0 }]);
  });
});

test("a long search is cancelled", async () => {
  const abort = new AbortController();
  const damaged = concat(header({ wrongBy: 1 }), new Uint8Array(64 * 1024 * 1024).fill(0x31));
  const opening = openArchive("x", memorySource(damaged), {}, () => abort.abort(), abort.signal);
  await expect(opening).rejects.toThrow(/abort/i);
});

describe("a tar that was made to cost much", () => {
  const repeated = (part: Uint8Array, count: number): Uint8Array => {
    const all = new Uint8Array(part.length * count);
    for (let at = 0; at < all.length; at += part.length) all.set(part, at);
    return all;
  };

  test("has thousands of extended headers before one member", async () => {
    const records = Array.from({ length: 20 }, (_, index): readonly [string, string] => [`key${index}`, "value"]);
    const began = performance.now();
    const archive = await open(tar(repeated(pax(records), 8000), pax([["path", "last"]]), member({ name: "x" })));
    // Records were copied for each header: 20 s.
    expect(performance.now() - began).toBeLessThan(8000);
    expect(archive.members.map(({ path, pax: others }) => [path, others!.size])).toEqual([["last", 20]]);
  });

  test("gives all members one name of a megabyte, which is passed over with a word", async () => {
    const archive = await open(tar(pax([["path", "n".repeat(1_000_000)], ["uname", "root"]], "g"), repeated(member({ name: "x" }), 2000)));
    expect(archive.problems[0]).toMatchObject({ code: "archive.pax", start: 0, message: expect.stringContaining("1000000 characters of \"path\"") as string });
    expect(archive.members.every(({ path, user }) => path === "x" && user === "root")).toBe(true);
    const short = await open(tar(pax([["path", "n".repeat(4096)]], "g"), member({ name: "x" })));
    expect(short.members[0]!.path).toBe("n".repeat(4096));
  });
});
