/** `icecore read`: bytes of a task's memory as they are. */
import { formatHex, formatSize, type MemoryBytes, type MemoryInspector, type MemoryPiece } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { chosenAddress, chosenSpace } from "../memory-target.ts";
import { withImage } from "../open-image.ts";
import { openDestination, type Destination } from "../output-file.ts";
import { progressLine } from "../progress.ts";
import { complain, type Command } from "../run.ts";
import { printable } from "../terminal.ts";
import { parseSize } from "../values.ts";

export const read: Command = async (run) => {
  const { options, out } = run;
  const [path = ""] = run.words;
  const at = options.text("address");
  const length = options.text("length");
  if (at === undefined || length === undefined) throw new CallError("read needs --address and --length");
  const size = BigInt(parseSize(length, "length"));
  await withImage(path, run, async (image) => {
    const { memory } = image.inspector;
    const { space } = await chosenSpace(image, run);
    const start = await chosenAddress(image, space, options.text("pid"), at);
    const end = start + size;
    if (end > 1n << 64n) throw new CallError("the range goes beyond the end of the address space");
    const fill = options.has("fill");
    const inputs = [path, ...options.all("with")];
    if (options.has("hex")) {
      if (fill) throw new CallError("--hex says what is not there, and --fill writes zeros for it: choose one");
      return await hexdump(memory, space, start, end, openDestination(options.text("output"), inputs, out));
    }
    await tellAbsent(memory, space, start, end, fill);
    const destination = openDestination(options.text("output"), inputs, out);
    const progress = progressLine(process.stderr, image.name);
    try {
      const { absent } = await memory.save({ space, start, end, fill }, { onPiece: (bytes) => destination.write(bytes), onProgress: progress.report });
      // Bytes that were left out would shift all that follow.
      if (absent > 0n && !fill) throw new CallError(`${formatSize(absent)} of the range are not in the checkpoint`);
    } finally {
      progress.clear();
      destination.close();
    }
  });
};

const ROW = 16;
/** Bytes that are read at once. */
const WINDOW = 64 * 1024;

/** Lines of 16 bytes at multiples of 16, as xxd has them. Bytes that are not there are dots; a whole run of them is one line. */
async function hexdump(memory: MemoryInspector, space: number, start: bigint, end: bigint, destination: Destination): Promise<void> {
  try {
    let at = start;
    for await (const piece of piecesOf(memory, space, start, end)) {
      // The row before may have reached into this piece.
      while (at < piece.end && at < end) at = await dumpFrom(at, piece);
    }
  } finally {
    destination.close();
  }

  async function dumpFrom(at: bigint, piece: MemoryPiece): Promise<bigint> {
    const isLong = piece.end - at >= BigInt(2 * ROW);
    if (isLong && !hasBytes(piece)) {
      await destination.write(`${address(at)}: ${printable(`${formatSize(piece.end - at)} to ${formatHex(piece.end - 1n)}: ${piece.why ?? piece.kind}`)}\n`);
      return piece.end;
    }
    const rowEnd = (at / BigInt(ROW)) * BigInt(ROW) + BigInt(ROW);
    const whole = isLong ? (piece.end / BigInt(ROW)) * BigInt(ROW) : rowEnd;
    const limit = least(end, least(whole > at ? whole : rowEnd, rowEnd - BigInt(ROW) + BigInt(WINDOW)));
    await destination.write(rowsOf(await memory.read({ space, start: at, end: limit })));
    return limit;
  }
}

/** Every piece of a range, however many. */
async function* piecesOf(memory: MemoryInspector, space: number, start: bigint, end: bigint): AsyncGenerator<MemoryPiece> {
  for (let at = start; at < end; ) {
    const pieces = await memory.resolve({ space, start: at, end });
    yield* pieces;
    at = pieces.at(-1)?.end ?? end;
  }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const hasBytes = ({ kind }: MemoryPiece): boolean => kind === "image" || kind === "zero";
const address = (at: bigint): string => at.toString(16).padStart(12, "0");

function rowsOf({ start, bytes, pieces }: MemoryBytes): string {
  const known = new Uint8Array(bytes.length);
  for (const piece of pieces) if (hasBytes(piece)) known.fill(1, Number(piece.start - start), Number(piece.end - start));
  const lines: string[] = [];
  const first = start - (start % BigInt(ROW));
  for (let row = first; row < start + BigInt(bytes.length); row += BigInt(ROW)) {
    let hex = "";
    let text = "";
    for (let column = 0; column < ROW; column++) {
      const index = Number(row - start) + column;
      const isInside = index >= 0 && index < bytes.length;
      const byte = bytes[index] ?? 0;
      hex += `${isInside ? (known[index] === 1 ? byte.toString(16).padStart(2, "0") : "..") : "  "}${column % 2 === 1 ? " " : ""}`;
      text += !isInside ? " " : known[index] === 1 && byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
    }
    lines.push(`${address(row)}: ${hex} ${text.trimEnd()}\n`);
  }
  return lines.join("");
}

/** Bytes that are not there are an error, or with --fill a line. Nothing is written before. */
async function tellAbsent(memory: MemoryInspector, space: number, start: bigint, end: bigint, fill: boolean): Promise<void> {
  let first: MemoryPiece | undefined;
  let runs = 0;
  let total = 0n;
  for await (const piece of piecesOf(memory, space, start, end)) {
    if (hasBytes(piece)) continue;
    first ??= piece;
    runs++;
    total += piece.end - piece.start;
  }
  if (first === undefined) return;
  const where = `${formatHex(first.start)} to ${formatHex(first.end)}: ${first.why ?? first.kind}${runs > 1 ? `, and ${runs - 1} more runs` : ""}`;
  if (!fill) throw new CallError(`${formatSize(total)} of the range are not in the checkpoint: ${where}; --fill writes zeros in their place`);
  complain(`${formatSize(total)} of the range are not in the checkpoint and written as zeros: ${where}`);
}
