/** Descriptors and open files. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { fileMode, flags, hex, kernelDevice, libcDevice, octal, oneOf, openFlags, path, signals, size } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { fhEntry, fownEntry, timeval } from "./common.ts";
import { inetSkEntry, netlinkSkEntry, packetSockEntry, unixSkEntry } from "./sockets.ts";
import { memfdFileEntry } from "./memory.ts";
import { FD_TYPE, MARK_TYPE, REMAP_TYPE, TTY_TYPE } from "./enums.ts";
import { BPF_MAP, CLOCK, CLONE, EPOLL, FANOTIFY, FANOTIFY_INIT, INOTIFY, LOCK_KIND } from "../names.ts";

export const bpfmapDataEntry: Message = message("bpfmap_data_entry", {
  map_id: required(1, "uint32", "3.15"),
  keys_bytes: required(2, "uint32", "3.15", { show: size }),
  values_bytes: required(3, "uint32", "3.15", { show: size }),
  count: required(4, "uint32", "3.15"),
});

export const bpfmapFileEntry: Message = message("bpfmap_file_entry", {
  id: required(1, "uint32", "3.15"),
  flags: required(2, "uint32", "3.15", { show: openFlags, hint: { as: "flags", table: "rfile.flags" } }),
  pos: required(3, "uint64", "3.15"),
  fown: required(4, fownEntry, "3.15"),
  map_type: required(5, "uint32", "3.15", { show: oneOf(BPF_MAP) }),
  key_size: required(6, "uint32", "3.15"),
  value_size: required(7, "uint32", "3.15"),
  map_id: required(8, "uint32", "3.15"),
  max_entries: required(9, "uint32", "3.15"),
  map_flags: required(10, "uint32", "3.15", { show: hex }),
  memlock: required(11, "uint64", "3.15", { show: size }),
  frozen: required(12, "bool", "3.15"),
  map_name: required(13, "string", "3.15"),
  ifindex: required(14, "uint32", "3.15"),
  mnt_id: optional(15, "sint32", "3.15"),
  map_extra: optional(16, "uint64", "3.17"),
});

export const eventfdFileEntry: Message = message("eventfd_file_entry", {
  id: required(1, "uint32", "0.1"),
  flags: required(2, "uint32", "0.1", { show: openFlags }),
  fown: required(3, fownEntry, "0.1"),
  counter: required(4, "uint64", "0.1"),
});

export const eventpollTfdEntry: Message = message("eventpoll_tfd_entry", {
  id: required(1, "uint32", "0.1"),
  tfd: required(2, "uint32", "0.1", { doc: "Descriptor number in the table of the owner" }),
  events: required(3, "uint32", "0.1", { show: flags(EPOLL) }),
  data: required(4, "uint64", "0.1", { show: hex }),
  dev: optional(5, "uint32", "3.11", { show: kernelDevice }),
  inode: optional(6, "uint64", "3.11"),
  pos: optional(7, "uint64", "3.11"),
});

export const eventpollFileEntry: Message = message("eventpoll_file_entry", {
  id: required(1, "uint32", "0.1"),
  flags: required(2, "uint32", "0.1", { show: openFlags }),
  fown: required(3, fownEntry, "0.1"),
  tfd: repeated(4, eventpollTfdEntry, "1.4"),
});

export const extFileEntry: Message = message("ext_file_entry", {
  id: required(1, "uint32", "1.1"),
  fown: required(5, fownEntry, "1.1"),
});

export const fanotifyInodeMarkEntry: Message = message("fanotify_inode_mark_entry", {
  i_ino: required(1, "uint64", "0.4"),
  f_handle: required(2, fhEntry, "0.4"),
});

export const fanotifyMountMarkEntry: Message = message("fanotify_mount_mark_entry", {
  mnt_id: required(1, "uint32", "0.4"),
  path: optional(2, "string", "3.1"),
});

export const fanotifyMarkEntry: Message = message("fanotify_mark_entry", {
  id: required(1, "uint32", "0.4"),
  type: required(2, MARK_TYPE, "0.4"),
  mflags: required(3, "uint32", "0.4", { show: hex, hint: { as: "hex" } }),
  mask: required(4, "uint32", "0.4", { show: flags(FANOTIFY), hint: { as: "hex" } }),
  ignored_mask: required(5, "uint32", "0.4", { show: flags(FANOTIFY), hint: { as: "hex" } }),
  s_dev: required(6, "uint32", "0.4", { show: kernelDevice, hint: { as: "dev" } }),
  ie: optional(7, fanotifyInodeMarkEntry, "0.4"),
  me: optional(8, fanotifyMountMarkEntry, "0.4"),
});

export const fanotifyFileEntry: Message = message("fanotify_file_entry", {
  id: required(1, "uint32", "0.4"),
  flags: required(2, "uint32", "0.4", { show: openFlags, hint: { as: "hex" } }),
  fown: required(3, fownEntry, "0.4"),
  faflags: required(4, "uint32", "0.4", { show: flags(FANOTIFY_INIT), hint: { as: "hex" } }),
  evflags: required(5, "uint32", "0.4", { show: openFlags, hint: { as: "hex" } }),
  mark: repeated(6, fanotifyMarkEntry, "1.4"),
});

export const fdinfoEntry: Message = message("fdinfo_entry", {
  id: required(1, "uint32", "0.1", { doc: "Id of the open file, unique with the type" }),
  flags: required(2, "uint32", "0.1", { doc: "Bit 0: close on exec" }),
  type: required(3, FD_TYPE, "0.1"),
  fd: required(4, "uint32", "0.1"),
  xattr_security_selinux: optional(5, "string", "3.13"),
}, "One descriptor");

export const fifoEntry: Message = message("fifo_entry", {
  id: required(1, "uint32", "0.1"),
  pipe_id: required(2, "uint32", "0.1"),
  regf_id: optional(3, "uint32", "3.6"),
  wait_writer: optional(4, "bool", "4.3"),
});

export const regFileEntry: Message = message("reg_file_entry", {
  id: required(1, "uint32", "0.1"),
  flags: required(2, "uint32", "0.1", { show: openFlags, hint: { as: "flags", table: "rfile.flags" } }),
  pos: required(3, "uint64", "0.1"),
  fown: required(5, fownEntry, "0.1"),
  name: required(6, "string", "0.1", { show: path, doc: "Path in the mount namespace of the dump" }),
  mnt_id: optional(7, "sint32", "1.3"),
  size: optional(8, "uint64", "1.3", { show: size }),
  ext: optional(9, "bool", "2.0", { doc: "Inherited from outside at a restore" }),
  mode: optional(10, "uint32", "2.4", { show: fileMode }),
  build_id: repeated(11, "uint32", "3.15", { show: hex, doc: "Bytes of the ELF build id in words" }),
  checksum: optional(12, "uint32", "3.15", { show: hex }),
  checksum_config: optional(13, "uint32", "3.15"),
  checksum_parameter: optional(14, "uint32", "3.15"),
}, "A file or directory, opened by path");

export const nsFileEntry: Message = message("ns_file_entry", {
  id: required(1, "uint32", "0.6"),
  ns_id: required(2, "uint32", "0.6"),
  ns_cflag: required(3, "uint32", "0.6", { show: flags(CLONE) }),
  flags: required(4, "uint32", "0.6", { show: openFlags }),
});

export const signalfdEntry: Message = message("signalfd_entry", {
  id: required(1, "uint32", "0.2"),
  flags: required(2, "uint32", "0.2", { show: openFlags, hint: { as: "hex" } }),
  fown: required(3, fownEntry, "0.2"),
  sigmask: required(4, "uint64", "0.2", { show: signals, hint: { as: "hex" } }),
});

export const tunfileEntry: Message = message("tunfile_entry", {
  id: required(1, "uint32", "0.7"),
  netdev: optional(2, "string", "0.7"),
  detached: optional(3, "bool", "0.7"),
  ns_id: optional(4, "uint32", "3.9"),
});

export const timerfdEntry: Message = message("timerfd_entry", {
  id: required(1, "uint32", "1.3"),
  flags: required(2, "uint32", "1.3", { show: openFlags, hint: { as: "hex" } }),
  fown: required(3, fownEntry, "1.3"),
  clockid: required(4, "uint32", "1.3", { show: oneOf(CLOCK) }),
  ticks: required(5, "uint64", "1.3"),
  settime_flags: required(6, "uint32", "1.3", { show: hex, hint: { as: "hex" } }),
  vsec: required(7, "uint64", "1.3"),
  vnsec: required(8, "uint64", "1.3"),
  isec: required(9, "uint64", "1.3"),
  insec: required(10, "uint64", "1.3"),
});

export const inotifyWdEntry: Message = message("inotify_wd_entry", {
  id: required(1, "uint32", "0.1"),
  i_ino: required(2, "uint64", "0.1"),
  mask: required(3, "uint32", "0.1", { show: flags(INOTIFY), hint: { as: "hex" } }),
  ignored_mask: required(4, "uint32", "0.1", { show: hex, hint: { as: "hex" } }),
  s_dev: required(5, "uint32", "0.1", { show: kernelDevice, hint: { as: "dev" } }),
  wd: required(6, "uint32", "0.1"),
  f_handle: required(7, fhEntry, "0.1", { doc: "File handle of what is watched" }),
});

export const inotifyFileEntry: Message = message("inotify_file_entry", {
  id: required(1, "uint32", "0.1"),
  flags: required(2, "uint32", "0.1", { show: openFlags, hint: { as: "hex" } }),
  fown: required(4, fownEntry, "0.1"),
  wd: repeated(5, inotifyWdEntry, "1.4"),
});

export const pipeEntry: Message = message("pipe_entry", {
  id: required(1, "uint32", "0.1"),
  pipe_id: required(2, "uint32", "0.1", { doc: "Inode number; both ends have the same" }),
  flags: required(3, "uint32", "0.1", { show: openFlags, hint: { as: "hex" } }),
  fown: required(4, fownEntry, "0.1"),
  uid: optional(5, "uint32", "4.3"),
  gid: optional(6, "uint32", "4.3"),
});

export const ttyFileEntry: Message = message("tty_file_entry", {
  id: required(1, "uint32", "0.2"),
  tty_info_id: required(2, "uint32", "0.2"),
  flags: required(3, "uint32", "0.2", { show: openFlags, hint: { as: "hex" } }),
  fown: required(4, fownEntry, "0.2"),
  regf_id: optional(6, "uint32", "3.6"),
});

export const pidfdEntry: Message = message("pidfd_entry", {
  id: required(1, "uint32", "4.1"),
  ino: required(2, "uint32", "4.1"),
  flags: required(3, "uint32", "4.1", { show: openFlags }),
  nspid: required(4, "int32", "4.1"),
  fown: required(5, fownEntry, "4.1"),
});

export const fileEntry: Message = message("file_entry", {
  type: required(1, FD_TYPE, "3.4"),
  id: required(2, "uint32", "3.4"),
  reg: optional(3, regFileEntry, "3.4"),
  isk: optional(4, inetSkEntry, "3.4"),
  nsf: optional(5, nsFileEntry, "3.4"),
  psk: optional(6, packetSockEntry, "3.4"),
  nlsk: optional(7, netlinkSkEntry, "3.4"),
  efd: optional(8, eventfdFileEntry, "3.4"),
  epfd: optional(9, eventpollFileEntry, "3.4"),
  sgfd: optional(10, signalfdEntry, "3.4"),
  tunf: optional(11, tunfileEntry, "3.4"),
  tfd: optional(12, timerfdEntry, "3.4"),
  ify: optional(13, inotifyFileEntry, "3.4"),
  ffy: optional(14, fanotifyFileEntry, "3.4"),
  ext: optional(15, extFileEntry, "3.4"),
  usk: optional(16, unixSkEntry, "3.4"),
  fifo: optional(17, fifoEntry, "3.4"),
  pipe: optional(18, pipeEntry, "3.4"),
  tty: optional(19, ttyFileEntry, "3.4"),
  memfd: optional(20, memfdFileEntry, "3.14"),
  bpf: optional(21, bpfmapFileEntry, "3.15"),
  pidfd: optional(22, pidfdEntry, "4.1"),
}, "One open file of any type; several descriptors may share it");

export const fileLockEntry: Message = message("file_lock_entry", {
  flag: required(1, "uint32", "0.4", { show: oneOf(LOCK_KIND) }),
  type: required(2, "uint32", "0.4"),
  pid: required(3, "int32", "0.4"),
  fd: required(4, "int32", "0.4"),
  start: required(5, "int64", "0.4"),
  len: required(6, "int64", "0.4", { doc: "0 = to the end of the file" }),
});

export const ghostChunkEntry: Message = message("ghost_chunk_entry", {
  len: required(1, "uint64", "3.3", { show: size }),
  off: required(2, "uint64", "3.3", { show: size }),
}, "A piece of a ghost file; its bytes follow");

export const ghostFileEntry: Message = message("ghost_file_entry", {
  uid: required(1, "uint32", "0.1"),
  gid: required(2, "uint32", "0.1"),
  mode: required(3, "uint32", "0.1", { show: fileMode }),
  dev: optional(4, "uint32", "0.3", { show: kernelDevice, hint: { as: "dev" } }),
  ino: optional(5, "uint64", "0.3"),
  rdev: optional(6, "uint32", "1.3", { show: libcDevice, hint: { as: "odev" } }),
  atim: optional(7, timeval, "2.0"),
  mtim: optional(8, timeval, "2.0"),
  chunks: optional(9, "bool", "3.3", { doc: "Contents come in chunks with holes between them" }),
  size: optional(10, "uint64", "3.3", { show: size }),
  symlnk_target: optional(11, "string", "3.14", { show: path }),
}, "A deleted file; its contents follow");

export const pipeDataEntry: Message = message("pipe_data_entry", {
  pipe_id: required(1, "uint32", "0.1"),
  bytes: required(2, "uint32", "0.1", { show: size, doc: "Bytes that follow" }),
  size: optional(3, "uint32", "0.4", { show: size, doc: "Capacity of the pipe" }),
}, "Contents of a pipe follow this entry");

export const remapFilePathEntry: Message = message("remap_file_path_entry", {
  orig_id: required(1, "uint32", "0.1"),
  remap_id: required(2, "uint32", "0.1", { doc: "Ghost file, other open file, or dead pid. Before 1.4 bit 31 means ghost" }),
  remap_type: optional(3, REMAP_TYPE, "1.4"),
}, "How an open file without a name comes back");

export const termiosEntry: Message = message("termios_entry", {
  c_iflag: required(1, "uint32", "0.2", { show: octal }),
  c_oflag: required(2, "uint32", "0.2", { show: octal }),
  c_cflag: required(3, "uint32", "0.2", { show: octal }),
  c_lflag: required(4, "uint32", "0.2", { show: octal }),
  c_line: required(5, "uint32", "0.2"),
  c_ispeed: required(6, "uint32", "0.2"),
  c_ospeed: required(7, "uint32", "0.2"),
  c_cc: repeated(8, "uint32", "0.2", { doc: "19 control characters, packed as bytes into the first words; the rest is garbage" }),
});

export const ttyDataEntry: Message = message("tty_data_entry", {
  tty_id: required(1, "uint32", "2.3"),
  data: required(2, "bytes", "2.3"),
}, "Bytes that wait in a terminal");

export const winsizeEntry: Message = message("winsize_entry", {
  ws_row: required(1, "uint32", "0.2"),
  ws_col: required(2, "uint32", "0.2"),
  ws_xpixel: required(3, "uint32", "0.2"),
  ws_ypixel: required(4, "uint32", "0.2"),
});

export const ttyPtyEntry: Message = message("tty_pty_entry", {
  index: required(1, "uint32", "0.2"),
});

export const ttyInfoEntry: Message = message("tty_info_entry", {
  id: required(1, "uint32", "0.2"),
  type: required(2, TTY_TYPE, "0.2"),
  locked: required(3, "bool", "0.2"),
  exclusive: required(4, "bool", "0.2"),
  packet_mode: required(5, "bool", "0.2"),
  sid: required(6, "uint32", "0.2"),
  pgrp: required(7, "uint32", "0.2"),
  rdev: required(8, "uint32", "0.2", { show: libcDevice }),
  termios: optional(9, termiosEntry, "0.2"),
  termios_locked: optional(10, termiosEntry, "0.2"),
  winsize: optional(11, winsizeEntry, "0.2"),
  pty: optional(12, ttyPtyEntry, "0.2"),
  dev: optional(13, "uint32", "2.0", { show: libcDevice }),
  uid: optional(14, "uint32", "2.6"),
  gid: optional(15, "uint32", "2.6"),
}, "A terminal; index times two, plus one for the master, is the id of a pty end");

export const tunLinkEntry: Message = message("tun_link_entry", {
  flags: required(1, "uint32", "0.7", { show: hex, hint: { as: "hex" } }),
  owner: required(2, "int32", "0.7"),
  group: required(3, "int32", "0.7"),
  vnethdr: required(4, "uint32", "0.7"),
  sndbuf: required(5, "uint32", "0.7"),
});
