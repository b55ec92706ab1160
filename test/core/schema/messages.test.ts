/** Messages in both directions, and both readings of them: the values and the tree of fields. On values and on any bytes. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FieldNode } from "../../../src/core/inspector.ts";
import { PLAIN_ABI } from "../../../src/core/schema/abi.ts";
import { decodeMessage, MessageValue, type FieldValue, type MessageProblem } from "../../../src/core/schema/decode-message.ts";
import { pushVarint } from "../../../src/core/schema/varint.ts";
import { encodeMessage, type MessageInput, type MessageInputs } from "../../../src/core/schema/encode-message.ts";
import { explainMessage } from "../../../src/core/schema/explain-message.ts";
import type { Message } from "../../../src/core/schema/message.ts";
import { expectTiles } from "../../support/criu-open.ts";
import { MESSAGES, valuesOf } from "./message-arbitraries.ts";

const SEED = 11;
const encoder = new TextEncoder();

function explained(message: Message, data: Uint8Array): FieldNode {
  const children = explainMessage(message, "", 0, data.length, { abi: PLAIN_ABI, file: 0, origin: 0, param: 0, open: () => true, loaded: { data, base: 0 } });
  return { name: message.name, path: "", span: { file: 0, start: 0, end: data.length }, type: message.name, text: "", value: null, children };
}

function byPath(root: FieldNode): Map<string, FieldNode> {
  const nodes = new Map<string, FieldNode>();
  const visit = (node: FieldNode): void => {
    if (nodes.has(node.path)) throw new Error(`two fields have the path ${node.path}`);
    nodes.set(node.path, node);
    for (const child of node.children ?? []) visit(child);
  };
  visit(root);
  return nodes;
}

/** What was given, as decoding gives it back. */
function same(given: MessageInput | undefined, found: FieldValue | undefined): boolean {
  if (given === undefined) return found === undefined;
  // Without elements nothing is written.
  if (Array.isArray(given)) return given.length === 0 ? found === undefined : Array.isArray(found) && found.length === given.length && given.every((item, index) => same(item as MessageInput, found[index] as FieldValue));
  if (typeof given === "string" || given instanceof Uint8Array) return found instanceof Uint8Array && Buffer.compare(found, typeof given === "string" ? encoder.encode(given) : given) === 0;
  if (typeof given === "object") return found instanceof MessageValue && Object.entries(given as MessageInputs).every(([name, value]) => same(value, found.raw(name)));
  if (typeof given === "boolean") return found === given;
  return (typeof found === "number" || typeof found === "bigint") && BigInt(found) === BigInt(given);
}

/** Every scalar of the values stands in the tree with the same value. */
function expectAgreement(value: MessageValue, path: string, nodes: Map<string, FieldNode>): number {
  let compared = 0;
  const check = (found: FieldValue, at: string): void => {
    const node = nodes.get(at);
    if (node === undefined) throw new Error(`${at} has a value and no field`);
    if (found instanceof MessageValue) compared += expectAgreement(found, at, nodes);
    else if (found instanceof Uint8Array) return;
    else {
      compared++;
      if (BigInt(node.value as number) !== BigInt(found as number)) throw new Error(`${at} is ${String(found)} as a value and ${String(node.value)} as a field`);
    }
  };
  for (const field of value.message.fields) {
    const found = value.value(field);
    if (found === undefined) continue;
    const at = path === "" ? field.name : `${path}.${field.name}`;
    if (Array.isArray(found)) for (const [index, item] of found.entries()) check(item as FieldValue, `${at}.${index}`);
    else check(found, at);
  }
  return compared;
}

/** Bytes that fields leave unexplained, and those that decoding found nothing in. */
function unexplained(node: FieldNode, into: Set<number>): void {
  if (node.role === "unknown" || (node.children === undefined && node.role === "truncated")) for (let at = node.span.start; at < node.span.end; at++) into.add(at);
  else for (const child of node.children ?? []) unexplained(child, into);
}

function left(problems: readonly MessageProblem[]): Set<number> {
  const bytes = new Set<number>();
  for (const problem of problems) {
    if (!["unknown-field", "wire-type", "damage"].includes(problem.kind)) continue;
    for (let at = problem.start; at < problem.end; at++) bytes.add(at);
  }
  return bytes;
}

/** Everything that must hold for any bytes read as a message. */
function expectLaws(message: Message, data: Uint8Array): void {
  const problems: MessageProblem[] = [];
  const value = decodeMessage(message, data, 0, data.length, { onProblem: (problem) => void problems.push(problem) });
  for (const { start, end } of problems) expect(start >= 0 && start <= end && end <= data.length).toBe(true);
  const tree = explained(message, data);
  expectTiles(tree);
  const unknown = new Set<number>();
  unexplained(tree, unknown);
  expect([...unknown].toSorted((a, b) => a - b)).toEqual([...left(problems)].toSorted((a, b) => a - b));
  const nodes = byPath(tree);
  // Later occurrences of a message inside are merged into the value, and stay fields of their own.
  if (![...nodes.keys()].some((path) => path.includes("@"))) expectAgreement(value, "", nodes);
}

describe.each(MESSAGES)("$name", (message) => {
  test("gives back what was written, and shows the same as fields", () => {
    fc.assert(
      fc.property(valuesOf(message), (values) => {
        const data = encodeMessage(message, values);
        const problems: MessageProblem[] = [];
        const value = decodeMessage(message, data, 0, data.length, { onProblem: (problem) => void problems.push(problem) });
        for (const [name, given] of Object.entries(values)) if (!same(given, value.raw(name))) throw new Error(`${name} comes back as ${String(value.raw(name))}`);
        expect(problems.filter(({ kind }) => kind !== "missing")).toEqual([]);
        const tree = explained(message, data);
        expectTiles(tree);
        expectAgreement(value, "", byPath(tree));
      }),
      { numRuns: 30, seed: SEED },
    );
  });

  test("holds the laws on damaged and on any bytes", () => {
    const damaged = fc.tuple(valuesOf(message), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()).map(([values, changes, share, cut]) => {
      const data = encodeMessage(message, values);
      for (const [at, byte] of changes) if (data.length > 0) data[at % data.length] = byte;
      return cut ? data.slice(0, Math.floor(data.length * share)) : data;
    });
    fc.assert(fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (data) => expectLaws(message, Uint8Array.from(data))), { numRuns: 60, seed: SEED });
  });
});

describe("encodings that no writer of CRIU chooses", () => {
  const core = MESSAGES.find(({ name }) => name === "mm_entry")!;
  const auxv = core.byName.get("mm_saved_auxv")!;

  test("packed lists hold the same values as lists of single ones, also mixed", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(300), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), { minLength: 1, maxLength: 8 }), fc.nat(8), (numbers, split) => {
        const single = encodeMessage(core, { mm_saved_auxv: numbers.slice(0, split) });
        const body: number[] = [];
        for (const number of numbers.slice(split)) pushVarint(body, BigInt(number));
        const tag = encodeMessage(core, { mm_saved_auxv: [0] }).slice(0, -1);
        tag[0] = (tag[0]! & 0xf8) | 2;
        const data = Uint8Array.from([...single, ...tag, body.length, ...body]);
        const value = decodeMessage(core, data, 0, data.length);
        expect(value.numbers(auxv.name).map(BigInt)).toEqual(numbers.map(BigInt));
        expectLaws(core, data);
      }),
      { numRuns: 100, seed: SEED },
    );
  });

  test("of a field that occurs twice the later one holds, of messages inside the fields together", () => {
    const message = MESSAGES.find(({ name }) => name === "core_entry")!;
    const first = encodeMessage(message, { mtype: 1, tc: { comm: "one", exit_code: 5 } });
    const second = encodeMessage(message, { mtype: 3, tc: { comm: "two" } });
    const data = Uint8Array.from([...first, ...second]);
    const value = decodeMessage(message, data, 0, data.length);
    expect([value.number("mtype"), value.sub("tc")!.text("comm"), value.sub("tc")!.number("exit_code")]).toEqual([3, "two", 5]);
    expectLaws(message, data);
  });

  test("a field of another wire type takes nothing from the one before it", () => {
    const message = MESSAGES.find(({ name }) => name === "core_entry")!;
    const data = Uint8Array.from([...encodeMessage(message, { mtype: 3, tc: { comm: "one" } }), 0x0a, 1, 7, 0x18, 7]);
    const value = decodeMessage(message, data, 0, data.length);
    expect([value.number("mtype"), value.sub("tc")!.text("comm")]).toEqual([3, "one"]);
    const nodes = byPath(explained(message, data));
    expect([nodes.get("mtype")?.value, nodes.get("tc.comm")?.value]).toEqual([3, "one"]);
    expectLaws(message, data);
  });

  test("messages that nest without end are followed to a depth", () => {
    const directory = MESSAGES.find(({ name }) => name === "cgroup_dir_entry")!;
    let data: Uint8Array = encodeMessage(directory, { dir_name: "x" });
    for (let depth = 0; depth < 200; depth++) data = encodeMessage(directory, { children: [data] });
    expectLaws(directory, data);
    expect(decodeMessage(directory, data, 0, data.length).list("children").length).toBe(1);
  });
});

test("messages inside are decoded up to a limit, which is said once, and fields that are none go on", () => {
  const mm = MESSAGES.find(({ name }) => name === "mm_entry")!;
  const data = encodeMessage(mm, { mm_start_code: 4096n, mm_brk: 8n, vmas: Array.from({ length: 4 }, (_, index) => ({ start: BigInt(index), end: 9n, pgoff: 0n, shmid: 0n, prot: 0, flags: 0, status: 0, fd: -1 })) });
  const problems: MessageProblem[] = [];
  const value = decodeMessage(mm, data, 0, data.length, { mostMessages: 2, onProblem: (problem) => void problems.push(problem) });
  expect(value.list("vmas").map((vma) => vma.number("start"))).toEqual([0, 1]);
  expect([value.number("mm_start_code"), value.number("mm_brk")]).toEqual([4096, 8]);
  const limits = problems.filter(({ kind }) => kind === "limit");
  expect(limits).toHaveLength(1);
  expect(decodeMessage(mm, data, 0, data.length).list("vmas")[2]!.start).toBeGreaterThan(limits[0]!.start);
  expect(decodeMessage(mm, data, 0, data.length).list("vmas")[2]!.end).toBe(limits[0]!.end);
});
