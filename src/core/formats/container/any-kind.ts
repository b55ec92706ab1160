/**
 * Blobs of containerd's checkpoint images that are a protobuf `Any`: the runtime specification as JSON, and options of the
 * checkpoint and of the runtime. Field numbers as in containerd's `api/types/runc/options/oci.proto`.
 */
import type { FileKind } from "../../model/set-reader.ts";
import { PLAIN_ABI } from "../../schema/abi.ts";
import { decodeMessage, type MessageValue } from "../../schema/decode-message.ts";
import { explainJson } from "../../schema/explain-json.ts";
import { explainMessage } from "../../schema/explain-message.ts";
import { parseJson } from "../../schema/json.ts";
import { message, optional, repeated, type Message } from "../../schema/message.ts";
import type { FieldNode } from "../../inspector.ts";
import { decodeText } from "../../schema/show.ts";
import { documentOf, type Document } from "./json-rows.ts";

const ALWAYS = "1.0";

const CHECKPOINT_OPTIONS = message("CheckpointOptions", {
  exit: optional(1, "bool", ALWAYS),
  open_tcp: optional(2, "bool", ALWAYS),
  external_unix_sockets: optional(3, "bool", ALWAYS),
  terminal: optional(4, "bool", ALWAYS),
  file_locks: optional(5, "bool", ALWAYS),
  empty_namespaces: repeated(6, "string", ALWAYS),
  cgroups_mode: optional(7, "string", ALWAYS),
  image_path: optional(8, "string", ALWAYS),
  work_path: optional(9, "string", ALWAYS),
  parent_path: optional(10, "string", ALWAYS),
}, "Options that the checkpoint was made with");

const RUNTIME_OPTIONS = message("Options", {
  no_pivot_root: optional(1, "bool", ALWAYS),
  no_new_keyring: optional(2, "bool", ALWAYS),
  shim_cgroup: optional(3, "string", ALWAYS),
  io_uid: optional(4, "uint32", ALWAYS),
  io_gid: optional(5, "uint32", ALWAYS),
  binary_name: optional(6, "string", ALWAYS),
  root: optional(7, "string", ALWAYS),
  criu_path: optional(8, "string", ALWAYS),
  systemd_cgroup: optional(9, "bool", ALWAYS),
  criu_image_path: optional(10, "string", ALWAYS),
  criu_work_path: optional(11, "string", ALWAYS),
}, "Options of the runtime");

/** What a value is, by the end of its type's name. */
const VALUES: readonly (readonly [end: string, message: Message])[] = [
  ["runc.v1.CheckpointOptions", CHECKPOINT_OPTIONS],
  ["runc.options.CheckpointOptions", CHECKPOINT_OPTIONS],
  ["runc.v1.Options", RUNTIME_OPTIONS],
  ["runc.options.Options", RUNTIME_OPTIONS],
];

const anyOf = (value: "bytes" | Message): Message => message("Any", { type_url: optional(1, "string", ALWAYS), value: optional(2, value, ALWAYS) }, "A value with the name of its type");
const PLAIN = anyOf("bytes");
const TYPED = new Map(VALUES.map(([, value]) => [value, anyOf(value)]));

/** Larger blobs are no options: they are shown as bytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/** A blob as its type says it. */
export interface AnyBlob {
  readonly file: number;
  readonly record: number;
  readonly type: string;
  /** JSON, such as the runtime specification. */
  readonly document: Document | undefined;
  /** A message whose fields are known; their paths in the record begin with `value.`. */
  readonly value: MessageValue | undefined;
}

/** Whether bytes begin like an `Any`: its first field is the name of a type. */
export function beginsLikeAny(head: Uint8Array): boolean {
  const [tag, length = 0] = head;
  if (tag !== 0x0a || length < 4 || length > 127) return false;
  return /^[a-z][\w-]*(\.[\w-]+)*[./][\w./-]+$/i.test(decodeText(head.subarray(2, Math.min(2 + length, head.length))));
}

export function anyKind(onBlob: (blob: AnyBlob) => void): FileKind {
  return {
    name: "protobuf Any",
    async frame({ file, name, source, reader, signal }) {
      const record = reader.add(file, 0, source.size, reader.nameId("Any"));
      if (source.size > MOST_BYTES) return void reader.leave(file, 0, source.size);
      const data = await source.read(0, source.size, signal);
      const { type, message: form } = formOf(data);
      const blob = decodeMessage(form, data, 0, data.length, {
        onProblem(problem) {
          const { kind, start, end } = problem;
          if (kind === "damage") reader.report("proto.damage", `${name}: ${problem.why}.`, { file, start, end });
          if (kind === "damage" || kind === "unknown-field" || kind === "wire-type") reader.leave(file, start, end);
        },
      });
      const raw = form === PLAIN ? blob.bytes("value") : undefined;
      const json = raw !== undefined && isJson(raw) ? parseJson(raw) : undefined;
      if (json?.problem !== undefined) {
        const end = raw!.byteOffset - data.byteOffset + raw!.length;
        reader.report("json.damaged", `The ${type} in ${name} is not JSON from its byte ${json.end} on: ${json.problem}.`, { file, start: end - raw!.length + json.end, end });
        reader.leave(file, end - raw!.length + json.end, end);
      }
      onBlob({ file, record, type, document: json === undefined ? undefined : documentOf(type, json, record, file, "value"), value: form === PLAIN ? undefined : blob.sub("value") });
    },
    async explain({ file, source }, _index, extent, open) {
      const node: FieldNode = { name: "Any", path: "", span: extent, type: "Any", text: `${extent.end - extent.start} B`, value: null };
      if (extent.end > MOST_BYTES) return { ...node, role: "unknown" };
      const data = await source.read(extent.start, extent.end);
      const { message: form } = formOf(data);
      const context = { abi: PLAIN_ABI, file, origin: extent.start, param: 0, open, loaded: { data, base: extent.start } };
      const children = explainMessage(form, "", extent.start, extent.end, context);
      return { ...node, children: form === PLAIN ? children.map((child) => (child.path === "value" ? withJson(child, data, context) : child)) : children };
    },
    recordDoc: () => "A value of a checkpoint image, with the name of its type.",
  };
}

/** Name of the type, and the message to read the whole by. */
function formOf(data: Uint8Array): { readonly type: string; readonly message: Message } {
  const type = decodeMessage(PLAIN, data, 0, data.length).text("type_url") ?? "";
  const value = VALUES.find(([end]) => type.endsWith(end))?.[1];
  return { type, message: value === undefined ? PLAIN : TYPED.get(value)! };
}

function isJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b;
}

/** The value's bytes as JSON behind its tag and length. */
function withJson(node: FieldNode, data: Uint8Array, context: Parameters<typeof explainMessage>[4]): FieldNode {
  const value = decodeMessage(PLAIN, data, 0, data.length).bytes("value");
  if (!isJson(value)) return node;
  const { file, end } = node.span;
  const start = end - value.length;
  const tag: FieldNode = { name: "tag, length", path: "value.@tag", span: { file, start: node.span.start, end: start }, type: "varints", text: `field 2, ${value.length} B`, value: null, role: "frame" };
  return { ...node, type: "JSON", text: `${value.length} B`, value: null, children: [tag, ...explainJson(parseJson(value), start, end, context, "value")] };
}
