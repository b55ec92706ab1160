/** Images of the AMD GPU plugin: messages without a head, told by their names, beside raw contents of GPU memory. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { critDecodeText } from "../../../../src/core/formats/criu/crit/decode.ts";
import { criuKfd, criuRenderNode } from "../../../../src/core/formats/criu/messages/amdgpu.ts";
import type { FieldNode } from "../../../../src/core/inspector.ts";
import { encodeMessage } from "../../../../src/core/schema/encode-message.ts";
import { examineSet } from "../../../fuzz/examine-set.ts";
import { withEdited } from "../../../support/criu-edit.ts";
import { rawRows } from "../../../support/criu-truth.ts";
import { openSet, sampleFiles, type InputFile } from "../../../support/criu-open.ts";

const GPU = 0xa1b2;
const device = {
  node_id: 1, gpu_id: GPU, cpu_cores_count: 0, simd_count: 256, mem_banks_count: 1, caches_count: 2, io_links_count: 1, max_waves_per_simd: 10, lds_size_in_kb: 64,
  gds_size_in_kb: 0, num_gws: 64, wave_front_size: 64, array_count: 4, simd_arrays_per_engine: 1, cu_per_simd_array: 16, simd_per_cu: 4, max_slots_scratch_cu: 32,
  vendor_id: 0x1002, device_id: 0x66a1, domain: 0, drm_render_minor: 128, hive_id: 0, num_sdma_engines: 2, num_sdma_xgmi_engines: 0, num_sdma_queues_per_engine: 2,
  num_cp_queues: 24, fw_version: 1, capability: 0x8280, sdma_fw_version: 1, vram_public: 0, vram_size: 2 ** 34, iolinks: [{ type: 2, node_to_id: 0 }],
};
const buffers = [
  { addr: 0x7f00_0000_0000, size: 8192, offset: 0x1000, alloc_flags: 0x8000_0001, gpu_id: GPU },
  { addr: 0x7f00_0010_0000, size: 4096, offset: 0x2000, alloc_flags: 0xc000_0002, gpu_id: GPU },
];
const kfd = encodeMessage(criuKfd, {
  pid: 22467, num_of_gpus: 1, num_of_cpus: 1, device_entries: [device], num_of_bos: 2, bo_entries: buffers, num_of_objects: 3, shared_mem_size: 0, shared_mem_magic: 0, priv_data: new Uint8Array(300).fill(7),
});
const render = encodeMessage(criuRenderNode, { gpu_id: GPU });
const owner = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };

const add = (name: string, bytes: Uint8Array): InputFile => ({ name, source: memorySource(bytes) });

/** A set whose task has two files of the plugin open, and the images that belong to them. */
async function gpuSet(own: readonly InputFile[] = [add("amdgpu-kfd-901.img", kfd), add("amdgpu-renderD-902.img", render), add("amdgpu-pages-901-a1b2.img", new Uint8Array(12288).fill(3))]): Promise<InputFile[]> {
  let files = await sampleFiles("01-simple");
  files = await withEdited(files, "files.img", (entries) => [...entries, ...[901, 902].map((id) => ({ message: { type: 16, id, ext: { id, fown: owner } }, payload: new Uint8Array(0) }))]);
  files = await withEdited(files, "fdinfo-2.img", (entries) => [...entries, ...[901, 902].map((id) => ({ message: { id, flags: 0, type: 16, fd: id - 800 }, payload: new Uint8Array(0) }))]);
  const folder = files.find(({ name }) => name.endsWith("files.img"))!.name.slice(0, -"files.img".length);
  return [...files, ...own.map((file) => ({ ...file, name: folder + file.name }))];
}

function leaves(node: FieldNode): FieldNode[] {
  return node.children === undefined ? [node] : node.children.flatMap((child) => leaves(child));
}

describe("images of the AMD GPU plugin", () => {
  test("are messages with every field in its place, and no problem", async () => {
    const { checkpoint, inspector } = (await openSet(await gpuSet()))!;
    expect(checkpoint.diagnostics.list.filter(({ severity }) => severity !== "note").map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    expect(checkpoint.coverage.explained).toBe(checkpoint.coverage.total);
    const file = checkpoint.files.findIndex(({ name }) => name.endsWith("amdgpu-kfd-901.img"));
    const { record } = (await inspector.ownerAt(file, 0))!;
    const tree = await checkpoint.decoder.explain(record, () => true);
    expect(tree.span).toEqual({ file, start: 0, end: kfd.length });
    const shown = new Map(leaves(tree).map(({ path, text, span }) => [path, { text, bytes: kfd.subarray(span.start, span.end) }]));
    expect(shown.get("bo_entries.1.alloc_flags")!.text).toBe("GTT|EXECUTABLE|WRITABLE (0xc0000002)");
    expect(shown.get("device_entries.0.drm_render_minor")!.text).toBe("128");
    expect(shown.get("priv_data")!.bytes).toEqual(Uint8Array.from([0x52, 0xac, 2, ...new Uint8Array(300).fill(7)]));
    await inspector.close();
  });

  test("say what the open files are", async () => {
    const { checkpoint, inspector } = (await openSet(await gpuSet()))!;
    const external = rawRows(checkpoint, "files").filter(({ kind }) => kind === "external");
    expect(external.map(({ detail }) => detail)).toEqual(["AMD GPU, buffers: 2 (12.0 KiB)", "render node of the AMD GPU 0xa1b2"]);
    await inspector.close();
  });

  test("hold the laws when they are cut, damaged, empty, or have fields that are newer", async () => {
    const newer = Uint8Array.from([...render, 0x12, 3, 1, 2, 3]);
    for (const image of [kfd.subarray(0, kfd.length >> 1), kfd.map((byte, at) => (at % 11 === 0 ? byte ^ 0x55 : byte)), new Uint8Array(0), newer, new Uint8Array(5000).fill(0xff)]) {
      await examineSet(await gpuSet([add("amdgpu-kfd-901.img", image), add("amdgpu-renderD-902.img", image)]));
    }
    const { checkpoint, inspector } = (await openSet(await gpuSet([add("amdgpu-kfd-901.img", kfd), add("amdgpu-renderD-902.img", newer)])))!;
    const found = checkpoint.diagnostics.list.filter(({ code }) => code === "set.newer");
    expect(found.map(({ message, span }) => [message, span!.start, span!.end])).toEqual([["criu_render_node has a field 2 that CRIU 4.3 does not have: in amdgpu-renderD-902.img.", render.length, newer.length]]);
    await inspector.close();
  });

  test("have no form in crit's JSON", async () => {
    for (const [name, bytes] of [["amdgpu-kfd-901.img", kfd], ["amdgpu-pages-901-a1b2.img", new Uint8Array(4096)]] as const) {
      expect(await critDecodeText(name, memorySource(bytes))).toMatchObject({ error: expect.stringMatching(/message without a head|device memory/) });
    }
  });
});
