/** Files of netlink messages: the word in front, then a record for each message. */
import type { FieldNode } from "../../inspector.ts";
import { Window } from "../../bytes/window.ts";
import type { FileKind } from "../../model/set-reader.ts";
import type { Abi } from "../../schema/abi.ts";
import { address, hex, struct, u16, u32, u8 } from "../../schema/define.ts";
import { explainStruct } from "../../schema/explain.ts";
import { escapeText, formatHex, hexBytes } from "../../schema/show.ts";
import type { Struct } from "../../schema/schema.ts";
import { cString } from "../../schema/show.ts";
import type { ImageType } from "./image-types.ts";
import { addressText, decodeNetlink, HEADER_BYTES, SAVE_MAGIC, type Attribute, type NetlinkMessage } from "./netlink.ts";

const nlmsghdr = { nlmsg_len: u32(), nlmsg_type: u16(), nlmsg_flags: u16(hex), nlmsg_seq: u32(), nlmsg_pid: u32() };
const FAMILY_HEADERS: ReadonlyMap<number, Struct> = new Map([
  [20, struct("ifaddrmsg", { ...nlmsghdr, ifa_family: u8(), ifa_prefixlen: u8(), ifa_flags: u8(hex), ifa_scope: u8(), ifa_index: u32() })],
  [24, struct("rtmsg", { ...nlmsghdr, rtm_family: u8(), rtm_dst_len: u8(), rtm_src_len: u8(), rtm_tos: u8(), rtm_table: u8(), rtm_protocol: u8(), rtm_scope: u8(), rtm_type: u8(), rtm_flags: u32(hex) })],
  [32, struct("fib_rule_hdr", { ...nlmsghdr, family: u8(), dst_len: u8(), src_len: u8(), tos: u8(), table: u8(), res1: u8(), res2: u8(), action: u8(), flags: u32(hex) })],
  [0x100, struct("nfgenmsg", { ...nlmsghdr, nfgen_family: u8(), version: u8(), res_id: u16(hex) })],
  [0x200, struct("nfgenmsg", { ...nlmsghdr, nfgen_family: u8(), version: u8(), res_id: u16(hex) })],
]);
const PLAIN = struct("nlmsghdr", nlmsghdr);
const WORD = struct("head", { magic: u32(address) });

/** A longer message is none: the kernel's buffers are of 32 KiB. */
const MOST_MESSAGE = 1024 * 1024;

export type OnMessage = (message: NetlinkMessage, bytes: Uint8Array, record: number, index: number) => void;

export function netlinkKind(type: ImageType, abi: Abi, onMessage: OnMessage): FileKind {
  const wanted = SAVE_MAGIC[type.name];
  const little = abi.endian === "little";
  return {
    name: type.name,
    async frame({ file, source, reader, signal }) {
      if (source.size === 0) return;
      const window = new Window(source);
      window.little = little;
      let position = 0;
      if (wanted !== undefined) {
        await window.load(0, 4, signal);
        const head = window.has(0, 4) ? window.u32(0) : -1;
        position = Math.min(4, source.size);
        reader.add(file, 0, position, reader.nameId("head"));
        if (head !== wanted) {
          reader.report("netlink.damage", `${type.name} begins with ${formatHex(head)} instead of ${formatHex(wanted)}.`, { file, start: 0, end: position });
          reader.leave(file, 0, position);
        }
      }
      for (let index = 0; position < source.size; index++) {
        if (!window.has(position, HEADER_BYTES)) await window.load(position, HEADER_BYTES, signal);
        const length = window.has(position, HEADER_BYTES) ? window.u32(position) : 0;
        if (length < HEADER_BYTES || length > MOST_MESSAGE || position + length > source.size) {
          reader.report("netlink.damage", `Message ${index} has a length of ${length}, with ${source.size - position} bytes left.`, { file, start: position, end: source.size });
          reader.add(file, position, source.size, reader.nameId("bytes"));
          reader.leave(file, position, source.size);
          return;
        }
        if (!window.has(position, length)) await window.load(position, length, signal);
        const bytes = window.slice(position, position + length);
        const message = decodeNetlink(bytes, little);
        const end = Math.min(source.size, position + ((length + 3) & ~3));
        const record = reader.add(file, position, end, reader.nameId(message.name));
        if (message.stop < length) reader.leave(file, position + message.stop, position + length);
        onMessage(message, bytes, record, index);
        position = end;
      }
    },
    async explain({ file, source }, index, extent, open): Promise<FieldNode> {
      const { start, end } = extent;
      const data = await source.read(start, Math.min(end, start + MOST_MESSAGE));
      const context = { abi, file, origin: start, param: 0, open, loaded: { data, base: start } };
      if (index === 0 && wanted !== undefined) {
        const head = explainStruct(WORD, "head", start, end, context);
        const isRight = data.length >= 4 && new DataView(data.buffer, data.byteOffset).getUint32(0, little) === wanted;
        return isRight ? head : { ...head, role: "unknown" };
      }
      const length = data.length >= 4 ? new DataView(data.buffer, data.byteOffset).getUint32(0, little) : 0;
      const body = data.subarray(0, Math.min(length, data.length));
      const root: FieldNode = { name: "bytes", path: "", span: extent, type: "bytes", text: `${end - start} bytes`, value: null };
      if (length < HEADER_BYTES || length > data.length) return { ...root, role: "unknown" };
      const message = decodeNetlink(body, little);
      const header = FAMILY_HEADERS.get(message.type) ?? PLAIN;
      const top = explainStruct(header, message.name, start, start + Math.min(length, HEADER_BYTES + message.familyBytes), context);
      const seen = new Map<string, number>();
      const attributes = message.attributes.map((attribute) => attributeNode(attribute, data, file, start, little, seen));
      const children = [...(top.children ?? []), ...attributes];
      if (message.stop < length) children.push({ ...root, name: "bytes that are no attribute", path: "rest", span: { file, start: start + message.stop, end: start + length }, role: "unknown" });
      if (start + length < end) children.push({ ...root, name: "padding", path: `padding@${length}`, span: { file, start: start + length, end }, role: "padding" });
      return { ...root, name: message.name, type: header.name, children };
    },
    recordDoc: (index) => (index === 0 && wanted !== undefined ? "Word that the ip tool puts in front." : `${type.doc}.`),
  };
}

const NUMBERS = new Set(["IIF", "OIF", "PRIORITY", "TABLE", "FLAGS", "MARK", "FWMARK", "FWMASK", "GOTO", "SUPPRESS_PREFIXLEN", "SUPPRESS_IFGROUP", "RT_PRIORITY", "STATUS", "TIMEOUT", "NH_ID", "FLOW"]);
const TEXTS = new Set(["LABEL", "IIFNAME", "OIFNAME"]);

function attributeNode(attribute: Attribute, data: Uint8Array, file: number, base: number, little: boolean, seen: Map<string, number>): FieldNode {
  const { name, start, body, end, next } = attribute;
  const content = data.subarray(body, end);
  const count = seen.get(name) ?? 0;
  seen.set(name, count + 1);
  const text = attributeText(name, content, little);
  return { name, path: count === 0 ? name : `${name}@${start}`, span: { file, start: base + start, end: base + next }, type: "nlattr", text, value: text };
}

/** What an attribute says, by its name. */
export function attributeText(name: string, content: Uint8Array, little: boolean): string {
  if (TEXTS.has(name)) return escapeText(cString(content));
  if (NUMBERS.has(name) && content.length === 4) return String(new DataView(content.buffer, content.byteOffset, 4).getUint32(0, little));
  if (content.length === 1) return String(content[0]);
  return addressText(content) ?? hexBytes(content);
}
