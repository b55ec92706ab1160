/** Which engine made an archive, and where it keeps what everybody asks for: names, image, pod, times. */
import { parseJson } from "../../schema/json.ts";
import { children, down, limitText, text, type At } from "./json-rows.ts";

export type EngineName = "Podman" | "CRI-O" | "containerd" | "Docker" | "unknown";

/** The documents that describe a container; each may be missing. */
export interface Documents {
  readonly config: At | undefined;
  readonly spec: At | undefined;
  readonly network: At | undefined;
  readonly status: At | undefined;
  readonly criStatus: At | undefined;
  readonly podOptions: At | undefined;
  readonly podDump: At | undefined;
  /** CRI's `PodSandboxConfig`. */
  readonly podConfig: At | undefined;
  /** containerd's list of the containers of a pod. */
  readonly podManifest: At | undefined;
  /** Manifest or index of an image layout that has annotations of a checkpoint. */
  readonly image: At | undefined;
  /** Entry of the layout's topmost index. */
  readonly imageEntry: At | undefined;
  /** Index whose entries are the parts of a checkpoint of containerd. */
  readonly checkpointIndex: At | undefined;
  /** Descriptor of the image that the container was made from. */
  readonly baseImage: At | undefined;
  /** Text of a blob that names the runtime. */
  readonly runtimeName: At | undefined;
  /** Docker's configuration of the container. */
  readonly docker: At | undefined;
  /** Docker's settings of the host for the container. */
  readonly dockerHost: At | undefined;
  /** Written by runc and crun, whichever engine called them. */
  readonly descriptors: At | undefined;
  /** Options of the checkpoint, as old versions of Docker keep them. */
  readonly dockerCheckpoint: At | undefined;
  readonly folder: FolderNames;
}

/** What the folders of Docker say by their names: `ID/checkpoints/NAME`. */
export interface FolderNames {
  readonly isDocker: boolean;
  readonly id: string | undefined;
  readonly checkpoint: string | undefined;
}

export function folderNames(path: string): FolderNames {
  const match = /(?:^|\/)(?:([0-9a-f]{64})\/)?checkpoints\/([^/]+)$/.exec(path);
  return { isDocker: match !== null, id: match?.[1], checkpoint: match?.[2] };
}

const CHECKPOINT = "org.criu.checkpoint.";
const PODMAN_CHECKPOINT = "io.podman.annotations.checkpoint.";

export function engineOf({ spec, image, status, criStatus, config, checkpointIndex, podManifest, docker, dockerCheckpoint, folder }: Documents): EngineName {
  const manager = text(down(spec, "annotations", "io.container.manager"));
  if (manager === "libpod") return "Podman";
  if (manager === "cri-o") return "CRI-O";
  const named = text(down(image, "annotations", `${CHECKPOINT}engine.name`));
  if (named !== undefined) return named.toLowerCase().includes("podman") ? "Podman" : named.toLowerCase().includes("cri-o") ? "CRI-O" : "containerd";
  if (children(down(image, "annotations")).some(({ value }) => value.key?.startsWith(PODMAN_CHECKPOINT))) return "Podman";
  const annotations = children(down(spec, "annotations"));
  if (annotations.some(({ value }) => value.key?.startsWith("io.kubernetes.cri-o."))) return "CRI-O";
  if (checkpointIndex !== undefined || podManifest !== undefined) return "containerd";
  if (annotations.some(({ value }) => value.key?.startsWith("io.kubernetes.cri.")) || status !== undefined || criStatus !== undefined) return "containerd";
  if (text(down(config, "runtime"))?.startsWith("io.containerd.") === true) return "containerd";
  return docker !== undefined || dockerCheckpoint !== undefined || folder.isDocker ? "Docker" : "unknown";
}

/** A fact with the value that says so. */
export interface ContainerFact {
  readonly about: string;
  readonly name: string;
  readonly value: string;
  /** Undefined when no bytes say it, but the name of a folder. */
  readonly at: At | undefined;
}

/** Go's zero time stands for "never". */
const NEVER = /^0001-01-01T/;

function timeText(at: At | undefined): string | undefined {
  const found = text(at);
  return found === undefined || NEVER.test(found) ? undefined : found;
}

/** Nanoseconds since 1970 in ISO form. */
function nanosecondsText(at: At | undefined): string | undefined {
  const found = text(at);
  if (found === undefined || !/^\d{10,19}$/.test(found) || found === "0") return undefined;
  const milliseconds = Number(BigInt(found) / 1_000_000n);
  return milliseconds > 0 && milliseconds < 253_402_300_800_000 ? new Date(milliseconds).toISOString() : undefined;
}

/** containerd names a checkpoint after the container and the time of the host. */
const CHECKPOINT_NAME = /^containerd\.io\/checkpoint\/(.+):(\d\d)-(\d\d)-(\d{4})-(\d\d:\d\d:\d\d)$/;

function idInName(at: At | undefined): string | undefined {
  return CHECKPOINT_NAME.exec(text(at) ?? "")?.[1];
}

function timeInName(at: At | undefined): string | undefined {
  const match = CHECKPOINT_NAME.exec(text(at) ?? "");
  return match === null ? undefined : `${match[4]}-${match[2]}-${match[3]} ${match[5]}, by the clock and zone of the host`;
}

/** Docker writes a slash before the name. */
function withoutSlash(at: At | undefined): string | undefined {
  return text(at)?.replace(/^\//, "");
}

/** Runtimes set no limit of tasks where the specification says 0, as for -1. */
function zeroText(at: At | undefined): string | undefined {
  return text(at) === "0" ? "unlimited" : limitText(at);
}

/** States of CRI's `ContainerState`. */
const CRI_STATES: Readonly<Record<string, string>> = { "0": "created", "1": "running", "2": "exited", "3": "unknown" };

function criState(at: At | undefined): string | undefined {
  const found = text(at);
  return found === undefined ? undefined : (CRI_STATES[found] ?? found.replace(/^CONTAINER_/, "").toLowerCase());
}

function joined(at: At | undefined): string | undefined {
  return children(at).map((each) => text(each) ?? "").join(" ") || undefined;
}

type Source = (documents: Documents) => readonly (At | undefined)[];

/** What is said, and where to look for it, the most telling place first. */
const FACTS: readonly { readonly about: string; readonly name: string; readonly from: Source; readonly show?: (at: At | undefined) => string | undefined }[] = [
  { about: "engine", name: "Engine version", from: ({ image }) => [note(image, "engine.version"), down(image, "annotations", `${PODMAN_CHECKPOINT}podman.version`)] },
  { about: "container", name: "Name", from: ({ spec, config, criStatus, image }) => [inMetadata(spec, "name"), down(spec, "annotations", "io.kubernetes.cri.container-name"), down(config, "name"), down(criStatus, "metadata", "name"), note(image, "container.name"), down(image, "annotations", `${PODMAN_CHECKPOINT}name`)] },
  { about: "container", name: "Name", from: ({ docker }) => [down(docker, "Name")], show: withoutSlash },
  { about: "container", name: "Id", from: ({ config, criStatus, docker }) => [down(config, "id"), down(criStatus, "id"), down(docker, "ID")] },
  { about: "container", name: "Id", from: ({ imageEntry }) => [down(imageEntry, "annotations", "io.containerd.image.name")], show: idInName },
  { about: "container", name: "Host name", from: ({ spec, docker, podConfig }) => [down(spec, "hostname"), down(docker, "Config", "Hostname"), down(podConfig, "hostname")] },
  { about: "container", name: "Command", from: ({ spec, config, docker }) => [down(spec, "process", "args"), down(config, "command"), down(docker, "Config", "Cmd")], show: joined },
  { about: "image", name: "Image", from: ({ config, image, criStatus, spec, checkpointIndex, docker }) => [down(config, "rootfsImageName"), down(config, "rootfsImage"), down(config, "RawImageName"), note(image, "rootfsImageName"), down(image, "annotations", `${PODMAN_CHECKPOINT}rootfsImageName`), down(criStatus, "image", "image"), down(spec, "annotations", "io.kubernetes.cri-o.ImageName"), down(spec, "annotations", "io.kubernetes.cri.image-name"), down(checkpointIndex, "annotations", "image.name"), down(checkpointIndex, "annotations", "org.opencontainers.image.ref.name"), down(docker, "Config", "Image")] },
  { about: "image", name: "Asked for as", from: ({ config, image }) => [down(config, "RawImageName"), down(config, "rootfsImage"), note(image, "rawImageName"), down(image, "annotations", `${PODMAN_CHECKPOINT}rawImageName`), note(image, "rootfsImageUserRequested")] },
  { about: "image", name: "Image digest", from: ({ config, image, criStatus, spec, baseImage, docker }) => [down(config, "rootfsImageRef"), down(config, "rootfsImageID"), note(image, "rootfsImageSha"), note(image, "rootfsImageID"), down(image, "annotations", `${PODMAN_CHECKPOINT}rootfsImageID`), down(criStatus, "image_ref"), down(spec, "annotations", "io.kubernetes.cri-o.ImageRef"), down(baseImage, "digest"), down(docker, "Image")] },
  { about: "engine", name: "Runtime", from: ({ config, image, spec, checkpointIndex, runtimeName, dockerHost }) => [down(config, "runtime"), down(dockerHost, "Runtime"), note(image, "runtime.name"), down(image, "annotations", `${PODMAN_CHECKPOINT}runtime.name`), down(spec, "annotations", "io.kubernetes.cri-o.RuntimeHandler"), down(checkpointIndex, "annotations", "io.containerd.checkpoint.runtime"), runtimeName] },
  { about: "engine", name: "Runtime", from: ({ descriptors }) => [descriptors], show: (at) => (at === undefined ? undefined : "runc or crun, which write descriptors.json") },
  { about: "engine", name: "Snapshotter", from: ({ checkpointIndex }) => [down(checkpointIndex, "annotations", "io.containerd.checkpoint.snapshotter")] },
  { about: "engine", name: "Storage driver", from: ({ docker }) => [down(docker, "Driver")] },
  { about: "engine", name: "Runtime version", from: ({ image }) => [note(image, "runtime.version"), down(image, "annotations", `${PODMAN_CHECKPOINT}runtime.version`)] },
  { about: "engine", name: "CRIU version", from: ({ image }) => [note(image, "criu.version"), down(image, "annotations", `${PODMAN_CHECKPOINT}criu.version`)] },
  { about: "engine", name: "Host kernel", from: ({ image }) => [note(image, "host.kernel"), down(image, "annotations", `${PODMAN_CHECKPOINT}host.kernel`)] },
  { about: "times", name: "Created", from: ({ config, spec, docker }) => [down(spec, "annotations", "io.kubernetes.cri-o.Created"), down(config, "createdTime"), down(docker, "Created")], show: timeText },
  { about: "times", name: "Created (status)", from: ({ status, criStatus }) => [down(status, "CreatedAt"), down(criStatus, "created_at"), down(criStatus, "createdAt")], show: nanosecondsText },
  { about: "times", name: "Started", from: ({ status, criStatus }) => [down(status, "StartedAt"), down(criStatus, "started_at"), down(criStatus, "startedAt")], show: nanosecondsText },
  { about: "times", name: "Started", from: ({ docker }) => [down(docker, "State", "StartedAt")], show: timeText },
  { about: "times", name: "Finished", from: ({ status, criStatus }) => [down(status, "FinishedAt"), down(criStatus, "finished_at"), down(criStatus, "finishedAt")], show: nanosecondsText },
  { about: "times", name: "Checkpointed", from: ({ config, dockerCheckpoint }) => [down(config, "checkpointedTime"), down(dockerCheckpoint, "created")], show: timeText },
  { about: "times", name: "Checkpointed", from: ({ imageEntry }) => [down(imageEntry, "annotations", "io.containerd.image.name")], show: timeInName },
  { about: "times", name: "Restored", from: ({ config }) => [down(config, "restoredTime")], show: timeText },
  { about: "status", name: "State", from: ({ criStatus }) => [down(criStatus, "state")], show: criState },
  { about: "status", name: "Restarts", from: ({ criStatus }) => [down(criStatus, "metadata", "attempt")] },
  { about: "status", name: "Log", from: ({ criStatus }) => [down(criStatus, "log_path"), down(criStatus, "logPath")] },
  { about: "network", name: "Network mode", from: ({ dockerHost }) => [down(dockerHost, "NetworkMode")] },
  { about: "status", name: "Pid", from: ({ status, docker }) => [down(status, "Pid"), down(docker, "State", "Pid")] },
  { about: "status", name: "Exit code", from: ({ status }) => [down(status, "ExitCode")] },
  { about: "status", name: "Reason", from: ({ status, criStatus }) => [down(status, "Reason"), down(criStatus, "reason")] },
  { about: "status", name: "Message", from: ({ status, criStatus }) => [down(status, "Message"), down(criStatus, "message")] },
  { about: "pod", name: "Pod", from: ({ spec, image, podOptions, podConfig, podDump }) => [down(spec, "annotations", "io.kubernetes.pod.name"), down(spec, "annotations", "io.kubernetes.cri.sandbox-name"), note(image, "pod.name"), down(podOptions, "annotations", "io.kubernetes.pod.name"), down(podConfig, "metadata", "name"), down(podDump, "name")] },
  { about: "pod", name: "Kubernetes namespace", from: ({ spec, image, podConfig }) => [down(spec, "annotations", "io.kubernetes.pod.namespace"), down(spec, "annotations", "io.kubernetes.cri.sandbox-namespace"), note(image, "pod.namespace"), down(podConfig, "metadata", "namespace")] },
  { about: "pod", name: "Pod uid", from: ({ spec, image, podConfig }) => [down(spec, "annotations", "io.kubernetes.pod.uid"), down(spec, "annotations", "io.kubernetes.cri.sandbox-uid"), note(image, "pod.uid"), down(podConfig, "metadata", "uid")] },
  { about: "pod", name: "Sandbox id", from: ({ spec, config, image, podManifest, podDump }) => [down(spec, "annotations", "io.kubernetes.cri-o.SandboxID"), down(spec, "annotations", "io.kubernetes.cri.sandbox-id"), down(config, "pod"), note(image, "pod.id"), down(podManifest, "sandboxId"), down(podDump, "id")] },
  { about: "limits", name: "Memory limit", from: ({ spec }) => [down(spec, "linux", "resources", "memory", "limit")], show: limitText },
  { about: "limits", name: "Memory limit", from: ({ dockerHost }) => [down(dockerHost, "Memory")], show: zeroText },
  { about: "limits", name: "Pids limit", from: ({ spec, dockerHost }) => [down(spec, "linux", "resources", "pids", "limit"), down(dockerHost, "PidsLimit")], show: zeroText },
  { about: "limits", name: "Control group", from: ({ spec }) => [down(spec, "linux", "cgroupsPath")] },
];

function note(image: At | undefined, name: string): At | undefined {
  return down(image, "annotations", CHECKPOINT + name);
}

/** CRI-O keeps the names of the container as JSON inside an annotation; the place is that of the annotation. */
function inMetadata(spec: At | undefined, key: string): At | undefined {
  const at = down(spec, "annotations", "io.kubernetes.cri-o.Metadata");
  const inner = at === undefined ? undefined : parseJson(new TextEncoder().encode(text(at) ?? ""), { mostDepth: 16, mostValues: 1000 }).root;
  const value = inner?.children.findLast((child) => child.key === key);
  return at === undefined || value === undefined ? undefined : { ...at, value };
}

export function containerFacts(documents: Documents): readonly ContainerFact[] {
  const facts: ContainerFact[] = [];
  const said = new Set<string>();
  for (const { about, name, from, show = text } of FACTS) {
    if (said.has(`${about}/${name}`)) continue;
    for (const at of from(documents)) {
      const value = show(at);
      if (at === undefined || value === undefined) continue;
      facts.push({ about, name, value, at });
      said.add(`${about}/${name}`);
      break;
    }
  }
  const { id, checkpoint } = documents.folder;
  if (id !== undefined && !said.has("container/Id")) facts.push({ about: "container", name: "Id", value: id, at: undefined });
  if (checkpoint !== undefined) facts.push({ about: "container", name: "Checkpoint", value: checkpoint, at: down(documents.dockerCheckpoint, "name") });
  return [...facts, ...addressFacts(documents.spec), ...networkFacts(documents.network), ...dockerNetworks(documents.docker)];
}

/** CRI-O numbers the addresses of the pod; older releases have one without a number. */
function addressFacts(spec: At | undefined): readonly ContainerFact[] {
  const addresses = children(down(spec, "annotations")).filter(({ value }) => /^io\.kubernetes\.cri-o\.IP(\.\d+)?$/.test(value.key ?? ""));
  return addresses.flatMap((at) => {
    const value = text(at);
    return value === undefined ? [] : [{ about: "network", name: addresses.length === 1 ? "IP address" : `IP address (${at.value.key!.split(".").at(-1)!})`, value, at }];
  });
}

function dockerNetworks(docker: At | undefined): readonly ContainerFact[] {
  const facts: ContainerFact[] = [];
  for (const network of children(down(docker, "NetworkSettings", "Networks"))) {
    for (const [key, name] of [["MacAddress", "MAC address"], ["IPAddress", "IP address"], ["GlobalIPv6Address", "IPv6 address"], ["Gateway", "Gateway"]] as const) {
      const at = down(network, key);
      const value = text(at);
      if (at !== undefined && value !== undefined) facts.push({ about: "network", name: `${name} (${network.value.key ?? "?"})`, value, at });
    }
  }
  return facts;
}

/** Podman 4: networks by name, with interfaces by name; Podman 3: a list of CNI results. */
function networkFacts(network: At | undefined): readonly ContainerFact[] {
  const facts: ContainerFact[] = [];
  const add = (name: string, at: At | undefined): void => {
    const value = text(at);
    if (at !== undefined && value !== undefined) facts.push({ about: "network", name, value, at });
  };
  if (network?.value.kind === "object") {
    for (const each of children(network)) {
      for (const device of children(down(each, "interfaces"))) {
        const label = `${each.value.key ?? "?"} ${device.value.key ?? "?"}`;
        add(`MAC address (${label})`, down(device, "mac_address"));
        for (const subnet of children(down(device, "subnets"))) {
          add(`IP address (${label})`, down(subnet, "ipnet"));
          add(`Gateway (${label})`, down(subnet, "gateway"));
        }
      }
      for (const key of ["dns_server_ips", "dns_search_domains"]) {
        for (const at of children(down(each, key))) add(`${key === "dns_server_ips" ? "DNS server" : "DNS search domain"} (${each.value.key ?? "?"})`, at);
      }
    }
  }
  for (const result of network?.value.kind === "array" ? children(network) : []) {
    for (const address of children(down(result, "ips"))) {
      add("IP address", down(address, "address"));
      add("Gateway", down(address, "gateway"));
    }
    for (const device of children(down(result, "interfaces"))) add(`MAC address (${text(down(device, "name")) ?? "?"})`, down(device, "mac"));
  }
  return facts;
}

/** Annotations whose value is itself JSON. */
export const JSON_ANNOTATIONS: Readonly<Record<string, string>> = {
  "io.kubernetes.cri-o.Labels": "label",
  "io.kubernetes.cri-o.Annotations": "pod annotation",
  "io.kubernetes.cri-o.Metadata": "metadata",
  "io.kubernetes.cri-o.Volumes": "volume",
  "kubectl.kubernetes.io/last-applied-configuration": "applied configuration",
};
