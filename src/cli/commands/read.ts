/** `icecore read`: bytes of a task's memory as they are. */
import { formatHex, formatSize, type MemoryPiece } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { chosenAddress, chosenSpace } from "../memory-target.ts";
import { withImage } from "../open-image.ts";
import { openDestination } from "../output-file.ts";
import { progressLine } from "../progress.ts";
import { complain, type Command } from "../run.ts";
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
    const start = await chosenAddress(image, space, at);
    const end = start + size;
    if (end > 1n << 64n) throw new CallError("the range goes beyond the end of the address space");
    const fill = options.has("fill");
    tellAbsent(await memory.resolve({ space, start, end }), fill);
    const destination = openDestination(options.text("output"), path, out);
    const progress = progressLine(process.stderr, image.name);
    try {
      await memory.save({ space, start, end, fill }, { onPiece: (bytes) => destination.write(bytes), onProgress: progress.report });
    } finally {
      progress.clear();
      destination.close();
    }
  });
};

/** Bytes that are not there are an error, or with --fill a line. Nothing is written before. */
function tellAbsent(pieces: readonly MemoryPiece[], fill: boolean): void {
  const absent = pieces.filter(({ kind }) => kind !== "image" && kind !== "zero");
  const [first] = absent;
  if (first === undefined) return;
  const total = absent.reduce((sum, { start, end }) => sum + (end - start), 0n);
  const where = `${formatHex(first.start)} to ${formatHex(first.end)}: ${first.why ?? first.kind}`;
  if (!fill) throw new CallError(`${formatSize(total)} of the range are not in the checkpoint: ${where}${absent.length > 1 ? `, and ${absent.length - 1} more runs` : ""}; --fill writes zeros in their place`);
  complain(`${formatSize(total)} of the range are not in the checkpoint and written as zeros: ${where}${absent.length > 1 ? `, and ${absent.length - 1} more runs` : ""}`);
}
