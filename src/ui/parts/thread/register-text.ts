/** Registers as text: pure functions. The bytes of a register come least significant first, whatever the image's order is. */
import { floatText } from "../hex-grid/interpret.ts";

export const VECTOR_FORMS = ["hex", "u8", "u16", "u32", "u64", "f32", "f64"] as const;
export type VectorForm = (typeof VECTOR_FORMS)[number];

const LANE_BYTES: Readonly<Record<Exclude<VectorForm, "hex">, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, f32: 4, f64: 8 };

/** The register as one number; 0 for no bytes. */
export function registerNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** `0x` and two digits for each byte, most significant first. */
export function registerHex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .reverse()
    .join("")}`;
}

/** In decimal, and as a negative number where the highest bit is set. */
export function registerDecimal(bytes: Uint8Array): string {
  const value = registerNumber(bytes);
  const signed = BigInt.asIntN(bytes.length * 8, value);
  return signed === value ? String(value) : `${value} (${signed})`;
}

/** With as many digits as a float has: those beyond come from the widening. Zero keeps its sign. */
function shortest(value: number): number {
  return value === 0 ? value : Number(value.toPrecision(9));
}

function laneText(view: DataView, at: number, form: Exclude<VectorForm, "hex">): string {
  switch (form) {
    case "u8":
      return String(view.getUint8(at));
    case "u16":
      return String(view.getUint16(at, true));
    case "u32":
      return String(view.getUint32(at, true));
    case "u64":
      return String(view.getBigUint64(at, true));
    case "f32":
      return floatText(shortest(view.getFloat32(at, true)));
    case "f64":
      return floatText(view.getFloat64(at, true));
  }
}

/** A control word among the vectors is none, whatever form was chosen for them. */
const LEAST_VECTOR_BYTES = 8;

/** A vector register: one number, or its lanes from the lowest on. */
export function vectorText(bytes: Uint8Array, form: VectorForm): string {
  if (form === "hex" || bytes.length < LEAST_VECTOR_BYTES || bytes.length % LANE_BYTES[form] !== 0) return registerHex(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = LANE_BYTES[form];
  return Array.from({ length: bytes.length / width }, (_, lane) => laneText(view, lane * width, form)).join(" ");
}

/** A register of a floating point unit that holds doubles. */
export function doubleText(bytes: Uint8Array): string {
  return bytes.length === 8 ? vectorText(bytes, "f64") : registerHex(bytes);
}
