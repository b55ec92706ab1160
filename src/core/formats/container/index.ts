/**
 * What container engines put beside a CRIU set: Podman, CRI-O, containerd, and image layouts. Each file is JSON from a stranger:
 * sizes and nesting are bounded, every key is optional, paths are never followed.
 */
import { baseName, folderOf } from "../../archive/file-set.ts";
import type { Fact, FactGroup } from "../../inspector.ts";
import { jsonKind } from "../../model/kinds/json-kind.ts";
import { textKind } from "../../model/kinds/text-kind.ts";
import type { FileKind, SetReader } from "../../model/set-reader.ts";
import { formatSize } from "../../schema/show.ts";
import { parseJson } from "../../schema/json.ts";
import type { BesideFile, Companion } from "../criu/companion.ts";
import { containerFacts, engineOf, JSON_ANNOTATIONS, type ContainerFact, type Documents, type EngineName } from "./engine.ts";
import { children, documentOf, down, jsonRow, listText, text, topOf, type At, type Document } from "./json-rows.ts";
import { partsOf } from "./parts.ts";

/** JSON files by name, with what each is. */
const NAMES: Readonly<Record<string, string>> = {
  "config.dump": "Configuration of the container, as the engine keeps it.",
  "spec.dump": "Runtime specification (OCI config.json).",
  "network.status": "Networks of the container.",
  "status": "Status of the container (containerd).",
  "status.dump": "Status of the container (CRI).",
  "deleted.files": "Files of the image that the container deleted.",
  "bind.mounts": "Bind mounts that a restore makes first.",
  "descriptors.json": "Where the descriptors 0 to 2 of the first process lead.",
  "pod.options": "Containers of the pod.",
  "pod.dump": "Configuration of the pod.",
  "index.json": "Index of an image layout.",
  "manifest.json": "Manifest of saved images.",
  "oci-layout": "Version of the image layout.",
  "repositories": "Names of saved images.",
};

const PAIR = ["config.dump", "spec.dump"] as const;

const LOGS = new Set(["ctr.log", "container.log", "io.kubernetes.cri-o.LogPath"]);

/** `2026-11-23T09:31:38.07Z stdout F text`, as CRI logs have it. */
const LOG_LINE = /^(\d{4}-\d\d-\d\dT\S+) (stdout|stderr) [FP] (.*)$/s;

export function containerCompanion(reader: SetReader): Companion {
  return new Container(reader);
}

class Container implements Companion {
  readonly #reader: SetReader;
  readonly #documents = new Map<string, Document>();
  /** Manifests and configurations of an image layout, which are named by their digest. */
  readonly #blobs: Document[] = [];
  /** Files that have the name of a JSON file and begin like none. */
  readonly #notJson = new Set<string>();
  title: string | undefined;

  constructor(reader: SetReader) {
    this.#reader = reader;
  }

  kindOf({ set, head, file }: BesideFile): FileKind | undefined {
    const name = baseName(set.path);
    if (set.link !== undefined || set.source.size === 0) return undefined;
    if (LOGS.has(name)) return this.#logKind(file, name);
    const first = head.find((byte) => byte > 0x20);
    const isJson = first === 0x7b || first === 0x5b || (first === 0x6e && name === "network.status");
    const doc = NAMES[name];
    if (!isJson) {
      if (doc !== undefined) this.#notJson.add(name);
      return undefined;
    }
    if (doc !== undefined) return jsonKind(name, doc, (json, record, at) => void this.#documents.set(name, documentOf(name, json, record, at)));
    if (/(^|\/)blobs\//.test(set.path) || /^[0-9a-f]{64}\.json$/.test(name)) {
      return jsonKind("image document", "Manifest or configuration of an image, named by its digest.", (json, record, at) => void this.#blobs.push(documentOf(name, json, record, at)));
    }
    return undefined;
  }

  #logKind(file: number, name: string): FileKind {
    const table = this.#reader.table("log");
    return textKind("container log", "What the container wrote.", {
      onLine: (line, number, record) => {
        const match = LOG_LINE.exec(line);
        const row = table.add();
        table.set(row, "line", number);
        table.set(row, "file", file);
        table.set(row, "record", record);
        table.set(row, "message", match?.[3] ?? line);
        if (match !== null) {
          table.set(row, "time", match[1]!);
          table.set(row, "source", match[2]!);
        } else table.set(row, "source", name);
      },
    });
  }

  change(archive: string): ((path: string) => string | undefined) | undefined {
    const name = baseName(archive);
    if (name === "rootfs-diff.tar") return (path) => (baseName(path).startsWith(".wh.") ? "deleted" : "added or changed");
    if (baseName(folderOf(archive)) === "volumes") return () => `volume ${name.replace(/\.tar$/, "")}`;
    return name === "devshm-checkpoint.tar" ? () => "/dev/shm" : undefined;
  }

  #document(name: string): At | undefined {
    return topOf(this.#documents.get(name));
  }

  finish(): readonly FactGroup[] {
    const documents: Documents = {
      config: this.#document("config.dump"),
      spec: this.#document("spec.dump") ?? down(this.#document("config.dump"), "spec"),
      network: this.#document("network.status"),
      status: this.#document("status"),
      criStatus: this.#document("status.dump"),
      podOptions: this.#document("pod.options"),
      podDump: this.#document("pod.dump"),
      image: this.#imageDocument(),
    };
    this.#checkPair();
    const isContainer = documents.config !== undefined || documents.spec !== undefined || documents.image !== undefined;
    if (!isContainer && this.#documents.size === 0) return [];
    const engine = engineOf(documents);
    const facts = containerFacts(documents);
    this.#factRows(engine, facts, documents);
    this.#annotations(documents);
    this.#processRows(documents.spec);
    this.#mountRows(documents.spec);
    for (const at of children(this.#document("deleted.files"))) jsonRow(this.#reader, "deleted_files", at, { path: text(at) }, "source");
    if (!isContainer) return [];
    partsOf(this.#reader);
    const name = facts.find((fact) => fact.about === "container" && fact.name === "Name")?.value;
    const maker = engine === "unknown" ? "Container" : `${engine} container`;
    this.title = name === undefined ? `${maker} checkpoint` : `${maker} checkpoint: ${name}`;
    return [{ title: "Container", facts: summaryFacts(engine, facts, this.#reader) }];
  }

  /** Podman, CRI-O and containerd write both files, each one object. */
  #checkPair(): void {
    const [config, spec] = PAIR.map((name) => this.#documents.get(name));
    for (const [index, document] of [config, spec].entries()) {
      const other = index === 0 ? spec : config;
      if (document === undefined && other !== undefined) {
        const name = PAIR[index]!;
        const why = this.#notJson.has(name) ? "is not JSON" : "is missing";
        this.#reader.report("container.file", `${name} ${why}, which stands beside ${other.name} in every archive of an engine.`, this.#reader.fieldOf(other.record, ""));
      } else if (document?.root !== undefined && document.root.kind !== "object") {
        this.#reader.report("container.file", `${document.name} is no object: nothing is read from it.`, this.#reader.fieldOf(document.record, ""));
      }
    }
  }

  /** The manifest with annotations of a checkpoint, else the index. */
  #imageDocument(): At | undefined {
    const all = [...this.#blobs.map(topOf), this.#document("index.json")];
    return all.find((at) => children(down(at, "annotations")).some(({ value }) => value.key?.includes("checkpoint") === true)) ?? undefined;
  }

  #factRows(engine: EngineName, facts: readonly ContainerFact[], documents: Documents): void {
    const says = documents.spec ?? documents.config ?? documents.image ?? documents.status;
    const engineAt = down(documents.spec, "annotations", "io.container.manager") ?? says;
    if (engineAt !== undefined && engine !== "unknown") jsonRow(this.#reader, "container_facts", engineAt, { group: "engine", name: "Engine", value: engine }, "source");
    for (const { about, name, value, at } of facts) jsonRow(this.#reader, "container_facts", at, { group: about, name, value }, "source");
    for (const at of children(this.#document("descriptors.json"))) jsonRow(this.#reader, "container_facts", at, { group: "descriptors", name: `Descriptor ${at.value.key ?? at.path}`, value: text(at) }, "source");
    for (const at of children(this.#document("bind.mounts"))) {
      jsonRow(this.#reader, "container_facts", at, { group: "bind mounts", name: text(down(at, "destination")) ?? "?", value: [text(down(at, "source")), text(down(at, "file_type"))].filter((part) => part !== undefined).join(", ") }, "source");
    }
    for (const at of children(down(documents.podOptions, "containers"))) jsonRow(this.#reader, "container_facts", at, { group: "pod", name: `Container ${at.value.key ?? ""}`, value: text(at) }, "source");
    for (const at of children(down(documents.config, "namedVolumes"))) {
      jsonRow(this.#reader, "container_facts", at, { group: "volumes", name: text(down(at, "volumeName")) ?? "?", value: text(down(at, "dest")) }, "source");
    }
  }

  #annotations({ spec, config, image }: Documents): void {
    const add = (kind: string, at: At): void => void jsonRow(this.#reader, "annotations", at, { kind, key: at.value.key ?? at.path, value: text(at) ?? "" }, "source");
    for (const at of children(down(spec, "annotations"))) {
      const inner = JSON_ANNOTATIONS[at.value.key ?? ""];
      const parsed = inner === undefined ? undefined : parseJson(new TextEncoder().encode(text(at) ?? ""), { mostDepth: 32, mostValues: 10_000 }).root;
      add("annotation", at);
      // What is packed into an annotation is listed beside it; its bytes are those of the annotation.
      for (const child of parsed?.kind === "object" ? parsed.children : []) {
        if (child.kind === "object" || child.kind === "array") continue;
        jsonRow(this.#reader, "annotations", at, { kind: inner, key: child.key ?? "?", value: String(child.value ?? "") }, "source");
      }
    }
    for (const at of children(down(config, "labels"))) add("label", at);
    for (const at of children(down(image, "annotations"))) add("image annotation", at);
    for (const document of this.#blobs) for (const at of children(down(topOf(document), "config", "Labels"))) add("image label", at);
  }

  #processRows(spec: At | undefined): void {
    const process = down(spec, "process");
    const add = (at: At | undefined, kind: string, name: string, value: string | undefined): void => {
      if (at !== undefined && value !== undefined) jsonRow(this.#reader, "process_spec", at, { kind, name, value }, "says");
    };
    for (const [index, at] of children(down(process, "args")).entries()) add(at, "argument", String(index), text(at) ?? "");
    for (const at of children(down(process, "env"))) {
      const whole = text(at) ?? "";
      const equals = whole.indexOf("=");
      add(at, "environment", equals < 0 ? whole : whole.slice(0, equals), equals < 0 ? "" : whole.slice(equals + 1));
    }
    add(down(process, "cwd"), "setting", "working directory", text(down(process, "cwd")));
    for (const at of children(down(process, "user"))) add(at, "user", at.value.key ?? "?", text(at) ?? listText(at));
    add(down(process, "noNewPrivileges"), "setting", "no new privileges", text(down(process, "noNewPrivileges")));
    add(down(process, "terminal"), "setting", "terminal", text(down(process, "terminal")));
    for (const at of children(down(process, "capabilities"))) add(at, "capabilities", at.value.key ?? "?", listText(at));
    for (const at of children(down(process, "rlimits"))) add(at, "limit", text(down(at, "type")) ?? "?", `soft ${text(down(at, "soft")) ?? "?"}, hard ${text(down(at, "hard")) ?? "?"}`);
    for (const at of children(down(spec, "linux", "namespaces"))) add(at, "namespace", text(down(at, "type")) ?? "?", text(down(at, "path")) ?? "new");
    add(down(spec, "root", "path"), "setting", "root", text(down(spec, "root", "path")));
    add(down(spec, "root", "readonly"), "setting", "read-only root", text(down(spec, "root", "readonly")));
    for (const at of children(down(spec, "linux", "maskedPaths"))) add(at, "masked path", at.path.slice(at.path.lastIndexOf(".") + 1), text(at));
    for (const at of children(down(spec, "linux", "sysctl"))) add(at, "sysctl", at.value.key ?? "?", text(at));
  }

  #mountRows(spec: At | undefined): void {
    for (const at of children(down(spec, "mounts"))) {
      jsonRow(this.#reader, "spec_mounts", at, { destination: text(down(at, "destination")), type: text(down(at, "type")), source: text(down(at, "source")), options: listText(down(at, "options"), ",") }, "says");
    }
  }
}

const SUMMARY: readonly (readonly [about: string, name: string])[] = [
  ["container", "Name"], ["container", "Id"], ["container", "Command"], ["container", "Host name"], ["image", "Image"], ["image", "Image digest"], ["engine", "Runtime"], ["engine", "Host kernel"],
  ["pod", "Pod"], ["pod", "Kubernetes namespace"], ["times", "Created"], ["times", "Created (status)"], ["times", "Checkpointed"],
];

function summaryFacts(engine: EngineName, facts: readonly ContainerFact[], reader: SetReader): readonly Fact[] {
  const link: Fact["link"] = { kind: "table", table: "container_facts" };
  const list: Fact[] = [{ label: "Engine", text: engine === "unknown" ? "not known" : engine, link }];
  for (const [about, name] of SUMMARY) {
    const fact = facts.find((each) => each.about === about && each.name === name);
    if (fact !== undefined) list.push({ label: name.replace(" (status)", ""), text: fact.value, link });
  }
  for (const fact of facts) if (fact.about === "network") list.push({ label: fact.name, text: fact.value, link });
  const parts = reader.table("parts");
  for (let row = 0; row < parts.length; row++) list.push({ label: parts.text(row, "name") ?? "", text: formatSize(parts.number(row, "size")), link: { kind: "table", table: "parts" } });
  return list;
}
