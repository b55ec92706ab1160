/** Network devices, addresses, routes, rules and settings. */
import { IFF_FLAGS } from "../../../model/linux.ts";
import { mapping, worked } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { flagNames, formatHex, hexBytes } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { ND_TYPE } from "../messages/enums.ts";
import { MACVLAN_MODE } from "../names.ts";
import { addressText, HEADER_BYTES, type NetlinkMessage } from "../netlink.ts";
import { attributeText } from "../netlink-kind.ts";
import { CONF4, CONF6, IPC_NAMES, IPV4_SYSCTL, UNIX_CONF } from "../sysctl-names.ts";

const DEVICE = mapping("devices", {
  name: "name",
  type: worked("type", "by name", (device) => ND_TYPE.at(PLAIN_ABI).get(device.number("type"))?.toLowerCase() ?? `type ${device.number("type")}`),
  ifindex: "ifindex",
  mtu: "mtu",
  flags: worked("flags", "by name", (device) => flagNames(device.number("flags"), IFF_FLAGS)),
  hwaddr: worked("address", "bytes", (device) => (device.bytes("address").length === 0 ? undefined : hexBytes(device.bytes("address")).replaceAll(" ", ":"))),
  link: worked("peer_ifindex", "veth peer, master or mode in words", (device) => linkText(device)),
  addresses: worked("", "from the dump of the addresses", () => undefined),
});

/** Whom a TUN or TAP device belongs to; -1 stands for nobody. */
function tunText(tun: MessageValue | undefined): string {
  const ids = [["owner", "owner"], ["group", "group"]] as const;
  return tun === undefined ? "" : ids.flatMap(([field, name]) => (!tun.has(field) || (tun.number(field) | 0) === -1 ? [] : [`${name} ${tun.number(field)}`])).join(", ");
}

function linkText(device: MessageValue): string | undefined {
  const parts = [
    // Other devices name themselves.
    device.has("peer_ifindex") && ND_TYPE.at(PLAIN_ABI).get(device.number("type")) === "VETH" ? `peer ${device.number("peer_ifindex")}${device.has("peer_nsid") ? ` in net ns #${device.number("peer_nsid")}` : ", outside"}` : "",
    device.number("master") === 0 ? "" : `master ${device.number("master")}`,
    device.sub("macvlan") === undefined ? "" : (MACVLAN_MODE.at(PLAIN_ABI).get(device.sub("macvlan")!.number("mode")) ?? ""),
    tunText(device.sub("tun")),
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(", ");
}

export function deviceRows(set: CriuSet): void {
  const { reader, links } = set;
  const devices = reader.table("devices");
  for (const image of set.top.all("NETDEV")) {
    const namespace = links.namespaces.get(`net/${image.number}`);
    for (const { value, record } of image.entries) {
      const row = reader.row(DEVICE, value, record);
      if (namespace !== undefined) devices.set(row, "namespace", namespace);
      const name = value.text("name") ?? "?";
      settings(set, value, record, `${name} ipv4`, "conf4", CONF4, namespace);
      settings(set, value, record, `${name} ipv6`, "conf6", CONF6, namespace);
      oldSettings(set, value, record, `${name} ipv4`, "conf", namespace);
      set.devices.set(`${image.number}/${value.number("ifindex")}`, { row, name });
    }
  }
  for (const image of set.top.all("NETNS")) {
    const namespace = links.namespaces.get(`net/${image.number}`);
    for (const { value, record } of image.entries) {
      for (const [scope, field, names] of [["all ipv4", "all_conf4", CONF4], ["default ipv4", "def_conf4", CONF4], ["all ipv6", "all_conf6", CONF6], ["default ipv6", "def_conf6", CONF6], ["unix", "unix_conf", UNIX_CONF], ["ipv4", "ipv4_sysctl", IPV4_SYSCTL]] as const) {
        settings(set, value, record, scope, field, names, namespace);
      }
      oldSettings(set, value, record, "all ipv4", "all_conf", namespace);
      oldSettings(set, value, record, "default ipv4", "def_conf", namespace);
    }
  }
  ipcSettings(set);
}

const SETTING = mapping("settings", { name: worked("", "place in the list", () => undefined), value: worked("", "number or text", () => undefined) });

const CTL_STR = 5;

function settings(set: CriuSet, holder: MessageValue, record: number, scope: string, field: string, names: readonly string[], namespace: number | undefined): void {
  for (const [index, entry] of holder.list(field).entries()) {
    const value = entry.number("type") === CTL_STR ? entry.text("sarg") : entry.has("iarg") ? String(entry.number("iarg")) : undefined;
    settingRow(set, holder, record, scope, names[index] ?? `setting ${index}`, value, `${field}.${index}`, namespace);
  }
}

/** Before 2.4 the same as plain numbers. */
function oldSettings(set: CriuSet, holder: MessageValue, record: number, scope: string, field: string, namespace: number | undefined): void {
  if (holder.list(field.replace("conf", "conf4")).length > 0) return;
  for (const [index, value] of holder.numbers(field).entries()) settingRow(set, holder, record, scope, CONF4[index] ?? `setting ${index}`, String(value), `${field}.${index}`, namespace);
}

function settingRow(set: CriuSet, holder: MessageValue, record: number, scope: string, name: string, value: string | undefined, base: string, namespace: number | undefined): void {
  const table = set.reader.table("settings");
  const row = set.reader.row(SETTING, holder, record);
  table.set(row, "scope", scope);
  table.set(row, "name", name);
  table.set(row, "value", value);
  table.set(row, "base", base);
  if (namespace !== undefined) table.set(row, "namespace", namespace);
}

function ipcSettings(set: CriuSet): void {
  for (const image of set.top.all("IPC_VAR")) {
    const namespace = set.links.namespaces.get(`ipc/${image.number}`);
    for (const { value, record } of image.entries) {
      for (const [field, name] of Object.entries(IPC_NAMES)) {
        if (!value.has(field)) continue;
        const text = field === "sem_ctls" ? value.numbers(field).join(" ") : String(value.big(field) ?? 0n);
        settingRow(set, value, record, "ipc", name, text, field, namespace);
      }
    }
  }
}

// ---- netlink dumps

const SCOPES: ReadonlyMap<number, string> = new Map([[0, "global"], [200, "site"], [253, "link"], [254, "host"], [255, "nowhere"]]);
const TABLES: ReadonlyMap<number, string> = new Map([[253, "default"], [254, "main"], [255, "local"]]);
const PROTOCOLS: ReadonlyMap<number, string> = new Map([[0, "unspec"], [1, "redirect"], [2, "kernel"], [3, "boot"], [4, "static"], [9, "ra"], [16, "dhcp"]]);
const ROUTE_TYPES = ["unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat"];
const RULE_ACTIONS = ["unspec", "to table", "goto", "nop", "res3", "res4", "blackhole", "unreachable", "prohibit"];
const ADDRESS_FLAGS: ReadonlyMap<number, string> = new Map([
  [1, "SECONDARY"], [2, "NODAD"], [4, "OPTIMISTIC"], [8, "DADFAILED"], [16, "HOMEADDRESS"], [32, "DEPRECATED"], [64, "TENTATIVE"], [128, "PERMANENT"], [256, "MANAGETEMPADDR"], [512, "NOPREFIXROUTE"],
]);

/** A message with its attributes at hand. */
class Dump {
  readonly message: NetlinkMessage;
  readonly bytes: Uint8Array;
  readonly little: boolean;

  constructor(message: NetlinkMessage, bytes: Uint8Array, little: boolean) {
    this.message = message;
    this.bytes = bytes;
    this.little = little;
  }

  header(at: number): number {
    return this.bytes[HEADER_BYTES + at] ?? 0;
  }

  content(name: string): Uint8Array | undefined {
    const attribute = this.message.attributes.find((each) => each.name === name);
    return attribute === undefined ? undefined : this.bytes.subarray(attribute.body, attribute.end);
  }

  address(name: string): string | undefined {
    const content = this.content(name);
    return content === undefined ? undefined : addressText(content);
  }

  text(name: string): string | undefined {
    const content = this.content(name);
    return content === undefined ? undefined : attributeText(name, content, this.little);
  }

  /** Numbers of so many bytes that an attribute holds, or without a name those of the header. */
  numbers(name: string, bytes: 2 | 4): number[] {
    const content = name === "" ? this.bytes.subarray(HEADER_BYTES, HEADER_BYTES + this.message.familyBytes) : (this.content(name) ?? new Uint8Array(0));
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    return Array.from({ length: Math.floor(content.length / bytes) }, (_, at) => (bytes === 2 ? view.getUint16(at * 2, this.little) : view.getUint32(at * 4, this.little)));
  }

  number(name: string): number | undefined {
    const content = this.content(name);
    return content?.length === 4 ? new DataView(content.buffer, content.byteOffset, 4).getUint32(0, this.little) : undefined;
  }
}

/** One message of an address, route or rule dump. Called while the file is framed: devices are named afterwards. */
export function netlinkRow(set: CriuSet, number: number, message: NetlinkMessage, bytes: Uint8Array, record: number, index: number): void {
  const dump = new Dump(message, bytes, set.little);
  if (message.name === "RTM_NEWADDR") addressRow(set, number, dump, record);
  if (message.name === "RTM_NEWROUTE") routeRow(set, number, dump, record, index);
  if (message.name === "RTM_NEWRULE") ruleRow(set, number, dump, record, index);
}

function addressRow(set: CriuSet, number: number, dump: Dump, record: number): void {
  const table = set.reader.table("addresses");
  const row = table.add();
  const view = new DataView(dump.bytes.buffer, dump.bytes.byteOffset, dump.bytes.byteLength);
  const ifindex = dump.bytes.length >= HEADER_BYTES + 8 ? view.getUint32(HEADER_BYTES + 4, set.little) : 0;
  const address = dump.address("LOCAL") ?? dump.address("ADDRESS") ?? "?";
  table.set(row, "record", record);
  table.set(row, "device", String(ifindex));
  table.set(row, "address", `${address}/${dump.header(1)}`);
  table.set(row, "scope", SCOPES.get(dump.header(3)) ?? String(dump.header(3)));
  table.set(row, "label", dump.text("LABEL"));
  const flags = dump.number("FLAGS") ?? dump.header(2);
  if (flags !== 0) table.set(row, "flags", flagNames(flags, ADDRESS_FLAGS));
  set.unnamed.push({ table: "addresses", row, number, ifindex });
}

function routeRow(set: CriuSet, number: number, dump: Dump, record: number, index: number): void {
  const table = set.reader.table("routes");
  const row = table.add();
  const destination = dump.address("DST");
  const length = dump.header(1);
  const group = dump.number("TABLE") ?? dump.header(4);
  table.set(row, "record", record);
  table.set(row, "index", index);
  table.set(row, "kind", "route");
  table.set(row, "destination", destination === undefined ? "default" : `${destination}/${length}`);
  table.set(row, "gateway", dump.address("GATEWAY"));
  table.set(row, "table", TABLES.get(group) ?? String(group));
  table.set(row, "protocol", PROTOCOLS.get(dump.header(5)) ?? String(dump.header(5)));
  table.set(row, "scope", SCOPES.get(dump.header(6)) ?? String(dump.header(6)));
  table.set(row, "type", ROUTE_TYPES[dump.header(7)] ?? String(dump.header(7)));
  table.set(row, "source", dump.address("PREFSRC") ?? dump.address("SRC"));
  table.set(row, "metric", dump.number("PRIORITY"));
  set.unnamed.push({ table: "routes", row, number, ifindex: dump.number("OIF") ?? 0 });
}

function ruleRow(set: CriuSet, number: number, dump: Dump, record: number, index: number): void {
  const table = set.reader.table("routes");
  const row = table.add();
  const group = dump.number("TABLE") ?? dump.header(4);
  const source = dump.address("SRC");
  const destination = dump.address("DST");
  table.set(row, "record", record);
  table.set(row, "index", index);
  table.set(row, "kind", dump.header(0) === 10 ? "rule (IPv6)" : "rule");
  table.set(row, "destination", destination === undefined ? "any" : `${destination}/${dump.header(1)}`);
  table.set(row, "device", dump.text("IIFNAME") ?? dump.text("OIFNAME"));
  // A rule that goes to another one has none.
  if (group !== 0) table.set(row, "table", TABLES.get(group) ?? String(group));
  table.set(row, "protocol", PROTOCOLS.get(dump.content("PROTOCOL")?.[0] ?? 0) ?? "");
  table.set(row, "type", RULE_ACTIONS[dump.header(7)] ?? String(dump.header(7)));
  if (source !== undefined) table.set(row, "source", `${source}/${dump.header(2)}`);
  table.set(row, "metric", dump.number("PRIORITY"));
  table.set(row, "detail", ruleText(dump));
  set.unnamed.push({ table: "routes", row, number, ifindex: 0 });
}

/** FIB_RULE_INVERT (linux/fib_rules.h). */
const INVERT = 2;
const ALL_BITS = 0xffff_ffff;

/** What else a rule asks of a packet, in the words of `ip rule`. */
function ruleText(dump: Dump): string | undefined {
  const parts: string[] = [];
  const mask = dump.number("FWMASK") ?? ALL_BITS;
  const mark = dump.number("FWMARK") ?? 0;
  const range = (name: string, bytes: 2 | 4): string | undefined => {
    const [from, to] = dump.numbers(name, bytes);
    return from === undefined || to === undefined ? undefined : from === to ? String(from) : `${from}-${to}`;
  };
  const add = (word: string, value: string | number | undefined): void => {
    if (value !== undefined) parts.push(`${word} ${value}`);
  };
  if (((dump.numbers("", 4)[2] ?? 0) & INVERT) !== 0) parts.push("not");
  if (dump.header(3) !== 0) add("tos", formatHex(dump.header(3)));
  if (mark !== 0 || mask !== ALL_BITS) add("fwmark", mask === ALL_BITS ? formatHex(mark) : `${formatHex(mark)}/${formatHex(mask)}`);
  add("iif", dump.text("IIFNAME"));
  add("oif", dump.text("OIFNAME"));
  add("uidrange", range("UID_RANGE", 4));
  add("ipproto", dump.content("IP_PROTO")?.[0]);
  add("sport", range("SPORT_RANGE", 2));
  add("dport", range("DPORT_RANGE", 2));
  add("goto", dump.number("GOTO"));
  const least = dump.number("SUPPRESS_PREFIXLEN") ?? ALL_BITS;
  if (least !== ALL_BITS) add("suppress_prefixlength", least);
  return parts.length === 0 ? undefined : parts.join(" ");
}

/** Names for devices and namespaces of dumped rows, and addresses beside the devices. */
export function nameNetwork(set: CriuSet): void {
  const { reader, links } = set;
  const devices = reader.table("devices");
  const addresses = new Map<number, string[]>();
  for (const { table, row, number, ifindex } of set.unnamed) {
    const target = reader.table(table);
    const namespace = links.namespaces.get(`net/${number}`);
    if (namespace !== undefined) target.set(row, "namespace", namespace);
    const device = set.devices.get(`${number}/${ifindex}`);
    if (ifindex !== 0) target.set(row, "device", device?.name ?? `#${ifindex}`);
    if (table !== "addresses" || device === undefined) continue;
    const list = addresses.get(device.row);
    if (list === undefined) addresses.set(device.row, [target.text(row, "address") ?? ""]);
    else list.push(target.text(row, "address") ?? "");
  }
  for (const [row, list] of addresses) devices.set(row, "addresses", list.join(" "));
}
