/** `icecore search` and `icecore strings`: what stands in the memory and in the buffers of a checkpoint. */
import { formatHex, formatSize, type SearchDone, type SearchHit, type SearchPattern, type SearchScope } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { chosenSpace } from "../memory-target.ts";
import { withImage, type Image } from "../open-image.ts";
import { progressLine } from "../progress.ts";
import { complain, type Command, type Run } from "../run.ts";
import { printable, printableJson } from "../terminal.ts";
import { counted } from "../words.ts";

const MOST_HITS = 1_000_000;
const WIDTHS = [1, 2, 4, 8] as const;

export const search: Command = async (run) => {
  const [path = "", text = ""] = run.words;
  await find(path, run, (image) => patternOf(text, run, image.summary.byteOrder));
};

export const strings: Command = async (run) => {
  const [path = ""] = run.words;
  const min = Number(run.options.text("min") ?? "4");
  if (!Number.isSafeInteger(min) || min < 1) throw new CallError(`--min takes a number of characters, not "${run.options.text("min")}"`);
  const encoding = run.options.choice("encoding") as Extract<SearchPattern, { kind: "strings" }>["encoding"];
  await find(path, run, () => ({ kind: "strings", min, encoding }));
};

function patternOf(text: string, { options }: Run, byteOrder: "little" | "big"): SearchPattern {
  const ignoreCase = options.has("ignore-case");
  const kind = options.choice("as");
  switch (kind) {
    case "hex":
      return { kind, text };
    case "regex":
      return { kind, source: text, ignoreCase };
    case "pointer": {
      const range = /^(0x[0-9a-f]+|\d+)(?:-(0x[0-9a-f]+|\d+))?$/i.exec(text);
      if (range === null) throw new CallError(`a pointer is searched by an address or a range such as 0x7f001000-0x7f002000, not "${text}"`);
      const from = BigInt(range[1]!);
      return { kind, from, to: range[2] === undefined ? from + 1n : BigInt(range[2]) };
    }
    case "integer": {
      const width = WIDTHS.find((each) => String(each) === options.choice("width"));
      return { kind, text, width: width ?? 4, byteOrder, aligned: options.has("aligned") };
    }
    default:
      return { kind: "text", text, encoding: kind === "utf-16" || kind === "any" ? kind : "utf-8", ignoreCase };
  }
}

async function find(path: string, run: Run, make: (image: Image) => SearchPattern): Promise<void> {
  const { options, out } = run;
  const cap = limitOf(options.text("max"));
  await withImage(path, run, async (image) => {
    const scope = await scopeOf(image, run);
    const progress = progressLine(process.stderr, image.name);
    const isText = options.choice("format") === "text";
    const isStrings = run.words.length === 1;
    let done: SearchDone;
    try {
      done = await image.inspector.memory.search(
        { pattern: make(image), scope, cap },
        {
          onProgress: progress.report,
          onPiece: async (hits) => {
            progress.clear();
            for (const hit of hits) await out.line(isText ? lineOf(hit, isStrings) : printableJson(JSON.stringify(plain(hit))));
          },
        },
      );
    } catch (error) {
      if (error instanceof Error && error.name === "Error") throw new CallError(error.message.replace(/\.$/, ""));
      throw error;
    } finally {
      progress.clear();
    }
    if (done.capped) complain(`the search ended at ${counted(cap, "hit")}; --max takes more`);
    if (done.absent > 0n) complain(`${formatSize(done.searched)} searched; ${formatSize(done.absent)} of the memory are not in the checkpoint`);
    if (done.unsure !== undefined) complain(`${formatSize(done.unsure)} could not be searched: the expression was too much for them`);
    if (done.hits === 0) run.raise(1);
  });
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return MOST_HITS;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new CallError(`--max takes a number of hits, not "${text}"`);
  return value;
}

async function scopeOf(image: Image, run: Run): Promise<SearchScope> {
  if (!run.options.has("pid")) return { kind: "all" };
  return { kind: "space", space: (await chosenSpace(image, run)).space };
}

function lineOf({ owner, address, text, context, contextAt, length }: SearchHit, isStrings: boolean): string {
  const found = [...context].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
  const shown = isStrings && text !== undefined ? text : `${found.slice(0, contextAt)}[${found.slice(contextAt, contextAt + length)}]${found.slice(contextAt + length)}`;
  return `${formatHex(address, 12)}  ${printable(owner)}  ${printable(shown)}`;
}

function plain({ where, space, object, row, owner, address, length, file, offset, text, context, contextAt }: SearchHit): Record<string, unknown> {
  return {
    owner, where, address: formatHex(address), length, ...(where === "space" ? { space } : {}), ...(object < 0 ? {} : { object }), ...(row === undefined ? {} : { row }), file, offset,
    ...(text === undefined ? {} : { text }), bytes: Buffer.from(context.subarray(contextAt, contextAt + length)).toString("hex"),
  };
}
