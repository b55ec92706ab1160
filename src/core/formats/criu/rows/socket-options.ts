/** Options of sockets: each saved field as a row, and those that matter as one text beside the socket. */
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import { MessageValue, type ScalarValue } from "../../../schema/decode-message.ts";
import type { MessageField } from "../../../schema/message.ts";
import { formatHex, formatValue, hexBytes, decodeText } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";
import { FANOUT_KIND } from "../names.ts";
import type { OpenFile } from "./files.ts";

/** Fields of the socket itself that are options, by level; messages among them are listed field by field. */
const FIELDS: ReadonlyMap<number, Readonly<Record<string, readonly string[]>>> = new Map([
  [FD.INETSK as number, { socket: ["opts", "uid"], ip: ["ifname", "ip_opts"], ipv6: ["v6only"], tcp: ["tcp_opts"] }],
  [FD.UNIXSK, { socket: ["opts"], unix: ["uflags", "file_perms", "deleted", "mnt_id"] }],
  [
    FD.PACKETSK,
    { socket: ["opts"], packet: ["version", "reserve", "aux_data", "orig_dev", "vnet_hdr", "loss", "timestamp", "copy_thresh", "fanout", "mclist", "rx_ring", "tx_ring"] },
  ],
  [FD.NETLINKSK, { socket: ["opts"], netlink: ["groups", "dst_portid", "dst_group"] }],
]);

/** Fields of a connection's image that are columns of the socket already. */
const QUEUE_LENGTHS: ReadonlySet<string> = new Set(["inq_len", "outq_len"]);
/** Parts whose fields are known by their own names alone. */
const PLAIN: ReadonlySet<string> = new Set(["opts", "ip_opts", "tcp_opts"]);

/** A field of a record that becomes a row. */
interface Place {
  readonly record: number;
  readonly message: MessageValue;
  /** Repeated field whose `index`th element the field stands in; empty when it stands in none. */
  readonly list: string;
  readonly index: number;
  /** From the record's top, or from the element. */
  readonly path: string;
}

export function socketOptionRows(set: CriuSet, file: OpenFile, socket: number): void {
  for (const [level, fields] of Object.entries(FIELDS.get(file.type) ?? {})) {
    for (const name of fields) {
      const field = file.file.message.byName.get(name);
      const path = file.within === "" ? name : `${file.within}.${name}`;
      if (field !== undefined) listField(set, socket, level, PLAIN.has(name) ? "" : name, field, file.file, { record: file.entry.record, message: file.entry.value, list: "", index: -1, path });
    }
  }
}

/** State of a connection beyond the lengths of its queues. */
export function streamOptionRows(set: CriuSet, socket: number, stream: MessageValue, record: number): void {
  for (const field of stream.message.fields) {
    if (!QUEUE_LENGTHS.has(field.name)) listField(set, socket, "tcp connection", field.name, field, stream, { record, message: stream, list: "", index: -1, path: field.name });
  }
}

function listField(set: CriuSet, socket: number, level: string, name: string, field: MessageField, holder: MessageValue, place: Place): void {
  const value = holder.value(field);
  if (value === undefined) return;
  if (value instanceof MessageValue) listMessage(set, socket, level, name, value, place);
  else if (field.type === "message") {
    // Elements of the one list of messages that sockets have; it stands in no list itself.
    for (const [index, element] of holder.list(field.name).entries()) listMessage(set, socket, level, `${name}.${index}`, element, { ...place, list: place.path, index, path: "" });
  } else addRow(set, socket, level, name, valueText(set, field, value as ScalarValue | readonly ScalarValue[]), place);
}

function listMessage(set: CriuSet, socket: number, level: string, name: string, message: MessageValue, place: Place): void {
  for (const field of message.message.fields) {
    listField(set, socket, level, name === "" ? field.name : `${name}.${field.name}`, field, message, { ...place, path: place.path === "" ? field.name : `${place.path}.${field.name}` });
  }
}

function addRow(set: CriuSet, socket: number, level: string, name: string, value: string, { record, message, list, index, path }: Place): void {
  const row = set.reader.row(set.mapping(`socket options/${list}/${path}`, () => optionMapping(list, path)), message, record, index);
  const table = set.reader.table("socket_options");
  for (const [column, cell] of Object.entries({ socket, level, name, value })) table.set(row, column, cell);
}

function optionMapping(list: string, path: string): Mapping {
  return mapping(
    "socket_options",
    {
      level: worked(path, "message that the field stands in", () => undefined),
      name: worked(path, "name of the field", () => undefined),
      value: worked(path, "as the field is shown", () => undefined),
    },
    { list },
  );
}

/** Longer lists are counted. */
const MOST_LISTED = 16;

function valueText(set: CriuSet, field: MessageField, value: ScalarValue | readonly ScalarValue[]): string {
  if (field.name === "fanout" && typeof value === "number") return fanoutText(set, value);
  if (field.name === "so_filter") return `${(value as readonly ScalarValue[]).length} instructions`;
  if (field.name === "groups") return groupsText(value as readonly (number | bigint)[]);
  if (!Array.isArray(value)) return scalarText(set, field, value as ScalarValue);
  const shown = value.slice(0, MOST_LISTED).map((each) => scalarText(set, field, each as ScalarValue)).join(", ");
  return value.length > MOST_LISTED ? `${shown} and ${value.length - MOST_LISTED} more` : shown;
}

function scalarText({ abi }: CriuSet, field: MessageField, value: ScalarValue): string {
  if (value instanceof Uint8Array) return field.type === "string" ? formatValue(decodeText(value), field.show, abi) : hexBytes(value);
  return formatValue(value, field.show, abi);
}

const NO_FANOUT = 0xffff_ffff;

/** The id of the group in the low half, how packets are spread above it (net/packet/diag.c). */
function fanoutText({ abi }: CriuSet, value: number): string {
  if (value === NO_FANOUT) return "none";
  const kind = (value >>> 16) & 0xff;
  const flags = value >>> 24;
  return `group ${value & 0xffff}, ${FANOUT_KIND.at(abi).get(kind) ?? `kind ${kind}`}${flags === 0 ? "" : `, flags ${formatHex(flags)}`} (${formatHex(value)})`;
}

/** Words of a mask: bit 0 of the first is group 1. */
function groupsText(words: readonly (number | bigint)[]): string {
  const groups: number[] = [];
  let count = 0;
  for (const [index, word] of words.entries()) {
    for (let rest = Number(word), bit = 1; rest !== 0; rest >>>= 1, bit++) if ((rest & 1) === 1 && count++ < MOST_LISTED) groups.push(index * 32 + bit);
  }
  const more = count > MOST_LISTED ? ` and ${count - MOST_LISTED} more` : "";
  return count === 0 ? "none" : `${groups.join(", ")}${more} (${words.slice(0, MOST_LISTED).map((word) => formatHex(word)).join(" ")})`;
}

// ---- the text beside the socket

const FLAGS = ["reuseaddr", "so_passcred", "so_passsec", "so_dontroute", "so_no_check", "so_reuseport", "so_broadcast", "so_keepalive", "so_oobinline"] as const;
const NUMBERS = ["so_priority", "so_mark", "so_rcvlowat", "so_linger"] as const;
/** Bits of `so_buf_lock`. */
const LOCKED = ["", "send buffer locked", "receive buffer locked", "buffers locked"];

/** Options that are set, in words; timeouts and sizes with their values. */
export function optionsText(socket: MessageValue | undefined): string | undefined {
  const options = socket?.sub("opts");
  if (socket === undefined || options === undefined) return undefined;
  const parts = [`sndbuf ${options.number("so_sndbuf")}`, `rcvbuf ${options.number("so_rcvbuf")}`];
  const locked = LOCKED[options.number("so_buf_lock") & 3];
  if (locked !== undefined && locked !== "") parts.push(locked);
  for (const flag of FLAGS) if (options.number(flag) !== 0) parts.push(flag.replace(/^so_/, ""));
  for (const number of NUMBERS) {
    const value = options.number(number);
    if (options.has(number) && value !== (number === "so_rcvlowat" ? 1 : 0)) parts.push(`${number.slice(3)} ${value}`);
  }
  for (const direction of ["snd", "rcv"]) {
    const timeout = options.number(`so_${direction}_tmo_sec`) + options.number(`so_${direction}_tmo_usec`) / 1e6;
    if (timeout > 0) parts.push(`${direction} timeout ${timeout} s`);
  }
  const device = options.text("so_bound_dev");
  if (device !== undefined && device !== "") parts.push(`bound to ${device}`);
  const filter = options.numbers("so_filter").length;
  if (filter > 0) parts.push(`filter of ${filter} instructions`);
  return [...parts, ...ownParts(socket)].join(", ");
}

/** What a kernel without settings of its own gives every socket (IPDEFTTL and TCP_KEEPALIVE_* of include/net). */
const DEFAULTS: Readonly<Record<string, number>> = { ttl: 64, keepcnt: 9, keepidle: 7200, keepintvl: 75 };

/** Flags and numbers of the protocol that are neither 0 nor the kernel's default. */
function ownParts(socket: MessageValue): string[] {
  const has = (name: string): boolean => socket.message.byName.has(name);
  const parts: string[] = [];
  if (has("v6only") && socket.flag("v6only")) parts.push("v6only");
  for (const name of ["ip_opts", "tcp_opts"]) {
    const part = has(name) ? socket.sub(name) : undefined;
    for (const each of [part, part?.message.byName.has("raw") === true ? part.sub("raw") : undefined]) {
      for (const field of each?.message.fields ?? []) {
        const value = each!.value(field);
        if (value === true) parts.push(field.name);
        else if (typeof value === "number" && value !== 0 && value !== DEFAULTS[field.name]) parts.push(`${field.name} ${value}`);
      }
    }
  }
  if (has("groups")) {
    const groups = groupsText(socket.numbers("groups"));
    if (groups !== "none") parts.push(`groups ${groups}`);
  }
  return parts;
}
