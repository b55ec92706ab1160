/** Pipes and FIFOs: both ends, and the bytes that wait in them. */
import { mapping, worked } from "../../../model/mapping.ts";
import { formatCount } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";
import type { Previews } from "./contents.ts";
import { contentsOf } from "./contents.ts";
import { flagsText, openedAs, type OpenFile } from "./files.ts";

const DATA = mapping("pipes", {
  objref: "pipe_id",
  bytes: "bytes",
  capacity: "size",
  offset: worked("@contents", "where the contents begin", () => undefined),
  preview: worked("@contents", "beginning of the contents", () => undefined),
});

/** A pipe that no data waits in has no entry of its own: the row is made from its first end. */
const END = mapping("pipes", { objref: worked("", "pipe_id of an end", () => undefined) });

export function pipeRows(set: CriuSet, files: readonly OpenFile[], previews: Previews): void {
  const { reader, links } = set;
  const pipes = reader.table("pipes");
  const table = reader.table("files");
  const ends = new Map<number, OpenFile[]>();
  for (const file of files) {
    if (file.type !== FD.PIPE && file.type !== FD.FIFO) continue;
    const id = file.file.number("pipe_id");
    const list = ends.get(id);
    if (list === undefined) ends.set(id, [file]);
    else list.push(file);
  }
  for (const image of [set.top.image("PIPES_DATA"), set.top.image("FIFO_DATA")]) {
    for (const { value, record, payload } of image?.entries ?? []) {
      const id = value.number("pipe_id");
      const row = reader.row(DATA, value, record);
      const contents = contentsOf(payload);
      if (contents !== undefined) {
        pipes.set(row, "offset", contents.start);
        previews.add("pipes", row, image!.file, contents.start, contents.end);
      }
      if (links.pipes.has(id)) {
        reader.report("pipe.data", `The data of the pipe ${id} stands in the set twice.`, reader.fieldOf(record, "pipe_id"), { table: "pipes", row });
        continue;
      }
      links.pipes.set(id, row);
      if (!ends.has(id)) reader.report("pipe.unused", `The set has the data of the pipe ${id} (${formatCount(value.number("bytes"))} B), of which no end is open.`, reader.fieldOf(record, "pipe_id"), { table: "pipes", row });
    }
  }
  for (const [id, list] of ends) {
    let row = links.pipes.get(id);
    if (row === undefined) {
      const [first] = list;
      row = reader.row(END, first!.file, first!.entry.record);
      pipes.set(row, "objref", id);
      pipes.set(row, "bytes", 0);
      links.pipes.set(id, row);
    }
    pipes.set(row, "ends", list.length);
    for (const file of list) {
      table.set(file.row, "pipe", row);
      const waiting = pipes.number(row, "bytes");
      const regular = file.type === FD.FIFO ? openedAs(set, file) : undefined;
      table.set(file.row, "path", regular?.text("name") ?? `pipe:[${id}]`);
      if (regular !== undefined) {
        table.set(file.row, "flags", flagsText(set, regular));
        table.set(file.row, "position", regular.big("pos"));
      }
      const end = file.type === FD.PIPE ? `${(file.file.number("flags") & 1) === 1 ? "write" : "read"} end` : "";
      const text = [end, waiting > 0 ? `${waiting} bytes wait in it` : ""].filter((part) => part !== "").join(", ");
      if (text !== "") table.set(file.row, "detail", text);
    }
  }
}
