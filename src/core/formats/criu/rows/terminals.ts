/** Terminals, the open files that lead to them, and the bytes that wait in them. */
import { mapping, worked } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { deviceNumber, formatDevice } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";
import { TTY_TYPE } from "../messages/enums.ts";
import { previewText } from "./contents.ts";
import { openedAs, type OpenFile } from "./files.ts";

/** /dev/ptmx is 5:2; slaves are 136 to 143, each with 256 minors. */
function endOf(terminal: MessageValue): string | undefined {
  const { major, minor } = deviceNumber(terminal.number("rdev"), "libc");
  if (major === 5 && minor === 2) return "master";
  return major >= 136 && major <= 143 ? "slave" : undefined;
}

const LOCAL = [["ISIG", 0o1], ["ICANON", 0o2], ["ECHO", 0o10], ["ECHOE", 0o20], ["ECHOK", 0o40], ["ECHONL", 0o100], ["NOFLSH", 0o200], ["TOSTOP", 0o400], ["IEXTEN", 0o100000]] as const;
const INPUT = [["IGNBRK", 0o1], ["BRKINT", 0o2], ["INPCK", 0o20], ["ISTRIP", 0o40], ["INLCR", 0o100], ["IGNCR", 0o200], ["ICRNL", 0o400], ["IXON", 0o2000], ["IXANY", 0o4000], ["IXOFF", 0o10000], ["IUTF8", 0o40000]] as const;
const OUTPUT = [["OPOST", 0o1], ["ONLCR", 0o4], ["OCRNL", 0o10], ["ONOCR", 0o20], ["ONLRET", 0o40]] as const;
/** Speeds stand in the CBAUD bits of c_cflag; c_ispeed and c_ospeed are 0 as a rule. */
const SPEEDS: ReadonlyMap<number, number> = new Map([[0o15, 9600], [0o16, 19200], [0o17, 38400], [0o10001, 57600], [0o10002, 115200], [0o10003, 230400]]);

/** `38400 baud, ISIG ICANON ECHO`, as stty names the modes. */
function settings(terminal: MessageValue): string | undefined {
  const modes = terminal.sub("termios");
  if (modes === undefined) return undefined;
  const speed = SPEEDS.get(modes.number("c_cflag") & 0o10017);
  const names = ([["c_iflag", INPUT], ["c_oflag", OUTPUT], ["c_lflag", LOCAL]] as const).flatMap(([field, table]) => table.filter(([, bit]) => (modes.number(field) & bit) !== 0).map(([name]) => name));
  return [speed === undefined ? "" : `${speed} baud,`, ...names].filter((part) => part !== "").join(" ");
}

const INFO = mapping("terminals", {
  objref: "id",
  driver: worked("type", "by name", (message) => TTY_TYPE.at(PLAIN_ABI).get(message.number("type"))?.toLowerCase() ?? `type ${message.number("type")}`),
  end: worked("rdev", "5:2 is the master, 136 to 143 are slaves", endOf),
  index: "pty.index",
  device: worked("rdev", "major and minor number", (message) => formatDevice(message.number("rdev"), "libc")),
  link: worked("id", "ids of a pair differ in the lowest bit", () => undefined),
  rows: "winsize.ws_row",
  columns: "winsize.ws_col",
  session: worked("sid", "0 is none", (message) => message.number("sid") || undefined),
  foreground: worked("pgrp", "0 is none", (message) => message.number("pgrp") || undefined),
  settings: worked("termios", "speed and the modes that are on", settings),
  locked: "locked",
  exclusive: "exclusive",
  uid: "uid",
  gid: "gid",
});

export function terminalRows(set: CriuSet, files: readonly OpenFile[]): void {
  const { reader, links } = set;
  const terminals = reader.table("terminals");
  const table = reader.table("files");
  for (const { value, record } of set.top.entries("TTY_INFO")) {
    const row = reader.row(INFO, value, record);
    links.terminals.set(value.number("id"), row);
  }
  for (const [id, row] of links.terminals) {
    // index times two is the slave, plus one the master.
    const other = terminals.text(row, "end") === "slave" ? links.terminals.get(id | 1) : undefined;
    if (other !== undefined && other !== row) terminals.set(row, "link", other);
  }
  for (const { value } of set.top.entries("TTY_DATA")) {
    const row = links.terminals.get(value.number("tty_id"));
    if (row === undefined) continue;
    const data = value.bytes("data");
    const before = terminals.number(row, "pending");
    terminals.set(row, "pending", (Number.isNaN(before) ? 0 : before) + data.length);
    terminals.set(row, "bytes", data.length);
    terminals.set(row, "preview", previewText(data));
  }
  for (const opened of files) {
    const { type, file, row, entry, within } = opened;
    if (type !== FD.TTY) continue;
    const path = openedAs(set, opened)?.text("name");
    if (path !== undefined) table.set(row, "path", path);
    const terminal = links.terminals.get(file.number("tty_info_id"));
    if (terminal === undefined) {
      reader.report("tty.info", `The open terminal refers to the terminal ${file.number("tty_info_id")}, which is not in the set.`, reader.fieldOf(entry.record, within === "" ? "tty_info_id" : `${within}.tty_info_id`), { table: "files", row });
      continue;
    }
    table.set(row, "terminal", terminal);
    const index = terminals.number(terminal, "index");
    const end = terminals.text(terminal, "end");
    table.set(row, "detail", [terminals.text(terminal, "driver"), Number.isNaN(index) ? "" : String(index), end].filter((part) => part !== undefined && part !== "").join(" "));
  }
}
