/** `icecore x`: what `crit x` prints about a directory of images. */
import { CRIT_EXPLORATIONS, critExplore } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { openImageFolder } from "../image-folder.ts";
import { suggestion } from "../near-match.ts";
import { complain, type Command } from "../run.ts";

export const x: Command = async (run) => {
  const [path = "", word = ""] = run.words;
  const what = CRIT_EXPLORATIONS.find((known) => known === word);
  if (what === undefined) throw new CallError(`x does not know ${word}${suggestion(word, CRIT_EXPLORATIONS, `it prints ${CRIT_EXPLORATIONS.join(", ")}`)}`);
  const result = await critExplore(what, await openImageFolder(path), (piece) => run.out.write(piece));
  if ("error" in result) throw new CallError(`${path}: ${result.error}`);
  for (const problem of result.problems) complain(`${path}: ${problem}`);
  if (result.problems.length > 0) run.raise(1);
};
