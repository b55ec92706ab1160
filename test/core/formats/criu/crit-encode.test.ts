import { describe, expect, test } from "vitest";
import { critEncode, type CritEncodeOptions } from "../../../../src/core/formats/criu/crit/encode.ts";
import { CRIU_SAMPLES, criuFiles, critTexts } from "../../../support/criu-samples.ts";
import { criuImage } from "../../../support/criu-image.ts";

const encoder = new TextEncoder();

function image(json: string, options?: CritEncodeOptions): Buffer {
  const result = critEncode(encoder.encode(json), options);
  if ("error" in result) throw new Error(result.error);
  return Buffer.concat(result.pieces);
}

describe.each(CRIU_SAMPLES.map(({ name }) => name))("%s", (name) => {
  test.each([false, true])("every image comes back byte for byte from what crit printed (--pretty: %s)", (pretty) => {
    for (const [path, truth] of critTexts(name, pretty)) {
      if ("error" in truth) continue;
      const same = image(truth.text).equals(criuFiles(name).get(path)!);
      expect({ path, same }).toEqual({ path, same: true });
    }
  });
});

const error = (json: string): string => {
  const result = critEncode(encoder.encode(json));
  return "error" in result ? result.error : "no error";
};

test("what JSON cannot say can be chosen: byte order and head", () => {
  const json = '{"magic": "FS", "entries": [{"cwd_id": 3, "root_id": 4}]}';
  const entries = [{ cwd_id: 3, root_id: 4 }];
  for (const endian of ["little", "big"] as const) {
    for (const head of ["common", "service", "none"] as const) expect(image(json, { endian, head })).toEqual(Buffer.from(criuImage("FS", entries, { endian, head })));
  }
  expect(image('{"magic": "STATS", "entries": []}')).toEqual(Buffer.from(criuImage("STATS", [], { head: "service" })));
  expect(image('{"magic": "INVENTORY", "entries": []}')).toEqual(Buffer.from(criuImage("INVENTORY", [], { head: "none" })));
});

test("the order of members and other freedoms of JSON do not matter", () => {
  const usual = image('{"magic": "FS", "entries": [{"cwd_id": 3, "root_id": 4}]}');
  expect(image('\ufeff\n{"entries":[{"root_id":4,"cwd_id":"0x3"}],\t"magic":"F\\u0053"}\n')).toEqual(usual);
});

test("integers are exact", () => {
  const vma = (start: string): string => `{"magic": "VMAS", "entries": [{"start": ${start}, "end": 0, "pgoff": 0, "shmid": 0, "prot": 0, "flags": 0, "status": 0, "fd": -1}]}`;
  expect(image(vma("18446744073709551615"))).toEqual(image(vma('"0xffffffffffffffff"')));
  expect(error(vma("18446744073709551616"))).toBe("entries[0].start: 18446744073709551616 is out of range for uint64");
});

describe("what is wrong is said in one line, with the path of the value", () => {
  const entry = (type: string, members: string): string => `{"magic": "${type}", "entries": [${members}]}`;
  const fown = '"fown": {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0}';
  test.each([
    ["", 'not JSON: line 1, column 1: an object with "magic" and "entries" is expected'],
    ["[]", 'not JSON: line 1, column 1: an object with "magic" and "entries" is expected'],
    ["{}", "magic: it is missing"],
    ['{"magic": "FS"}', "entries: it is missing"],
    ['{"magic": "FS", "entries": []} x', "not JSON: line 1, column 32: the text should end here"],
    ['{"magic": "FS", "magic": "FS"}', 'not JSON: line 1, column 17: the name "magic" is given twice'],
    ['{"magic": "PAGES", "entries": []}', 'magic: there is no image type "PAGES" with messages'],
    ['{"magic": 5, "entries": []}', "magic: it must be the name of an image type"],
    ['{"magic": "FS", "entries": {}}', "entries: it must be an array"],
    ['{"magic": "FS", "extra": 1}', 'extra: there is "magic" and "entries" only'],
    ['{"magic": "FS",\n "entries": [{"cwd_id": 3,}]}', "not JSON: line 2, column 27: a name in quotes is expected"],
    ['{"magic": "FS", "entries": [{"cwd_id": 03}]}', 'not JSON: line 1, column 40: a value is expected'],
    ['{"magic": "FS', "not JSON: line 1, column 11: a string does not end"],
    ['{"magic": "F\\q"}', "not JSON: line 1, column 11: there is no escape \\q"],
    [entry("FS", "[".repeat(300)), /nested too deeply/],
    [entry("FS", "5"), "entries[0]: it must be an object, not the number 5"],
    [entry("FS", '{"cwd_id": 3, "cwd_id": 3, "root_id": 4}'), /the name "cwd_id" is given twice/],
    [entry("FS", '{"cwd_id": 3}'), "entries[0]: root_id is missing, which fs_entry must have"],
    [entry("FS", '{"cwd_id": 3, "root_id": 4, "mask": 1}'), "entries[0].mask: fs_entry has no such field"],
    [entry("FS", '{"cwd_id": 3, "root_id": 4, "extra": ""}'), "entries[0].extra: fs_entry has no such field"],
    [entry("FS", '{"cwd_id": -1, "root_id": 4}'), "entries[0].cwd_id: -1 is out of range for uint32"],
    [entry("FS", '{"cwd_id": 1.5, "root_id": 4}'), "entries[0].cwd_id: it must be an integer, not 1.5"],
    [entry("FS", '{"cwd_id": null, "root_id": 4}'), "entries[0].cwd_id: it must be an integer, not null"],
    [entry("FS", '{"cwd_id": "three", "root_id": 4}'), 'entries[0].cwd_id: "three" is no value of cwd_id'],
    [entry("FS", '{"cwd_id": 3, "root_id": 4}, {"cwd_id": true, "root_id": 4}'), "entries[1].cwd_id: it must be an integer, not true"],
    [entry("FDINFO", '{"id": 1, "flags": 0, "type": "REGULAR", "fd": 0}'), /^entries\[0\]\.type: "REGULAR" is none of UND, REG, PIPE/],
    [entry("SECCOMP", '{"seccomp_filters": {}}'), "entries[0].seccomp_filters: it must be an array, not an object"],
    [entry("SECCOMP", '{"seccomp_filters": [{"filter": "A"}]}'), "entries[0].seccomp_filters[0].filter: it is not base64"],
    [entry("UTSNS", '{"nodename": 1, "domainname": ""}'), "entries[0].nodename: it must be a string, not the number 1"],
    [entry("UTSNS", '{"nodename": "\\ud800", "domainname": ""}'), "entries[0].nodename: it holds half of a surrogate pair"],
    [entry("PIPES_DATA", '{"pipe_id": 1, "bytes": 3, "extra": "AAAA"}, {"pipe_id": 1, "bytes": 4, "extra": "AAAA"}'), "entries[1].extra: it holds 3 bytes, but bytes says 4"],
    [entry("PIPES_DATA", '{"pipe_id": 1, "bytes": 0}'), "entries[0].extra: it is missing: what follows the message stands there"],
    [entry("IPCNS_SEM", '{"desc": {"key": 0, "uid": 0, "gid": 0, "cuid": 0, "cgid": 0, "mode": 0, "id": 0}, "nsems": 2, "extra": [1]}'), "entries[0].extra: it holds 1 numbers, but nsems says 2"],
    [entry("IPCNS_SEM", '{"desc": {"key": 0, "uid": 0, "gid": 0, "cuid": 0, "cgid": 0, "mode": 0, "id": 0}, "nsems": 1, "extra": [65536]}'), "entries[0].extra[0]: 65536 is out of range: 0 to 65535"],
    [entry("IPCNS_MSG", '{"desc": {"key": 0, "uid": 0, "gid": 0, "cuid": 0, "cgid": 0, "mode": 0, "id": 0}, "qbytes": 1, "qnum": 1, "extra": [{"mtype": 1, "msize": 2}, "AAAA"]}'), "entries[0].extra[1]: it holds 3 bytes, but msize says 2"],
    [entry("GHOST_FILE", '{"uid": 0, "gid": 0, "mode": 0, "extra": ""}, {"len": 0, "off": 0, "extra": ""}'), "entries[1]: the contents of a ghost file without chunks stand in its first entry"],
    [entry("GHOST_FILE", '{"uid": 0, "gid": 0, "mode": 0, "chunks": true}, {"len": 1, "off": 0, "extra": ""}'), "entries[1].extra: it holds 0 bytes, but len says 1"],
    [entry("PIPES", `{"id": 1, "pipe_id": 2, "flags": "0xg", ${fown}}`), 'entries[0].flags: "0xg" is no value of flags'],
    [entry("FS", '{"cwd_id": 3, "root_id": 4, "__unknown": [{"number": 0, "wire": 0, "value": 1}]}'), "entries[0].__unknown[0].number: field numbers begin at 1"],
    [entry("FS", '{"cwd_id": 3, "root_id": 4, "__unknown": [{"number": 9, "wire": 3, "value": 1}]}'), "entries[0].__unknown[0].wire: groups are not supported"],
  ])("%s", (json, wanted) => {
    expect(error(json)).toMatch(typeof wanted === "string" ? new RegExp(`^${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) : wanted);
  });
});
