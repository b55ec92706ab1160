/** What the set says of itself: inventory, statistics, processor. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { microseconds, oneOf, size } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { taskKobjIdsEntry } from "./tasks.ts";
import { CPU_VENDOR, LSM_TYPE, PPC_ENDIANNESS } from "./enums.ts";
import { NETWORK_LOCK, PRE_DUMP_MODE } from "../names.ts";

export const cpuinfoX86Entry: Message = message("cpuinfo_x86_entry", {
  vendor_id: required(1, CPU_VENDOR, "1.4"),
  cpu_family: required(2, "uint32", "1.4"),
  model: required(3, "uint32", "1.4"),
  stepping: required(4, "uint32", "1.4"),
  capability_ver: required(5, "uint32", "1.4"),
  capability: repeated(6, "uint32", "1.4"),
  model_id: optional(7, "string", "1.4"),
  xfeatures_mask: optional(8, "uint64", "3.11"),
  xsave_size: optional(9, "uint32", "3.11"),
  xsave_size_max: optional(10, "uint32", "3.11"),
});

export const cpuinfoPpc64Entry: Message = message("cpuinfo_ppc64_entry", {
  endian: required(1, PPC_ENDIANNESS, "2.0"),
  hwcap: repeated(2, "uint64", "2.0"),
});

export const cpuinfoS390Entry: Message = message("cpuinfo_s390_entry", {
  hwcap: repeated(2, "uint64", "3.4"),
});

export const cpuinfoEntry: Message = message("cpuinfo_entry", {
  x86_entry: repeated(1, cpuinfoX86Entry, "1.4"),
  ppc64_entry: repeated(2, cpuinfoPpc64Entry, "2.0"),
  s390_entry: repeated(3, cpuinfoS390Entry, "3.4"),
}, "Features of the processor");

export const dumpStatsEntry: Message = message("dump_stats_entry", {
  freezing_time: required(1, "uint32", "0.6", { show: microseconds }),
  frozen_time: required(2, "uint32", "0.6", { show: microseconds, doc: "How long the tasks stood still" }),
  memdump_time: required(3, "uint32", "0.6", { show: microseconds }),
  memwrite_time: required(4, "uint32", "0.6", { show: microseconds }),
  pages_scanned: required(5, "uint64", "0.6"),
  pages_skipped_parent: required(6, "uint64", "0.6"),
  pages_written: required(7, "uint64", "0.6"),
  irmap_resolve: optional(8, "uint32", "1.2", { show: microseconds }),
  pages_lazy: required(9, "uint64", "3.5"),
  page_pipes: optional(10, "uint64", "3.7"),
  page_pipe_bufs: optional(11, "uint64", "3.7"),
  shpages_scanned: optional(12, "uint64", "3.13"),
  shpages_skipped_parent: optional(13, "uint64", "3.13"),
  shpages_written: optional(14, "uint64", "3.13"),
});

export const imgStreamerReplyEntry: Message = message("img_streamer_reply_entry", {
  exists: required(1, "bool", "3.15"),
});

export const imgStreamerRequestEntry: Message = message("img_streamer_request_entry", {
  filename: required(1, "string", "3.15"),
});

export const pluginsEntry: Message = message("plugins_entry", {
  plugins: repeated(12, "string", "4.1"),
});

export const inventoryEntry: Message = message("inventory_entry", {
  img_version: required(1, "uint32", "0.1", { doc: "1: images without the common magic, 2: with it, 3: page contents may be compressed, 0: a pre-dump" }),
  fdinfo_per_id: optional(2, "bool", "0.4", { doc: "fdinfo files are named by the id of the descriptor table, not by the pid" }),
  root_ids: optional(3, taskKobjIdsEntry, "0.4", { doc: "Ids of the dumping process: a namespace with the same id was not saved" }),
  ns_per_id: optional(4, "bool", "0.8", { doc: "Namespace files are named by CRIU's namespace id, not by the pid of the root task" }),
  root_cg_set: optional(5, "uint32", "1.3", { doc: "Control group set of the dumping process; 0 is refused at a restore" }),
  lsmtype: optional(6, LSM_TYPE, "1.6"),
  dump_uptime: optional(8, "uint64", "3.10", { show: microseconds, doc: "Microseconds since boot; only with memory tracking" }),
  pre_dump_mode: optional(9, "uint32", "3.14", { show: oneOf(PRE_DUMP_MODE), doc: "Only in a pre-dump" }),
  tcp_close: optional(10, "bool", "3.15", { doc: "Established connections were not saved: they are closed at a restore" }),
  network_lock_method: optional(11, "uint32", "3.16", { show: oneOf(NETWORK_LOCK) }),
  plugins_entry: optional(12, pluginsEntry, "4.1"),
  dump_criu_run_id: optional(13, "string", "4.1", { doc: "Also in the first line of the log" }),
  allow_uprobes: optional(14, "bool", "4.2"),
  compress: optional(15, "uint32", "4.3", { doc: "1: page contents are stored as LZ4 blocks" }),
  compress_block_size: optional(16, "uint32", "4.3", { show: size, doc: "Bytes that a block holds" }),
}, "What the set is: format version, namespaces and options of the dump. Written last, so a set without it is an aborted dump");

export const restoreStatsEntry: Message = message("restore_stats_entry", {
  pages_compared: required(1, "uint64", "0.7"),
  pages_skipped_cow: required(2, "uint64", "0.7"),
  forking_time: required(3, "uint32", "0.7", { show: microseconds }),
  restore_time: required(4, "uint32", "0.7", { show: microseconds }),
  pages_restored: optional(5, "uint64", "1.2"),
});

export const statsEntry: Message = message("stats_entry", {
  dump: optional(1, dumpStatsEntry, "0.6"),
  restore: optional(2, restoreStatsEntry, "0.7"),
}, "Statistics of a dump or a restore");
