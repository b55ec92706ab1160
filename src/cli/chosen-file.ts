/** Which file of a checkpoint of many a command is about. */
import { CallError } from "./call-error.ts";
import { suggestion } from "./near-match.ts";
import type { Image } from "./open-image.ts";
import type { Run } from "./run.ts";

/** Place of the file that --file names, by its path or the end of it; the only file when there is one. */
export function chosenFile({ summary }: Image, { options }: Run): number {
  const wanted = options.text("file");
  const names = summary.files.map(({ name }) => name);
  if (wanted === undefined) {
    if (names.length === 1) return 0;
    throw new CallError(`the checkpoint has ${names.length} files: say which one with --file, for example --file ${names[0]}`);
  }
  const exact = names.indexOf(wanted);
  if (exact >= 0) return exact;
  const ends = names.flatMap((name, index) => (name.endsWith(`/${wanted}`) ? [index] : []));
  if (ends.length === 1) return ends[0]!;
  if (ends.length > 1) throw new CallError(`${wanted} is the end of ${ends.length} names: ${ends.slice(0, 4).map((index) => names[index]).join(", ")}`);
  throw new CallError(`the checkpoint has no file ${wanted}${suggestion(wanted, names.map((name) => name.slice(name.lastIndexOf("/") + 1)), "icecore table PATH images lists them")}`);
}
