/**
 * How often each byte stands in the memory of processes, per 100,000: measured over the pages of a Python interpreter, a web
 * server, a 32-bit and an aarch64 program and small C programs, each with the same weight; 0x5a, with which one of them fills
 * its memory, is set to its neighbours' value. Only ratios matter: they say which bytes of a pattern to look for first.
 */
// oxfmt-ignore
export const BYTE_FREQUENCY: Uint32Array = Uint32Array.of(
  75747, 229, 1032, 140, 149, 81, 67, 61, 202, 43, 81, 50, 50, 33, 104, 68,
  155, 330, 26, 35, 32, 29, 18, 36, 45, 28, 16, 17, 30, 21, 21, 24,
  266, 69, 129, 66, 69, 55, 39, 16, 39, 17, 54, 12, 16, 25, 51, 45,
  97, 58, 36, 320, 25, 17, 25, 16, 44, 20, 15, 24, 39, 66, 40, 20,
  167, 172, 146, 135, 153, 145, 153, 172, 191, 159, 216, 123, 137, 148, 142, 130,
  186, 123, 136, 136, 143, 424, 126, 124, 139, 128, 128, 14, 27, 14, 11, 57,
  77, 74, 46, 62, 277, 155, 36, 52, 57, 100, 10, 1378, 80, 61, 84, 63,
  347, 13, 84, 68, 117, 52, 30, 923, 36, 35, 22, 662, 215, 33, 17, 886,
  164, 26, 16, 38, 24, 23, 16, 20, 52, 63, 8, 44, 23, 23, 14, 15,
  85, 29, 9, 8, 26, 14, 19, 13, 35, 12, 15, 13, 12, 9, 27, 35,
  100, 22, 138, 31, 11, 13, 12, 9, 22, 22, 19, 14, 12, 18, 11, 10,
  60, 13, 10, 8, 16, 10, 12, 12, 24, 19, 15, 25, 9, 8, 13, 26,
  252, 15, 16, 18, 13, 10, 15, 26, 24, 17, 14, 10, 16, 12, 14, 23,
  93, 22, 28, 20, 19, 30, 18, 15, 32, 13, 27, 14, 14, 20, 17, 25,
  104, 29, 22, 25, 24, 22, 16, 20, 42, 25, 17, 22, 22, 20, 31, 38,
  123, 22, 26, 54, 29, 46, 26, 123, 94, 84, 11, 13, 287, 25, 37, 932,
);

/** Share of bytes that fit `value` under `mask`, 0 to 1. */
export function shareOf(value: number, mask: number): number {
  if (mask === 0xff) return BYTE_FREQUENCY[value]! / 100_000;
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) if ((byte & mask) === value) sum += BYTE_FREQUENCY[byte]!;
  return Math.min(1, sum / 100_000);
}
