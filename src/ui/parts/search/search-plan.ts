/** From what was typed to what the core is asked: pure but for the look-ups that a region or a name needs. */
import type { Inspector, SearchPattern, SearchScope, TableInfo } from "../../../core/index.ts";
import type { SearchMode, SearchView } from "../../state/view.ts";
import { cellNamed } from "../row-places.ts";

export const TEXT_ENCODINGS = ["any", "utf-8", "utf-16"] as const;
export const STRING_ENCODINGS = ["ascii", "utf-8", "utf-16le", "utf-16be"] as const;
export const INTEGER_WIDTHS = [1, 2, 4, 8] as const;
export const DEFAULT_INTEGER_WIDTH = 4;
export const DEFAULT_LEAST_CHARACTERS = 6;
/** Longer runs are asked for by nobody; `strings` itself has no limit. */
export const MOST_LEAST_CHARACTERS = 1024;

const ADDRESS_END = 1n << 64n;

export type SearchPlan = { readonly pattern: SearchPattern; readonly scope: SearchScope } | { readonly why: string };

/** True when the view asks for something: a place where nothing was typed yet does not. */
export function isAsked({ mode, text, region }: SearchView): boolean {
  return text.trim() !== "" || mode === "strings" || (mode === "pointer" && region !== undefined);
}

function addressOf(text: string, isHex: boolean): bigint | undefined {
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text);
  if (isHex && /^[0-9a-f]{1,16}$/i.test(text)) return BigInt(`0x${text}`);
  return !isHex && /^\d{1,20}$/.test(text) && BigInt(text) < ADDRESS_END ? BigInt(text) : undefined;
}

/**
 * `0x7f10`, `4096`, and ranges: `0x1000-0x2000`, `1000-2000` as /proc/PID/maps has them (hexadecimal then). The end of a
 * range is the first address behind it. Undefined when the text is none of these.
 */
export function addressRangeOf(text: string): { readonly from: bigint; readonly to: bigint } | undefined {
  const [first = "", second, ...more] = text.trim().replaceAll(/[_,`]/g, "").split(/\s*(?:-|–|\.\.)\s*/);
  if (more.length > 0) return undefined;
  const from = addressOf(first, second !== undefined);
  if (from === undefined) return undefined;
  if (second === undefined) return { from, to: from + 1n };
  const to = addressOf(second, true);
  return to === undefined || to <= from ? undefined : { from, to };
}

export function pickEncoding<T extends string>(known: readonly T[], wanted: string | undefined): T {
  return known.find((each) => each === wanted) ?? known[0]!;
}

/** The pattern of every mode but `pointer`, which may have to ask. */
export function patternOf(view: SearchView & { readonly mode: Exclude<SearchMode, "pointer"> }, byteOrder: "little" | "big"): SearchPattern {
  const { text } = view;
  const ignoreCase = view.ignoreCase === true;
  switch (view.mode) {
    case "text":
      return { kind: "text", text, encoding: pickEncoding(TEXT_ENCODINGS, view.encoding), ignoreCase };
    case "hex":
      return { kind: "hex", text };
    case "integer":
      return { kind: "integer", text, width: INTEGER_WIDTHS.find((each) => each === view.width) ?? DEFAULT_INTEGER_WIDTH, byteOrder, aligned: view.aligned === true };
    case "regex":
      return { kind: "regex", source: text, ignoreCase };
    case "strings": {
      const min = Math.max(1, Math.min(view.width ?? DEFAULT_LEAST_CHARACTERS, MOST_LEAST_CHARACTERS));
      return { kind: "strings", min, encoding: pickEncoding(STRING_ENCODINGS, view.encoding) };
    }
  }
}

function scopeOf({ space, region }: SearchView): SearchScope {
  if (region !== undefined) return { kind: "region", region };
  return space === undefined ? { kind: "all" } : { kind: "space", space };
}

/** Rejects only when the checkpoint cannot be asked; `why` says in a sentence what is wrong with the text. */
export async function planOf(view: SearchView, inspector: Inspector, tables: readonly TableInfo[], byteOrder: "little" | "big"): Promise<SearchPlan> {
  const { mode } = view;
  if (mode !== "pointer") return { pattern: patternOf({ ...view, mode }, byteOrder), scope: scopeOf(view) };
  if (view.text.trim() === "" && view.region !== undefined) return await pointersToRegion(view, view.region, inspector, tables);
  const range = addressRangeOf(view.text);
  if (range !== undefined) return { pattern: { kind: "pointer", ...range }, scope: scopeOf(view) };
  // `heap+0x10`, `stack`, `rsp`: names count in one address space.
  const place = await inspector.memory.place({ text: view.text, space: view.space ?? 0 });
  if (place.kind === "address") {
    const { region } = place.info;
    // The name of a region means all of it; an address inside means itself.
    const isRegion = region !== undefined && region.start === place.address && !view.text.includes("+");
    const [from, to] = isRegion ? [region.start, region.end] : [place.address, place.address + 1n];
    return { pattern: { kind: "pointer", from, to }, scope: scopeOf(view) };
  }
  if (place.kind === "choices") return { why: `${view.text} may be several addresses: type one of them, such as 0x7f10.` };
  return { why: `${place.why} Type an address such as 0x7f10, a range such as 0x7f00-0x7fff, or a name such as heap+0x10.` };
}

/** Pointers to a region count in its own address space only: elsewhere the same numbers mean other places. */
async function pointersToRegion({ space }: SearchView, region: number, inspector: Inspector, tables: readonly TableInfo[]): Promise<SearchPlan> {
  const info = tables.find(({ name }) => name === "regions");
  const row = info && (await inspector.row("regions", region));
  if (info === undefined || row === undefined) return { why: `There is no memory region number ${region}.` };
  const from = cellNamed(info, row, "start")?.value;
  const to = cellNamed(info, row, "end")?.value;
  const own = space ?? cellNamed(info, row, "space")?.link?.row;
  if (from === null || to === null || from === undefined || to === undefined || own === undefined) return { why: "The image does not say where this region is." };
  return { pattern: { kind: "pointer", from: BigInt(from), to: BigInt(to) }, scope: { kind: "space", space: own } };
}
