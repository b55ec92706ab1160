/**
 * What container engines put beside a CRIU set: Podman, CRI-O, containerd, and image layouts. Each file is JSON from a stranger:
 * sizes and nesting are bounded, every key is optional, paths are never followed.
 */
import { baseName, folderOf } from "../../archive/file-set.ts";
import type { Fact, FactGroup } from "../../inspector.ts";
import { jsonKind } from "../../model/kinds/json-kind.ts";
import { textKind } from "../../model/kinds/text-kind.ts";
import type { FileKind, SetReader } from "../../model/set-reader.ts";
import { decodeText, formatSize } from "../../schema/show.ts";
import { member, parseJson, textOf, type JsonValue } from "../../schema/json.ts";
import type { BesideFile, Companion, SetPlace } from "../criu/companion.ts";
import { anyKind, beginsLikeAny, type AnyBlob } from "./any-kind.ts";
import { deletedRows, isWhiteout, OPAQUE } from "./deleted.ts";
import { DOCUMENT_NAMES, DocumentShelf } from "./documents.ts";
import { containerFacts, engineOf, folderNames, JSON_ANNOTATIONS, type ContainerFact, type Documents, type EngineName } from "./engine.ts";
import { ImageLayout, READ_WRITE_LAYER } from "./image-layout.ts";
import { children, documentOf, down, jsonRow, limitText, listText, text, topOf, type At } from "./json-rows.ts";
import { partsOf } from "./parts.ts";

const PAIR = ["config.dump", "spec.dump"] as const;

const LOGS = new Set(["ctr.log", "container.log", "io.kubernetes.cri-o.LogPath"]);

/** `2026-11-23T09:31:38.07Z stdout F text`, as CRI logs have it. */
const LOG_LINE = /^(\d{4}-\d\d-\d\dT\S+) (stdout|stderr) [FP] (.*)$/s;

export function containerCompanion(reader: SetReader, place: SetPlace): Companion {
  return new Container(reader, place);
}

/** Blobs of an image layout, which are named by their digests. */
function isBlob(path: string): boolean {
  return /(^|\/)blobs\//.test(path) || /(^|\/)[0-9a-f]{64}\.json$/.test(path);
}

class Container implements Companion {
  readonly #reader: SetReader;
  readonly #place: SetPlace;
  readonly #documents: DocumentShelf;
  readonly #layout: ImageLayout;
  readonly #anys: AnyBlob[] = [];
  /** Files that have the name of a JSON file and begin like none. */
  readonly #notJson = new Set<string>();
  /** Text of the blob that names the runtime. */
  readonly #texts = new Map<string, At>();
  title: string | undefined;

  constructor(reader: SetReader, place: SetPlace) {
    this.#reader = reader;
    this.#place = place;
    this.#documents = new DocumentShelf(place.folder);
    this.#layout = new ImageLayout(reader);
  }

  kindOf({ set, head, file }: BesideFile): FileKind | undefined {
    const name = baseName(set.path);
    if (set.link !== undefined || set.source.size === 0) return undefined;
    if (LOGS.has(name)) return this.#logKind(file, name);
    const first = head.find((byte) => byte > 0x20);
    const isJson = first === 0x7b || first === 0x5b || (first === 0x6e && name === "network.status");
    const doc = DOCUMENT_NAMES[name];
    const height = this.#documents.heightOf(set.path);
    if (!isJson) {
      if (isBlob(set.path)) return this.#plainBlob(set.path, file, head);
      // Other programs have texts of the name "status", and runtimes a `config.json` that is not the engine's. Contents that
      // were not kept, or are encrypted, have no head: that is reported with the archive.
      if (doc === undefined || height === undefined || name === "status" || name === "config.json" || head.length === 0) return undefined;
      this.#notJson.add(name);
      this.#reader.report("json.damaged", `${set.path} does not begin like JSON.`, { file, start: 0, end: set.source.size }, { table: "images", row: file });
      return undefined;
    }
    if (doc !== undefined && height !== undefined) return jsonKind(name, doc, (json, record, at) => void this.#documents.put(documentOf(name, json, record, at), height));
    if (isBlob(set.path)) return jsonKind("image document", "Manifest or configuration of an image, named by its digest.", (json, record, at) => void this.#layout.put(set.path, documentOf(name, json, record, at)));
    return undefined;
  }

  /** A blob that is no JSON: a protobuf value, or one line of text. */
  #plainBlob(path: string, file: number, head: Uint8Array): FileKind | undefined {
    if (beginsLikeAny(head)) return anyKind((blob) => void this.#anys.push(blob));
    if (!/^[\x21-\x7e]+\n?$/.test(decodeText(head)) || head.length > 256) return undefined;
    return textKind("text of an image", "Text that is a blob of the image.", {
      onLine: (line, number, record) => {
        if (number > 1) return;
        const value: JsonValue = { kind: "string", start: 0, end: line.length, valueStart: 0, value: line, children: [] };
        this.#texts.set(path, { document: { name: baseName(path), file, record, root: value, field: "" }, value, path: "" });
      },
    });
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
    this.#readLayout();
    if (name === "rootfs-diff.tar" || this.#layout.partOf(archive) === READ_WRITE_LAYER) return rootChange;
    if (baseName(folderOf(archive)) === "volumes") return () => `volume ${name.replace(/\.tar$/, "")}`;
    return name === "devshm-checkpoint.tar" ? () => "/dev/shm" : undefined;
  }

  /** Once all files are framed, the descriptors say which blob is what. */
  #readLayout(): void {
    if (this.#isLayoutRead) return;
    this.#isLayoutRead = true;
    this.#layout.read(this.#documents.get("index.json"));
    this.#layout.readSaved(this.#documents.get("manifest.json"));
  }

  #isLayoutRead = false;

  detailOf(path: string): string | undefined {
    return isBlob(path) ? this.#layout.partOf(path) : undefined;
  }

  /** What the documents say, each under what it is about. */
  #all(): Documents {
    const get = (name: string): At | undefined => this.#documents.get(name);
    const config = get("config.dump");
    const bundle = get("config.json");
    const isSpec = down(bundle, "ociVersion") !== undefined;
    const ofImage = this.#anys.find(({ type }) => type.endsWith("/Spec"))?.document;
    const manifest = get("checkpoint-manifest.json");
    const entry = children(down(manifest, "containers")).find((at) => this.#isUnder(text(down(at, "archive"))));
    const runtime = [...this.#texts].find(([path]) => this.#layout.partOf(path) === "name of the runtime");
    return {
      config,
      spec: get("spec.dump") ?? down(config, "spec") ?? topOf(ofImage) ?? (isSpec ? bundle : undefined),
      network: get("network.status"),
      status: get("status"),
      criStatus: get("status.dump") ?? down(entry, "status"),
      podOptions: get("pod.options"),
      podDump: get("pod.dump"),
      podConfig: get("pod-config.json"),
      podManifest: manifest,
      image: this.#imageDocument(),
      imageEntry: this.#layout.entry,
      checkpointIndex: this.#layout.checkpointIndex,
      baseImage: this.#layout.baseImage,
      runtimeName: runtime?.[1],
      docker: get("config.v2.json"),
      dockerHost: get("hostconfig.json"),
      descriptors: get("descriptors.json"),
      dockerCheckpoint: !isSpec && down(bundle, "tcp") !== undefined ? bundle : undefined,
      folder: folderNames(this.#place.folder),
    };
  }

  /** Whether the images came in the archive, by its name in a pod. */
  #isUnder(archive: string | undefined): boolean {
    return archive !== undefined && this.#place.folder.split("/").includes(archive);
  }

  async finish(): Promise<readonly FactGroup[]> {
    this.#readLayout();
    const documents = this.#all();
    this.#checkPair();
    const { config, spec, image, checkpointIndex, docker, folder, descriptors } = documents;
    const isContainer = [config, spec, image, checkpointIndex, docker, descriptors].some((document) => document !== undefined) || (folder.isDocker && !this.#documents.isEmpty);
    if (!isContainer && this.#documents.isEmpty) return [];
    const engine = engineOf(documents);
    const facts = containerFacts(documents);
    this.#factRows(engine, facts, documents);
    this.#optionRows();
    await this.#blobRow();
    this.#annotations(documents);
    this.#processRows(documents);
    this.#mountRows(documents);
    deletedRows(this.#reader, children(this.#documents.get("deleted.files")));
    if (!isContainer) return [];
    partsOf(this.#reader, (path) => this.detailOf(path));
    const said = (what: string): string | undefined => facts.find(({ about, name: of }) => about === "container" && of === what)?.value;
    const name = said("Name") ?? said("Id")?.slice(0, SHORT_ID);
    const maker = engine === "unknown" ? "Container" : `${engine} container`;
    this.title = name === undefined ? `${maker} checkpoint` : `${maker} checkpoint: ${name}`;
    return [{ title: "Container", facts: summaryFacts(engine, facts, this.#reader) }];
  }

  /** Podman, CRI-O and containerd write both files, each one object. */
  #checkPair(): void {
    const [config, spec] = PAIR.map((name) => this.#documents.document(name));
    for (const [index, document] of [config, spec].entries()) {
      const other = index === 0 ? spec : config;
      if (document === undefined && other !== undefined) {
        const name = PAIR[index]!;
        if (!this.#notJson.has(name)) this.#reader.report("container.file", `${name} is missing, which stands beside ${other.name} in every archive of an engine.`, this.#reader.fieldOf(other.record, ""));
      } else if (document?.root !== undefined && document.root.kind !== "object") {
        this.#reader.report("container.file", `${document.name} is no object: nothing is read from it.`, this.#reader.fieldOf(document.record, ""));
      }
    }
  }

  /** The manifest with annotations of a checkpoint, else the index. */
  #imageDocument(): At | undefined {
    const all = [...this.#layout.documents.map(topOf), this.#documents.get("index.json")];
    return all.find((at) => children(down(at, "annotations")).some(({ value }) => value.key?.includes("checkpoint") === true)) ?? undefined;
  }

  #factRows(engine: EngineName, facts: readonly ContainerFact[], documents: Documents): void {
    const says = documents.spec ?? documents.config ?? documents.checkpointIndex ?? documents.image ?? documents.status ?? documents.docker ?? documents.dockerCheckpoint;
    const engineAt = down(documents.spec, "annotations", "io.container.manager") ?? says;
    if (engine !== "unknown") jsonRow(this.#reader, "container_facts", engineAt, { group: "engine", name: "Engine", value: engine }, "source");
    for (const { about, name, value, at } of facts) jsonRow(this.#reader, "container_facts", at, { group: about, name, value }, "source");
    for (const at of children(documents.descriptors)) jsonRow(this.#reader, "container_facts", at, { group: "descriptors", name: `Descriptor ${at.value.key ?? at.path}`, value: text(at) }, "source");
    for (const at of children(this.#documents.get("bind.mounts"))) {
      const mode = octalText(down(at, "permissions"));
      const parts = [text(down(at, "source")), text(down(at, "file_type")), mode === undefined ? undefined : `mode ${mode}`];
      jsonRow(this.#reader, "container_facts", at, { group: "bind mounts", name: text(down(at, "destination")) ?? "?", value: parts.filter((part) => part !== undefined).join(", ") }, "source");
    }
    this.#podRows(documents);
    for (const at of children(documents.dockerCheckpoint)) jsonRow(this.#reader, "container_facts", at, { group: "checkpoint options", name: at.value.key ?? "?", value: text(at) ?? listText(at) }, "source");
    for (const at of children(down(documents.config, "namedVolumes"))) {
      jsonRow(this.#reader, "container_facts", at, { group: "volumes", name: text(down(at, "volumeName")) ?? "?", value: text(down(at, "dest")) }, "source");
    }
  }

  #podRows({ podOptions, podManifest }: Documents): void {
    const add = (at: At | undefined, name: string, value: string | undefined): void => {
      if (at !== undefined && value !== undefined) jsonRow(this.#reader, "container_facts", at, { group: "pod", name, value }, "source");
    };
    // A list of names, or an object from short names to full ones.
    for (const at of children(down(podOptions, "containers"))) add(at, at.value.key === undefined ? "Container of the pod" : `Container ${at.value.key}`, text(at));
    for (const at of children(down(podManifest, "containers"))) add(at, `Container ${text(down(at, "name")) ?? "?"}`, [text(down(at, "id")), text(down(at, "archive"))].filter((part) => part !== undefined).join(", in "));
    for (const document of [podOptions, podManifest]) add(down(document, "version"), `Version of ${document?.document.name ?? ""}`, text(down(document, "version")));
    for (const [key, name] of [["mountLabel", "Mount label"], ["processLabel", "Process label"]] as const) add(down(podOptions, key), name, text(down(podOptions, key)));
  }

  /** Options that the image of a checkpoint holds as messages. */
  #optionRows(): void {
    for (const { value, record, file } of this.#anys) {
      if (value === undefined) continue;
      const table = this.#reader.table("container_facts");
      for (const { name } of value.message.fields) {
        if (!value.has(name)) continue;
        const raw = value.raw(name);
        const row = table.add();
        table.set(row, "group", value.message.name === "CheckpointOptions" ? "checkpoint options" : "runtime options");
        table.set(row, "name", name);
        table.set(row, "value", typeof raw === "boolean" ? (raw ? "yes" : "no") : Array.isArray(raw) ? value.texts(name).join(" ") : typeof raw === "number" ? String(raw) : (value.text(name) ?? ""));
        table.set(row, "base", `value.${name}`);
        table.set(row, "record", record);
        table.set(row, "source", file);
      }
    }
  }

  /** How far the blobs are what their names promise. */
  async #blobRow(): Promise<void> {
    const checked = await this.#layout.check(this.#place.archives, this.#place.signal);
    if (checked === undefined) return;
    const { compared, present } = checked;
    const value = compared === present ? `all ${present} compared with their digests` : `${compared} of ${present} compared with their digests: the others are large, or this page has no means for it`;
    jsonRow(this.#reader, "container_facts", this.#documents.get("index.json") ?? this.#documents.get("manifest.json"), { group: "image", name: "Blobs", value }, "source");
  }

  #annotations({ spec, config, image, imageEntry, checkpointIndex, podOptions, podConfig, criStatus, docker }: Documents): void {
    const add = (kind: string, at: At): void => void jsonRow(this.#reader, "annotations", at, { kind, key: at.value.key ?? at.path, value: text(at) ?? "" }, "source");
    for (const at of children(down(spec, "annotations"))) {
      const inner = JSON_ANNOTATIONS[at.value.key ?? ""];
      const parsed = inner === undefined ? undefined : parseJson(new TextEncoder().encode(text(at) ?? ""), { mostDepth: 32, mostValues: 10_000 }).root;
      add("annotation", at);
      // What is packed into an annotation is listed beside it; its bytes are those of the annotation.
      for (const child of parsed?.children ?? []) {
        const volume = parsed?.kind === "array" ? volumeText(child) : undefined;
        if (volume !== undefined) jsonRow(this.#reader, "annotations", at, { kind: inner, ...volume }, "source");
        if (child.kind === "object" || child.kind === "array") continue;
        jsonRow(this.#reader, "annotations", at, { kind: inner, key: child.key ?? "?", value: String(child.value ?? "") }, "source");
      }
    }
    for (const at of children(down(config, "labels"))) add("label", at);
    for (const at of children(down(docker, "Config", "Labels"))) add("label", at);
    for (const [of, document] of [["pod", podOptions], ["pod", podConfig], ["CRI", criStatus]] as const) {
      for (const at of children(down(document, "labels"))) add(`${of} label`, at);
      for (const at of children(down(document, "annotations"))) add(`${of} annotation`, at);
    }
    const images = new Set([image?.document, checkpointIndex?.document]);
    for (const document of images) for (const at of children(down(topOf(document), "annotations"))) add("image annotation", at);
    for (const at of children(down(imageEntry, "annotations"))) add("image annotation", at);
    for (const document of this.#layout.documents) for (const at of children(down(topOf(document), "config", "Labels"))) add("image label", at);
  }

  #processRows({ spec, docker }: Documents): void {
    const process = down(spec, "process");
    const add = (at: At | undefined, kind: string, name: string, value: string | undefined): void => {
      if (at !== undefined && value !== undefined) jsonRow(this.#reader, "process_spec", at, { kind, name, value }, "says");
    };
    for (const [index, at] of children(down(process, "args") ?? down(docker, "Config", "Cmd")).entries()) add(at, "argument", String(index), text(at) ?? "");
    for (const at of children(down(process, "env") ?? down(docker, "Config", "Env"))) {
      const whole = text(at) ?? "";
      const equals = whole.indexOf("=");
      add(at, "environment", equals < 0 ? whole : whole.slice(0, equals), equals < 0 ? "" : whole.slice(equals + 1));
    }
    add(down(process, "cwd"), "setting", "working directory", text(down(process, "cwd")));
    for (const at of children(down(process, "user"))) add(at, "user", at.value.key ?? "?", at.value.key === "umask" ? octalText(at) : (text(at) ?? listText(at)));
    add(down(process, "noNewPrivileges"), "setting", "no new privileges", text(down(process, "noNewPrivileges")));
    add(down(process, "terminal"), "setting", "terminal", text(down(process, "terminal")));
    for (const at of children(down(process, "capabilities"))) add(at, "capabilities", at.value.key ?? "?", listText(at));
    for (const at of children(down(process, "rlimits"))) add(at, "limit", text(down(at, "type")) ?? "?", `soft ${limitText(down(at, "soft")) ?? "?"}, hard ${limitText(down(at, "hard")) ?? "?"}`);
    for (const at of children(down(spec, "linux", "namespaces"))) add(at, "namespace", text(down(at, "type")) ?? "?", text(down(at, "path")) ?? "new");
    add(down(spec, "root", "path"), "setting", "root", text(down(spec, "root", "path")));
    add(down(spec, "root", "readonly"), "setting", "read-only root", text(down(spec, "root", "readonly")));
    for (const at of children(down(spec, "linux", "maskedPaths"))) add(at, "masked path", at.path.slice(at.path.lastIndexOf(".") + 1), text(at));
    for (const at of children(down(spec, "linux", "sysctl"))) add(at, "sysctl", at.value.key ?? "?", text(at));
  }

  #mountRows({ spec, docker }: Documents): void {
    for (const at of children(down(docker, "MountPoints"))) {
      const options = text(down(at, "RW")) === "false" ? "ro" : "rw";
      jsonRow(this.#reader, "spec_mounts", at, { destination: text(down(at, "Destination")), type: text(down(at, "Type")), source: text(down(at, "Source")), options }, "says");
    }
    for (const at of children(down(spec, "mounts"))) {
      jsonRow(this.#reader, "spec_mounts", at, { destination: text(down(at, "destination")), type: text(down(at, "type")), source: text(down(at, "source")), options: listText(down(at, "options"), ",") }, "says");
    }
  }
}

/** Digits of an id that engines show. */
const SHORT_ID = 12;

/** What a member of a diff of the root file system says. */
function rootChange(path: string): string {
  if (baseName(path) === OPAQUE) return "hides what was in the folder";
  return isWhiteout(path) ? "deleted" : "added or changed";
}

/** Bits of a mode or mask as people read them, without those of the type of a file. */
function octalText(at: At | undefined): string | undefined {
  const found = text(at);
  return found === undefined || !/^\d{1,10}$/.test(found) ? found : (Number(found) & 0o7777).toString(8).padStart(4, "0");
}

/** An element of CRI-O's list of volumes. */
function volumeText(value: JsonValue): { readonly key: string; readonly value: string } | undefined {
  const path = textOf(member(value, "container_path"));
  if (path === undefined) return undefined;
  const flags = ["readonly", "selinux_relabel", "recursive_read_only"].filter((flag) => member(value, flag)?.value === true);
  return { key: path, value: [textOf(member(value, "host_path")) ?? "?", ...flags].join(", ") };
}

const SUMMARY: readonly (readonly [about: string, name: string])[] = [
  ["container", "Name"], ["container", "Id"], ["container", "Checkpoint"], ["container", "Command"], ["container", "Host name"], ["image", "Image"], ["image", "Image digest"], ["engine", "Runtime"], ["engine", "Host kernel"],
  ["pod", "Pod"], ["pod", "Kubernetes namespace"], ["times", "Created"], ["times", "Created (status)"], ["times", "Checkpointed"], ["status", "State"],
];

function summaryFacts(engine: EngineName, facts: readonly ContainerFact[], reader: SetReader): readonly Fact[] {
  const link: Fact["link"] = { kind: "table", table: "container_facts" };
  const list: Fact[] = [{ label: "Engine", text: engine === "unknown" ? "not known" : engine, link }];
  for (const [about, name] of SUMMARY) {
    const fact = facts.find((each) => each.about === about && each.name === name);
    // The status repeats what the configuration says.
    if (name === "Created (status)" && list.some(({ label }) => label === "Created")) continue;
    if (fact !== undefined) list.push({ label: name.replace(" (status)", ""), text: fact.value, link });
  }
  for (const fact of facts) if (fact.about === "network") list.push({ label: fact.name, text: fact.value, link });
  const parts = reader.table("parts");
  for (let row = 0; row < parts.length; row++) list.push({ label: parts.text(row, "name") ?? "", text: formatSize(parts.number(row, "size")), link: { kind: "table", table: "parts" } });
  return list;
}
