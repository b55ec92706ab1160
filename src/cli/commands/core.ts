/** `icecore core`: a task as an ELF core for gdb and lldb. */
import { formatSize } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { chosenTask } from "../memory-target.ts";
import { withImage } from "../open-image.ts";
import { openDestination } from "../output-file.ts";
import { progressLine } from "../progress.ts";
import { complain, type Command } from "../run.ts";

export const core: Command = async (run) => {
  const { options, out } = run;
  const [path = ""] = run.words;
  const output = options.text("output");
  if (output === undefined) throw new CallError("core needs -o OUT: the file to write");
  await withImage(path, run, async (image) => {
    const { memory } = image.inspector;
    const { task, label } = await chosenTask(image, run);
    if (task < 0) throw new CallError(`no task uses ${label}`);
    const destination = openDestination(output, [path, ...options.all("with")], out, { sparse: true });
    const progress = progressLine(process.stderr, image.name);
    try {
      const plan = await memory
        .core({ task, options: options.has("small") ? { small: true } : {} }, { onPiece: (bytes) => destination.write(bytes), onProgress: progress.report })
        .catch((error: unknown) => {
          throw error instanceof CallError || !(error instanceof Error) ? error : new CallError(error.message.replace(/\.$/, ""));
        });
      progress.clear();
      complain(`${label}: ${plan.threads === 1 ? "1 thread" : `${plan.threads} threads`}, ${formatSize(plan.memory)} of memory, ${formatSize(plan.size)} in all`);
      for (const note of plan.notes) complain(note);
    } finally {
      progress.clear();
      destination.close();
    }
  });
};
