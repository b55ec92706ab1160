/** What framing does with entries: records, kept values, and problems with their places. */
import type { Span } from "../../bytes/span.ts";
import type { Window } from "../../bytes/window.ts";
import type { FileAt } from "../../model/set-reader.ts";
import type { DecodeOptions } from "../../schema/decode-message.ts";
import { formatCount } from "../../schema/show.ts";
import type { CriuSet, ImageFile } from "./criu-set.ts";
import type { Entry, WalkProblem } from "./entries.ts";

/** The next record of the file, for entries that are about to be added. */
export function keep(image: ImageFile, entry: Entry, { file, reader }: FileAt): number {
  const record = reader.add(file, entry.start, entry.end, reader.nameId(entry.message.name));
  image.entries.push({ record, value: entry.value, payload: entry.payload });
  return record;
}

export function reportWalk(image: ImageFile, { kind, message, start, end }: WalkProblem, { file, reader }: FileAt): void {
  const code = kind === "bad-size" ? "frame.bad-length" : kind === "large" ? "frame.too-long" : "frame.truncated";
  reader.report(code, `${image.name}: ${message}`, { file, start, end });
}

/** What is wrong inside a message, reported with its place; positions of the decoder count in the window's bytes. */
export function decodeOptions(set: CriuSet, image: ImageFile, window: Window, { file, reader }: FileAt): DecodeOptions {
  const base = window.start;
  const record = reader.table("records").length;
  return {
    mostMessages: MOST_MESSAGES,
    onField: (field) => void set.fieldsSeen.add(field),
    onProblem(problem, message, path) {
      const start = base + problem.start;
      const end = base + problem.end;
      const at: Span = { file, start, end };
      const where = path === "" ? message.name : `${message.name} (${path})`;
      switch (problem.kind) {
        case "unknown-field":
          noteUnknown(set, problem.number, message.name, image.name, at);
          reader.leave(file, start, end);
          return;
        case "wire-type":
          reader.report("proto.wire-type", () => `${image.name}: ${problem.field.name} of ${where} has the wire type ${problem.found}.`, at);
          reader.leave(file, start, end);
          return;
        case "damage":
          reader.report("proto.damage", () => `${image.name}: in ${where}, ${problem.why}.`, at);
          reader.leave(file, start, end);
          return;
        case "limit":
          reader.report("limit.records", () => `${image.name}: ${message.name} ${path === "" ? "" : `(${path}) `}has more than ${formatCount(MOST_MESSAGES)} messages inside; from this one of ${problem.field.name} on they are not read.`, at);
          return;
        case "unknown-enum":
          reader.report("proto.enum", () => `${image.name}: ${problem.field.name} of ${where} is ${problem.value}, which stands for nothing known.`, at);
          return;
        case "text":
          reader.report("proto.text", () => `${image.name}: ${problem.field.name} of ${where} is not UTF-8.`, at);
          return;
        case "missing":
          if (set.missing.length < MOST_MISSING) set.missing.push({ field: problem.field, message, record, path: path === "" ? problem.field.name : `${path}.${problem.field.name}` });
      }
    },
  };
}

/** A newer writer has a new field in every message of a kind: that is one thing to tell. */
function noteUnknown({ unknownFields }: CriuSet, number: number, message: string, image: string, at: Span): void {
  const key = `${message}/${number}`;
  const known = unknownFields.get(key);
  if (known !== undefined) known.count++;
  else if (unknownFields.size < MOST_UNKNOWN) unknownFields.set(key, { number, message, image, at, count: 1 });
}

/** Kinds of unknown fields that are told apart; damage makes any number of them. */
const MOST_UNKNOWN = 1000;

/** Messages inside an entry that are read. A region takes some forty bytes, so that an entry of the largest size has fewer. */
const MOST_MESSAGES = 1_500_000;

/** Missing fields are judged when the writer's version is known; a hostile image has millions. */
const MOST_MISSING = 5_000;
