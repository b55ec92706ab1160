/** Namespaces: mounts, network, IPC, control groups. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { fileMode, flags, kernelDevice, oneOf, path, size } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { ipcDescEntry, sysctlEntry } from "./common.ts";
import { tunLinkEntry } from "./files.ts";
import { ND_TYPE } from "./enums.ts";
import { IFF, MACVLAN_MODE, MOUNT } from "../names.ts";

export const autofsEntry: Message = message("autofs_entry", {
  fd: required(1, "int32", "2.4"),
  pgrp: required(2, "int32", "2.4"),
  timeout: required(3, "int32", "2.4"),
  minproto: required(4, "int32", "2.4"),
  maxproto: required(5, "int32", "2.4"),
  mode: required(6, "int32", "2.4"),
  uid: optional(7, "int32", "2.4"),
  gid: optional(8, "int32", "2.4"),
  read_fd: optional(9, "int32", "2.4"),
});

export const binfmtMiscEntry: Message = message("binfmt_misc_entry", {
  name: required(1, "string", "2.0"),
  enabled: required(2, "bool", "2.0"),
  interpreter: required(3, "string", "2.0"),
  flags: optional(4, "string", "2.0"),
  extension: optional(5, "string", "2.0"),
  magic: optional(6, "string", "2.0"),
  mask: optional(7, "string", "2.0"),
  offset: optional(8, "int32", "2.0"),
});

export const cgroupPerms: Message = message("cgroup_perms", {
  mode: required(1, "uint32", "2.0", { show: fileMode }),
  uid: required(2, "uint32", "2.0"),
  gid: required(3, "uint32", "2.0"),
});

export const cgroupPropEntry: Message = message("cgroup_prop_entry", {
  name: required(1, "string", "1.3"),
  value: required(2, "string", "1.3"),
  perms: optional(3, cgroupPerms, "2.0"),
});

export const cgroupDirEntry: Message = message("cgroup_dir_entry", {
  dir_name: required(1, "string", "1.3", { show: path }),
  children: repeated(2, () => cgroupDirEntry, "1.3"),
  properties: repeated(3, cgroupPropEntry, "1.3"),
  dir_perms: optional(4, cgroupPerms, "2.0"),
});

export const cgControllerEntry: Message = message("cg_controller_entry", {
  cnames: repeated(1, "string", "1.3"),
  dirs: repeated(2, cgroupDirEntry, "1.3"),
  is_threaded: optional(3, "bool", "3.18"),
});

export const cgMemberEntry: Message = message("cg_member_entry", {
  name: required(1, "string", "1.3", { doc: "Controller; empty for cgroup v2" }),
  path: required(2, "string", "1.3", { show: path }),
  cgns_prefix: optional(3, "uint32", "2.0", { doc: "Length of the part of the path that is the root of the cgroup namespace" }),
});

export const cgSetEntry: Message = message("cg_set_entry", {
  id: required(1, "uint32", "1.3"),
  ctls: repeated(2, cgMemberEntry, "1.3"),
});

export const cgroupEntry: Message = message("cgroup_entry", {
  sets: repeated(1, cgSetEntry, "1.3"),
  controllers: repeated(2, cgControllerEntry, "1.3"),
}, "Control group sets of the tasks, and the tree of groups");

export const ipcMsg: Message = message("ipc_msg", {
  mtype: required(1, "uint64", "0.1"),
  msize: required(2, "uint32", "0.1", { show: size }),
}, "A message; its text follows, padded to 8 bytes");

export const ipcMsgEntry: Message = message("ipc_msg_entry", {
  desc: required(1, ipcDescEntry, "0.1"),
  qbytes: required(2, "uint32", "0.1", { show: size }),
  qnum: required(3, "uint32", "0.1"),
}, "A SysV message queue; its messages follow");

export const ipcSemEntry: Message = message("ipc_sem_entry", {
  desc: required(1, ipcDescEntry, "0.1"),
  nsems: required(2, "uint32", "0.1"),
}, "A SysV semaphore set; its values follow as 16-bit numbers");

export const ipcShmEntry: Message = message("ipc_shm_entry", {
  desc: required(1, ipcDescEntry, "0.1"),
  size: required(2, "uint64", "0.1", { show: size }),
  in_pagemaps: optional(3, "bool", "3.0", { doc: "Contents are in a pagemap-shmem file, else they follow here" }),
  hugetlb_flag: optional(4, "uint32", "3.17"),
}, "A SysV segment");

export const ipcVarEntry: Message = message("ipc_var_entry", {
  sem_ctls: repeated(1, "uint32", "0.1"),
  msg_ctlmax: required(2, "uint32", "0.1"),
  msg_ctlmnb: required(3, "uint32", "0.1"),
  msg_ctlmni: required(4, "uint32", "0.1"),
  auto_msgmni: required(5, "uint32", "0.1"),
  shm_ctlmax: required(6, "uint64", "0.1"),
  shm_ctlall: required(7, "uint64", "0.1"),
  shm_ctlmni: required(8, "uint32", "0.1"),
  shm_rmid_forced: required(9, "uint32", "0.1"),
  mq_queues_max: required(10, "uint32", "0.1"),
  mq_msg_max: required(11, "uint32", "0.1"),
  mq_msgsize_max: required(12, "uint32", "0.1"),
  mq_msg_default: optional(13, "uint32", "2.5"),
  mq_msgsize_default: optional(14, "uint32", "2.5"),
  msg_next_id: optional(15, "uint32", "2.6"),
  sem_next_id: optional(16, "uint32", "2.6"),
  shm_next_id: optional(17, "uint32", "2.6"),
}, "Limits of an IPC namespace");

export const macvlanLinkEntry: Message = message("macvlan_link_entry", {
  mode: required(1, "uint32", "2.8", { show: oneOf(MACVLAN_MODE) }),
  flags: optional(2, "uint32", "2.8"),
});

export const mntEntry: Message = message("mnt_entry", {
  fstype: required(1, "uint32", "0.1"),
  mnt_id: required(2, "uint32", "0.1"),
  root_dev: required(3, "uint32", "0.1", { show: kernelDevice, hint: { as: "dev" }, doc: "Device of the file system; names the tmpfs-dev file with its contents" }),
  parent_mnt_id: required(4, "uint32", "0.1"),
  flags: required(5, "uint32", "0.1", { show: flags(MOUNT), hint: { as: "hex" } }),
  root: required(6, "string", "0.1", { show: path, doc: "Path inside the file system that is mounted" }),
  mountpoint: required(7, "string", "0.1", { show: path }),
  source: required(8, "string", "0.1", { show: path }),
  options: required(9, "string", "0.1"),
  shared_id: optional(10, "uint32", "0.7"),
  master_id: optional(11, "uint32", "0.7"),
  with_plugin: optional(12, "bool", "1.1"),
  ext_mount: optional(13, "bool", "1.3"),
  fsname: optional(14, "string", "1.6"),
  internal_sharing: optional(15, "bool", "1.6"),
  deleted: optional(16, "bool", "1.7"),
  sb_flags: optional(17, "uint32", "1.8", { show: flags(MOUNT), hint: { as: "hex" } }),
  ext_key: optional(18, "string", "3.0", { doc: "Key under which a restore gets it from outside" }),
}, "One mount. The order in the file is not that of the tree");

export const sitEntry: Message = message("sit_entry", {
  link: optional(1, "uint32", "3.6"),
  local: repeated(2, "uint32", "3.6", { hint: { as: "ip" } }),
  remote: repeated(3, "uint32", "3.6", { hint: { as: "ip" } }),
  ttl: optional(4, "uint32", "3.6"),
  tos: optional(5, "uint32", "3.6"),
  pmtudisc: optional(6, "bool", "3.6"),
  proto: optional(7, "uint32", "3.6"),
  flags: optional(8, "uint32", "3.6"),
  encap_type: optional(9, "uint32", "3.6"),
  encap_flags: optional(10, "uint32", "3.6"),
  encap_sport: optional(11, "uint32", "3.6"),
  encap_dport: optional(12, "uint32", "3.6"),
  rd_prefixlen: optional(13, "uint32", "3.6"),
  rd_prefix: repeated(14, "uint32", "3.6", { hint: { as: "ip" } }),
  relay_prefixlen: optional(15, "uint32", "3.6"),
  relay_prefix: repeated(16, "uint32", "3.6", { hint: { as: "ip" } }),
});

export const netDeviceEntry: Message = message("net_device_entry", {
  type: required(1, ND_TYPE, "0.2"),
  ifindex: required(2, "uint32", "0.2"),
  mtu: required(3, "uint32", "0.2"),
  flags: required(4, "uint32", "0.2", { show: flags(IFF), hint: { as: "hex" } }),
  name: required(5, "string", "0.2"),
  tun: optional(6, tunLinkEntry, "0.7"),
  address: optional(7, "bytes", "0.7"),
  conf: repeated(8, "int32", "1.6"),
  conf4: repeated(9, sysctlEntry, "2.3"),
  conf6: repeated(10, sysctlEntry, "2.3"),
  macvlan: optional(11, macvlanLinkEntry, "2.8"),
  peer_ifindex: optional(12, "uint32", "3.8"),
  peer_nsid: optional(13, "uint32", "3.8"),
  master: optional(14, "uint32", "3.8"),
  sit: optional(15, sitEntry, "3.6"),
}, "A network device");

export const netnsId: Message = message("netns_id", {
  target_ns_id: required(1, "uint32", "3.8"),
  netnsid_value: required(2, "int32", "3.8"),
});

export const netnsEntry: Message = message("netns_entry", {
  def_conf: repeated(1, "int32", "1.6"),
  all_conf: repeated(2, "int32", "1.6"),
  def_conf4: repeated(3, sysctlEntry, "2.3"),
  all_conf4: repeated(4, sysctlEntry, "2.3"),
  def_conf6: repeated(5, sysctlEntry, "2.3"),
  all_conf6: repeated(6, sysctlEntry, "2.3"),
  nsids: repeated(7, netnsId, "3.8"),
  ext_key: optional(8, "string", "3.11"),
  unix_conf: repeated(9, sysctlEntry, "3.14"),
  ipv4_sysctl: repeated(10, sysctlEntry, "4.1"),
}, "A network namespace: settings and ids");

export const pidnsEntry: Message = message("pidns_entry", {
  ext_key: optional(1, "string", "3.15"),
});

export const timespec: Message = message("timespec", {
  tv_sec: required(1, "uint64", "3.14"),
  tv_nsec: required(2, "uint64", "3.14"),
});

export const timensEntry: Message = message("timens_entry", {
  monotonic: required(1, timespec, "3.14"),
  boottime: required(2, timespec, "3.14"),
}, "Clocks at the moment of the dump");

export const uidGidExtent: Message = message("uid_gid_extent", {
  first: required(1, "uint32", "1.4"),
  lower_first: required(2, "uint32", "1.4"),
  count: required(3, "uint32", "1.4"),
});

export const usernsEntry: Message = message("userns_entry", {
  uid_map: repeated(1, uidGidExtent, "1.4"),
  gid_map: repeated(2, uidGidExtent, "1.4"),
  binfmt_misc: repeated(3, binfmtMiscEntry, "4.3"),
}, "Maps of user and group ids");

export const utsnsEntry: Message = message("utsns_entry", {
  nodename: required(1, "string", "0.1"),
  domainname: required(2, "string", "0.1"),
});
