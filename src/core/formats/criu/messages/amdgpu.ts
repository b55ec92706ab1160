/** Images of the AMD GPU plugin: bare messages without magic or size (plugins/amdgpu/criu-amdgpu.proto). */
import { address, flags, hex, names, size } from "../../../schema/define.ts";
import { message, repeated, required, type Message } from "../../../schema/message.ts";

export const devIolink: Message = message("dev_iolink", {
  type: required(1, "uint32", "3.17"),
  node_to_id: required(2, "uint32", "3.17"),
});

export const kfdDeviceEntry: Message = message("kfd_device_entry", {
  node_id: required(1, "uint32", "3.17"),
  gpu_id: required(2, "uint32", "3.17", { show: hex, doc: "0 for a processor" }),
  cpu_cores_count: required(3, "uint32", "3.17"),
  simd_count: required(4, "uint32", "3.17"),
  mem_banks_count: required(5, "uint32", "3.17"),
  caches_count: required(6, "uint32", "3.17"),
  io_links_count: required(7, "uint32", "3.17"),
  max_waves_per_simd: required(8, "uint32", "3.17"),
  lds_size_in_kb: required(9, "uint32", "3.17"),
  gds_size_in_kb: required(10, "uint32", "3.17"),
  num_gws: required(11, "uint32", "3.17"),
  wave_front_size: required(12, "uint32", "3.17"),
  array_count: required(13, "uint32", "3.17"),
  simd_arrays_per_engine: required(14, "uint32", "3.17"),
  cu_per_simd_array: required(15, "uint32", "3.17"),
  simd_per_cu: required(16, "uint32", "3.17"),
  max_slots_scratch_cu: required(17, "uint32", "3.17"),
  vendor_id: required(18, "uint32", "3.17", { show: hex }),
  device_id: required(19, "uint32", "3.17", { show: hex }),
  domain: required(20, "uint32", "3.17"),
  drm_render_minor: required(21, "uint32", "3.17"),
  hive_id: required(22, "uint64", "3.17", { show: hex }),
  num_sdma_engines: required(23, "uint32", "3.17"),
  num_sdma_xgmi_engines: required(24, "uint32", "3.17"),
  num_sdma_queues_per_engine: required(25, "uint32", "3.17"),
  num_cp_queues: required(26, "uint32", "3.17"),
  fw_version: required(27, "uint32", "3.17"),
  capability: required(28, "uint32", "3.17", { show: hex }),
  sdma_fw_version: required(29, "uint32", "3.17"),
  vram_public: required(30, "uint32", "3.17"),
  vram_size: required(31, "uint64", "3.17", { show: size }),
  iolinks: repeated(32, devIolink, "3.17"),
}, "A GPU, or a processor, of the machine's topology");

/** KFD_IOC_ALLOC_MEM_FLAGS_* of include/uapi/linux/kfd_ioctl.h. */
const ALLOC = names("allocation flags", {
  VRAM: 2 ** 0, GTT: 2 ** 1, USERPTR: 2 ** 2, DOORBELL: 2 ** 3, MMIO_REMAP: 2 ** 4,
  CONTIGUOUS: 2 ** 23, EXT_COHERENT: 2 ** 24, UNCACHED: 2 ** 25, COHERENT: 2 ** 26, AQL_QUEUE: 2 ** 27,
  NO_SUBSTITUTE: 2 ** 28, PUBLIC: 2 ** 29, EXECUTABLE: 2 ** 30, WRITABLE: 2 ** 31,
});

export const kfdBoEntry: Message = message("kfd_bo_entry", {
  addr: required(1, "uint64", "3.17", { show: address }),
  size: required(2, "uint64", "3.17", { show: size }),
  offset: required(3, "uint64", "3.17", { show: hex, doc: "Where the buffer is mapped from the device file" }),
  alloc_flags: required(4, "uint32", "3.17", { show: flags(ALLOC) }),
  gpu_id: required(5, "uint32", "3.17", { show: hex }),
}, "A buffer of a GPU");

export const criuKfd: Message = message("criu_kfd", {
  pid: required(1, "uint32", "3.17"),
  num_of_gpus: required(2, "uint32", "3.17"),
  num_of_cpus: required(3, "uint32", "3.17"),
  device_entries: repeated(4, kfdDeviceEntry, "3.17"),
  num_of_bos: required(5, "uint64", "3.17"),
  bo_entries: repeated(6, kfdBoEntry, "3.17"),
  num_of_objects: required(7, "uint32", "3.17"),
  shared_mem_size: required(8, "uint64", "3.17", { show: size }),
  shared_mem_magic: required(9, "uint32", "3.17", { show: hex }),
  priv_data: required(10, "bytes", "3.17", { doc: "State of the driver, which only the driver reads" }),
}, "GPUs of a task, their buffers and the driver's state");

export const criuRenderNode: Message = message("criu_render_node", {
  gpu_id: required(1, "uint32", "3.17", { show: hex }),
}, "A render node of a GPU");
