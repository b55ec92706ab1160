/** What regions and addresses are called. */
import type { RegionInfo } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { formatHex } from "../schema/show.ts";
import type { AddressSpace, SpaceRegion } from "./address-space.ts";

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
const SHARED = 8;

/** Four question marks where the rights are not known. */
export function protText(bits: number | undefined): string {
  if (bits === undefined) return "????";
  return `${(bits & PROT_READ) === 0 ? "-" : "r"}${(bits & PROT_WRITE) === 0 ? "-" : "w"}${(bits & PROT_EXEC) === 0 ? "-" : "x"}${(bits & SHARED) === 0 ? "p" : "s"}`;
}

/** Undefined where the image does not tell them. */
export function knownProt({ tables }: Checkpoint, region: number): number | undefined {
  const bits = tables.get("regions").column("prot_bits").value(region);
  return typeof bits === "number" ? bits : undefined;
}

/** The same with no rights where they are not known. */
export function protBits(checkpoint: Checkpoint, region: number): number {
  return knownProt(checkpoint, region) ?? 0;
}

/** A short name: the base of a path, `heap`, `stack`, or the kind. */
export function regionName({ tables }: Checkpoint, { row, path }: SpaceRegion): string {
  if (path !== undefined && path !== "") return path.startsWith("[") ? path.replace(/^\[|\]$/g, "") : path.slice(path.lastIndexOf("/") + 1) || path;
  return tables.get("regions").text(row, "kind") ?? "region";
}

export function regionInfo(checkpoint: Checkpoint, region: SpaceRegion): RegionInfo {
  return { region: region.row, start: region.start, end: region.end, label: `${regionName(checkpoint, region)} ${protText(knownProt(checkpoint, region.row))}` };
}

/**
 * `libc.so.6+0x1234`: counted from where the file is first mapped, as debuggers do; without a file from the region's start.
 * The address itself where nothing is mapped.
 */
export class AddressNames {
  readonly #checkpoint: Checkpoint;
  readonly #space: AddressSpace;
  #bases: ReadonlyMap<string, bigint> | undefined;

  constructor(checkpoint: Checkpoint, space: AddressSpace) {
    this.#checkpoint = checkpoint;
    this.#space = space;
  }

  /** Undefined where nothing is mapped. */
  of(address: bigint): string | undefined {
    const region = this.#space.regionAt(address);
    if (region === undefined) return undefined;
    const base = this.#base(region);
    return `${regionName(this.#checkpoint, region)}${region.path === undefined ? `@${formatHex(region.start)}` : ""}+${formatHex(address - base)}`;
  }

  #base(region: SpaceRegion): bigint {
    if (region.path === undefined || !region.path.startsWith("/")) return region.start;
    if (this.#bases === undefined) {
      const bases = new Map<string, bigint>();
      for (const { path, start } of this.#space.regions) if (path !== undefined && !bases.has(path)) bases.set(path, start);
      this.#bases = bases;
    }
    return this.#bases.get(region.path) ?? region.start;
  }
}
