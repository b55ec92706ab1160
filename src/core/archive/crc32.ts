/** CRC-32 as gzip and zip have it (polynomial 0xEDB88320, reflected), four bytes at a step. */

const TABLES: readonly Uint32Array[] = Array.from({ length: 4 }, () => new Uint32Array(256));

for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  TABLES[0]![byte] = value;
}
for (let step = 1; step < 4; step++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = TABLES[step - 1]![byte]!;
    TABLES[step]![byte] = (before >>> 8) ^ TABLES[0]![before & 0xff]!;
  }
}

/** The checksum of what `crc` covers and then `bytes`; begin with 0. Unsigned. */
export function crc32(crc: number, bytes: Uint8Array): number {
  const [first, second, third, fourth] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let value = ~crc;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value = fourth[value & 0xff]! ^ third[(value >>> 8) & 0xff]! ^ second[(value >>> 16) & 0xff]! ^ first[value >>> 24]!;
  }
  for (; at < bytes.length; at++) value = (value >>> 8) ^ first[(value ^ bytes[at]!) & 0xff]!;
  return ~value >>> 0;
}
