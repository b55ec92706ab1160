/**
 * Where something typed leads, asked of the memory and of the files and tables: the one that the user is looking at first.
 * The answer is a place, choices to pick from, or why there is none.
 */
import { formatHex, formatSize, type AddressInfo, type Inspector, type Place, type SourceFile, type TableInfo } from "../../../core/index.ts";
import type { Session } from "../../state/session.ts";
import { bytesView, memoryView, type View } from "../../state/view.ts";
import { viewOfRow } from "../../state/workbench.ts";
import { distanceTo } from "../memory/memory-words.ts";
import { spaceOfRow } from "../row-places.ts";

export interface FoundChoice {
  readonly label: string;
  readonly view: View;
}

export type Found =
  | { readonly kind: "view"; readonly view: View; readonly label: string }
  /** `why`: what the choices are for. */
  | { readonly kind: "choices"; readonly why: string; readonly choices: readonly FoundChoice[] }
  | { readonly kind: "nowhere"; readonly why: string };

/** What of the page the text may count from. */
export interface From {
  readonly view: View;
  readonly bytes: { readonly file: number; readonly offset: number } | undefined;
  /** The address space that was looked at last. */
  readonly space: number;
}

/** `7:0x40`, `pid:7:heap`, `heap+0x10`, `libc.so.6 + 0x12`: forms that mean memory wherever they are typed. */
export function isAboutMemory(text: string): boolean {
  return /^(?:pid[: ]\s*)?\d+\s*:\s*\S/i.test(text) || /^[^\s+@][^+@]*\+\s*(?:0x[0-9a-f]+|\d+)$/i.test(text);
}

/** Where a byte of a file is, in words. */
function offsetLabel(files: readonly SourceFile[], file: number, offset: number): string {
  return files.length > 1 ? `${files[file]?.name ?? ""}${offset === 0 ? "" : ` at ${formatHex(offset)}`}` : `Offset ${formatHex(offset)}`;
}

export async function findPlace({ inspector, tables, summary }: Pick<Session, "inspector" | "tables" | "summary">, typed: string, from: From): Promise<Found> {
  const text = typed.trim();
  const isMemoryFirst = from.view.kind === "memory" || from.view.kind === "thread" || from.view.kind === "process" || from.view.kind === "search" || isAboutMemory(text);
  const inMemory = async (): Promise<Found> => await memoryPlace(inspector, text, from.view, await spaceOf(inspector, tables, from));
  const inFiles = (): Promise<Found> => filePlace(inspector, summary.files, text, from.bytes);
  const first = await (isMemoryFirst ? inMemory() : inFiles());
  if (first.kind !== "nowhere") return first;
  const second = await (isMemoryFirst ? inFiles() : inMemory());
  return second.kind === "nowhere" ? first : second;
}

async function filePlace(inspector: Inspector, files: readonly SourceFile[], text: string, from: From["bytes"]): Promise<Found> {
  const place: Place = await inspector.resolvePlace(text, from);
  switch (place.kind) {
    case "offset":
      return { kind: "view", view: bytesView(place.file, place.offset), label: offsetLabel(files, place.file, place.offset) };
    case "row":
      return { kind: "view", view: viewOfRow(place.table, place.row), label: place.label };
    case "choices":
      return { kind: "choices", why: "Places with this name", choices: place.choices.map(({ label, table, row }) => ({ label, view: viewOfRow(table, row) })) };
    case "nowhere":
      return place;
  }
}

/** The address space that names count in. */
async function spaceOf(inspector: Inspector, tables: readonly TableInfo[], { view, space }: From): Promise<number> {
  if (view.kind !== "thread") return space;
  const info = tables.find(({ name }) => name === "threads");
  const row = info && (await inspector.row("threads", view.thread));
  return (info && row && (await spaceOfRow(inspector, tables, info, row))) ?? space;
}

async function memoryPlace(inspector: Inspector, text: string, view: View, space: number): Promise<Found> {
  const address = view.kind === "memory" ? view.address : undefined;
  const place = await inspector.memory.place({ text, space, ...(address === undefined ? {} : { address }) });
  switch (place.kind) {
    case "none":
      return { kind: "nowhere", why: place.why };
    case "choices":
      return { kind: "choices", why: "Addresses with this name", choices: place.choices.map((choice) => ({ label: choice.label, view: memoryView(choice.space, choice.address) })) };
    case "address":
      return place.info.region === undefined ? notMapped(place.info) : { kind: "view", view: memoryView(place.space, place.address), label: `${place.info.label} in memory` };
  }
}

/** An address with nothing behind it: the nearest regions on both sides, and the address itself for who wants it. */
function notMapped({ space, address, below, above }: AddressInfo): Found {
  const near = [
    ...(below === undefined ? [] : [{ region: below, to: below.end - 1n, side: "below" }]),
    ...(above === undefined ? [] : [{ region: above, to: above.start, side: "above" }]),
  ];
  return {
    kind: "choices",
    why: `${formatHex(address)} is not mapped. ${near.length === 0 ? "There are no regions near it." : "The nearest regions:"}`,
    choices: [
      ...near.map(({ region, to, side }) => ({
        label: `${region.label}, ${formatHex(region.start)} – ${formatHex(region.end)}: ${formatSize(distanceTo(address, region))} ${side}`,
        view: memoryView(space, to),
      })),
      { label: `Show ${formatHex(address)} all the same`, view: memoryView(space, address) },
    ],
  };
}
