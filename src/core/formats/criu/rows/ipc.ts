/** SysV segments, message queues and semaphore sets. */
import { mapping, worked } from "../../../model/mapping.ts";
import { NO_BYTES } from "../../../model/page-place.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import type { Previews } from "./contents.ts";

const DESC = { id: "desc.id", key: "desc.key", mode: "desc.mode", uid: "desc.uid", gid: "desc.gid" };
const SHM = mapping("ipc", { ...DESC, size: "size", kind: worked("", "the image", () => "shm"), memory_object: worked("desc.id", "contents of the segment", () => undefined) });
const MSG = mapping("ipc", { ...DESC, count: "qnum", kind: worked("", "the image", () => "msg"), size: worked("qnum", "bytes of the messages together", () => undefined) });
const SEM = mapping("ipc", { ...DESC, count: "nsems", kind: worked("", "the image", () => "sem") });
const MESSAGE = mapping("messages", { type: worked("", "mtype of the message", () => undefined), size: worked("", "msize of the message", () => undefined) });
const SEMAPHORE = mapping("semaphores", { value: worked("", "16-bit number", () => undefined) });

export function ipcRows(set: CriuSet, previews: Previews): void {
  const { reader, links } = set;
  const ipc = reader.table("ipc");
  for (const [type, columns] of [["IPCNS_SHM", SHM], ["IPCNS_MSG", MSG], ["IPCNS_SEM", SEM]] as const) {
    for (const image of set.top.all(type)) {
      const namespace = links.namespaces.get(`ipc/${image.number}`);
      for (const entry of image.entries) {
        const row = reader.row(columns, entry.value, entry.record);
        if (namespace !== undefined) ipc.set(row, "namespace", namespace);
        if (type === "IPCNS_SHM") segment(set, row, entry, image.file);
        if (type === "IPCNS_MSG") messages(set, row, entry, image.file, previews);
        if (type === "IPCNS_SEM") set.semaphores.push({ row, entry, file: image.file });
      }
    }
  }
}

function segment(set: CriuSet, row: number, { value, record, payload }: KeptEntry, file: number): void {
  const { reader, abi } = set;
  const id = value.sub("desc")?.number("id") ?? -1;
  const object = set.links.objects.get(`sysv/${id}`);
  if (object === undefined) return;
  reader.table("ipc").set(row, "memory_object", object);
  // Before 1.6 the contents stood here, in one piece and not in whole pages.
  const contents = payload.find((part) => part.kind === "contents");
  if (contents === undefined) return;
  const extents = reader.table("extents");
  const size = contents.end - contents.start;
  const whole = Math.floor(size / abi.pageSize);
  for (const [start, pages, pageSize] of [[0, whole, abi.pageSize], [whole * abi.pageSize, 1, size - whole * abi.pageSize]] as const) {
    if (pages * pageSize === 0) continue;
    const extent = extents.add();
    const values = { owner: `SysV segment ${id}`, start: BigInt(start), pages, page_size: pageSize, where: "in this image", depth: 0, offset: contents.start + start, image: file, memory_object: object, segment: row, record };
    for (const [column, cell] of Object.entries(values)) extents.set(extent, column, cell);
  }
  const missing = Math.ceil((value.number("size") - size) / abi.pageSize);
  if (!(missing > 0)) return;
  const extent = extents.add();
  const values = { owner: `SysV segment ${id}`, start: BigInt(size), pages: missing, page_size: abi.pageSize, where: NO_BYTES.cut, depth: 0, memory_object: object, segment: row, record };
  for (const [column, cell] of Object.entries(values)) extents.set(extent, column, cell);
}

function messages(set: CriuSet, queue: number, { value, record, payload }: KeptEntry, file: number, previews: Previews): void {
  const { reader } = set;
  const table = reader.table("messages");
  let total = 0;
  let index = 0;
  for (const [place, part] of payload.entries()) {
    if (part.kind !== "message" || part.value === undefined) continue;
    const row = reader.row(MESSAGE, value, record);
    const size = part.value.number("msize");
    table.set(row, "set", queue);
    table.set(row, "index", index++);
    table.set(row, "type", part.value.number("mtype"));
    table.set(row, "size", size);
    total += size;
    const text = payload[place + 1];
    if (text?.kind !== "contents") continue;
    table.set(row, "offset", text.start);
    table.set(row, "bytes", text.end - text.start);
    previews.add("messages", row, file, text.start, text.end);
  }
  reader.table("ipc").set(queue, "size", BigInt(total));
}

/** Semaphores of one set that become rows: the kernel's own limit. */
const MOST_SEMAPHORES = 32_000;

/** Values stand behind the messages: they are read when all rows are there. */
export async function semaphoreRows(set: CriuSet): Promise<void> {
  const { reader } = set;
  const table = reader.table("semaphores");
  for (const { row: owner, entry, file } of set.semaphores) {
    const part = entry.payload.find(({ kind }) => kind === "u16");
    if (part === undefined) continue;
    const bytes = await reader.bytes(file, part.start, Math.min(part.end, part.start + MOST_SEMAPHORES * 2));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index * 2 + 2 <= bytes.length; index++) {
      const row = reader.row(SEMAPHORE, entry.value, entry.record);
      table.set(row, "set", owner);
      table.set(row, "index", index);
      table.set(row, "value", view.getUint16(index * 2, set.little));
    }
  }
}
