/** Sockets and what waits in them. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { count, fileMode, flags, hex, oneOf, oneOfHex, openFlags, size, text } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { fownEntry, skOptsEntry } from "./common.ts";
import { SK_SHUTDOWN } from "./enums.ts";
import { ETHERTYPE, FAMILY, NETLINK_PROTOCOL, PACKET_MEMBERSHIP, PACKET_VERSION, PROTOCOL, SCM_TYPE, SOCKET_STATE, SOCKET_TYPE, TCP_OPTIONS, TIMESTAMPING, UNIX_FLAGS } from "../names.ts";

export const filePermsEntry: Message = message("file_perms_entry", {
  mode: required(1, "uint32", "0.4", { show: fileMode }),
  uid: required(2, "uint32", "0.4"),
  gid: required(3, "uint32", "0.4"),
});

export const ipOptsRawEntry: Message = message("ip_opts_raw_entry", {
  hdrincl: optional(1, "bool", "3.12"),
  nodefrag: optional(2, "bool", "3.12"),
  checksum: optional(3, "bool", "3.12"),
  icmpv_filter: repeated(4, "uint32", "3.12", { show: hex }),
});

export const ipOptsEntry: Message = message("ip_opts_entry", {
  freebind: optional(1, "bool", "1.8"),
  raw: optional(4, ipOptsRawEntry, "3.12"),
  pktinfo: optional(5, "bool", "3.18"),
  tos: optional(6, "uint32", "3.19", { show: hex }),
  ttl: optional(7, "uint32", "4.0"),
});

export const tcpOptsEntry: Message = message("tcp_opts_entry", {
  cork: optional(1, "bool", "4.0"),
  nodelay: optional(2, "bool", "4.0"),
  keepcnt: optional(3, "uint32", "4.0"),
  keepidle: optional(4, "uint32", "4.0", { show: count("second") }),
  keepintvl: optional(5, "uint32", "4.0", { show: count("second") }),
});

export const inetSkEntry: Message = message("inet_sk_entry", {
  id: required(1, "uint32", "0.1"),
  ino: required(2, "uint32", "0.1", { doc: "Names the tcp-stream file, in hexadecimal" }),
  family: required(3, "uint32", "0.1", { show: oneOf(FAMILY), hint: { as: "dict", table: "sk" } }),
  type: required(4, "uint32", "0.1", { show: oneOf(SOCKET_TYPE), hint: { as: "dict", table: "sk" } }),
  proto: required(5, "uint32", "0.1", { show: oneOf(PROTOCOL), hint: { as: "dict", table: "sk" } }),
  state: required(6, "uint32", "0.1", { show: oneOf(SOCKET_STATE), hint: { as: "dict", table: "sk" } }),
  src_port: required(7, "uint32", "0.1"),
  dst_port: required(8, "uint32", "0.1"),
  flags: required(9, "uint32", "0.1", { show: openFlags, hint: { as: "hex" } }),
  backlog: required(10, "uint32", "0.1"),
  src_addr: repeated(11, "uint32", "0.1", { hint: { as: "ip" }, doc: "Words whose bytes, in the memory order of the dumping machine, are the address" }),
  dst_addr: repeated(12, "uint32", "0.1", { hint: { as: "ip" }, doc: "Words whose bytes, in the memory order of the dumping machine, are the address" }),
  fown: required(13, fownEntry, "0.1"),
  opts: required(14, skOptsEntry, "0.1"),
  v6only: optional(15, "bool", "0.2"),
  ip_opts: optional(16, ipOptsEntry, "1.8"),
  ifname: optional(17, "string", "1.8"),
  ns_id: optional(18, "uint32", "3.8"),
  shutdown: optional(19, SK_SHUTDOWN, "3.0"),
  tcp_opts: optional(20, tcpOptsEntry, "4.0"),
  uid: optional(21, "uint32", "4.3"),
});

export const netlinkSkEntry: Message = message("netlink_sk_entry", {
  id: required(1, "uint32", "0.5"),
  ino: required(2, "uint32", "0.5"),
  protocol: required(3, "uint32", "0.5", { show: oneOf(NETLINK_PROTOCOL) }),
  state: required(4, "uint32", "0.5", { show: oneOf(SOCKET_STATE) }),
  flags: required(6, "uint32", "0.5", { show: openFlags, hint: { as: "hex" } }),
  portid: required(7, "uint32", "0.5"),
  groups: repeated(8, "uint32", "0.5", { show: hex }),
  dst_portid: required(9, "uint32", "0.5"),
  dst_group: required(10, "uint32", "0.5"),
  fown: required(11, fownEntry, "0.5"),
  opts: required(12, skOptsEntry, "0.5"),
  ns_id: optional(13, "uint32", "3.8"),
});

export const packetMclist: Message = message("packet_mclist", {
  index: required(1, "uint32", "0.2"),
  type: required(2, "uint32", "0.2", { show: oneOf(PACKET_MEMBERSHIP) }),
  addr: required(3, "bytes", "0.2"),
});

export const packetRing: Message = message("packet_ring", {
  block_size: required(1, "uint32", "0.2", { show: size }),
  block_nr: required(2, "uint32", "0.2"),
  frame_size: required(3, "uint32", "0.2", { show: size }),
  frame_nr: required(4, "uint32", "0.2"),
  retire_tmo: required(5, "uint32", "0.2", { show: count("millisecond") }),
  sizeof_priv: required(6, "uint32", "0.2", { show: size }),
  features: required(7, "uint32", "0.2", { show: hex }),
});

export const packetSockEntry: Message = message("packet_sock_entry", {
  id: required(1, "uint32", "0.2"),
  type: required(2, "uint32", "0.2", { show: oneOf(SOCKET_TYPE) }),
  protocol: required(3, "uint32", "0.2", { show: oneOfHex(ETHERTYPE), doc: "Ethertype in network order" }),
  flags: required(4, "uint32", "0.2", { show: openFlags, hint: { as: "hex" } }),
  ifindex: required(5, "uint32", "0.2"),
  fown: required(6, fownEntry, "0.2"),
  opts: required(7, skOptsEntry, "0.2"),
  version: required(8, "uint32", "0.2", { show: oneOf(PACKET_VERSION) }),
  reserve: required(9, "uint32", "0.2", { show: size }),
  aux_data: required(10, "bool", "0.2"),
  orig_dev: required(11, "bool", "0.2"),
  vnet_hdr: required(12, "bool", "0.2"),
  loss: required(13, "bool", "0.2"),
  timestamp: required(14, "uint32", "0.2", { show: flags(TIMESTAMPING) }),
  copy_thresh: required(15, "uint32", "0.2"),
  mclist: repeated(16, packetMclist, "0.2"),
  fanout: optional(17, "uint32", "0.2", { show: hex, doc: "Id of the group in the low half, how packets are spread above; 0xffffffff = none" }),
  rx_ring: optional(18, packetRing, "0.2"),
  tx_ring: optional(19, packetRing, "0.2"),
  ns_id: optional(20, "uint32", "3.8"),
});

export const scmEntry: Message = message("scm_entry", {
  type: required(1, "uint32", "3.6", { show: oneOf(SCM_TYPE) }),
  rights: repeated(2, "uint32", "3.6"),
});

export const skUcredEntry: Message = message("sk_ucred_entry", {
  uid: required(1, "uint32", "4.3"),
  gid: required(2, "uint32", "4.3"),
  pid: required(3, "uint32", "4.3"),
}, "Who sent a packet (SCM_CREDENTIALS)");

export const skPacketEntry: Message = message("sk_packet_entry", {
  id_for: required(1, "uint32", "0.1", { doc: "Id of the receiving socket" }),
  length: required(2, "uint32", "0.1", { show: size }),
  scm: repeated(4, scmEntry, "3.6"),
  ucred: optional(128, skUcredEntry, "4.3"),
}, "Data that waits in a socket; its bytes follow");

export const tcpStreamEntry: Message = message("tcp_stream_entry", {
  inq_len: required(1, "uint32", "0.1", { show: size }),
  inq_seq: required(2, "uint32", "0.1"),
  outq_len: required(3, "uint32", "0.1", { show: size }),
  outq_seq: required(4, "uint32", "0.1"),
  opt_mask: required(5, "uint32", "0.1", { show: flags(TCP_OPTIONS), hint: { as: "hex" } }),
  snd_wscale: required(6, "uint32", "0.1"),
  mss_clamp: required(7, "uint32", "0.1"),
  rcv_wscale: optional(8, "uint32", "0.2"),
  timestamp: optional(9, "uint32", "0.4"),
  cork: optional(10, "bool", "0.8"),
  nodelay: optional(11, "bool", "0.8"),
  unsq_len: optional(12, "uint32", "1.0", { show: size, doc: "Part of the send queue that was not sent yet" }),
  snd_wl1: optional(13, "uint32", "2.5"),
  snd_wnd: optional(14, "uint32", "2.5"),
  max_window: optional(15, "uint32", "2.5"),
  rcv_wnd: optional(16, "uint32", "2.5"),
  rcv_wup: optional(17, "uint32", "2.5"),
}, "State of an established connection; its queues follow");

export const unixSkEntry: Message = message("unix_sk_entry", {
  id: required(1, "uint32", "0.1"),
  ino: required(2, "uint32", "0.1"),
  type: required(3, "uint32", "0.1", { show: oneOf(SOCKET_TYPE), hint: { as: "dict", table: "sk" } }),
  state: required(4, "uint32", "0.1", { show: oneOf(SOCKET_STATE), hint: { as: "dict", table: "sk" } }),
  flags: required(5, "uint32", "0.1", { show: openFlags, hint: { as: "hex" } }),
  uflags: required(6, "uint32", "0.1", { show: flags(UNIX_FLAGS), hint: { as: "hex" } }),
  backlog: required(7, "uint32", "0.1"),
  peer: required(8, "uint32", "0.1", { doc: "Inode of the other end; 0 = none" }),
  fown: required(9, fownEntry, "0.1"),
  opts: required(10, skOptsEntry, "0.1"),
  name: required(11, "bytes", "0.1", { show: text, hint: { as: "unix-name" }, doc: "Address: empty = unnamed, a leading NUL = abstract" }),
  shutdown: optional(12, SK_SHUTDOWN, "0.3"),
  file_perms: optional(13, filePermsEntry, "0.4"),
  name_dir: optional(14, "string", "1.6.1"),
  deleted: optional(15, "bool", "2.5"),
  ns_id: optional(16, "uint32", "3.8"),
  mnt_id: optional(17, "sint32", "3.9"),
});
