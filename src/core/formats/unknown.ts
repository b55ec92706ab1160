/** What no format recognises: plain bytes, so that a person can still look. */
import { Diagnostics } from "../model/diagnostics.ts";
import { Tables } from "../model/checkpoint.ts";
import type { Format } from "./format.ts";

export const unknownFormat: Format = {
  name: "unknown",
  title: "Unknown file",
  async score() {
    return { score: 0, reason: "opens anything as bytes" };
  },
  async open(files) {
    const [file] = files;
    const size = file?.source.size ?? 0;
    const diagnostics = new Diagnostics();
    const tables = new Tables();
    const records = tables.get("records");
    if (size > 0) {
      const row = records.add();
      records.set(row, "offset", 0);
      records.set(row, "length", size);
      records.set(row, "name", "bytes");
    } else diagnostics.report("image.empty", "The file is empty.");
    return {
      files,
      identity: {
        format: "unknown",
        formatName: "Unknown file",
        revision: undefined,
        revisionAlternatives: [],
        architecture: undefined,
        byteOrder: "little",
        pageSize: 4096,
        reasons: ["No format recognises this file."],
        revisionChoices: [],
        architectureChoices: [],
        overridden: { revision: false, architecture: false },
      },
      facts: [],
      tables,
      diagnostics,
      coverage: { total: size, explained: 0 },
      unexplained: size > 0 ? [{ file: 0, start: 0, end: size }] : [],
      decoder: {
        async explain() {
          return { name: "bytes", path: "", span: { file: 0, start: 0, end: size }, type: "bytes", text: `${size} bytes`, value: null, role: "unknown" };
        },
        origin: () => undefined,
        fieldSpan: () => undefined,
        recordDoc: () => "Bytes of a file that no format recognises.",
      },
    };
  },
};
