/**
 * Netlink messages as `ip addr save` and the like write them: addresses, routes, rules, connection tracking.
 * Numbers are in the byte order of the dumping machine, addresses in network order (include/uapi/linux/netlink.h,
 * rtnetlink.h, if_addr.h, fib_rules.h).
 */
import { formatIpv4, formatIpv6 } from "../../schema/show.ts";

export const SAVE_MAGIC: Readonly<Record<string, number>> = { IFADDR: 0x47361222, ROUTE: 0x45311224, ROUTE6: 0x45311224, RULE: 0x71706986 };

export const HEADER_BYTES = 16;

export interface Attribute {
  readonly type: number;
  readonly name: string;
  /** Positions in the bytes of the message; `end` is without padding, `next` behind it. */
  readonly start: number;
  readonly body: number;
  readonly end: number;
  readonly next: number;
}

export interface NetlinkMessage {
  readonly type: number;
  readonly name: string;
  /** Bytes of the family's own header behind the common one. */
  readonly familyBytes: number;
  readonly attributes: readonly Attribute[];
  /** Where the attributes end: before the message's end when it is damaged. */
  readonly stop: number;
}

interface Kind {
  readonly name: string;
  readonly bytes: number;
  readonly attributes: readonly string[];
}

const list = (words: string): readonly string[] => words.split(" ");
const IFA = list("UNSPEC ADDRESS LOCAL LABEL BROADCAST ANYCAST CACHEINFO MULTICAST FLAGS RT_PRIORITY TARGET_NETNSID PROTO");
const RTA = list(
  "UNSPEC DST SRC IIF OIF GATEWAY PRIORITY PREFSRC METRICS MULTIPATH PROTOINFO FLOW CACHEINFO SESSION MP_ALGO TABLE MARK MFC_STATS VIA NEWDST PREF ENCAP_TYPE ENCAP EXPIRES PAD UID TTL_PROPAGATE IP_PROTO SPORT DPORT NH_ID",
);
const FRA = list(
  "UNSPEC DST SRC IIFNAME GOTO UNUSED2 PRIORITY UNUSED3 UNUSED4 UNUSED5 FWMARK FLOW TUN_ID SUPPRESS_IFGROUP SUPPRESS_PREFIXLEN TABLE FWMASK OIFNAME PAD L3MDEV UID_RANGE PROTOCOL IP_PROTO SPORT_RANGE DPORT_RANGE",
);
const CTA = list("UNSPEC TUPLE_ORIG TUPLE_REPLY STATUS PROTOINFO HELP NAT_SRC TIMEOUT MARK COUNTERS_ORIG COUNTERS_REPLY USE ID NAT_DST TUPLE_MASTER");

const KINDS: ReadonlyMap<number, Kind> = new Map([
  [3, { name: "NLMSG_DONE", bytes: 0, attributes: [] }],
  [20, { name: "RTM_NEWADDR", bytes: 8, attributes: IFA }],
  [24, { name: "RTM_NEWROUTE", bytes: 12, attributes: RTA }],
  [32, { name: "RTM_NEWRULE", bytes: 12, attributes: FRA }],
  [0x100, { name: "IPCTNL_MSG_CT_NEW", bytes: 4, attributes: CTA }],
  [0x200, { name: "IPCTNL_MSG_EXP_NEW", bytes: 4, attributes: list("UNSPEC MASTER TUPLE MASK TIMEOUT ID HELP_NAME ZONE FLAGS CLASS NAT FN") }],
]);

/** A message that is whole in `bytes`. */
export function decodeNetlink(bytes: Uint8Array, little: boolean): NetlinkMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes.length >= 6 ? view.getUint16(4, little) : -1;
  const kind = KINDS.get(type) ?? { name: `message type ${type}`, bytes: 0, attributes: [] };
  const attributes: Attribute[] = [];
  let at = HEADER_BYTES + kind.bytes;
  if (!KINDS.has(type) || at > bytes.length) return { type, name: kind.name, familyBytes: 0, attributes, stop: Math.min(HEADER_BYTES, bytes.length) };
  while (at + 4 <= bytes.length) {
    const length = view.getUint16(at, little);
    // The two upper bits of a type are flags: nested, network order.
    const number = view.getUint16(at + 2, little) & 0x3fff;
    if (length < 4 || at + length > bytes.length) break;
    const next = Math.min(bytes.length, at + ((length + 3) & ~3));
    attributes.push({ type: number, name: kind.attributes[number] ?? `attribute ${number}`, start: at, body: at + 4, end: at + length, next });
    at = next;
  }
  return { type, name: kind.name, familyBytes: kind.bytes, attributes, stop: at };
}

/** IPv4 or IPv6 by length; undefined for other lengths. */
export function addressText(bytes: Uint8Array): string | undefined {
  return bytes.length === 4 ? formatIpv4(bytes) : bytes.length === 16 ? formatIpv6(bytes) : undefined;
}
