/** `icecore encode`: JSON of `crit decode` back to an image. */
import { close } from "node:fs";
import { promisify } from "node:util";
import { critEncode, type HeadKind } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { fileSource } from "../file-source.ts";
import { guarded, openPath } from "../open-path.ts";
import { openDestination } from "../output-file.ts";
import type { Command } from "../run.ts";
import { STDIN_NAME } from "../stdin.ts";

const closeFile = promisify(close);

export const encode: Command = async ({ words, options, out }) => {
  const [path = ""] = words;
  const name = path === "-" ? STDIN_NAME : path;
  const destination = openDestination(options.text("output"), [path], out);
  if (!destination.isFile && out.isTerminal) throw new CallError("an image is no text for a terminal; give --output=OUT, or send it elsewhere");
  const { descriptor, size } = await guarded(name, () => openPath(path, () => undefined));
  let json: Uint8Array;
  try {
    json = await fileSource(descriptor, size).read(0, size);
  } finally {
    await closeFile(descriptor);
  }
  const head = options.choice("head");
  const result = critEncode(json, {
    endian: options.choice("endian") === "big" ? "big" : "little",
    ...(head === "usual" ? {} : { head: head as HeadKind }),
  });
  if ("error" in result) throw new CallError(`${name} is no image in JSON: ${result.error}`);
  try {
    for (const piece of result.pieces) await destination.write(piece);
  } finally {
    destination.close();
  }
};
