/**
 * `crit decode`: an image as JSON, equal to what CRIU's own tool prints wherever it prints anything. Entry by entry: neither
 * the image nor the text is ever whole in memory.
 */
import type { ByteSource } from "../../../bytes/source.ts";
import { Window } from "../../../bytes/window.ts";
import { decodeMessage, type OnProblem } from "../../../schema/decode-message.ts";
import { messageOf, MOST_BODY, payloadOf } from "../entries.ts";
import { identify, type Identified } from "../identify.ts";
import type { ImageType } from "../image-types.ts";
import { JsonWriter, type WritePiece } from "./json-writer.ts";
import { printMessage, type PrintStyle } from "./print-message.ts";
import { critPayload, printPayload } from "./print-payload.ts";
import { isAlwaysThere } from "./required.ts";
import { critName } from "./type-names.ts";
import { skippedField, type UnknownField } from "./unknown-fields.ts";

export interface CritDecodeOptions {
  /** Indented, and numbers by their display options. */
  readonly pretty?: boolean;
  readonly signal?: AbortSignal;
}

/** `error`: nothing could be decoded and nothing was written. `problems`: what is missing from the text, and why. */
export type CritDecoded = { readonly error: string } | { readonly problems: readonly string[] };

/** Problems that are kept; one damaged image can have millions. */
const MOST_PROBLEMS = 100;

/**
 * Write an image as JSON. `name` is its file name, which matters where the head leaves a choice; it may be empty.
 * There is no line end after the text.
 */
export async function critDecode(name: string, source: ByteSource, write: WritePiece, options: CritDecodeOptions = {}): Promise<CritDecoded> {
  const window = new Window(source);
  await window.load(0, 8, options.signal);
  const found = identify(name, window.bytes.subarray(0, 8), source.size);
  const { type } = found;
  if (type?.message === undefined || type.bare === true) return { error: whyNot(found, window.bytes) };
  const pretty = options.pretty === true;
  const out = new JsonWriter(pretty);
  out.beginObject();
  out.key("magic");
  out.string(critName(type));
  out.key("entries");
  out.beginArray();
  window.little = found.endian !== "big";
  const decoder = new Decoder({ source, window, type, style: { pretty, little: window.little }, out, write, signal: options.signal });
  await decoder.entries(found.headLength);
  out.end();
  out.end();
  await out.drain(write, true);
  return { problems: decoder.problems };
}

/** The whole text at once, for images that are known to be small. */
export async function critDecodeText(
  name: string, source: ByteSource, options: CritDecodeOptions = {},
): Promise<{ readonly error: string } | { readonly text: string; readonly problems: readonly string[] }> {
  let text = "";
  const result = await critDecode(name, source, (piece) => void (text += piece), options);
  return "error" in result ? result : { text, problems: result.problems };
}

const RAW: Readonly<Record<NonNullable<ImageType["raw"]>, string>> = {
  pages: "contents of memory, page after page",
  netlink: "netlink messages of the kernel",
  text: "firewall rules as text",
  archive: "a tar archive",
  device: "contents of device memory",
};

function whyNot({ type, head, unknownMagic, endian }: Identified, bytes: Uint8Array): string {
  if (type?.payload?.kind === "old-pages") return "it holds pages in the form of CRIU before 0.5, which has no messages";
  if (type?.raw !== undefined) return `it holds ${RAW[type.raw]}, and no messages that could be decoded`;
  if (type?.bare === true) return "it is one message without a head, which has no form in crit's JSON; `icecore show` and `icecore hex` read it";
  if (head !== "none" && bytes.length < 8) return "it ends inside its head";
  if (unknownMagic !== undefined) return `no release of CRIU knows the image type 0x${unknownMagic.toString(16).padStart(8, "0")} (${endian} endian)`;
  if (bytes.length === 0) return "it is empty";
  const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `it is no image of CRIU: it begins with the bytes ${start}`;
}

interface Context {
  readonly source: ByteSource;
  readonly window: Window;
  readonly type: ImageType;
  readonly style: PrintStyle;
  readonly out: JsonWriter;
  readonly write: WritePiece;
  readonly signal: AbortSignal | undefined;
}

class Decoder {
  readonly problems: string[] = [];
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  #problem(text: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(text);
  }

  /** From the end of the head to the end of the file, or to the first place where no entry can be. */
  async entries(start: number): Promise<void> {
    const { window, out, write, signal } = this.#context;
    let position = start;
    for (let index = 0; position < window.size; index++) {
      if (!window.has(position, 4)) await window.load(position, 4, signal);
      if (!window.has(position, 4)) return this.#problem(`entry ${index} is cut off in its size`);
      const size = window.u32(position);
      const end = position + 4 + size;
      if (end > window.size) return this.#problem(`entry ${index} has ${size} bytes, of which ${window.size - position - 4} are there`);
      if (size > MOST_BODY) return this.#problem(`entry ${index} has ${size} bytes, too many to be decoded`);
      if (!window.has(position + 4, size)) await window.load(position, size + 4, signal);
      if (!window.has(position + 4, size)) return this.#problem(`entry ${index} could not be read to its end`);
      position = await this.#entry(index, position + 4, end);
      if (position < 0) return;
      await out.drain(write);
    }
  }

  /** The entry whose message is [start, end); the position behind it, or -1 when nothing can follow. */
  async #entry(index: number, start: number, end: number): Promise<number> {
    const { source, window, type, style, out, write, signal } = this.#context;
    const { bytes } = window;
    const unknown = new Map<string, UnknownField[]>();
    const onProblem: OnProblem = (problem, message, path) => {
      const skipped = skippedField(problem, bytes);
      if (skipped !== undefined) {
        const before = unknown.get(path);
        if (before === undefined) unknown.set(path, [skipped]);
        else before.push(skipped);
      }
      const place = `entries[${index}]${path === "" ? "" : `.${path}`}`;
      if (problem.kind === "damage") this.#problem(`${place}: ${problem.why}`);
      if (problem.kind === "missing" && isAlwaysThere(message, problem.field)) this.#problem(`${place}: ${message.name} lacks ${problem.field.name}, which it must have`);
    };
    const message = messageOf(type, index)!;
    const value = decodeMessage(message, bytes, start - window.start, end - window.start, { onProblem });
    out.item();
    out.beginObject();
    printMessage(value, out, style, unknown.size === 0 ? undefined : unknown);
    const payload = critPayload(type);
    let next = end;
    // The first entry of a ghost file in chunks has no contents of its own.
    if (payload !== undefined && !(payload.kind === "ghost" && index === 0 && value.flag("chunks"))) {
      const first = index === 0 ? value : undefined;
      const { parts, missing } = await payloadOf({ ...type, payload }, value, first, end, window, signal);
      await printPayload(payload, { source, value, start: end, parts, signal }, out, write, style);
      next = parts.at(-1)?.end ?? end;
      if (missing !== undefined) {
        next = -1;
        if (!value.message.byName.has("in_pagemaps") || !value.flag("in_pagemaps")) this.#problem(`entries[${index}].extra: ${missing}`);
      }
    }
    out.end();
    return next;
  }
}
