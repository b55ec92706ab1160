/** Sockets of every family, their queues, and files in flight. */
import { openFlags } from "../../../model/linux.ts";
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { NameTable } from "../../../schema/schema.ts";
import { addressOfWords } from "../../../schema/explain-message.ts";
import { cString, decodeText, escapeText, flagNames, formatCount, formatHex } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";
import { ETHERTYPE, FAMILY, NETLINK_PROTOCOL, PROTOCOL, SOCKET_STATE, SOCKET_TYPE, UNIX_FLAGS } from "../names.ts";
import { MOST_COMPOSED, shortSocketName } from "../texts.ts";
import type { Previews } from "./contents.ts";
import type { OpenFile } from "./files.ts";
import { optionsText, socketOptionRows, streamOptionRows } from "./socket-options.ts";

const named = (table: NameTable, value: number): string => table.at(PLAIN_ABI).get(value) ?? String(value);

/** `127.0.0.1:80`, `[::1]:80`, `*:80`; undefined when neither address nor port says anything. */
export function endpoint(words: readonly (number | bigint)[], port: number, endian: "little" | "big"): string | undefined {
  const address = addressOfWords(words.map(Number), endian);
  const isAny = words.every((word) => Number(word) === 0);
  if (isAny && port === 0) return undefined;
  return `${isAny ? "*" : words.length === 4 ? `[${address}]` : address}:${port}`;
}

/** Address of a unix socket: a path, `@name` for abstract ones, undefined for unnamed ones. */
export function unixName(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  // The length of an abstract name counts, NULs included.
  return bytes[0] === 0 ? `@${escapeText(decodeText(bytes.subarray(1)))}` : cString(bytes);
}

const SHUTDOWN = ["none", "read", "write", "both"];

function shutdownText(socket: MessageValue | undefined): string | undefined {
  const value = socket?.has("shutdown") === true ? socket.number("shutdown") : 0;
  return value === 0 ? undefined : (SHUTDOWN[value] ?? String(value));
}

type Place = (field: string) => string;
type Inside = (message: MessageValue) => MessageValue | undefined;

/** What all families share. */
function common(set: CriuSet, at: Place, inside: Inside): Mapping["columns"] {
  return {
    objref: at("id"),
    flags: worked(at("flags"), "flags by name", (message) => openFlags(inside(message)?.number("flags") ?? 0, set.abi.architecture)),
    options: worked(at("opts"), "options that are set", (message) => optionsText(inside(message))),
  };
}

function inetColumns(set: CriuSet, at: Place, inside: Inside): Mapping["columns"] {
  const { endian } = set;
  return {
    ...common(set, at, inside),
    inode: at("ino"),
    family: worked(at("family"), "by name", (message) => named(FAMILY, inside(message)?.number("family") ?? 0).toLowerCase()),
    type: worked(at("type"), "by name", (message) => named(SOCKET_TYPE, inside(message)?.number("type") ?? 0).toLowerCase()),
    protocol: worked(at("proto"), "by name", (message) => named(PROTOCOL, inside(message)?.number("proto") ?? 0)),
    protocol_number: at("proto"),
    state: worked(at("state"), "by name", (message) => named(SOCKET_STATE, inside(message)?.number("state") ?? 0)),
    local: worked(at("src_addr"), "address and port", (message) => endpoint(inside(message)?.numbers("src_addr") ?? [], inside(message)?.number("src_port") ?? 0, endian)),
    remote: worked(at("dst_addr"), "address and port", (message) => endpoint(inside(message)?.numbers("dst_addr") ?? [], inside(message)?.number("dst_port") ?? 0, endian)),
    backlog: at("backlog"),
    shutdown: worked(at("shutdown"), "by name", (message) => shutdownText(inside(message))),
  };
}

function unixColumns(set: CriuSet, at: Place, inside: Inside): Mapping["columns"] {
  return {
    ...common(set, at, inside),
    inode: at("ino"),
    family: worked("", "the image of unix sockets", () => "unix"),
    type: worked(at("type"), "by name", (message) => named(SOCKET_TYPE, inside(message)?.number("type") ?? 0).toLowerCase()),
    state: worked(at("state"), "by name", (message) => named(SOCKET_STATE, inside(message)?.number("state") ?? 0)),
    local: worked(at("name"), "path, or @ and the abstract name", (message) => unixName(inside(message)?.bytes("name") ?? new Uint8Array(0))),
    cwd: at("name_dir"),
    peer: worked(at("peer"), "socket with this inode", () => undefined),
    backlog: at("backlog"),
    shutdown: worked(at("shutdown"), "by name", (message) => shutdownText(inside(message))),
  };
}

function packetColumns(set: CriuSet, at: Place, inside: Inside): Mapping["columns"] {
  return {
    ...common(set, at, inside),
    family: worked("", "the image of packet sockets", () => "packet"),
    type: worked(at("type"), "by name", (message) => named(SOCKET_TYPE, inside(message)?.number("type") ?? 0).toLowerCase()),
    // The number is in network order, as socket(2) takes it.
    protocol: worked(at("protocol"), "ethertype", (message) => etherType(set, inside(message)?.number("protocol") ?? 0)),
    protocol_number: at("protocol"),
    local: worked(at("ifindex"), "device", (message) => ((inside(message)?.number("ifindex") ?? 0) === 0 ? undefined : `device ${inside(message)!.number("ifindex")}`)),
  };
}

function etherType({ abi, little }: CriuSet, value: number): string {
  const type = little && value <= 0xffff ? ((value & 0xff) << 8) | (value >>> 8) : value;
  return ETHERTYPE.at(abi).get(value) ?? formatHex(type, 4);
}

function netlinkColumns(set: CriuSet, at: Place, inside: Inside): Mapping["columns"] {
  return {
    ...common(set, at, inside),
    inode: at("ino"),
    family: worked("", "the image of netlink sockets", () => "netlink"),
    type: worked("", "netlink sockets are of one type", () => "raw"),
    protocol: worked(at("protocol"), "by name", (message) => named(NETLINK_PROTOCOL, inside(message)?.number("protocol") ?? 0)),
    protocol_number: at("protocol"),
    state: worked(at("state"), "by name", (message) => named(SOCKET_STATE, inside(message)?.number("state") ?? 0)),
    local: worked(at("portid"), "port", (message) => `port ${inside(message)?.number("portid") ?? 0}`),
    remote: worked(at("dst_portid"), "port", (message) => ((inside(message)?.number("dst_portid") ?? 0) === 0 ? undefined : `port ${inside(message)!.number("dst_portid")}`)),
  };
}

const COLUMNS: ReadonlyMap<number, (set: CriuSet, at: Place, inside: Inside) => Mapping["columns"]> = new Map([
  [FD.INETSK as number, inetColumns], [FD.UNIXSK, unixColumns], [FD.PACKETSK, packetColumns], [FD.NETLINKSK, netlinkColumns],
]);

export function socketRows(set: CriuSet, files: readonly OpenFile[], previews: Previews): void {
  const { reader, links } = set;
  const table = reader.table("files");
  const own = files.filter(({ type }) => COLUMNS.has(type));
  for (const file of own) {
    const { within } = file;
    const columns = set.mapping(`sockets/${file.type}/${within}`, () => {
      const at: Place = (field) => (within === "" ? field : `${within}.${field}`);
      const inside: Inside = (message) => (within === "" ? message : message.sub(within));
      return mapping("sockets", COLUMNS.get(file.type)!(set, at, inside));
    });
    const row = reader.row(columns, file.entry.value, file.entry.record);
    links.sockets.set(file.id, row);
    socketOptionRows(set, file, row);
    if (file.type !== FD.PACKETSK) links.socketsByInode.set(file.file.number("ino"), row);
    table.set(file.row, "socket", row);
  }
  for (const file of own) describe(set, file);
  queueRows(set, previews);
  streamRows(set, own, previews);
}

/** What needs the other sockets: peers, and the words beside the open file. */
function describe(set: CriuSet, file: OpenFile): void {
  const { reader, links } = set;
  const sockets = reader.table("sockets");
  const table = reader.table("files");
  const row = links.sockets.get(file.id)!;
  if (file.type === FD.UNIXSK) {
    const peer = file.file.number("peer");
    const peerRow = peer === 0 ? undefined : links.socketsByInode.get(peer);
    if (peerRow !== undefined) {
      sockets.set(row, "peer", peerRow);
      sockets.set(row, "remote", sockets.text(peerRow, "local"));
    } else if (peer !== 0) {
      const flags = file.file.number("uflags");
      const why = flags === 0 ? "" : ` (${flagNames(flags, UNIX_FLAGS.at(set.abi))})`;
      reader.report("socket.peer", `The unix socket ${file.id} is connected to the inode ${peer}, which is not in the set${why}.`, reader.fieldOf(file.entry.record, file.within === "" ? "peer" : `${file.within}.peer`), { table: "sockets", row });
    }
  }
  const text = (column: string): string | undefined => sockets.text(row, column);
  const remote = text("remote") ?? (file.type === FD.UNIXSK && sockets.number(row, "peer") >= 0 ? `#${sockets.number(sockets.number(row, "peer"), "objref")}` : undefined);
  const where = [text("local") ?? (file.type === FD.UNIXSK ? "unnamed" : undefined), remote].filter((part) => part !== undefined).map(shortSocketName).join(" -> ");
  table.set(file.row, "path", socketPath(file));
  table.set(file.row, "detail", [text("family"), text("type"), text("protocol"), text("state"), where].filter((part) => part !== undefined && part !== "").join(" "));
}

function socketPath({ file, type, id }: OpenFile): string {
  return type === FD.PACKETSK ? `socket:[#${id}]` : `socket:[${file.number("ino")}]`;
}

function senderText(packet: MessageValue): string | undefined {
  const sender = packet.sub("ucred");
  return sender === undefined ? undefined : `uid ${sender.number("uid")}, gid ${sender.number("gid")}, pid ${sender.number("pid")}`;
}

const PACKET = mapping("socket_buffers", {
  socket: worked("id_for", "socket with this id", () => undefined),
  bytes: "length",
  offset: worked("@contents", "where the bytes begin", () => undefined),
  preview: worked("@contents", "beginning of the bytes", () => undefined),
  queue: worked("", "queues hold what was sent to the socket", () => "receive"),
  rights: worked("scm", "open files with these ids", () => undefined),
  sender: worked("ucred", "user, group and process", senderText),
});

/** Data that waits in unix sockets, in the order in which it will be read. */
function queueRows(set: CriuSet, previews: Previews): void {
  const { reader, links } = set;
  const image = set.top.image("SK_QUEUES");
  const buffers = reader.table("socket_buffers");
  const sockets = reader.table("sockets");
  for (const { value, record, payload } of image?.entries ?? []) {
    const row = reader.row(PACKET, value, record);
    const socket = links.sockets.get(value.number("id_for"));
    const [contents] = payload;
    if (contents !== undefined) {
      buffers.set(row, "offset", contents.start);
      previews.add("socket_buffers", row, image!.file, contents.start, contents.end);
    }
    if (value.list("scm").length > 1) reader.report("queue.rights", `A packet for the socket ${value.number("id_for")} carries ${value.list("scm").length} lists of open files.`, reader.fieldOf(record, "scm.1"), { table: "socket_buffers", row });
    const rights = value.list("scm").flatMap((message) => message.numbers("rights").map(Number));
    if (rights.length > 0) buffers.set(row, "rights", rightsText(set, rights, record, row));
    if (socket === undefined) {
      reader.report("queue.target", `${value.number("length")} bytes wait for the socket ${value.number("id_for")}, which is not in the set.`, reader.fieldOf(record, "id_for"), { table: "socket_buffers", row });
      continue;
    }
    buffers.set(row, "socket", socket);
    const before = sockets.number(socket, "receive");
    sockets.set(socket, "receive", (Number.isNaN(before) ? 0 : before) + value.number("length"));
    for (const id of rights) set.inFlight.push({ id, record });
  }
}

/** SCM_MAX_FD of Linux (include/net/scm.h): no packet carries more open files. */
const MOST_RIGHTS = 253;

/** Files in flight are named by id alone: every type counts from one counter. */
function rightsText(set: CriuSet, rights: readonly number[], record: number, row: number): string {
  let isShort = false;
  const names = rights.slice(0, MOST_RIGHTS).map((id) => {
    const file = set.openById.get(id);
    const path = file === undefined ? undefined : set.reader.table("files").text(file.row, "path");
    if (path !== undefined && set.composed.takes(path.length)) return path;
    isShort ||= path !== undefined;
    return `#${id}`;
  });
  if (isShort) set.reader.report("limit.records", `The paths of open files in flight have more than ${formatCount(MOST_COMPOSED)} characters together: here they are given by their ids.`, set.reader.fieldOf(record, "scm"), { table: "socket_buffers", row });
  return rights.length > MOST_RIGHTS ? `${names.join(", ")} and ${formatCount(rights.length - MOST_RIGHTS)} more` : names.join(", ");
}

const QUEUE = mapping("socket_buffers", { socket: worked("", "socket whose inode is in the name of the image", () => undefined) });
const STREAM = mapping("sockets", { receive: "inq_len", send: "outq_len" }, { record: "stream_record" });

/** Queues of established TCP connections. */
function streamRows(set: CriuSet, own: readonly OpenFile[], previews: Previews): void {
  const { reader, links } = set;
  const buffers = reader.table("socket_buffers");
  for (const image of set.top.all("TCP_STREAM")) {
    const [entry] = image.entries;
    const socket = links.socketsByInode.get(image.number);
    if (entry === undefined) continue;
    if (socket !== undefined) {
      reader.extend(socket, STREAM, entry.value, entry.record);
      streamOptionRows(set, socket, entry.value, entry.record);
    }
    for (const part of entry.payload) {
      if (part.kind !== "contents") continue;
      const row = reader.row(QUEUE, entry.value, entry.record);
      if (socket !== undefined) buffers.set(row, "socket", socket);
      buffers.set(row, "queue", part.name === "send queue" ? "send" : "receive");
      buffers.set(row, "offset", part.start);
      buffers.set(row, "bytes", part.end - part.start);
      previews.add("socket_buffers", row, image.file, part.start, part.end);
    }
  }
  const inventory = set.top.entry("INVENTORY");
  if (inventory?.value.flag("tcp_close") === true) return;
  // Without an inventory nothing says so; with that option there is none of these images.
  if (inventory === undefined && set.top.all("TCP_STREAM").length === 0) return;
  for (const { type, file, entry, within, id } of own) {
    // Established, and the half-closed states: those that were dumped with their queues.
    if (type !== FD.INETSK || file.number("proto") !== TCP || file.number("dst_port") === 0 || !ESTABLISHED.has(file.number("state"))) continue;
    if (set.top.image("TCP_STREAM", file.number("ino")) !== undefined) continue;
    const row = links.sockets.get(id)!;
    reader.report("tcp.stream", `The connection of socket ${id} has no image tcp-stream-${file.number("ino").toString(16)}.img.`, reader.fieldOf(entry.record, within === "" ? "ino" : `${within}.ino`), { table: "sockets", row });
  }
}

const TCP = 6;
const ESTABLISHED = new Set([1, 4, 5, 8, 9, 11]);
