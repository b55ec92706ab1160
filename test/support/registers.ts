/** What gdb says about registers, and registers in a form to compare with it. */
import { readFileSync } from "node:fs";
import type { PlaceOf, RegisterArea } from "../../src/core/machine/register-area.ts";
import { toBigint } from "../../src/core/machine/register-area.ts";
import type { RegisterGroup, RegisterValue } from "../../src/core/memory-inspector.ts";

const ROOT = new URL("../fixtures/real/registers/", import.meta.url);

export function registerFixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, ROOT)));
}

export interface GdbRegister {
  readonly value: bigint;
  /** What gdb writes behind it: a number, or flags in brackets. */
  readonly text: string;
}

/** What gdb calls otherwise: it shows the x87 pointers as offset and segment. */
const OTHER_NAMES: Readonly<Record<string, string>> = { fioff: "fip", fooff: "fdp" };

/** Registers of each thread of a text in `fixtures/real/registers`, by thread id; 0 where the text names no thread. */
export function gdbRegisters(name: string): ReadonlyMap<number, ReadonlyMap<string, GdbRegister>> {
  const threads = new Map<number, Map<string, GdbRegister>>();
  let current = new Map<string, GdbRegister>();
  for (const line of readFileSync(new URL(`${name}.gdb`, ROOT), "utf8").split("\n")) {
    const [register = "", value = "", ...text] = line.split(" ");
    if (register === "") continue;
    if (register === "thread") threads.set(Number(value), (current = new Map()));
    else {
      if (threads.size === 0) threads.set(0, current);
      current.set(OTHER_NAMES[register] ?? register, { value: BigInt(value), text: text.join(" ") });
    }
  }
  return threads;
}

export function byName(groups: readonly RegisterGroup[]): ReadonlyMap<string, RegisterValue> {
  return new Map(groups.flatMap(({ registers }) => registers.map((register) => [register.name, register])));
}

/** Values by name, as gdb's text has them. */
export function valuesOf(groups: readonly RegisterGroup[], names: Iterable<string>): Readonly<Record<string, bigint | undefined>> {
  const registers = byName(groups);
  return Object.fromEntries([...names].map((name) => [name, registers.has(name) ? toBigint(registers.get(name)!.bytes) : undefined]));
}

export function expectedOf(truth: ReadonlyMap<string, GdbRegister>, names: Iterable<string>): Readonly<Record<string, bigint | undefined>> {
  return Object.fromEntries([...names].map((name) => [name, truth.get(name)?.value]));
}

/** An area whose bytes were all saved, in record 7; the path tells the place. */
export function areaOf(bytes: Uint8Array, little = true, place: PlaceOf = (offset, size) => ({ record: 7, path: `${offset}+${size}` })): RegisterArea {
  return { bytes, little, place };
}
