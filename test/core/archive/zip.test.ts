import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/core/archive/archive.ts";
import { RefusedBytes } from "../../../src/core/bytes/refused-bytes.ts";
import { concat } from "../../fixtures/archives/build-tar.ts";
import { zip } from "../../fixtures/archives/build-zip.ts";
import { codes, examineArchive, open, textOf } from "../../fixtures/archives/examine.ts";
import { memoryScratch } from "../../fixtures/archives/memory-scratch.ts";

describe("a zip", () => {
  test("has stored members as slices of the file and deflated ones inflated when read", async () => {
    const archive = await open(zip([{ name: "a/b", contents: "stored", method: 0, mode: 0o100600 }, { name: "c", contents: "deflated ".repeat(100) }, { name: "d/", mode: 0o040755, method: 0 }]));
    expect(archive).toMatchObject({ kind: "zip", compression: "none", problems: [] });
    expect(archive.members.map(({ kind, mode, path, size }) => [path, kind, size, mode])).toEqual([["a/b", "file", 6, 0o600], ["c", "file", 900, 0o644], ["d/", "directory", 0, 0o755]]);
    expect(archive.members[0]!.data).toEqual([{ at: 0, start: 33, end: 39 }]);
    expect(archive.members[1]!.data).toBeUndefined();
    expect(await textOf(archive, "a/b")).toBe("stored");
    expect(await textOf(archive, "c")).toBe("deflated ".repeat(100));
    expect(archive.parts.map(({ kind, member }) => [kind, member])).toEqual([["zip-local", 0], ["contents", 0], ["zip-local", 1], ["contents", 1], ["zip-local", 2], ["zip-central", 0], ["zip-central", 1], ["zip-central", 2], ["zip-end", -1]]);
  });

  test("may be of zip64, have descriptors, a comment, and bytes before it", async () => {
    const made = zip([{ name: "a", contents: "one", descriptor: true }, { name: "b", contents: "two", zip64: true, method: 0 }], "a comment", true);
    const archive = await open(made);
    expect(archive.problems).toEqual([]);
    expect(await textOf(archive, "a")).toBe("one");
    expect(await textOf(archive, "b")).toBe("two");
    const shifted = await open(concat(zip([]).subarray(0, 4), new Uint8Array(96), made));
    expect(codes(shifted)).toEqual([]);
    expect(await textOf(shifted, "b")).toBe("two");
  });

  test("has names in UTF-8 or in code page 437", async () => {
    const archive = await open(zip([{ name: "grün" }, { name: new Uint8Array([0x67, 0x72, 0x81, 0x6e]), flags: 0 }]));
    expect(archive.members.map(({ path }) => path)).toEqual(["grün", "grün"]);
  });

  describe("of Windows has backslashes between the parts of a name", () => {
    const paths = async (...members: Parameters<typeof zip>[0]): Promise<readonly (readonly [string, string])[]> => (await open(zip(members))).members.map(({ kind, path }) => [path, kind] as const);

    test.each([0, 6, 10, 11, 14])("where it was made by host %i", async (host) => {
      expect(await paths({ name: "dump\\core-1.img", host, mode: 0 }, { name: "a/b\\c", host, mode: 0 }, { name: "empty\\", host, mode: 0, method: 0 })).toEqual([["dump/core-1.img", "file"], ["a/b/c", "file"], ["empty/", "directory"]]);
    });

    test("where no name of an archive has a slash, and not where one has", async () => {
      expect(await paths({ name: "dump\\core-1.img" }, { name: "top" })).toEqual([["dump/core-1.img", "file"], ["top", "file"]]);
      expect(await paths({ name: "dump\\core-1.img" }, { name: "dump/top" })).toEqual([["dump\\core-1.img", "file"], ["dump/top", "file"]]);
    });

    test("which may lead out like slashes", async () => {
      const archive = await open(zip(["..\\up", "C:\\dump\\core-1.img", "\\dump\\core-1.img", "dump\\core-1.img", "dump/core-1.img"].map((name) => ({ name, host: 0 }))));
      expect(archive.problems.map(({ code, member }) => [code, member])).toEqual([["archive.path", 0], ["archive.path", 1], ["archive.path", 2], ["archive.duplicate", 3]]);
    });
  });

  test("says which members it cannot read, and why", async () => {
    const archive = await open(zip([{ name: "secret", contents: "x", flags: 0x801 }, { name: "strange", contents: "y", method: 99 }]));
    expect(codes(archive)).toEqual(["archive.encrypted", "archive.method"]);
    for (const { source } of archive.members) await expect(source.read(0, 1)).rejects.toThrow(RefusedBytes);
  });

  test("with a password is one problem, however many members it has", async () => {
    const archive = await open(zip(Array.from({ length: 20 }, (_, index) => ({ name: `core-${index}.img`, contents: "x", flags: 0x801 }))));
    expect(archive.problems.map(({ message }) => message)).toEqual([expect.stringMatching(/^20 members are encrypted: "core-0\.img", .* and 12 more\.$/)]);
  });

  test("with a wrong checksum gives the contents and says so once they are read", async () => {
    const archive = await open(zip([{ name: "a", contents: "abc", crc: 1 }]));
    expect(codes(archive)).toEqual([]);
    expect(await textOf(archive, "a")).toBe("abc");
    expect(codes(archive)).toEqual(["archive.crc"]);
  });

  test("compares the checksum of a stored member when all of it was read in order, and says so of itself before", async () => {
    const contents = "0123456789".repeat(100);
    const archive = await open(zip([{ name: "wrong", contents, method: 0, crc: 1 }, { name: "right", contents, method: 0 }, { name: "packed", contents }, { name: "empty", method: 0 }, { name: "d/", method: 0, mode: 0o040755 }]));
    const compared = (): unknown[] => archive.members.map(({ isCompared }) => isCompared?.());
    expect(compared()).toEqual([false, false, false, undefined, undefined]);
    const [wrong, right, packed] = archive.members;
    // The end, the beginning, the middle once more than it must, and the end again.
    for (const [start, end] of [[600, 1000], [0, 100], [50, 700], [600, 999]] as const) expect(new TextDecoder().decode(await wrong!.source.read(start, end))).toBe(contents.slice(start, end));
    expect([compared()[0], codes(archive)]).toEqual([false, []]);
    await wrong!.source.read(999, 2000);
    expect([compared()[0], codes(archive)]).toEqual([true, ["archive.crc"]]);
    await wrong!.source.read(0, 1000);
    await right!.source.read(0, 1000);
    await packed!.source.read(0, 1);
    expect([compared(), codes(archive)]).toEqual([[true, true, true, undefined, undefined], ["archive.crc"]]);
  });

  test("has no checksum to compare of a member that is cut off, encrypted or of an unknown method", async () => {
    const cut = await open(zip([{ name: "b", contents: "e".repeat(500), method: 0, descriptor: true }]).subarray(0, 300));
    await textOf(cut, "b");
    expect([cut.members[0]!.isCompared, codes(cut)]).toEqual([undefined, ["archive.member-cut", "archive.directory"]]);
    const refused = await open(zip([{ name: "secret", contents: "x", flags: 0x801 }, { name: "strange", contents: "y", method: 99 }]));
    expect(refused.members.map(({ isCompared }) => isCompared)).toEqual([undefined, undefined]);
  });

  test("with a wrong offset keeps the other members", async () => {
    const archive = await open(zip([{ name: "a", contents: "abc", offBy: 3 }, { name: "b", contents: "def" }, { name: "c", contents: "x", offBy: 1e9 }]));
    expect(codes(archive)).toEqual(["archive.directory", "archive.directory"]);
    expect(await textOf(archive, "b")).toBe("def");
    await expect(archive.members[0]!.source.read(0, 1)).rejects.toThrow(RefusedBytes);
  });

  test("whose members overlap says so", async () => {
    const length = zip([{ name: "a", contents: "abc", method: 0 }]).indexOf(0x50, 4);
    const archive = await open(zip([{ name: "a", contents: "abc", method: 0 }, { name: "b", contents: "abc", method: 0, offBy: -length }]));
    expect(codes(archive)).toContain("archive.directory");
  });

  test("that is cut anywhere is no failure", async () => {
    const made = zip([{ name: "a", contents: "abc" }, { name: "b", contents: "d".repeat(500), method: 0 }]);
    for (let cut = 4; cut < made.length; cut += 7) expect((await examineArchive(made.subarray(0, cut)))!.problems.length).toBeGreaterThan(0);
  });

  test("without its directory has the members that stand before the cut", async () => {
    const long = "0123456789".repeat(2000);
    const first = { name: "a", contents: "abc", method: 0 };
    for (const descriptor of [false, true]) {
      const made = zip([{ ...first, descriptor }, { name: "dir/b", contents: long, descriptor }, { name: "c", contents: "last", descriptor }]);
      const directory = made.findLastIndex((_, at) => made[at] === 0x50 && made[at + 1] === 0x4b && made[at + 2] === 1 && made[at + 3] === 2 && made[at + 46] === 0x61);
      const archive = await open(made.subarray(0, directory + 20));
      expect(codes(archive)).toEqual(["archive.directory"]);
      expect(archive.problems[0]!.message).toContain("3 members");
      expect(archive.members.map(({ path, size }) => [path, size])).toEqual([["a", 3], ["dir/b", 20_000], ["c", 4]]);
      for (const [path, contents] of [["a", "abc"], ["dir/b", long], ["c", "last"]] as const) expect(await textOf(archive, path)).toBe(contents);
      expect(codes(archive)).toEqual(["archive.directory"]);
    }
  });

  test("cut off inside a member has what is left of it", async () => {
    const made = zip([{ name: "a", contents: "abc" }, { name: "b", contents: "d".repeat(500), method: 0 }]);
    const archive = await open(made.subarray(0, 300));
    expect(codes(archive)).toEqual(["archive.member-cut", "archive.directory"]);
    expect(await textOf(archive, "a")).toBe("abc");
    expect(await textOf(archive, "b")).toMatch(/^d{200,300}$/);
    const unsized = await open(zip([{ name: "b", contents: "e".repeat(500), method: 0, descriptor: true }]).subarray(0, 300));
    expect(codes(unsized)).toEqual(["archive.member-cut", "archive.directory"]);
    expect(await textOf(unsized, "b")).toMatch(/^e{200,300}$/);
  });

  test("finds a descriptor wherever it stands, with its signature or without", async () => {
    // Around the border between two reads of 1 MiB.
    for (let length = 1_048_576 - 40; length < 1_048_576 + 10; length += 3) {
      const made = zip([{ name: "a", contents: new Uint8Array(length).fill(0x50), method: 0, descriptor: true }, { name: "b", contents: "next", method: 0 }]);
      const signature = 31 + length;
      for (const bytes of [made, concat(made.subarray(0, signature), made.subarray(signature + 4))]) {
        const archive = await open(bytes.subarray(0, bytes.length - 30));
        expect([length, archive.members.map(({ path, size }) => [path, size])]).toEqual([length, [["a", length], ["b", 4]]]);
      }
    }
  });

  test("without its directory is read about once, however many descriptors are looked for", async () => {
    const made = zip(Array.from({ length: 5000 }, (_, index) => ({ name: `f${index}`, contents: "abc", method: 0, descriptor: true })));
    const bytes = made.subarray(0, made.length - 30);
    let read = 0;
    const source = {
      size: bytes.length,
      async read(start: number, end: number) {
        read += Math.min(end, bytes.length) - start;
        return bytes.slice(start, end);
      },
    };
    const archive = (await openArchive("z.zip", source, {}, () => {}))!;
    expect(archive.members.map(({ size }) => size)).toEqual(Array.from({ length: 5000 }, () => 3));
    expect(read).toBeLessThan(8 * bytes.length);
  });

  test("keeps the targets of symbolic links", async () => {
    const link = { mode: 0o120777, contents: "../pre1" };
    const archive = await open(zip([{ name: "dump/parent", ...link, method: 0 }, { name: "dump/packed", ...link }, { name: "parent", ...link }, { name: "outside", ...link }]));
    expect(archive.members.map(({ kind, link: target, source }) => [kind, target, source.size])).toEqual(Array.from({ length: 4 }, () => ["symlink", "../pre1", 0]));
    // The link to the dump before leads out by its purpose.
    expect(archive.problems.map(({ code, member }) => [code, member])).toEqual([["archive.link", 3]]);
  });

  test("bomb inflates no more than it says, and no more than the limit", async () => {
    const zeros = new Uint8Array(5_000_000);
    const liar = await open(zip([{ name: "a", contents: zeros, size: 1000 }]));
    expect(await liar.members[0]!.source.read(0, 1e9)).toHaveLength(1000);
    expect(codes(liar)).toEqual(["archive.damaged"]);
    const honest = await open(zip([{ name: "a", contents: zeros }, { name: "b", contents: zeros }]), { inflateLimit: 6_000_000 });
    expect(await honest.members[0]!.source.read(0, 10)).toHaveLength(10);
    await expect(honest.members[1]!.source.read(0, 10)).rejects.toThrow(/limit of 6000000/);
  });

  test("keeps large members in scratch space and releases it", async () => {
    const scratch = memoryScratch();
    const archive = await open(zip([{ name: "a", contents: "x".repeat(5000) }, { name: "b", contents: "y" }]), { largeMember: 1000, scratch });
    expect(await textOf(archive, "a")).toBe("x".repeat(5000));
    expect(await textOf(archive, "b")).toBe("y");
    expect(scratch.open).toBe(1);
    await archive.close();
    expect(scratch.open).toBe(0);
  });
});
