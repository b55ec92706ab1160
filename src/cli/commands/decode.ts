/** `icecore decode`: a CRIU image as the JSON of `crit decode`. */
import { close } from "node:fs";
import { basename } from "node:path";
import { promisify } from "node:util";
import { critDecode } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { fileSource } from "../file-source.ts";
import { guarded, openPath } from "../open-path.ts";
import { openDestination } from "../output-file.ts";
import { complain, type Command } from "../run.ts";
import { STDIN_NAME } from "../stdin.ts";

const closeFile = promisify(close);

export const decode: Command = async (run) => {
  const [path = ""] = run.words;
  const name = path === "-" ? STDIN_NAME : path;
  const destination = openDestination(run.options.text("output"), [path], run.out);
  const { descriptor, size } = await guarded(name, () => openPath(path, () => undefined));
  try {
    const options = { pretty: run.options.has("pretty") };
    const result = await critDecode(path === "-" ? "" : basename(path), fileSource(descriptor, size), (piece) => destination.write(piece), options);
    if ("error" in result) throw new CallError(`${name} cannot be decoded: ${result.error}`);
    // As crit has it: a line end on standard output, none in a file.
    if (!destination.isFile) await destination.write("\n");
    for (const problem of result.problems) complain(`${name}: ${problem}`);
    if (result.problems.length > 0) run.raise(1);
  } finally {
    destination.close();
    await closeFile(descriptor);
  }
};
