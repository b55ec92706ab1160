import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { critDecode, critDecodeText } from "../../../../src/core/formats/criu/crit/decode.ts";
import { joinBytes } from "../../../../src/core/formats/criu/crit/join-bytes.ts";
import { criuImage, criuWord } from "../../../support/criu-image.ts";
import { CRIU_SAMPLES, criuFiles, critTexts } from "../../../support/criu-samples.ts";

async function decoded(path: string, bytes: Uint8Array, pretty: boolean): Promise<{ error: string } | { text: string; problems: readonly string[] }> {
  return await critDecodeText(path, memorySource(bytes), { pretty });
}

describe.each(CRIU_SAMPLES.map(({ name }) => name))("%s", (name) => {
  test.each([false, true])("every image has the text that crit prints (--pretty: %s)", async (pretty) => {
    const texts = critTexts(name, pretty);
    expect(texts.size).toBeGreaterThan(10);
    for (const [path, truth] of texts) {
      const ours = await decoded(path, criuFiles(name).get(path)!, pretty);
      if ("error" in truth) expect(ours).toEqual({ error: expect.stringMatching(/^it (holds|is) /) as string });
      else expect({ path, ...ours }).toEqual({ path, text: truth.text, problems: [] });
    }
  });
});

async function text(bytes: Uint8Array, pretty = false): Promise<string> {
  const result = await critDecodeText("", memorySource(bytes), { pretty });
  if ("error" in result) throw new Error(result.error);
  expect(result.problems).toEqual([]);
  return result.text;
}

describe("what crit has no decoder for", () => {
  test("registered binary formats, pidfds and queued signals", async () => {
    const misc = criuImage("BINFMT_MISC", [{ name: "python", enabled: true, interpreter: "/usr/bin/python3" }]);
    expect(await text(misc)).toBe('{"magic": "BINFMT_MISC", "entries": [{"name": "python", "enabled": true, "interpreter": "/usr/bin/python3"}]}');
    const pidfd = criuImage("PIDFD", [{ id: 1, ino: 2, flags: 0, nspid: -1, fown: { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 } }]);
    expect(await text(pidfd)).toContain('{"magic": "PIDFD", "entries": [{"id": 1, "ino": 2, "flags": 0, "nspid": -1, "fown": {');
    expect(await text(criuImage("PSIGNAL", [{ siginfo: new Uint8Array(4) }]))).toBe('{"magic": "SIGNAL", "entries": [{"siginfo": "AAAAAA==\\n"}]}');
  });

  test("numbers of enums without a name", async () => {
    expect(await text(criuImage("FDINFO", [{ id: 1, flags: 0, type: 77, fd: 3 }]), true)).toContain('"type": 77');
  });

  test("images of big-endian machines", async () => {
    const socket = {
      id: 1, ino: 2, family: 2, type: 1, proto: 6, state: 10, src_port: 80, dst_port: 0, flags: 2, backlog: 1,
      fown: { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 }, opts: { so_sndbuf: 1, so_rcvbuf: 1, so_snd_tmo_sec: 0, so_snd_tmo_usec: 0, so_rcv_tmo_sec: 0, so_rcv_tmo_usec: 0 },
    };
    const little = criuImage("INETSK", [{ ...socket, src_addr: [0x0100007f], dst_addr: [1, 2, 3, 4] }]);
    const big = criuImage("INETSK", [{ ...socket, src_addr: [0x7f000001], dst_addr: [0x01000000, 0x02000000, 0x03000000, 0x04000000] }], { endian: "big" });
    expect(await text(big, true)).toBe(await text(little, true));
    expect(await text(little, true)).toContain('"src_addr": [\n                "127.0.0.1"\n            ],');
  });

  test("images without the word before the type, and with the other one", async () => {
    const entries = [{ cwd_id: 3, root_id: 4 }];
    const usual = await text(criuImage("FS", entries));
    for (const head of ["none", "service"] as const) expect(await text(criuImage("FS", entries, { head }))).toBe(usual);
  });

  test("addresses of a length that does not exist stay numbers", async () => {
    expect(await text(criuImage("NETDEV", [{ type: 8, ifindex: 1, mtu: 1, flags: 1, name: "sit0", sit: { local: [1, 2] } }]), true)).toMatch(/"local": \[\s+1,\s+2\s+\]/);
  });
});

describe("what no description has", () => {
  const known = Uint8Array.of(0x08, 3, 0x10, 4); // cwd_id 3, root_id 4

  test("is listed behind the fields of its message", async () => {
    const unknown = Uint8Array.of(0xa0, 0x06, 0xff, 0x01, 0xaa, 0x06, 2, 0x68, 0x69, 0xb1, 0x06, 1, 0, 0, 0, 0, 0, 0, 0x80, 0xbd, 0x06, 1, 2, 3, 4);
    expect(await text(criuImage("FS", [[joinBytes([known, unknown]), new Uint8Array(0)]]))).toBe(
      '{"magic": "FS", "entries": [{"cwd_id": 3, "root_id": 4, "__unknown": [{"number": 100, "wire": 0, "value": 255}, ' +
        '{"number": 101, "wire": 2, "value": "aGk=\\n"}, {"number": 102, "wire": 1, "value": 9223372036854775809}, {"number": 103, "wire": 5, "value": 67305985}]}]}',
    );
  });

  test("includes a known field with the wrong kind of value", async () => {
    const wrong = Uint8Array.of(0x1a, 1, 0x41); // umask as a string
    expect(await text(criuImage("FS", [[joinBytes([known, wrong]), new Uint8Array(0)]]))).toContain('"__unknown": [{"number": 3, "wire": 2, "value": "QQ==\\n"}]');
  });

  test("is found inside messages of lists", async () => {
    const inner = Uint8Array.of(0x0a, 0, 0x78, 1); // an empty prev filter program and field 15
    const body = joinBytes([Uint8Array.of(0x0a, 2, 0x0a, 0, 0x0a, inner.length), inner]);
    expect(await text(criuImage("SECCOMP", [[body, new Uint8Array(0)]]))).toBe(
      '{"magic": "SECCOMP", "entries": [{"seccomp_filters": [{"filter": ""}, {"filter": "", "__unknown": [{"number": 15, "wire": 0, "value": 1}]}]}]}',
    );
  });
});

describe("damage", () => {
  const image = criuImage("FS", [{ cwd_id: 3, root_id: 4 }, { cwd_id: 5, root_id: 6 }]);

  test.each([
    [image.subarray(0, -1), "entry 1 has 4 bytes, of which 3 are there"],
    [image.subarray(0, -6), "entry 1 is cut off in its size"],
    [criuImage("FS", [{ cwd_id: 3, root_id: 4 }, [Uint8Array.of(0x08, 0x80), new Uint8Array(0)]]), "entries[1]: cwd_id is cut off"],
    [criuImage("FS", [{ cwd_id: 3, root_id: 4 }, { cwd_id: 5 }]), "entries[1]: fs_entry lacks root_id, which it must have"],
    [criuImage("PIPES_DATA", [[{ pipe_id: 1, bytes: 9 }, new Uint8Array(3)]]), "entries[0].extra: 3 of 9 bytes are there"],
  ])("is named, and what stands before it is printed (%#)", async (bytes, problem) => {
    const result = await decoded("", bytes, false);
    expect(result).toMatchObject({ problems: expect.arrayContaining([problem]) as string[] });
    if ("text" in result) expect((JSON.parse(result.text) as { entries: unknown[] }).entries.length).toBeGreaterThan(0);
  });

  test.each([
    ["pages-1.img", new Uint8Array(4096), "it holds contents of memory, page after page, and no messages that could be decoded"],
    ["pages-1.img", criuWord(0x56084025), "it holds pages in the form of CRIU before 0.5, which has no messages"],
    ["", new Uint8Array(0), "it is empty"],
    ["", Uint8Array.of(0x19, 0x43, 0x56, 0x54, 1), "it ends inside its head"],
    ["", joinBytes([criuWord(0x54564319), criuWord(0x12345678)]), "no release of CRIU knows the image type 0x12345678 (little endian)"],
    ["x.img", new TextEncoder().encode("hello world"), "it is no image of CRIU: it begins with the bytes 68 65 6c 6c"],
  ])("%s that holds no messages is refused (%#)", async (name, bytes, error) => {
    expect(await decoded(name, bytes, true)).toEqual({ error });
  });
});

describe("payloads", () => {
  test("crit takes the entries behind a SysV segment for its contents", async () => {
    const desc = { key: 1, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 0o600, id: 0 };
    const image = criuImage("IPCNS_SHM", [{ desc, size: 8192, in_pagemaps: true }, { desc, size: 4096, in_pagemaps: true }]);
    expect((JSON.parse(await text(image)) as { entries: unknown[] }).entries).toHaveLength(1);
    const old = criuImage("IPCNS_SHM", [[{ desc, size: 5 }, Uint8Array.of(1, 2, 3, 4, 5, 0, 0, 0)], [{ desc, size: 1 }, Uint8Array.of(9, 0, 0, 0)]]);
    expect(JSON.parse(await text(old))).toMatchObject({ entries: [{ extra: "AQIDBAU=\n" }, { extra: "CQ==\n" }] });
  });

  test("are empty texts where they are empty", async () => {
    expect(await text(criuImage("PIPES_DATA", [{ pipe_id: 1, bytes: 0 }]))).toContain('"extra": ""');
    expect(await text(criuImage("IPCNS_SEM", [{ desc: { key: 1, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 0, id: 0 }, nsems: 0 }]), true)).toContain('"extra": []');
  });
});

test("text comes in small pieces, from many entries and from large contents", async () => {
  const lengths = async (bytes: Uint8Array): Promise<number[]> => {
    const found: number[] = [];
    await critDecode("", memorySource(bytes), (piece) => void found.push(piece.length));
    return found;
  };
  const runs = Array.from({ length: 20_000 }, (_, index) => ({ vaddr: index * 4096, compat_nr_pages: 0, flags: 4, nr_pages: 1 }));
  const map = await lengths(criuImage("PAGEMAP", [{ pages_id: 1 }, ...runs]));
  expect(map.length).toBeGreaterThan(15);
  expect(Math.max(...map)).toBeLessThan(100_000);
  const pipe = await lengths(criuImage("PIPES_DATA", [[{ pipe_id: 1, bytes: 3_000_000 }, new Uint8Array(3_000_000)]]));
  expect(pipe.length).toBeGreaterThan(10);
  expect(Math.max(...pipe)).toBeLessThan(500_000);
});
