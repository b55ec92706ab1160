/** The same places as GNU grep and GNU strings tell, over made bytes and over the memory of a real web server. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import type { SearchPattern } from "../../../src/core/memory-inspector.ts";
import { compilePattern } from "../../../src/core/search/pattern.ts";
import { criuFiles } from "../../support/criu-samples.ts";
import { allHits, cutRuns } from "./cut-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "icecore-search-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Words, small numbers, pointers, zeros and noise, with the words that are looked for here and there in several encodings. */
function madeBytes(): Uint8Array {
  let seed = 4711;
  const next = (below: number): number => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  const words = ["password", "PassWord", "Zażółć gęślą", "ZAŻÓŁĆ GĘŚLĄ", "http://example.org/a?b=1", "aaaaaaaaaaaab", "\n", "HOME=/root\0", "key_17x "];
  const pieces: Uint8Array[] = [];
  for (let count = 0; count < 12_000; count++) {
    const word = words[next(words.length)]!;
    const kind = next(8);
    if (kind === 0) pieces.push(new Uint8Array(next(300)));
    else if (kind === 1) pieces.push(Uint8Array.from({ length: next(60) }, () => next(256)));
    else if (kind === 2) pieces.push(Buffer.from(new Uint32Array([next(2) * 0x1000, 0, 0x55810000 + next(4096), 0x7f12]).buffer));
    else if (kind === 3) pieces.push(Buffer.from(word, "utf16le"));
    else if (kind === 4) pieces.push(Buffer.from(word, "utf16le").swap16());
    else pieces.push(Buffer.from(word.slice(0, 1 + next(word.length)), "utf8"), Buffer.from(word, "utf8"));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function serverMemory(): Uint8Array {
  const pages = [...criuFiles("20b-nginx")].filter(([path]) => /pages-\d+\.img$/.test(path)).map(([, bytes]) => bytes);
  return new Uint8Array(Buffer.concat(pages));
}

const dumps = [
  { name: "made bytes", bytes: madeBytes() },
  { name: "memory of nginx", bytes: serverMemory() },
].map((dump, index) => {
  const path = join(folder, `${index}.bin`);
  writeFileSync(path, dump.bytes);
  return { ...dump, path };
});

/** Offsets that a tool prints before its finds. */
function told(command: string, args: readonly string[]): number[] {
  const { stdout, error } = spawnSync(command, args, { env: { ...process.env, LC_ALL: "C" }, maxBuffer: 1 << 30, encoding: "latin1" });
  if (error !== undefined) throw error;
  return Array.from(stdout.matchAll(/^ *(\d+)[: ]/gm), (line) => Number(line[1]));
}

async function placesOf(pattern: SearchPattern, bytes: Uint8Array): Promise<number[]> {
  const matcher = compilePattern(pattern, "little", 8);
  if ("why" in matcher) throw new Error(matcher.why);
  const whole = await allHits([{ address: 0n, size: bytes.length, source: memorySource(bytes), offset: 0, continues: false }], matcher);
  const cut = await allHits(cutRuns([{ address: 0n, bytes }], [4096, 1, 12_288, 777]), matcher, { window: 10_000 });
  expect(cut.map(({ address }) => address)).toEqual(whole.map(({ address }) => address));
  return whole.map(({ address }) => Number(address));
}

const text = (of: string, ignoreCase = false): SearchPattern => ({ kind: "text", text: of, encoding: "utf-8", ignoreCase });
const regex = (source: string, ignoreCase = false): SearchPattern => ({ kind: "regex", source, ignoreCase });

/** What grep is asked for; none of the patterns can match a line feed, at which grep parts its input. */
const cases: readonly (readonly [what: string, pattern: SearchPattern, args: readonly string[]])[] = [
  ["a word", text("password"), ["-F", "password"]],
  ["a word in any case", text("password", true), ["-F", "-i", "password"]],
  ["a common word", text("or"), ["-F", "or"]],
  ["two letters in any case", text("wo", true), ["-F", "-i", "wo"]],
  ["one letter", text("e"), ["-F", "e"]],
  ["a text that overlaps itself", text("aaa"), ["-F", "aaa"]],
  ["a long text that overlaps itself", text("aaaaaaaaaaaab"), ["-F", "aaaaaaaaaaaab"]],
  ["a text outside ASCII", text("gęślą"), ["-F", "gęślą"]],
  ["bytes", { kind: "hex", text: "12 7f 00 00" }, ["-P", "\\x12\\x7f\\x00\\x00"]],
  ["an ELF head", { kind: "hex", text: "7f454c46" }, ["-P", "\\x7fELF"]],
  ["bytes with wildcards", { kind: "hex", text: "48 8b 4? 08" }, ["-P", "\\x48\\x8b[\\x40-\\x4f]\\x08"]],
  ["zeros", { kind: "hex", text: "00 00 00 00 00 00 00" }, ["-P", "\\x00{7}"]],
  ["a number", { kind: "integer", text: "0x1000", width: 4, byteOrder: "little", aligned: false }, ["-P", "\\x00\\x10\\x00\\x00"]],
  ["UTF-16", { kind: "text", text: "password", encoding: "utf-16", ignoreCase: false }, ["-P", "p\\x00a\\x00s\\x00s\\x00w\\x00o\\x00r\\x00d\\x00"]],
  ["an expression", regex("[A-Za-z_]+=[!-~]+"), ["-P", "[A-Za-z_]+=[!-~]+"]],
  ["an expression in any case", regex("pass(wo)?rd"), ["-P", "pass(wo)?rd"]],
  ["an expression with a counter", regex("[a-z]{3,9}_[0-9]{2}x"), ["-P", "[a-z]{3,9}_[0-9]{2}x"]],
  ["an expression on high bytes", regex("[\\xc0-\\xdf][\\x80-\\xbf]{1,2}"), ["-P", "[\\xc0-\\xdf][\\x80-\\xbf]{1,2}"]],
];

test("lines begin where grep has them begin", async () => {
  // Grep knows no carriage returns.
  const bytes = dumps[0]!.bytes.map((byte) => (byte === 13 ? 14 : byte));
  const path = join(folder, "lines.bin");
  writeFileSync(path, bytes);
  const places = told("grep", ["-abo", "-P", "^[a-zA-Z]{2,8}", path]);
  expect(places.length).toBeGreaterThan(20);
  expect(await placesOf(regex("^[a-zA-Z]{2,8}"), bytes)).toEqual(places);
});

describe.each(dumps)("in $name", ({ name, bytes, path }) => {
  test.each(cases)("%s is found where grep -abo finds it", async (what, pattern, args) => {
    const places = told("grep", ["-abo", ...args, "--", path]);
    expect(await placesOf(pattern, bytes)).toEqual(places);
    if (name === "made bytes" && what !== "an ELF head" && what !== "bytes with wildcards") expect(places.length).toBeGreaterThan(20);
  });

  const isMissing = spawnSync("strings", ["--version"]).error !== undefined;
  test.skipIf(isMissing).each([4, 5, 12])("runs of at least %i characters are those of strings", async (min) => {
    expect(await placesOf({ kind: "strings", min, encoding: "ascii" }, bytes)).toEqual(told("strings", ["-a", "-t", "d", "-n", String(min), path]));
  });
});

test.skipIf(spawnSync("strings", ["--version"]).error !== undefined).each(["l", "b"])("runs of 16-bit characters are those of strings -e %s where these are ASCII", async (order) => {
  // Beside ASCII, strings knows no characters of UTF-16: high bytes that would be one are taken out.
  const bytes = madeBytes().map((byte) => (byte >= 0x80 || (byte > 0 && byte < 8) || byte === 0x20 ? 0x1f : byte));
  const path = join(folder, "ascii16.bin");
  writeFileSync(path, bytes);
  const places = told("strings", ["-a", "-t", "d", "-n", "4", "-e", order, path]);
  expect(places.length).toBeGreaterThan(100);
  expect(await placesOf({ kind: "strings", min: 4, encoding: order === "l" ? "utf-16le" : "utf-16be" }, bytes)).toEqual(places);
});

test("letters outside ASCII are found in both cases where grep -i finds them", async () => {
  const bytes = Buffer.from("Zażółć gęślą jaźń ZAŻÓŁĆ GĘŚLĄ zażółć Ęę ÉCOLE école Ёлка ёлка ΣΑΣ σασ".repeat(50), "utf8");
  const path = join(folder, "letters.txt");
  writeFileSync(path, bytes);
  for (const word of ["zażółć", "ĘŚLĄ", "école", "ЁЛКА", "σα"]) {
    const { stdout } = spawnSync("grep", ["-abo", "-F", "-i", word, path], { env: { ...process.env, LC_ALL: "C.UTF-8" }, maxBuffer: 1 << 28, encoding: "utf8" });
    const places = Array.from(stdout.matchAll(/^(\d+):/gm), (line) => Number(line[1]));
    expect(places.length).toBeGreaterThan(50);
    expect(await placesOf(text(word, true), bytes), word).toEqual(places);
  }
});
