/** The Summary of a linux-cr image, line by line, each line tied to what says so. */
import type { Fact, FactGroup } from "../../inspector.ts";
import { UFLAGS } from "./enums.ts";
import type { Reader } from "./reader.ts";
import { flagNames, formatCount, formatSize, formatTime } from "../../schema/show.ts";

export function factsOf(reader: Reader): readonly FactGroup[] {
  const { head, dialect } = reader;
  const origin: Fact[] = [];
  const add = (list: Fact[], label: string, text: string | undefined, record: number, title?: string): void => {
    if (text === undefined || text === "") return;
    list.push({
      label,
      text,
      ...(title === undefined ? {} : { title }),
      ...(record >= 0 ? { link: { kind: "row", table: "records", row: record } as const } : {}),
    });
  };
  const noted = (name: string): { text: string; record: number } => head.texts.get(name) ?? { text: "", record: -1 };
  add(origin, "Kernel", noted("release").text || head.kernel, noted("release").record >= 0 ? noted("release").record : head.headRecord);
  add(origin, "Kernel build", noted("version").text, noted("version").record);
  add(origin, "Machine", noted("machine").text, noted("machine").record);
  add(origin, "Host name", noted("host").text, noted("host").record);
  if (head.headRecord >= 0 && head.time > 0) add(origin, "Written", formatTime(head.time), head.headRecord, `${head.time} seconds since 1970`);
  if (head.headRecord >= 0) {
    const flags = head.uflags === 0 ? "whole container" : flagNames(head.uflags, UFLAGS.at(dialect.abi));
    add(origin, "Checkpoint flags", flags, head.headRecord, `uflags 0x${head.uflags.toString(16)}`);
  }
  const lsm = noted("lsm");
  if (lsm.record >= 0) add(origin, "Security module", `${lsm.text} (${noted("lsm_info").text})`, lsm.record);
  add(origin, "Ends with", reader.failed ? "an error of the kernel" : reader.complete ? "TAIL: the image is complete" : "no TAIL: the image is not complete", -1);

  const contents: Fact[] = [];
  const count = (label: string, table: Parameters<Reader["table"]>[0]): void => {
    const rows = reader.table(table).length;
    if (rows > 0) contents.push({ label, text: formatCount(rows), link: { kind: "table", table } });
  };
  count("Tasks", "tasks");
  count("Memory maps", "spaces");
  count("Memory regions", "regions");
  const pages = pageBytes(reader);
  if (pages.count > 0) {
    contents.push({
      label: "Page contents",
      text: `${formatCount(pages.count)} pages, ${formatSize(pages.bytes)}`,
      title: `${formatCount(pages.bytes)} bytes`,
      link: { kind: "table", table: "extents" },
    });
  }
  count("Descriptors", "fds");
  count("Open files", "files");
  count("Pipes", "pipes");
  count("Sockets", "sockets");
  count("Terminals", "terminals");
  count("SysV IPC objects", "ipc");
  count("Namespaces", "namespaces");
  count("Shared objects", "objects");
  count("Records", "records");
  return [
    { title: "Origin", facts: origin },
    { title: "Contents", facts: contents },
  ].filter((group) => group.facts.length > 0);
}

function pageBytes(reader: Reader): { count: number; bytes: number } {
  const extents = reader.table("extents");
  const pages = extents.column("pages");
  const size = extents.column("page_size");
  let count = 0;
  let bytes = 0;
  for (let row = 0; row < extents.length; row++) {
    count += pages.number(row);
    bytes += pages.number(row) * size.number(row);
  }
  return { count, bytes };
}
