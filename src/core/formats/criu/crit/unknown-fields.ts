/**
 * Fields that no description has, kept apart from those that crit prints: under a key of ours, so that nothing in an image
 * is hidden and the image can be made again.
 */
import type { MessageProblem } from "../../../schema/decode-message.ts";
import { pushVarint, VarintReader } from "../../../schema/varint.ts";

/** Key of the list in the JSON; no message of CRIU has a field of this name. */
export const UNKNOWN_KEY = "__unknown";

export interface UnknownField {
  readonly number: number;
  /** Wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
  readonly wire: number;
  readonly value: number | bigint | Uint8Array;
}

/** By the path of the message in its entry, as `decodeMessage` names it: empty for the entry itself. */
export type UnknownFields = ReadonlyMap<string, readonly UnknownField[]>;

/** The field that a problem is about, when it is one that was stepped over: unknown, or of a wire type that does not fit. */
export function skippedField(problem: MessageProblem, bytes: Uint8Array): UnknownField | undefined {
  if (problem.kind !== "unknown-field" && problem.kind !== "wire-type") return undefined;
  const reader = new VarintReader(bytes, problem.start, problem.end);
  reader.next();
  const wire = reader.low & 7;
  const number = reader.low >>> 3;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = reader.position;
  if (wire === 1) return { number, wire, value: view.getBigUint64(at, true) };
  if (wire === 5) return { number, wire, value: view.getUint32(at, true) };
  reader.next();
  return { number, wire, value: wire === 0 ? reader.unsigned() : bytes.slice(reader.position, problem.end) };
}

/** Bytes of the field with its number before it. */
export function unknownFieldBytes({ number, wire, value }: UnknownField): Uint8Array {
  const out: number[] = [];
  pushVarint(out, BigInt(number) * 8n + BigInt(wire));
  if (value instanceof Uint8Array) {
    pushVarint(out, BigInt(value.length));
    const whole = new Uint8Array(out.length + value.length);
    whole.set(out);
    whole.set(value, out.length);
    return whole;
  }
  if (wire === 0) pushVarint(out, BigInt(value));
  else for (let index = 0n; index < (wire === 1 ? 8n : 4n); index++) out.push(Number((BigInt(value) >> (index * 8n)) & 0xffn));
  return Uint8Array.from(out);
}
