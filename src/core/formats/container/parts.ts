/** How large each part of a checkpoint archive is. */
import { baseName, folderOf } from "../../archive/file-set.ts";
import type { SetReader } from "../../model/set-reader.ts";
import { IMAGE_PART, READ_WRITE_LAYER } from "./image-layout.ts";

/** Parts in the order in which they are shown; the first that fits a file has it. */
const PARTS: readonly (readonly [name: string, fits: (path: string, blob: string | undefined) => boolean])[] = [
  ["Page contents", (path) => /^pages-.*\.img$/.test(baseName(path))],
  ["GPU memory", (path) => /^amdgpu-.*pages-/.test(baseName(path))],
  ["Other images", (path) => path.endsWith(".img") || baseName(folderOf(path)) === "checkpoint"],
  ["Root file system changes", (path, blob) => baseName(path) === "rootfs-diff.tar" || baseName(path) === "deleted.files" || blob === READ_WRITE_LAYER],
  ["Image of the container", (_path, blob) => blob === IMAGE_PART],
  ["/dev/shm", (path) => baseName(path) === "devshm-checkpoint.tar"],
  ["Volumes", (path) => baseName(folderOf(path)) === "volumes"],
  ["Logs", (path) => path.endsWith(".log") || baseName(path) === "io.kubernetes.cri-o.LogPath"],
  ["Configuration and status", () => true],
];

/** `blobPart` says what a blob of an image layout is. */
export function partsOf(reader: SetReader, blobPart: (path: string) => string | undefined): void {
  const table = reader.table("parts");
  const all = reader.files.map(({ name, source }) => ({ path: name, size: source.size }));
  const total = all.reduce((sum, { size }) => sum + size, 0);
  const sums = new Map<string, { size: number; files: number }>();
  for (const { path, size } of all) {
    const [name] = PARTS.find(([, fits]) => fits(path, blobPart(path)))!;
    const sum = sums.get(name) ?? { size: 0, files: 0 };
    sums.set(name, { size: sum.size + size, files: sum.files + 1 });
  }
  for (const [name] of PARTS) {
    const sum = sums.get(name);
    if (sum === undefined) continue;
    const row = table.add();
    table.set(row, "name", name);
    table.set(row, "size", sum.size);
    table.set(row, "files", sum.files);
    table.set(row, "share", total === 0 ? "" : `${((sum.size / total) * 100).toFixed(1)} %`);
  }
}
