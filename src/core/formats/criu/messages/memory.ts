/** Memory maps and page contents. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { address, count, fileMode, flags, hex, oneOf, openFlags, size } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { fownEntry } from "./common.ts";
import { DUMPABLE, MADV, MAP_FLAGS, PAGEMAP_FLAGS, PROT, SEALS, VMA_STATUS } from "../names.ts";

export const aioRingEntry: Message = message("aio_ring_entry", {
  id: required(1, "uint64", "1.5", { show: address }),
  nr_req: required(2, "uint32", "1.5"),
  ring_len: required(3, "uint32", "1.5", { show: size }),
});

export const memfdFileEntry: Message = message("memfd_file_entry", {
  id: required(1, "uint32", "3.14"),
  flags: required(2, "uint32", "3.14", { show: openFlags, hint: { as: "flags", table: "rfile.flags" } }),
  pos: required(3, "uint64", "3.14"),
  fown: required(4, fownEntry, "3.14"),
  inode_id: required(5, "uint32", "3.14"),
});

export const memfdInodeEntry: Message = message("memfd_inode_entry", {
  name: required(1, "string", "3.14"),
  uid: required(2, "uint32", "3.14"),
  gid: required(3, "uint32", "3.14"),
  size: required(4, "uint64", "3.14", { show: size }),
  shmid: required(5, "uint32", "3.14", { doc: "Names the pagemap-shmem file with its contents" }),
  seals: required(6, "uint32", "3.14", { show: flags(SEALS), hint: { as: "flags", table: "seals.flags" } }),
  inode_id: required(7, "uint64", "3.14"),
  hugetlb_flag: optional(8, "uint32", "3.17", { show: hex }),
  mode: optional(9, "uint32", "3.19", { show: fileMode }),
}, "A memfd, or anonymous shared memory since 3.14 (named /dev/zero)");

export const vmaEntry: Message = message("vma_entry", {
  start: required(1, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  end: required(2, "uint64", "0.1", { show: address, hint: { as: "hex" }, doc: "First byte after the region" }),
  pgoff: required(3, "uint64", "0.1", { show: size, doc: "In bytes" }),
  shmid: required(4, "uint64", "0.1", { doc: "Depends on the status: id of a file, of a shared memory object, or of a packet socket" }),
  prot: required(5, "uint32", "0.1", { show: flags(PROT), hint: { as: "flags", table: "mmap.prot" } }),
  flags: required(6, "uint32", "0.1", { show: flags(MAP_FLAGS), hint: { as: "flags", table: "mmap.flags" } }),
  status: required(7, "uint32", "0.1", { show: flags(VMA_STATUS), hint: { as: "flags", table: "mmap.status" } }),
  fd: required(8, "sint64", "0.1", { doc: "Always -1" }),
  madv: optional(9, "uint64", "0.3", { show: flags(MADV), hint: { as: "hex" } }),
  fdflags: optional(10, "uint32", "1.3", { show: openFlags, hint: { as: "hex" }, doc: "Open mode of the mapped file" }),
}, "One memory region");

export const mmEntry: Message = message("mm_entry", {
  mm_start_code: required(1, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_end_code: required(2, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_start_data: required(3, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_end_data: required(4, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_start_stack: required(5, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_start_brk: required(6, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_brk: required(7, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_arg_start: required(8, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_arg_end: required(9, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_env_start: required(10, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mm_env_end: required(11, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  exe_file_id: required(12, "uint32", "0.1", { doc: "Id of the program in the files image" }),
  mm_saved_auxv: repeated(13, "uint64", "0.1", { show: hex, doc: "Auxiliary vector: type, value, type, value ... At most 44 words on x86, so that newer kernels' are cut. 32-bit tasks pack a pair in each" }),
  vmas: repeated(14, vmaEntry, "1.2"),
  dumpable: optional(15, "int32", "1.3", { show: oneOf(DUMPABLE) }),
  aios: repeated(16, aioRingEntry, "1.5"),
  thp_disabled: optional(17, "bool", "3.5"),
}, "A memory map with its regions");

export const pagemapBlocks: Message = message("pagemap_blocks", {
  block_sizes: repeated(1, "uint32", "4.3", { isPacked: true, doc: "Stored bytes of each block: 0 for zeros, as many as it holds for a block that is stored as it is" }),
  total_payload_size: required(2, "uint64", "4.3", { show: size, doc: "Sum of the sizes" }),
  pages_per_block: required(3, "uint32", "4.3", { show: count("page") }),
}, "Compressed contents of a run of pages: LZ4 blocks, one behind the other");

export const pagemapEntry: Message = message("pagemap_entry", {
  vaddr: required(1, "uint64", "0.5", { show: address, hint: { as: "hex" } }),
  compat_nr_pages: required(2, "uint32", "0.5", { show: count("page"), doc: "Number of pages before 4.2, which writes 0 here" }),
  in_parent: optional(3, "bool", "0.5", { doc: "Before 3.5: contents are in the parent image" }),
  flags: optional(4, "uint32", "3.5", { show: flags(PAGEMAP_FLAGS), hint: { as: "flags", table: "pmap.flags" } }),
  nr_pages: optional(5, "uint64", "4.2", { show: count("page"), doc: "Number of pages since 4.2" }),
  blocks: optional(6, pagemapBlocks, "4.3"),
}, "A run of pages. Only runs with PRESENT own bytes in the pages file");

export const pagemapHead: Message = message("pagemap_head", {
  pages_id: required(1, "uint32", "0.5", { doc: "Number in the name of the pages file" }),
}, "First entry of a pagemap: where its pages are");
