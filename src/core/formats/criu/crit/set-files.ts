/**
 * Open files of a set by type and id, in the words of `crit x`: paths, `pipe[...]`, `unix[...]`, else the type and id.
 * Ids are looked up in files.img, and in the images of one type each that CRIU before 3.4 wrote.
 */
import type { MessageValue } from "../../../schema/decode-message.ts";
import { cString, decodeText, escapeText } from "../../../schema/show.ts";
import { FD_TYPE } from "../messages/enums.ts";
import { ANONYMOUS_NAMES } from "../names.ts";
import type { SetReader } from "./image-set.ts";
import { ANY_ABI } from "./print-message.ts";

/** Field of `file_entry` and old image, by the name of the type. */
const PLACES: Readonly<Record<string, { readonly field: string; readonly image: string }>> = {
  REG: { field: "reg", image: "reg-files.img" },
  PIPE: { field: "pipe", image: "pipes.img" },
  UNIXSK: { field: "usk", image: "unixsk.img" },
  MEMFD: { field: "memfd", image: "" },
};

type ById = ReadonlyMap<number, MessageValue>;

function byNumber(values: readonly MessageValue[], field: string): ById {
  const found = new Map<number, MessageValue>();
  for (const value of values) if (!found.has(value.number(field))) found.set(value.number(field), value);
  return found;
}

export class SetFiles {
  readonly #reader: SetReader;
  readonly #images = new Map<string, ById>();

  constructor(reader: SetReader) {
    this.#reader = reader;
  }

  async #image(name: string, key = "id"): Promise<ById> {
    let found = this.#images.get(name);
    if (found === undefined) this.#images.set(name, (found = byNumber((await this.#reader.entries(name)) ?? [], key)));
    return found;
  }

  async #find(type: string, id: number): Promise<MessageValue | undefined> {
    const place = PLACES[type]!;
    const file = (await this.#image("files.img")).get(id);
    if (file !== undefined) return file.sub(place.field);
    return place.image === "" ? undefined : (await this.#image(place.image)).get(id);
  }

  /** An open file. `type` is a number of `fd_types`. */
  async text(type: number, id: number): Promise<string> {
    const name = FD_TYPE.at(ANY_ABI).get(type) ?? String(type);
    switch (name) {
      case "REG":
        return await this.path(id);
      case "PIPE": {
        const pipe = await this.#find(name, id);
        return pipe === undefined ? "pipe[?]" : `pipe[${pipe.number("pipe_id")}]`;
      }
      case "UNIXSK": {
        const socket = await this.#find(name, id);
        return socket === undefined ? "unix[?]" : `unix[${socket.number("ino")} (${socket.number("peer")})${unixName(socket.bytes("name"))}]`;
      }
      default:
        return `${name}.${id}`;
    }
  }

  /** Path of a regular file or directory. */
  async path(id: number): Promise<string> {
    const name = (await this.#find("REG", id))?.text("name");
    return name === undefined || name === "" ? "unknown path" : escapeText(name);
  }

  /** What a region maps: a path, or the name of a memfd as /proc/PID/maps has it. crit knows no memfds here. */
  async mapped(id: number): Promise<string> {
    const memfd = await this.#find("MEMFD", id);
    if (memfd === undefined) return await this.path(id);
    const name = (await this.#image("memfd.img", "inode_id")).get(memfd.number("inode_id"))?.text("name");
    if (name === undefined) return "unknown path";
    return ANONYMOUS_NAMES.has(name) ? name : `/memfd:${escapeText(name)}`;
  }
}

/** With a space before it. Abstract names begin with NUL, which is shown as @; paths may end with one. */
function unixName(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  return bytes[0] === 0 ? ` @${escapeText(decodeText(bytes.subarray(1)))}` : ` ${escapeText(cString(bytes))}`;
}
