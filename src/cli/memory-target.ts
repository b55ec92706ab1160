/** Which memory a command is about: the address space of --pid, and addresses as people write them. */
import { formatHex, type SpaceInfo } from "../core/index.ts";
import { CallError } from "./call-error.ts";
import type { Image } from "./open-image.ts";
import type { Run } from "./run.ts";

const MOST_NAMED = 8;

/** The space of --pid; without it the only one. */
export async function chosenSpace({ inspector, name }: Image, { options }: Run): Promise<SpaceInfo> {
  const spaces = await inspector.memory.spaces({});
  const pid = options.text("pid");
  const known = `${spaces.slice(0, MOST_NAMED).map(({ label }) => label).join(", ")}${spaces.length > MOST_NAMED ? ", ..." : ""}`;
  if (spaces.length === 0) throw new CallError(`${name} holds no memory of any task`);
  if (pid === undefined) {
    if (spaces.length === 1) return spaces[0]!;
    throw new CallError(`${name} holds the memory of ${spaces.length} tasks; choose one with --pid: ${known}`);
  }
  const number = parsePid(pid);
  const own = spaces.find((space) => space.pid === number);
  if (own !== undefined) return own;
  // A thread, or a task that shares the memory of another.
  const place = await inspector.memory.place({ text: `${number}:0x0`, space: -1 });
  const shared = place.kind === "address" ? spaces.find(({ space }) => space === place.space) : undefined;
  if (shared === undefined) throw new CallError(`${place.kind === "none" ? place.why.replace(/\.$/, "") : `there is no memory of ${number}`}; there is that of ${known}`);
  return shared;
}

/** The task of --pid, which may share the memory of another; without it the one of the only memory map. */
export async function chosenTask(image: Image, run: Run): Promise<{ readonly task: number; readonly label: string }> {
  const space = await chosenSpace(image, run);
  const pid = run.options.text("pid");
  if (pid === undefined || parsePid(pid) === space.pid) return space;
  const { inspector } = image;
  const view = await inspector.query("tasks", { filters: { pid: String(parsePid(pid)) } });
  const [row] = await inspector.rows(view.id, 0, 1, ["pid", "name"]);
  return row === undefined ? space : { task: row.row, label: row.cells.map(({ text }) => text).join(" ") };
}

export function parsePid(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new CallError(`--pid takes a process id, not "${text}"`);
  return Number(text);
}

/** `0x7f..`, `heap+0x10`, `stack`, `rsp`, a path: whatever the address bar of the page takes. */
export async function chosenAddress({ inspector }: Image, space: number, pid: string | undefined, text: string): Promise<bigint> {
  // By the task: registers are those of its own threads. Places in files name no task.
  const place = await inspector.memory.place({ text: pid === undefined || text.includes("@") || text.includes(":") ? text : `${pid}:${text}`, space });
  switch (place.kind) {
    case "address":
      return place.address;
    case "choices":
      throw new CallError(`"${text}" may be ${place.choices.slice(0, MOST_NAMED).map(({ label, address }) => `${formatHex(address)} (${label})`).join(" or ")}`);
    case "none":
      throw new CallError(place.why.replace(/\.$/, ""));
  }
}
