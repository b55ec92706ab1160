/** Which engine made an archive, and where it keeps what everybody asks for: names, image, pod, times. */
import { parseJson } from "../../schema/json.ts";
import { children, down, text, type At, type Document } from "./json-rows.ts";

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
  /** Manifest or index of an image layout that has annotations of a checkpoint. */
  readonly image: At | undefined;
}

const CHECKPOINT = "org.criu.checkpoint.";
const PODMAN_CHECKPOINT = "io.podman.annotations.checkpoint.";

export function engineOf({ spec, image, status, criStatus, config }: Documents): EngineName {
  const manager = text(down(spec, "annotations", "io.container.manager"));
  if (manager === "libpod") return "Podman";
  if (manager === "cri-o") return "CRI-O";
  const named = text(down(image, "annotations", `${CHECKPOINT}engine.name`));
  if (named !== undefined) return named.toLowerCase().includes("podman") ? "Podman" : named.toLowerCase().includes("cri-o") ? "CRI-O" : "containerd";
  if (children(down(image, "annotations")).some(({ value }) => value.key?.startsWith(PODMAN_CHECKPOINT))) return "Podman";
  const annotations = children(down(spec, "annotations"));
  if (annotations.some(({ value }) => value.key?.startsWith("io.kubernetes.cri-o."))) return "CRI-O";
  if (annotations.some(({ value }) => value.key?.startsWith("io.kubernetes.cri.")) || status !== undefined || criStatus !== undefined) return "containerd";
  if (text(down(config, "runtime"))?.startsWith("io.containerd.") === true) return "containerd";
  return "unknown";
}

/** A fact with the value that says so. */
export interface ContainerFact {
  readonly about: string;
  readonly name: string;
  readonly value: string;
  readonly at: At;
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

type Source = (documents: Documents) => readonly (At | undefined)[];

/** What is said, and where to look for it, the most telling place first. */
const FACTS: readonly { readonly about: string; readonly name: string; readonly from: Source; readonly show?: (at: At | undefined) => string | undefined }[] = [
  { about: "engine", name: "Engine version", from: ({ image }) => [note(image, "engine.version"), down(image, "annotations", `${PODMAN_CHECKPOINT}podman.version`)] },
  { about: "container", name: "Name", from: ({ spec, config, criStatus, image, podDump }) => [inMetadata(spec, "name"), down(spec, "annotations", "io.kubernetes.cri.container-name"), down(config, "name"), down(criStatus, "metadata", "name"), note(image, "container.name"), down(image, "annotations", `${PODMAN_CHECKPOINT}name`), down(podDump, "name")] },
  { about: "container", name: "Id", from: ({ config, criStatus }) => [down(config, "id"), down(criStatus, "id")] },
  { about: "container", name: "Host name", from: ({ spec }) => [down(spec, "hostname")] },
  { about: "container", name: "Command", from: ({ spec, config }) => [down(spec, "process", "args"), down(config, "command")], show: (at) => children(at).map((each) => text(each) ?? "").join(" ") || undefined },
  { about: "image", name: "Image", from: ({ config, image, criStatus, spec }) => [down(config, "rootfsImageName"), down(config, "rootfsImage"), down(config, "RawImageName"), note(image, "rootfsImageName"), down(image, "annotations", `${PODMAN_CHECKPOINT}rootfsImageName`), down(criStatus, "image", "image"), down(spec, "annotations", "io.kubernetes.cri-o.ImageName"), down(spec, "annotations", "io.kubernetes.cri.image-name")] },
  { about: "image", name: "Asked for as", from: ({ config, image }) => [down(config, "RawImageName"), down(config, "rootfsImage"), note(image, "rawImageName"), down(image, "annotations", `${PODMAN_CHECKPOINT}rawImageName`), note(image, "rootfsImageUserRequested")] },
  { about: "image", name: "Image digest", from: ({ config, image, criStatus, spec }) => [down(config, "rootfsImageRef"), down(config, "rootfsImageID"), note(image, "rootfsImageSha"), note(image, "rootfsImageID"), down(image, "annotations", `${PODMAN_CHECKPOINT}rootfsImageID`), down(criStatus, "image_ref"), down(spec, "annotations", "io.kubernetes.cri-o.ImageRef")] },
  { about: "engine", name: "Runtime", from: ({ config, image, spec }) => [down(config, "runtime"), note(image, "runtime.name"), down(image, "annotations", `${PODMAN_CHECKPOINT}runtime.name`), down(spec, "annotations", "io.kubernetes.cri-o.RuntimeHandler")] },
  { about: "engine", name: "Runtime version", from: ({ image }) => [note(image, "runtime.version"), down(image, "annotations", `${PODMAN_CHECKPOINT}runtime.version`)] },
  { about: "engine", name: "CRIU version", from: ({ image }) => [note(image, "criu.version"), down(image, "annotations", `${PODMAN_CHECKPOINT}criu.version`)] },
  { about: "engine", name: "Host kernel", from: ({ image }) => [note(image, "host.kernel"), down(image, "annotations", `${PODMAN_CHECKPOINT}host.kernel`)] },
  { about: "times", name: "Created", from: ({ config, spec }) => [down(config, "createdTime"), down(spec, "annotations", "io.kubernetes.cri-o.Created")], show: timeText },
  { about: "times", name: "Created (status)", from: ({ status }) => [down(status, "CreatedAt")], show: nanosecondsText },
  { about: "times", name: "Started", from: ({ status }) => [down(status, "StartedAt")], show: nanosecondsText },
  { about: "times", name: "Checkpointed", from: ({ config }) => [down(config, "checkpointedTime")], show: timeText },
  { about: "times", name: "Restored", from: ({ config }) => [down(config, "restoredTime")], show: timeText },
  { about: "status", name: "Pid", from: ({ status }) => [down(status, "Pid")] },
  { about: "status", name: "Exit code", from: ({ status }) => [down(status, "ExitCode")] },
  { about: "status", name: "Reason", from: ({ status, criStatus }) => [down(status, "Reason"), down(criStatus, "reason")] },
  { about: "status", name: "Message", from: ({ status, criStatus }) => [down(status, "Message"), down(criStatus, "message")] },
  { about: "pod", name: "Pod", from: ({ spec, image, podOptions }) => [down(spec, "annotations", "io.kubernetes.pod.name"), down(spec, "annotations", "io.kubernetes.cri.sandbox-name"), note(image, "pod.name"), down(podOptions, "annotations", "io.kubernetes.pod.name")] },
  { about: "pod", name: "Kubernetes namespace", from: ({ spec, image }) => [down(spec, "annotations", "io.kubernetes.pod.namespace"), down(spec, "annotations", "io.kubernetes.cri.sandbox-namespace"), note(image, "pod.namespace")] },
  { about: "pod", name: "Pod uid", from: ({ spec, image }) => [down(spec, "annotations", "io.kubernetes.pod.uid"), down(spec, "annotations", "io.kubernetes.cri.sandbox-uid"), note(image, "pod.uid")] },
  { about: "pod", name: "Sandbox id", from: ({ spec, config }) => [down(spec, "annotations", "io.kubernetes.cri-o.SandboxID"), down(spec, "annotations", "io.kubernetes.cri.sandbox-id"), down(config, "pod")] },
  { about: "network", name: "IP address", from: ({ spec }) => [down(spec, "annotations", "io.kubernetes.cri-o.IP.0"), down(spec, "annotations", "io.kubernetes.cri-o.IP")] },
  { about: "limits", name: "Memory limit", from: ({ spec }) => [down(spec, "linux", "resources", "memory", "limit")] },
  { about: "limits", name: "Pids limit", from: ({ spec }) => [down(spec, "linux", "resources", "pids", "limit")] },
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
  for (const { about, name, from, show = text } of FACTS) {
    for (const at of from(documents)) {
      const value = show(at);
      if (at === undefined || value === undefined) continue;
      facts.push({ about, name, value, at });
      break;
    }
  }
  return [...facts, ...networkFacts(documents.network)];
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
  "kubectl.kubernetes.io/last-applied-configuration": "applied configuration",
};

export type { Document };
