/** Seeded damage to a set of images: to bytes, to messages, to files and their names. The same seed gives the same damage. */
import { memorySource } from "../../src/core/bytes/source.ts";
import { bytesOf, type InputFile } from "../support/criu-open.ts";
import { mutate, random } from "./mutate.ts";

const ABSURD: readonly bigint[] = [
  0n, 1n, 2n, 3n, 7n, 64n, 127n, 128n, 255n, 4095n, 4096n, 65_535n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 40n, 2n ** 47n, 2n ** 52n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 4096n, 2n ** 64n - 1n,
];
const HEADS = new Set([0x54564319, 0x55105940]);

type Pick = (limit: number) => number;

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

interface Part {
  readonly start: number;
  readonly body: number;
  readonly end: number;
  readonly wire: number;
  readonly tag: bigint;
}

/** Fields of a message, or undefined when the bytes are none. */
function parts(bytes: Uint8Array): Part[] | undefined {
  const list: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const read = (): bigint | undefined => {
      let value = 0n;
      for (let shift = 0n; at < bytes.length && shift < 70n; shift += 7n) {
        const byte = bytes[at++]!;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
      return undefined;
    };
    const tag = read();
    if (tag === undefined || tag < 8n) return undefined;
    const wire = Number(tag & 7n);
    let body = at;
    if (wire === 0) {
      if (read() === undefined) return undefined;
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = read();
      if (length === undefined || length > 1_000_000n) return undefined;
      body = at;
      at += Number(length);
    } else return undefined;
    if (at > bytes.length) return undefined;
    list.push({ start, body, end: at, wire, tag });
  }
  return list;
}

/** One field of a message becomes absurd, goes, or comes many times. */
function bend(bytes: Uint8Array, pick: Pick): Uint8Array {
  const list = parts(bytes);
  if (list === undefined || list.length === 0) return Uint8Array.from(varint(ABSURD[pick(ABSURD.length)]!));
  const part = list[pick(list.length)]!;
  const own = bytes.subarray(part.start, part.end);
  let made: number[] | Uint8Array;
  const way = pick(10);
  if (way === 0) made = [];
  else if (way === 1) made = Array.from({ length: 1 + pick(300) }, () => [...own]).flat();
  else if (way === 2) made = [...varint((part.tag & 7n) | (BigInt(1 + pick(200)) << 3n)), ...bytes.subarray(part.start + varint(part.tag).length, part.end)];
  else if (part.wire === 0) made = [...varint(part.tag), ...varint(ABSURD[pick(ABSURD.length)]!)];
  else if (part.wire === 2) {
    const content = bytes.subarray(part.body, part.end);
    const inner = pick(5) === 0 ? Uint8Array.from({ length: pick(400) }, () => pick(256)) : bend(content, pick);
    made = [...varint(part.tag), ...varint(BigInt(inner.length)), ...inner];
  } else made = own.map(() => pick(256));
  return Uint8Array.from([...bytes.subarray(0, part.start), ...made, ...bytes.subarray(part.end)]);
}

/** An entry of an image with one message bent, sizes mended; or entries repeated. */
function bendImage(bytes: Uint8Array, pick: Pick): Uint8Array {
  if (bytes.length < 12) return mutate(bytes, pick(1 << 30));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts: number[] = [];
  for (let at = HEADS.has(view.getUint32(0, true)) ? 8 : 4; at + 4 <= bytes.length; ) {
    const size = view.getUint32(at, true);
    if (at + 4 + size > bytes.length) break;
    starts.push(at);
    at += 4 + size;
  }
  if (starts.length === 0) return mutate(bytes, pick(1 << 30));
  const at = starts[pick(starts.length)]!;
  const end = at + 4 + view.getUint32(at, true);
  if (pick(8) === 0) return Uint8Array.from([...bytes.subarray(0, end), ...Array.from({ length: 1 + pick(400) }, () => [...bytes.subarray(at, end)]).flat(), ...bytes.subarray(end)]);
  const body = bend(bytes.subarray(at + 4, end), pick);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, body.length, true);
  return Uint8Array.from([...bytes.subarray(0, at), ...size, ...body, ...bytes.subarray(end)]);
}

const LINES = ["(00.000001) Version: 9.9 (gitid x)", "(00.000002) Running on h Linux 6.1 x", "(", "(1.2)", "(00.1)     1: Error (criu/x.c:1): ", "(0.0) Warn  (", "Dumping FAILED.", "\0\0\u00ff", "Running on h Linux k "];
const TEXTS = ["", "{", "[", "null", '"', '{"a":', "[".repeat(5000), `{"${"k".repeat(3000)}":{}}`, "{}", "[]", '{"id":1,"name":[],"rootfsImage":{}}', "[[[[", "1e999", '{"annotations":[1]}', '{"process":{"args":{}}}'];

/** Two to six damages of any kind. */
export async function mutateSet(files: readonly InputFile[], seed: number): Promise<InputFile[]> {
  const next = random(seed);
  const pick: Pick = (limit) => Math.floor(next() * limit);
  const set = [...files];
  const change = async (index: number, how: (bytes: Uint8Array) => Uint8Array): Promise<void> => {
    const file = set[index];
    if (file === undefined || file.link !== undefined) return;
    set[index] = { ...file, source: memorySource(how(await bytesOf(file.source))) };
  };
  for (let count = 1 + pick(5); count > 0 && set.length > 0; count--) {
    // Images rather than pages: that is where the structure is.
    const images = set.flatMap(({ name }, index) => (name.endsWith(".img") && !/\/?pages-/.test(name) ? [index] : []));
    const index = images.length > 0 && next() < 0.9 ? images[pick(images.length)]! : pick(set.length);
    switch (pick(13)) {
      case 0:
      case 1:
        await change(index, (bytes) => mutate(bytes, pick(1 << 30)));
        break;
      case 2:
        set.splice(index, 1);
        break;
      case 3:
        await change(index, (bytes) => bytes.slice(0, pick(bytes.length + 1)));
        break;
      case 4: {
        const other = pick(set.length);
        const [one, two] = [set[index]!, set[other]!];
        set[index] = { ...one, name: two.name };
        set[other] = { ...two, name: one.name };
        break;
      }
      case 5: {
        const other = set[pick(set.length)]!;
        set.push({ ...other, name: set[index]!.name.replace(/\d+/, () => String(pick(300))) });
        break;
      }
      case 6: {
        const folder = set[index]!.name.replace(/[^/]*$/, "");
        const target = [".", "..", "../pre1", "../dump", "parent", "/", "/a/b", "../../..", "x".repeat(5000), "", "../snap1", "../snap3"][pick(12)]!;
        set.push({ name: `${folder}parent`, link: target, source: memorySource(new Uint8Array(0)) });
        break;
      }
      case 7: {
        const log = set.findIndex(({ name }) => name.endsWith(".log"));
        const lines = Array.from({ length: pick(40) }, () => LINES[pick(LINES.length)]! + ["", "a".repeat(pick(3000)), "7: ", " ".repeat(pick(3000)), ")"][pick(5)]!).join(["\n", "\r\n", ""][pick(3)]!);
        if (log >= 0) await change(log, () => new TextEncoder().encode(lines));
        break;
      }
      case 8: {
        const beside = set.flatMap(({ name }, at) => (/\.json$|\.dump$|network\.status$/.test(name) ? [at] : []));
        if (beside.length > 0) await change(beside[pick(beside.length)]!, (bytes) => (pick(2) === 0 ? mutate(bytes, pick(1 << 30)) : new TextEncoder().encode(TEXTS[pick(TEXTS.length)])));
        break;
      }
      default:
        await change(index, (bytes) => bendImage(bytes, pick));
    }
  }
  return set;
}
