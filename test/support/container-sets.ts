/** Checkpoints of container engines made around a real set of images: an image layout of containerd, a pod, folders of Docker. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { memorySource } from "../../src/core/bytes/source.ts";
import { member, tar } from "../fixtures/archives/build-tar.ts";
import { bytesOf, sampleFiles, type InputFile } from "./criu-open.ts";

const encoder = new TextEncoder();

export function jsonFile(name: string, value: unknown): InputFile {
  return { name, source: memorySource(encoder.encode(JSON.stringify(value))) };
}

export async function imagesUnder(folder: string, sample = "01-simple"): Promise<InputFile[]> {
  return (await sampleFiles(sample)).map((file) => ({ ...file, name: `${folder}/${file.name}` }));
}

/** A tar of files, by name. */
export async function tarOf(files: readonly InputFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const members = await Promise.all(files.map(async ({ name, source }) => member({ name }, await bytesOf(source))));
  return Uint8Array.from(tar(...members));
}

function bytesField(number: number, value: Uint8Array): Uint8Array {
  const length: number[] = [];
  let left = value.length;
  for (; left > 127; left >>>= 7) length.push((left & 127) | 128);
  return Uint8Array.from([number * 8 + 2, ...length, left, ...value]);
}

/** A protobuf `Any`. */
export function anyBlob(type: string, value: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytesField(1, encoder.encode(type)), ...bytesField(2, value)]);
}

export const CTR_SPEC = {
  ociVersion: "1.1.0", hostname: "web-9", process: { args: ["/bin/simple", "x"], cwd: "/srv", env: ["A=1"] },
  mounts: [{ destination: "/proc", type: "proc", source: "proc", options: ["nosuid"] }], linux: { cgroupsPath: "/default/ctr1" },
};

/** Options `open_tcp`, `file_locks` and two `empty_namespaces`. */
const OPTIONS = Uint8Array.from([0x10, 1, 0x28, 1, ...bytesField(6, encoder.encode("network")), ...bytesField(6, encoder.encode("uts"))]);

export interface Blobs {
  /** Add a blob; its descriptor. */
  add(mediaType: string, bytes: Uint8Array): { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly files: InputFile[];
}

export function blobs(): Blobs {
  const files: InputFile[] = [];
  return {
    files,
    add(mediaType, bytes) {
      const hex = createHash("sha256").update(bytes).digest("hex");
      files.push({ name: `blobs/sha256/${hex}`, source: memorySource(Uint8Array.from(bytes)) });
      return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
    },
  };
}

const CONTAINER = "application/vnd.containerd.container.";
const INDEX = "application/vnd.oci.image.index.v1+json";
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/**
 * Files of the layout that `ctr container checkpoint --rw --image --task` and `ctr image export` make, with the image of the container in it. `machines`: as an image
 * that there is for so many of them, of which the export has one.
 */
export async function ctrLayout(machines = 0): Promise<readonly InputFile[]> {
  const { add, files } = blobs();
  const images = add(`${CONTAINER}criu.checkpoint.criu.tar`, await tarOf(await sampleFiles("01-simple")));
  const spec = add(`${CONTAINER}checkpoint.config.v1+proto`, anyBlob("types.containerd.io/opencontainers/runtime-spec/1/Spec", json(CTR_SPEC)));
  const options = add(`${CONTAINER}checkpoint.options.v1+proto`, anyBlob("containerd.runc.v1.CheckpointOptions", OPTIONS));
  const runtime = add(`${CONTAINER}checkpoint.runtime.name`, encoder.encode("io.containerd.runc.v2"));
  const layer = add("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar(member({ name: "etc/motd" }, "hello"), member({ name: "etc/.wh.passwd" }), member({ name: "var/cache/.wh..wh..opq" }))));
  const baseLayer = add("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar(member({ name: "bin/sh" }, "#!"))));
  const baseConfig = add("application/vnd.oci.image.config.v1+json", json({ config: { Labels: { vendor: "demo" } } }));
  const manifest = add("application/vnd.oci.image.manifest.v1+json", json({ schemaVersion: 2, config: baseConfig, layers: [baseLayer] }));
  const others = Array.from({ length: Math.max(0, machines - 1) }, (_, index) => ({ ...manifest, digest: `sha256:${String(index).padStart(64, "0")}`, platform: { architecture: `machine-${index}`, os: "linux" } }));
  const base = machines === 0 ? manifest : add(INDEX, json({ schemaVersion: 2, manifests: [...others, { ...manifest, platform: { architecture: "amd64", os: "linux" } }] }));
  const index = add(INDEX, json({
    schemaVersion: 2, manifests: [base, images, spec, options, runtime, layer],
    annotations: { "image.name": "docker.io/library/busybox:latest", "io.containerd.checkpoint.snapshotter": "overlayfs" },
  }));
  const entry = { ...index, annotations: { "io.containerd.image.name": "containerd.io/checkpoint/ctr1:11-23-2026-09:31:38", "org.opencontainers.image.ref.name": "11-23-2026-09" } };
  return [...files, jsonFile("index.json", { schemaVersion: 2, manifests: [entry] }), jsonFile("oci-layout", { imageLayoutVersion: "1.0.0" })];
}

export const CRIO_SPEC = {
  ociVersion: "1.0.0", process: { args: ["/bin/sleep"] },
  annotations: {
    "io.container.manager": "cri-o", "io.kubernetes.cri-o.Created": "2026-11-20T08:00:00.5Z", "io.kubernetes.cri-o.IP.0": "10.85.0.7", "io.kubernetes.cri-o.IP.1": "1100:200::7",
    "io.kubernetes.cri-o.Metadata": '{"name":"counter","attempt":2}', "io.kubernetes.pod.name": "counters", "io.kubernetes.pod.namespace": "default",
    "io.kubernetes.cri-o.Volumes": '[{"container_path":"/data","host_path":"/var/lib/data","readonly":true}]',
  },
};

/** Members of an archive of CRI-O. */
export async function crioFiles(): Promise<readonly InputFile[]> {
  return [
    ...(await imagesUnder("checkpoint")),
    jsonFile("config.dump", { id: "c0ffee", name: "k8s_counter", createdTime: "0001-01-01T00:00:00Z", checkpointedTime: "2026-11-21T09:00:00Z" }),
    jsonFile("spec.dump", CRIO_SPEC),
    jsonFile("bind.mounts", [{ source: "/host/x", destination: "/etc/hosts", file_type: "file", permissions: 420 }]),
    jsonFile("deleted.files", ["/etc/issue"]),
  ];
}
