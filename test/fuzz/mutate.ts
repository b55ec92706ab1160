/** Seeded mutations of an image: the same seed gives the same damage, so a finding can be repeated. */

/** Small generator with a good enough spread for mutations (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const WORDS = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff8];

/** One to eight changes: bits, words, cuts, copies, insertions, zeros. Most hit the first half, where the structure is dense. */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const next = random(seed);
  const pick = (limit: number): number => Math.floor(next() * limit);
  let image: Uint8Array = bytes.slice();
  for (let change = 1 + pick(8); change > 0 && image.length > 0; change--) {
    const at = pick(image.length) >> (next() < 0.5 ? 1 : 0);
    const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    switch (pick(8)) {
      case 0:
        image[at] = image[at]! ^ (1 << pick(8));
        break;
      case 1:
        image[at] = pick(256);
        break;
      case 2:
        if (at + 4 <= image.length) view.setUint32(at, WORDS[pick(WORDS.length)]!, next() < 0.9);
        break;
      case 3:
        if (at + 8 <= image.length) view.setBigUint64(at, BigInt(WORDS[pick(WORDS.length)]!) << BigInt(pick(33)), true);
        break;
      case 4:
        image = image.slice(0, at);
        break;
      case 5: {
        const length = Math.min(pick(256), image.length - at);
        image.copyWithin(pick(image.length), at, at + length);
        break;
      }
      case 6: {
        const length = pick(64);
        const grown = new Uint8Array(image.length + length);
        grown.set(image.subarray(0, at));
        grown.set(image.subarray(at), at + length);
        image = grown;
        break;
      }
      case 7:
        image = new Uint8Array([...image.subarray(0, at), ...image.subarray(Math.min(image.length, at + pick(64)))]);
        break;
    }
  }
  return image;
}
