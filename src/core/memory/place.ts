/**
 * What somebody typed, as an address: `0x7f..`, a decimal, `+0x20`, `-16`, `pid:0x..`, `heap+0x10`, `stack`, the name of a
 * register of the task's first thread, a path or a part of it, `pages-1.img@0x3000`. Names may have `+` and a number behind.
 */
import { toBigint } from "../machine/register-area.ts";
import type { MemoryPlace, ThreadRegisters } from "../memory-inspector.ts";
import { formatHex } from "../schema/show.ts";
import { ADDRESS_END, type AddressSpace, type SpaceRegion } from "./address-space.ts";
import { regionName } from "./names.ts";
import type { ReverseIndex } from "./reverse.ts";
import type { SpaceList } from "./space-list.ts";

const MOST_CHOICES = 50;
/** Characters of a part of a path: fewer would find anything. */
const LEAST_PART = 3;

export interface PlaceTools {
  readonly list: SpaceList;
  readonly reverse: ReverseIndex;
  /** Registers of the first thread of a task; without one, of the first task of the space. */
  registersOf(space: number, task: number): Promise<ThreadRegisters | undefined>;
  found(space: number, address: bigint): MemoryPlace;
}

type Choice = { readonly label: string; readonly space: number; readonly address: bigint };

export async function placeOf(text: string, space: number, address: bigint | undefined, tools: PlaceTools, task = -1): Promise<MemoryPlace> {
  const wanted = text.trim();
  if (wanted === "") return none("Type an address, a name of a region, or a register.");
  const other = /^(?:pid[: ]\s*)?(\d+):\s*(.+)$/i.exec(wanted);
  // One task is enough: `1:1:1:heap` is none.
  if (other !== null && task < 0) return await inTask(Number(other[1]), other[2]!, tools);
  const inFile = /^(.+)@\s*(0x[0-9a-f]+|\d+)$/i.exec(wanted);
  if (inFile !== null) return ofFile(inFile[1]!.trim(), Number(inFile[2]), tools);
  if (!(space >= 0 && space < tools.list.count)) return none("There is no memory map to look into.");
  const relative = /^([+-])\s*(0x[0-9a-f]+|\d+)$/i.exec(wanted);
  if (relative !== null) return at(space, (address ?? 0n) + (relative[1] === "-" ? -1n : 1n) * BigInt(relative[2]!), tools);
  const number = /^(?:0x[0-9a-f]+|\d+)$/i.test(wanted) ? BigInt(wanted) : /^[0-9a-f]{9,16}$/i.test(wanted) ? BigInt(`0x${wanted}`) : undefined;
  if (number !== undefined) return at(space, number, tools);
  const sum = /^(.*?)\s*\+\s*(0x[0-9a-f]+|\d+)$/i.exec(wanted);
  return await named(space, sum?.[1] ?? wanted, BigInt(sum?.[2] ?? 0), tools, task);
}

function none(why: string): MemoryPlace {
  return { kind: "none", why };
}

function at(space: number, address: bigint, { found }: PlaceTools): MemoryPlace {
  if (address < 0n || address >= ADDRESS_END) return none("Addresses go from 0 to 0xffffffffffffffff.");
  return found(space, address);
}

async function inTask(pid: number, rest: string, tools: PlaceTools): Promise<MemoryPlace> {
  const tasks = tools.list.checkpoint.tables.get("tasks");
  for (let task = 0; task < tasks.length; task++) {
    if (tasks.number(task, "pid") !== pid) continue;
    const space = tools.list.ofTask(task);
    if (space < 0) return none(`Task ${pid} has no memory in this image.`);
    return await placeOf(rest, space, undefined, tools, task);
  }
  return none(`No task has the pid ${pid}.`);
}

function ofFile(name: string, offset: number, { list, reverse, found }: PlaceTools): MemoryPlace {
  const { files } = list.checkpoint;
  const wanted = name.toLowerCase();
  const file = files.findIndex((each) => each.name.toLowerCase() === wanted);
  const index = file >= 0 ? file : files.findIndex((each) => each.name.toLowerCase().endsWith(`/${wanted}`));
  if (index < 0) return none(`There is no file ${name}.`);
  if (offset >= files[index]!.source.size) return none(`${files[index]!.name} has ${files[index]!.source.size} bytes.`);
  const uses = reverse.find(index, offset, offset + 1);
  const [first] = uses;
  if (first === undefined) return none(`No address uses the byte ${formatHex(offset)} of ${files[index]!.name}.`);
  if (uses.length === 1) return found(first.space, first.start);
  return { kind: "choices", choices: uses.slice(0, MOST_CHOICES).map((use) => ({ label: `${list.info(use.space).label}: ${formatHex(use.start)}`, space: use.space, address: use.start })) };
}

async function named(row: number, name: string, plus: bigint, tools: PlaceTools, task: number): Promise<MemoryPlace> {
  const { list } = tools;
  const space = list.get(row);
  const wanted = name.toLowerCase().replace(/^\[|\]$/g, "");
  const registers = await tools.registersOf(row, task);
  const register = registers?.groups.flatMap((group) => group.registers).find((each) => each.name === wanted || registers.roles[(wanted === "pc" ? "ip" : wanted) as "ip" | "sp" | "fp" | "lr"] === each.name);
  if (register !== undefined && register.bytes.length <= 8) return at(row, toBigint(register.bytes) + plus, tools);
  const fixed = fixedPlace(list, space, wanted);
  if (fixed !== undefined) return at(row, fixed + plus, tools);
  const exact: SpaceRegion[] = [];
  const partly: SpaceRegion[] = [];
  for (const region of space.regions) {
    const path = region.path?.toLowerCase();
    if (path === wanted || regionName(list.checkpoint, region).toLowerCase() === wanted) exact.push(region);
    else if (wanted.length >= LEAST_PART && path?.includes(wanted) === true) partly.push(region);
  }
  const matching = exact.length > 0 ? exact : partly;
  const paths = new Set(matching.map(({ path, start }) => path ?? formatHex(start)));
  const [first] = matching;
  if (first === undefined) return none(`No region, register or address of ${list.info(row).label} is called "${name}".`);
  // A file that is mapped in several parts begins with the first.
  if (paths.size === 1) return at(row, first.start + plus, tools);
  return { kind: "choices", choices: matching.slice(0, MOST_CHOICES).map((region): Choice => ({ label: `${formatHex(region.start)} ${region.path ?? ""}`.trim(), space: row, address: region.start + plus })) };
}

const NAMED_PLACES: ReadonlyMap<string, string> = new Map([
  ["heap", "start_brk"], ["brk", "brk"], ["argv", "arg_start"], ["args", "arg_start"], ["env", "env_start"], ["environ", "env_start"], ["code", "start_code"], ["data", "start_data"], ["vdso", "vdso"],
]);

/** Places that the memory map itself names. */
function fixedPlace(list: SpaceList, { row, regions }: AddressSpace, name: string): bigint | undefined {
  const spaces = list.checkpoint.tables.get("spaces");
  const column = NAMED_PLACES.get(name);
  const value = column === undefined ? null : spaces.column(column).value(row);
  if (typeof value === "bigint" && value !== 0n) return value;
  if (name !== "stack") return undefined;
  return regions.find(({ path }) => path === "[stack]")?.start;
}
