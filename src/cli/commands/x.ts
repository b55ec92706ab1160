/** `icecore x`: what `crit x` prints about a directory of images, in a folder or an archive. */
import { CRIT_EXPLORATIONS, critExplore, openImages } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { collectInputs } from "../input-files.ts";
import { suggestion } from "../near-match.ts";
import { PLATFORM } from "../open-image.ts";
import { guarded } from "../open-path.ts";
import { progressLine } from "../progress.ts";
import { complain, type Command } from "../run.ts";
import { parseSize } from "../values.ts";

export const x: Command = async (run) => {
  const [path = "", word = ""] = run.words;
  const what = CRIT_EXPLORATIONS.find((known) => known === word);
  if (what === undefined) throw new CallError(`x does not know ${word}${suggestion(word, CRIT_EXPLORATIONS, `it prints ${CRIT_EXPLORATIONS.join(", ")}`)}`);
  const progress = progressLine(process.stderr, path);
  const inflateLimit = run.options.text("inflate-limit");
  const options = { ...PLATFORM, ...(inflateLimit === undefined ? {} : { inflateLimit: parseSize(inflateLimit, "inflate-limit") }) };
  const inputs = await guarded(path, () => collectInputs([path, ...run.options.all("with")], progress.report));
  try {
    const images = await guarded(path, () => openImages(inputs.files, run.options.text("checkpoint"), options, progress.report));
    progress.clear();
    if (images === undefined) throw new CallError(`${path} holds no CRIU images${run.options.has("checkpoint") ? ` of the name ${run.options.text("checkpoint")}` : ""}`);
    try {
      const result = await critExplore(what, images, (piece) => run.out.write(piece));
      if ("error" in result) throw new CallError(`${path}: ${result.error}`);
      if (images.choices.length > 1 && !run.options.has("checkpoint")) complain(`${path} holds ${images.choices.length} directories of images; this is ${images.choices[0]}. For another: --checkpoint ${images.choices.slice(1, 7).join(" or ")}`);
      for (const problem of result.problems) complain(`${path}: ${problem}`);
      if (result.problems.length > 0) run.raise(1);
    } finally {
      await images.close();
    }
  } finally {
    progress.clear();
    await inputs.close();
  }
};
