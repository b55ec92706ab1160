/** How far an opening has come, in words. */
import type { Progress } from "../../core/index.ts";
import { countText, plural, shareText, sizeText } from "../parts/words.ts";

/** Names of the steps as the core gives them, for people. A step that is not listed speaks for itself. */
const STEPS: ReadonlyMap<string, string> = new Map([
  ["inflating", "Unpacking the compressed data"],
  ["indexing", "Listing what is in the archive"],
  ["recognising", "Looking at the beginning of each file"],
  ["reading", "Reading the records"],
  ["reading records", "Reading the records"],
]);

/** A rate over less time would jump about. */
const LEAST_ELAPSED_MS = 200;

/** `elapsed`: milliseconds since this step began. */
export function progressText({ phase, done, total, unit }: Progress, elapsed: number): string {
  const step = STEPS.get(phase) ?? phase.charAt(0).toUpperCase() + phase.slice(1);
  if (total === 0) return step;
  if (unit === "files") return `${step}: ${countText(done)} of ${plural(total, "file")} (${shareText(done, total)})`;
  const rate = elapsed < LEAST_ELAPSED_MS || done === 0 ? "" : `, ${sizeText(Math.round((done * 1000) / elapsed))}/s`;
  return `${step}: ${sizeText(done)} of ${sizeText(total)} (${shareText(done, total)})${rate}`;
}
