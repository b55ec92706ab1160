/** What archives and folders of container engines say of themselves, each laid out as its engine does it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { ctrLayout, crioFiles, imagesUnder, jsonFile, tarOf } from "../../../support/container-sets.ts";
import { expectTiles, openSet, plainRows, sampleFiles, type InputFile, type OpenedSet, type PlainRow } from "../../../support/criu-open.ts";
import { problemsOf } from "../../../support/problems.ts";

async function openFiles(files: readonly InputFile[], name?: string): Promise<OpenedSet> {
  const opened = await openSet(files, name);
  expect(opened).toBeDefined();
  return opened!;
}

/** `about: name` to value. */
async function factsOf({ inspector }: OpenedSet): Promise<Readonly<Record<string, PlainRow[string]>>> {
  return Object.fromEntries((await plainRows(inspector, "container_facts")).map((row) => [`${String(row["group"])}: ${String(row["name"])}`, row["value"]!]));
}

/** The laws for every record of files that no CRIU image is. */
async function checkRecords({ checkpoint }: OpenedSet): Promise<void> {
  const records = checkpoint.tables.get("records");
  for (let record = 0; record < records.length; record++) expectTiles(await checkpoint.decoder.explain(record, () => true));
  expect(checkpoint.coverage.explained).toBe(checkpoint.coverage.total);
}

describe("an image layout of containerd", () => {
  const open = async (): Promise<OpenedSet> => await openFiles([{ name: "ctr.tar", source: memorySource(await tarOf(await ctrLayout())) }]);

  test("names container, image, runtime and times", async () => {
    const opened = await open();
    expect(opened.checkpoint.identity.formatName).toBe("containerd container checkpoint: ctr1");
    const facts = await factsOf(opened);
    expect(facts).toMatchObject({
      "engine: Engine": "containerd", "container: Id": "ctr1", "container: Host name": "web-9", "container: Command": "/bin/simple x",
      "image: Image": "docker.io/library/busybox:latest", "engine: Runtime": "io.containerd.runc.v2", "engine: Snapshotter": "overlayfs",
      "times: Checkpointed": "2026-11-23 09:31:38, by the clock and zone of the host",
      "checkpoint options: open_tcp": "yes", "checkpoint options: file_locks": "yes", "checkpoint options: empty_namespaces": "network uts",
      "limits: Control group": "/default/ctr1", "image: Blobs": "all 9 compared with their digests",
    });
    expect(facts["image: Image digest"]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(problemsOf(opened)).toEqual([]);
  });

  test("keeps the laws and ties what is inside a protobuf value to its bytes", async () => {
    const opened = await open();
    await checkRecords(opened);
    const table = opened.checkpoint.tables.get("container_facts");
    const decoder = opened.checkpoint.decoder;
    for (let row = 0; row < table.length; row++) {
      const origin = decoder.origin("container_facts", "value")!;
      const record = table.number(row, origin.recordColumn);
      const path = typeof origin.path === "string" ? origin.path : origin.path(row);
      const paths: string[] = [];
      const walk = (node: Awaited<ReturnType<typeof decoder.explain>>): void => {
        paths.push(node.path);
        node.children?.forEach(walk);
      };
      walk(await decoder.explain(record, () => true));
      expect(paths, table.text(row, "name")).toContain(path);
    }
  });

  test("has the read-write layer as changes, with whiteouts as what was deleted", async () => {
    const { inspector } = await open();
    const changes = (await plainRows(inspector, "members")).map(({ path, change }) => [path, change]);
    expect(changes).toContainEqual(["etc/motd", "added or changed"]);
    expect(changes).toContainEqual(["etc/.wh.passwd", "deleted"]);
    expect(changes).toContainEqual(["bin/sh", null]);
    expect((await plainRows(inspector, "deleted_files")).map(({ path, how }) => [path, how])).toEqual([["/etc/passwd", "whiteout"], ["/var/cache", "contents"]]);
    const details = (await plainRows(inspector, "images")).map(({ detail }) => detail);
    for (const detail of ["runtime specification", "options of the checkpoint", "read-write layer", "name of the runtime"]) expect(details).toContain(detail);
  });

  test("misses no manifests for other machines, unless that for this one is gone too", async () => {
    const files = await ctrLayout(4);
    expect(problemsOf(await openFiles(files))).toEqual([]);
    const texts = await Promise.all(files.map(async ({ source }) => new TextDecoder().decode(await source.read(0, source.size))));
    const manifest = texts.findIndex((text) => text.includes('"layers"'));
    expect(problemsOf(await openFiles(files.toSpliced(manifest, 1)))).toEqual(Array.from({ length: 4 }, () => "layout.missing"));
  });

  test("says which blob is not what its descriptor promises", async () => {
    const files = await ctrLayout();
    const texts = await Promise.all(files.map(async ({ source }) => new TextDecoder().decode(await source.read(0, source.size))));
    const spec = texts.findIndex((text) => text.includes("runtime-spec"));
    const changed = Uint8Array.from(await files[spec]!.source.read(0, files[spec]!.source.size));
    changed[texts[spec]!.indexOf("web-9")]! ^= 1;
    expect(problemsOf(await openFiles(files.with(spec, { ...files[spec]!, source: memorySource(changed) })))).toEqual(["layout.digest"]);
    expect(problemsOf(await openFiles(files.with(spec, { ...files[spec]!, source: memorySource(changed.slice(0, -1)) })))).toContain("layout.size");
    const vendor = texts.findIndex((text) => text.includes('"vendor"'));
    expect(problemsOf(await openFiles(files.toSpliced(vendor, 1)))).toEqual(["layout.missing"]);
  });
});

test("an archive of docker save has its layers compared with the configuration", async () => {
  const layer = await tarOf(await crioFiles());
  const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  const config = new TextEncoder().encode(JSON.stringify({ config: { Labels: { a: "b" } }, rootfs: { type: "layers", diff_ids: [`sha256:${sha(layer)}`] } }));
  const save = (bytes: Uint8Array<ArrayBuffer>): readonly InputFile[] => [
    jsonFile("manifest.json", [{ Config: `${sha(config)}.json`, RepoTags: ["demo:latest"], Layers: ["0abc/layer.tar"] }]),
    { name: `${sha(config)}.json`, source: memorySource(config) }, { name: "0abc/layer.tar", source: memorySource(bytes) }, { name: "0abc/VERSION", source: memorySource(new TextEncoder().encode("1.0")) },
  ];
  const open = async (bytes: Uint8Array<ArrayBuffer>): Promise<OpenedSet> => await openFiles([{ name: "saved.tar", source: memorySource(await tarOf(save(bytes))) }]);
  const opened = await open(layer);
  expect(problemsOf(opened)).toEqual([]);
  expect(await factsOf(opened)).toMatchObject({ "image: Blobs": "all 2 compared with their digests", "container: Name": "counter" });
  expect((await plainRows(opened.inspector, "annotations")).map(({ kind, key }) => [kind, key])).toContainEqual(["image label", "a"]);
  await checkRecords(opened);
  const changed = layer.slice();
  // In the contents of pages, of which nothing else is a check.
  changed[changed.length - 20_000]! ^= 1;
  expect(problemsOf(await open(changed))).toContain("layout.digest");
});

describe("CRI-O", () => {
  test("has times, all addresses, bind mounts and volumes", async () => {
    const opened = await openFiles([{ name: "checkpoint-counters.tar", source: memorySource(await tarOf(await crioFiles())) }]);
    expect(opened.checkpoint.identity.formatName).toBe("CRI-O container checkpoint: counter");
    expect(await factsOf(opened)).toMatchObject({
      "times: Created": "2026-11-20T08:00:00.5Z", "times: Checkpointed": "2026-11-21T09:00:00Z", "network: IP address (0)": "10.85.0.7", "network: IP address (1)": "1100:200::7",
      "bind mounts: /etc/hosts": "/host/x, file, mode 0644", "pod: Pod": "counters", "pod: Kubernetes namespace": "default",
    });
    expect((await plainRows(opened.inspector, "annotations")).filter(({ kind }) => kind === "volume").map(({ key, value }) => [key, value])).toEqual([["/data", "/var/lib/data, readonly"]]);
    expect(problemsOf(opened)).toEqual([]);
  });

  test("of several files with one name, the nearest above the images speaks", async () => {
    const files = [...(await crioFiles()), jsonFile("volumes/data/config.dump", { id: "other", name: "other" }), jsonFile("checkpoint/deep/spec.dump", { hostname: "other" })];
    const facts = await factsOf(await openFiles(files));
    expect(facts["container: Id"]).toBe("c0ffee");
    expect(facts["container: Host name"]).toBeUndefined();
  });

  test("a pod gives each container with what is said about the pod", async () => {
    const inside = await Promise.all((await crioFiles()).map(async (file) => ({ ...file, name: `c0ffee-counter/${file.name}` })));
    const second = (await imagesUnder("beef-idle/checkpoint", "02-threads"));
    const pod = [jsonFile("pod.options", { version: 2, containers: ["c0ffee-counter", "beef-idle"], annotations: { team: "storage" } }), jsonFile("pod.dump", { id: "5a9db0", name: "counters" }), ...inside, ...second];
    const archive: InputFile = { name: "pod.tar", source: memorySource(await tarOf(pod)) };
    const opened = await openFiles([archive], "c0ffee-counter/checkpoint");
    expect(await factsOf(opened)).toMatchObject({ "pod: Version of pod.options": "2", "pod: Container of the pod": "beef-idle", "pod: Sandbox id": "5a9db0" });
    expect((await plainRows(opened.inspector, "annotations")).filter(({ kind }) => kind === "pod annotation").map(({ key, value }) => [key, value])).toEqual([["team", "storage"]]);
    const other = await openFiles([archive], "beef-idle/checkpoint");
    expect(await factsOf(other)).toMatchObject({ "pod: Pod": "counters" });
  });
});

describe("containerd's CRI plugin", () => {
  test("state, times and labels come from both status files", async () => {
    const opened = await openFiles([
      ...(await imagesUnder("checkpoint")),
      jsonFile("config.dump", { id: "abc", name: "n", runtime: "io.containerd.runc.v2", createdTime: "2026-11-20T08:00:00Z" }),
      jsonFile("spec.dump", { annotations: { "io.kubernetes.cri.container-name": "web", "io.kubernetes.cri.sandbox-name": "pod1" } }),
      jsonFile("status", { CreatedAt: 1_795_305_600_000_000_000, StartedAt: 1_795_305_601_000_000_000, Pid: 77, ExitCode: 0 }),
      jsonFile("status.dump", { id: "abc", metadata: { name: "web", attempt: 3 }, state: 1, log_path: "/var/log/pods/web.log", labels: { app: "shop" } }),
    ]);
    expect(await factsOf(opened)).toMatchObject({
      "status: State": "running", "status: Restarts": "3", "status: Log": "/var/log/pods/web.log", "times: Created (status)": "2026-11-22T00:00:00.000Z", "status: Pid": "77", "engine: Engine": "containerd",
    });
    const facts = opened.checkpoint.facts.flatMap((group) => (group.title === "Container" ? group.facts : []));
    expect(facts.filter(({ label }) => label === "Created").map(({ text }) => text)).toEqual(["2026-11-20T08:00:00Z"]);
    expect((await plainRows(opened.inspector, "annotations")).map(({ kind, key, value }) => [kind, key, value])).toContainEqual(["CRI label", "app", "shop"]);
  });

  test("a pod is a folder with a manifest and a layout for each container", async () => {
    const manifest = { version: 2, sandboxId: "sand1", containers: [{ name: "web", id: "ctr1", archive: "ctr1.tar", config: {}, status: { state: 1, metadata: { attempt: 1 } } }, { name: "db", id: "ctr2", archive: "ctr2.tar" }] };
    const layout = await tarOf(await ctrLayout());
    const files = [
      jsonFile("pod/checkpoint-manifest.json", manifest), jsonFile("pod/pod-config.json", { metadata: { name: "shop", uid: "u1", namespace: "prod" }, labels: { tier: "front" } }),
      { name: "pod/ctr1.tar", source: memorySource(layout) }, { name: "pod/ctr2.tar", source: memorySource(layout.slice()) },
    ];
    const names = (await openFiles(files)).checkpoint.tables.get("container_facts").length;
    expect(names).toBeGreaterThan(0);
    const layer = (await ctrLayout()).find(({ source }) => source.size > 20_000)!.name;
    const opened = await openFiles(files, `pod/ctr2.tar/${layer}`);
    expect(await factsOf(opened)).toMatchObject({ "pod: Pod": "shop", "pod: Kubernetes namespace": "prod", "pod: Sandbox id": "sand1", "pod: Container web": "ctr1, in ctr1.tar", "image: Image": "docker.io/library/busybox:latest" });
    expect((await factsOf(opened))["status: State"]).toBeUndefined();
    expect(await factsOf(await openFiles(files, `pod/ctr1.tar/${layer}`))).toMatchObject({ "status: State": "running", "status: Restarts": "1" });
  });
});

describe("Docker", () => {
  const ID = "0123456789abcdef".repeat(4);

  test("folders name container and checkpoint; the container's configuration speaks for it", async () => {
    const opened = await openFiles([
      ...(await imagesUnder(`${ID}/checkpoints/before-upgrade`)), ...(await imagesUnder(`${ID}/checkpoints/later`)),
      jsonFile(`${ID}/checkpoints/before-upgrade/descriptors.json`, ["/dev/null", "pipe:[1]", "pipe:[2]"]),
      jsonFile(`${ID}/config.v2.json`, { ID, Name: "/shop", Image: "sha256:aa", Driver: "overlay2", Created: "2026-11-01T00:00:00Z", Config: { Image: "busybox:1", Hostname: "h", Cmd: ["sleep", "9"], Labels: { a: "b" } }, NetworkSettings: { Networks: { bridge: { IPAddress: "172.17.0.2", Gateway: "172.17.0.1", MacAddress: "02:42:ac:11:00:02" } } } }),
    ], `${ID}/checkpoints/before-upgrade`);
    expect(opened.checkpoint.identity.formatName).toBe("Docker container checkpoint: shop");
    expect(await factsOf(opened)).toMatchObject({
      "engine: Engine": "Docker", "container: Id": ID, "container: Checkpoint": "before-upgrade", "container: Command": "sleep 9", "image: Image": "busybox:1", "image: Image digest": "sha256:aa",
      "engine: Storage driver": "overlay2", "network: IP address (bridge)": "172.17.0.2", "network: MAC address (bridge)": "02:42:ac:11:00:02", "descriptors: Descriptor 1": "pipe:[1]", "times: Created": "2026-11-01T00:00:00Z",
    });
    expect(problemsOf(opened)).toEqual([]);
  });

  test("old releases keep the options of the checkpoint with the images", async () => {
    const opened = await openFiles([...(await sampleFiles("01-simple")), jsonFile("config.json", { created: "2017-01-02T03:04:05Z", name: "cp1", tcp: true, unixSockets: false, shell: false, exit: true })]);
    expect(await factsOf(opened)).toMatchObject({ "engine: Engine": "Docker", "times: Checkpointed": "2017-01-02T03:04:05Z", "checkpoint options: tcp": "true", "checkpoint options: exit": "true" });
  });

  test("a bundle's config.json is the runtime specification", async () => {
    const opened = await openFiles([...(await imagesUnder("bundle/checkpoint")), jsonFile("bundle/config.json", { ociVersion: "1.0.2", hostname: "runc", process: { args: ["sh"] } }), jsonFile("bundle/rootfs/config.json", { ociVersion: "1", hostname: "no" })]);
    expect(await factsOf(opened)).toMatchObject({ "container: Host name": "runc", "container: Command": "sh" });
  });
});

const REAL = new URL("../../../fixtures/real/containers/", import.meta.url);
const real = (name: string): InputFile => ({ name, source: memorySource(new Uint8Array(readFileSync(new URL(name, REAL)))) });

describe("what engines really wrote", () => {
  test("containerd: the image of a checkpoint", async () => {
    const opened = await openFiles([real("ctr-image.oci.tar.gz")]);
    expect(problemsOf(opened)).toEqual([]);
    await checkRecords(opened);
    expect(await factsOf(opened)).toMatchObject({
      "engine: Engine": "containerd", "container: Id": "web1", "container: Command": "/bin/tiny", "image: Image": "docker.io/demo/tiny:latest", "image: Image digest": "sha256:ecb13a82643b7cea40354bfdcd45071cef9df18bb956b0aa45a37a22e747b672",
      "engine: Runtime": "io.containerd.runc.v2", "engine: Snapshotter": "native", "times: Checkpointed": "2026-11-28 13:20:00, by the clock and zone of the host", "checkpoint options: file_locks": "yes",
      "limits: Control group": "/default/web1", "image: Blobs": "all 9 compared with their digests", "descriptors: Descriptor 0": expect.stringMatching(/^pipe:\[\d+\]$/),
    });
    const { inspector } = opened;
    expect((await plainRows(inspector, "deleted_files")).map(({ path, how }) => [path, how])).toEqual([["/etc/motd", "whiteout"]]);
    expect((await plainRows(inspector, "members")).filter(({ change }) => change === "added or changed").map(({ path }) => path)).toContain("etc/new");
    expect((await plainRows(inspector, "tasks")).map(({ name }) => name)).toEqual(["tiny", "tiny"]);
    expect((await plainRows(inspector, "spec_mounts")).map(({ destination }) => destination)).toContain("/proc");
    expect((await plainRows(inspector, "parts")).map(({ name }) => name)).toEqual(["Page contents", "Other images", "Root file system changes", "Image of the container", "Configuration and status"]);
  });

  test("Docker: the folder of a container", async () => {
    const opened = await openFiles([real("docker-folder.tar.gz")]);
    expect(problemsOf(opened)).toEqual([]);
    await checkRecords(opened);
    expect(opened.checkpoint.identity.formatName).toBe("Docker container checkpoint: shop");
    expect(await factsOf(opened)).toMatchObject({
      "container: Id": "ca39708c418add91df7381c4874756816da39806d9c96cc01c4c0a1133c117bb", "container: Checkpoint": "before-upgrade", "container: Host name": "ca39708c418a", "image: Image": "demo/tiny", "engine: Runtime": "runc",
      "engine: Storage driver": "vfs", "network: Network mode": "none", "times: Created": "2026-11-28T13:19:02.616305006Z", "times: Started": expect.stringMatching(/^2026-11-28T13:19/), "status: Pid": expect.stringMatching(/^\d+$/),
    });
    expect((await plainRows(opened.inspector, "annotations")).map(({ kind, key, value }) => [kind, key, value])).toEqual([["label", "tier", "front"]]);
    expect((await plainRows(opened.inspector, "process_spec")).map(({ kind, value }) => [kind, value])).toEqual([["argument", "/bin/tiny"]]);
  });

  test("runc without an engine: what says that it was runc or crun", async () => {
    const opened = await openFiles([...(await sampleFiles("01-simple")), jsonFile("descriptors.json", ["/dev/null", "/dev/null", "/dev/null"])]);
    expect(await factsOf(opened)).toMatchObject({ "engine: Runtime": "runc or crun, which write descriptors.json" });
    expect(opened.checkpoint.identity.formatName).toBe("Container checkpoint");
  });
});

describe("logs", () => {
  test("lines are UTF-8", async () => {
    const opened = await openFiles([...(await imagesUnder("checkpoint")), jsonFile("config.dump", { id: "x" }), jsonFile("spec.dump", {}), { name: "ctr.log", source: memorySource(new TextEncoder().encode("2026-11-23T09:31:38.07Z stdout F grüße 日本\n")) }]);
    expect((await plainRows(opened.inspector, "log")).filter(({ source }) => source === "stdout").map(({ message }) => message)).toEqual(["grüße 日本"]);
    await checkRecords(opened);
  });
});
