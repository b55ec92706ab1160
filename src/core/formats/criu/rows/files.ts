/** Open files of every type, as rows: from files.img, or from the image of each type that CRIU wrote before 3.4. */
import { openFlags } from "../../../model/linux.ts";
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { flagNames, formatFileMode, formatHex, formatSignals, formatSize } from "../../../schema/show.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import { FD } from "../links.ts";
import { BPF_MAP, CLOCK, CLONE, FANOTIFY_INIT, OWNER_TYPE, signalText } from "../names.ts";

/** How an open file of one type becomes a row. */
interface FileSpec {
  readonly number: number;
  /** Field of `file_entry` that holds it. */
  readonly part: string;
  /** Image of its own before 3.4. */
  readonly image?: string;
  readonly kind: string | ((file: MessageValue) => string);
  /** Names of the fields for position and path, where the type has them. */
  readonly position?: string;
  readonly path?: string;
  /** The field that `detail` is worked out from, and the words. */
  readonly detail?: { readonly from: string; readonly text: (file: MessageValue, set: CriuSet) => string | undefined };
}

const REGULAR: ReadonlyMap<number, string> = new Map([[0o14, "socket"], [0o12, "link"], [0o6, "block device"], [0o4, "directory"], [0o2, "character device"], [0o1, "fifo"]]);

function regularKind(file: MessageValue): string {
  return REGULAR.get(file.number("mode") >>> 12) ?? "file";
}

const seconds = (file: MessageValue, whole: string, part: string): string => {
  const nanoseconds = String(file.number(part)).padStart(9, "0").replace(/0+$/, "");
  return `${file.big(whole) ?? 0n}${nanoseconds === "" ? "" : `.${nanoseconds}`} s`;
};

const SPECS: Readonly<Record<string, FileSpec>> = {
  REG: { number: FD.REG, part: "reg", image: "REG_FILES", kind: regularKind, position: "pos", path: "name", detail: { from: "ext", text: (file) => (file.flag("ext") ? "inherited from outside" : undefined) } },
  PIPE: { number: FD.PIPE, part: "pipe", image: "PIPES", kind: "pipe", detail: { from: "pipe_id", text: (file) => `${(file.number("flags") & 1) === 1 ? "write" : "read"} end` } },
  FIFO: { number: FD.FIFO, part: "fifo", image: "FIFO", kind: "fifo" },
  INETSK: { number: FD.INETSK, part: "isk", image: "INETSK", kind: "socket" },
  UNIXSK: { number: FD.UNIXSK, part: "usk", image: "UNIXSK", kind: "socket" },
  EVENTFD: { number: FD.EVENTFD, part: "efd", image: "EVENTFD_FILE", kind: "eventfd", detail: { from: "counter", text: (file) => `counter ${file.big("counter") ?? "?"}` } },
  EVENTPOLL: { number: FD.EVENTPOLL, part: "epfd", image: "EVENTPOLL_FILE", kind: "epoll", detail: { from: "tfd", text: (file) => (file.list("tfd").length > 0 ? `watches ${file.list("tfd").length}` : undefined) } },
  INOTIFY: { number: FD.INOTIFY, part: "ify", image: "INOTIFY_FILE", kind: "inotify", detail: { from: "wd", text: (file) => (file.list("wd").length > 0 ? `watches ${file.list("wd").length}` : undefined) } },
  SIGNALFD: { number: FD.SIGNALFD, part: "sgfd", image: "SIGNALFD", kind: "signalfd", detail: { from: "sigmask", text: (file) => formatSignals(file.big("sigmask") ?? 0n) } },
  PACKETSK: { number: FD.PACKETSK, part: "psk", image: "PACKETSK", kind: "socket" },
  TTY: { number: FD.TTY, part: "tty", image: "TTY_FILES", kind: "terminal" },
  FANOTIFY: { number: FD.FANOTIFY, part: "ffy", image: "FANOTIFY_FILE", kind: "fanotify", detail: { from: "faflags", text: (file, set) => flagNames(file.number("faflags"), FANOTIFY_INIT.at(set.abi)) } },
  NETLINKSK: { number: FD.NETLINKSK, part: "nlsk", image: "NETLINK_SK", kind: "socket" },
  NS: { number: FD.NS, part: "nsf", image: "NS_FILES", kind: "namespace", detail: { from: "ns_cflag", text: (file, set) => flagNames(file.number("ns_cflag"), CLONE.at(set.abi)).replace(/^NEW/, "").toLowerCase() } },
  TUNF: { number: FD.TUNF, part: "tunf", image: "TUNFILE", kind: "tun", detail: { from: "netdev", text: (file) => file.text("netdev") } },
  EXT: { number: FD.EXT, part: "ext", image: "EXT_FILES", kind: "external", detail: { from: "id", text: pluginText } },
  TIMERFD: { number: FD.TIMERFD, part: "tfd", image: "TIMERFD", kind: "timerfd", detail: { from: "vsec", text: timerText } },
  MEMFD: { number: FD.MEMFD, part: "memfd", kind: "memfd", position: "pos" },
  BPFMAP: { number: FD.BPFMAP, part: "bpf", kind: "bpf map", position: "pos", detail: { from: "map_type", text: bpfText } },
  PIDFD: { number: FD.PIDFD, part: "pidfd", kind: "pidfd", detail: { from: "nspid", text: (file) => (file.number("nspid") === -1 ? "of a task that is gone" : `of task ${file.number("nspid")}`) } },
};

/** Image types that hold open files: one of all types, or one for each. */
export const FILE_IMAGES: readonly string[] = ["FILES", ...Object.values(SPECS).flatMap(({ image }) => (image === undefined ? [] : [image]))];

/** The images that a plugin writes are numbered like the file. */
function pluginText(file: MessageValue, set: CriuSet): string {
  const id = file.number("id");
  const gpus = set.top.entry("AMDGPU_KFD", id)?.value;
  if (gpus !== undefined) return gpuText(gpus);
  const node = set.top.entry("AMDGPU_RENDERD", id)?.value;
  return node === undefined ? "handled by a plugin" : `render node of the AMD GPU ${formatHex(node.number("gpu_id"))}`;
}

/** Summed up once, whatever number of open files have the image's number. */
const gpuTexts = new WeakMap<MessageValue, string>();

function gpuText(gpus: MessageValue): string {
  let text = gpuTexts.get(gpus);
  if (text === undefined) {
    const buffers = gpus.list("bo_entries");
    const bytes = buffers.reduce((sum, buffer) => sum + (buffer.big("size") ?? 0n), 0n);
    text = `AMD GPU, buffers: ${buffers.length} (${formatSize(bytes)})`;
    gpuTexts.set(gpus, text);
  }
  return text;
}

function timerText(file: MessageValue, set: CriuSet): string {
  const clock = CLOCK.at(set.abi).get(file.number("clockid")) ?? `clock ${file.number("clockid")}`;
  const interval = file.number("isec") + file.number("insec") > 0 ? `, every ${seconds(file, "isec", "insec")}` : "";
  const ticks = file.number("ticks") > 0 ? `, ${file.number("ticks")} expirations unread` : "";
  return `${clock}, ${seconds(file, "vsec", "vnsec")} left${interval}${ticks}`;
}

function bpfText(file: MessageValue, set: CriuSet): string {
  const type = BPF_MAP.at(set.abi).get(file.number("map_type")) ?? `type ${file.number("map_type")}`;
  return `${type} "${file.text("map_name") ?? ""}", keys of ${file.number("key_size")} B, values of ${file.number("value_size")} B, at most ${file.number("max_entries")}`;
}

/** Columns of a type; `within` is the part of `file_entry`, or empty in an image of its own. */
function fileMapping(set: CriuSet, spec: FileSpec, within: string): Mapping {
  const at = (field: string): string => (within === "" ? field : `${within}.${field}`);
  const inside = (message: MessageValue): MessageValue | undefined => (within === "" ? message : message.sub(within));
  const has = (field: string): boolean => partOf(set, spec)?.includes(field) === true;
  const { position, path, detail, kind } = spec;
  return mapping("files", {
    objref: at("id"),
    kind: worked(within === "" ? "" : "type", "type of the open file", (message) => (typeof kind === "string" ? kind : kind(inside(message) ?? message))),
    ...(position === undefined ? {} : { position: at(position) }),
    ...(path === undefined ? {} : { path: at(path) }),
    ...(has("flags") ? { flags: worked(at("flags"), "flags by name", (message) => flagsText(set, inside(message))) } : {}),
    ...(has("mode") ? { mode: worked(at("mode"), "type and permissions", (message) => (inside(message)?.has("mode") === true ? formatFileMode(inside(message)!.number("mode")) : undefined)) } : {}),
    ...(has("size") ? { size: at("size") } : {}),
    ...(has("mnt_id") ? { mount_id: at("mnt_id") } : {}),
    ...(has("build_id") ? { build_id: worked(at("build_id"), "bytes of the words", (message) => buildId(set, inside(message))) } : {}),
    ...(has("fown") ? { owner: worked(at("fown"), "who gets SIGIO", (message) => ownerText(set, inside(message))) } : {}),
    ...(detail === undefined ? {} : { detail: worked(at(detail.from), "in words", (message) => (inside(message) === undefined ? undefined : detail.text(inside(message)!, set))) }),
  });
}

/** Fields that the message of a type has; asked for once for each type. */
function partOf(set: CriuSet, spec: FileSpec): readonly string[] | undefined {
  const file = set.fileMessage.byName.get(spec.part)?.message?.();
  return file?.fields.map(({ name }) => name);
}

export function flagsText(set: CriuSet, file: MessageValue | undefined): string | undefined {
  return file?.has("flags") === true ? openFlags(file.number("flags"), set.abi.architecture) : undefined;
}

function ownerText(set: CriuSet, file: MessageValue | undefined): string | undefined {
  const owner = file?.sub("fown");
  if (owner === undefined || owner.number("pid") === 0) return undefined;
  const signal = owner.number("signum");
  return `${OWNER_TYPE.at(set.abi).get(owner.number("pid_type")) ?? "?"} ${owner.number("pid")}, ${signal === 0 ? "SIGIO by default" : signalText(set.abi, signal)}`;
}

function buildId(set: CriuSet, file: MessageValue | undefined): string | undefined {
  const words = file?.numbers("build_id") ?? [];
  if (words.length === 0) return undefined;
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, Number(word), set.little);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An open file with the message of its type, for those who make rows of what stands behind it. */
export interface OpenFile {
  readonly row: number;
  readonly type: number;
  readonly id: number;
  readonly entry: KeptEntry;
  readonly file: MessageValue;
  /** Field path of `file` in its record, empty in an image of its own. */
  readonly within: string;
}

export function fileRows(set: CriuSet): readonly OpenFile[] {
  const opened: OpenFile[] = [];
  const specs = new Map(Object.values(SPECS).map((spec) => [spec.number, spec]));
  const mappings = new Map([...specs].map(([number, spec]) => [number, fileMapping(set, spec, spec.part)]));
  for (const entry of set.top.entries("FILES")) {
    const type = entry.value.number("type");
    const spec = specs.get(type);
    const file = spec === undefined ? undefined : entry.value.sub(spec.part);
    if (spec === undefined || file === undefined) {
      unknownFile(set, entry, type, spec);
      continue;
    }
    const row = set.reader.row(mappings.get(type)!, entry.value, entry.record);
    opened.push(note(set, { row, type, id: entry.value.number("id"), entry, file, within: spec.part }));
  }
  for (const spec of specs.values()) {
    const entries = spec.image === undefined ? [] : set.top.entries(spec.image);
    const columns = entries.length === 0 ? undefined : fileMapping(set, spec, "");
    for (const entry of entries) {
      const row = set.reader.row(columns!, entry.value, entry.record);
      opened.push(note(set, { row, type: spec.number, id: entry.value.number("id"), entry, file: entry.value, within: "" }));
    }
  }
  set.openFiles = opened;
  return opened;
}

function note(set: CriuSet, file: OpenFile): OpenFile {
  const { links, reader } = set;
  const key = `${file.type}/${file.id}`;
  if (links.files.has(key)) {
    reader.report("file.duplicate", `Two open files have the type ${file.type} and the id ${file.id}.`, reader.fieldOf(file.entry.record, file.within === "" ? "id" : `${file.within}.id`), { table: "files", row: file.row });
  } else {
    links.files.set(key, file.row);
    if (file.type === FD.REG) {
      links.paths.set(file.id, file.file.text("name") ?? "");
      links.regular.set(file.id, file.file);
    }
  }
  if (!set.openById.has(file.id)) set.openById.set(file.id, file);
  return file;
}

/** The regular file by which a FIFO or terminal was opened; before 3.6 it had the same id. */
export function openedAs(set: CriuSet, { file, entry, within, row }: OpenFile): MessageValue | undefined {
  const id = file.number(file.has("regf_id") ? "regf_id" : "id");
  const found = set.links.regular.get(id);
  if (found === undefined && file.has("regf_id")) {
    set.reader.report("file.dangling", `The open file ${file.number("id")} was opened as the file ${id}, which is not in the set.`, set.reader.fieldOf(entry.record, within === "" ? "regf_id" : `${within}.regf_id`), { table: "files", row });
  }
  return found;
}

const UNKNOWN = mapping("files", { objref: "id", kind: worked("type", "number that stands for no known type", (message) => `type ${message.number("type")}`) });

function unknownFile(set: CriuSet, entry: KeptEntry, type: number, spec: FileSpec | undefined): void {
  const { reader, links } = set;
  const row = reader.row(UNKNOWN, entry.value, entry.record);
  const id = entry.value.number("id");
  if (!links.files.has(`${type}/${id}`)) links.files.set(`${type}/${id}`, row);
  if (spec !== undefined) reader.report("file.message", `Open file ${id} has the type ${type} and no ${spec.part}.`, reader.fieldOf(entry.record, "type"), { table: "files", row });
}
