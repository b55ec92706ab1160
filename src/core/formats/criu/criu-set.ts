/** The state of reading a CRIU set: which images there are, what was in them, and what they tell about their writer. */
import type { OpenedArchive } from "../../archive/opened-archive.ts";
import type { Span } from "../../bytes/span.ts";
import type { MessageValue } from "../../schema/decode-message.ts";
import type { Abi } from "../../schema/abi.ts";
import type { Message, MessageField } from "../../schema/message.ts";
import type { ScatteredPiece } from "../../model/checkpoint.ts";
import type { Mapping } from "../../model/mapping.ts";
import type { SetReader } from "../../model/set-reader.ts";
import { ArchiveLister } from "./beside.ts";
import type { PayloadPart } from "./entries.ts";
import type { Identified } from "./identify.ts";
import type { ImageType } from "./image-types.ts";
import { Links } from "./links.ts";
import type { LostImage } from "./lost-images.ts";
import { fileEntry } from "./messages/files.ts";
import type { OpenFile } from "./rows/files.ts";
import type { Pagemap } from "./pagemap.ts";
import type { DamagedPages } from "./unpack-pages.ts";
import { TextRoom } from "./texts.ts";

/** A field that no known release has, in one kind of message. */
export interface UnknownField {
  readonly number: number;
  readonly message: string;
  /** The first image that has it, and where. */
  readonly image: string;
  readonly at: Span;
  count: number;
}

export interface KeptEntry {
  readonly record: number;
  readonly value: MessageValue;
  readonly payload: readonly PayloadPart[];
}

export interface ImageFile {
  readonly file: number;
  readonly name: string;
  readonly type: ImageType;
  /** Number in the name; -1 where such images have none, less where it is not known, and another one for each image. */
  readonly number: number;
  readonly head: Identified["head"];
  readonly entries: KeptEntry[];
  pagemap?: Pagemap;
  /** The walk ended before the end of the file. */
  isCut: boolean;
}

export interface MissingField {
  readonly field: MessageField;
  readonly message: Message;
  readonly record: number;
  readonly path: string;
}

/** Images of one directory, by type and number. */
export class ImageDirectory {
  readonly path: string;
  readonly #images = new Map<string, ImageFile>();
  readonly #byType = new Map<string, ImageFile[]>();
  readonly pages = new Map<number, { readonly file: number; readonly size: number }>();
  /** Files of page contents whose name stands inside another one; they have no head. */
  readonly misnamedPages: { readonly file: number; readonly name: string; readonly number: number; readonly size: number }[] = [];
  /** Images with names that CRIU does not give them, until it is known where they belong. */
  readonly misnamed: ImageFile[] = [];
  /** Those of them that stand for nothing, since the image is there under its own name. */
  readonly apart: ImageFile[] = [];

  constructor(path: string) {
    this.path = path;
  }

  add(image: ImageFile): void {
    this.#images.set(`${image.type.name}/${image.number}`, image);
    const list = this.#byType.get(image.type.name);
    if (list === undefined) this.#byType.set(image.type.name, [image]);
    else list.push(image);
  }

  image(type: string, number = -1): ImageFile | undefined {
    return this.#images.get(`${type}/${number}`);
  }

  /** All images of a type, in the order of the files. */
  all(type: string): readonly ImageFile[] {
    return this.#byType.get(type) ?? [];
  }

  every(): IterableIterator<ImageFile> {
    return this.#images.values();
  }

  /** First entry of an image that has one. */
  entry(type: string, number = -1): KeptEntry | undefined {
    return this.image(type, number)?.entries[0];
  }

  entries(type: string, number = -1): readonly KeptEntry[] {
    return this.image(type, number)?.entries ?? [];
  }
}

/** What an image belongs to, by the number in its name. */
export function whose(what: string, number: number): string {
  return `${what} ${number < 0 ? "(not known which)" : number}`;
}

export const MACHINES: ReadonlyMap<number, string> = new Map([
  [1, "x86_64"], [2, "arm"], [3, "aarch64"], [4, "ppc64"], [5, "s390x"], [6, "mips64"], [7, "loongarch64"], [8, "riscv64"],
]);

export function abiOf(endian: "little" | "big", architecture: string, pageSize: number): Abi {
  return { endian, longSize: architecture === "arm" ? 4 : 8, u64Align: 8, pageSize, architecture, revision: 0 };
}

export class CriuSet {
  readonly reader: SetReader;
  /** The directory that is shown, then its parents. */
  readonly directories: readonly ImageDirectory[];
  /** Byte order of the heads; little when no file has one. */
  readonly endian: "little" | "big";
  /** Machine and page size, once they are known; file kinds look at it when they explain. */
  abi: Abi;
  readonly fieldsSeen = new Set<MessageField>();
  readonly missing: MissingField[] = [];
  readonly links = new Links();
  /** Open files of the set, once they are rows. */
  openFiles: readonly OpenFile[] = [];
  /** The same by id: all types count from one counter, so that ids of files in flight need no type. */
  readonly openById = new Map<number, OpenFile>();
  /** Files that were sent through sockets and not received yet. */
  readonly inFlight: { readonly id: number; readonly record: number }[] = [];
  /** Credentials of whole tasks, which CRIU wrote before 2.0, by pid. */
  readonly credentialsOfTask = new Map<number, number>();
  /** Network devices by namespace number and index. */
  readonly devices = new Map<string, { readonly row: number; readonly name: string }>();
  /** Rows of network dumps whose device and namespace are known by number. */
  readonly unnamed: { readonly table: "addresses" | "routes"; readonly row: number; readonly number: number; readonly ifindex: number }[] = [];
  /** Semaphore sets whose values are still to be read. */
  readonly semaphores: { readonly row: number; readonly entry: KeptEntry; readonly file: number }[] = [];
  readonly lister = new ArchiveLister();
  /** Archives that belong to the set, whose members become rows; none any more when they are. */
  readonly archives: { readonly file: number; readonly name: string; readonly archive: OpenedArchive }[] = [];
  /** Room for texts that are made of others. */
  readonly composed = new TextRoom();
  /** How memory maps call a memfd, by the row of its object: one text for all that map it. */
  readonly memfdPaths = new Map<number, string>();
  /** A thread has seccomp filters, and the image of all of them is lost. */
  lacksFilters = false;
  /** Paths of deleted files as the kernel writes them, by the id of the file: one text for all that map it. */
  readonly deletedPaths = new Map<number, string>();
  /** Pieces of ghost files with holes. */
  readonly scattered: ScatteredPiece[] = [];
  readonly fileMessage = fileEntry;
  /** By file of page contents: parts of it that are stored in blocks which cannot be decoded. */
  readonly damagedPages = new Map<number, readonly DamagedPages[]>();
  /** Images that others name and that are not there. */
  readonly lost: LostImage[] = [];
  /** An archive on the way to the images ends too early: what is missing was lost with its end. */
  isCutOff = false;
  readonly unknownFields = new Map<string, UnknownField>();

  constructor(reader: SetReader, directories: readonly ImageDirectory[], endian: "little" | "big") {
    this.reader = reader;
    this.directories = directories;
    this.endian = endian;
    this.abi = abiOf(endian, "x86_64", 4096);
  }

  readonly #owners = new Map<number, { readonly map: Pagemap; readonly where: string }>();

  readonly #mappings = new Map<string, Mapping>();

  /** A mapping that depends on the machine: made once for each key. */
  mapping(key: string, make: () => Mapping): Mapping {
    let known = this.#mappings.get(key);
    if (known === undefined) {
      known = make();
      this.#mappings.set(key, known);
    }
    return known;
  }

  /** Whether a field of a message occurs anywhere in the set. */
  seen(message: string, field: string): boolean {
    for (const each of this.fieldsSeen) if (each.name === field && each.of === message) return true;
    return false;
  }

  /** The core message of a record, for those who know a thread by its record. */
  coreOf(record: number): MessageValue | undefined {
    if (this.#cores === undefined) {
      this.#cores = new Map();
      for (const image of this.top.all("CORE")) for (const entry of image.entries) this.#cores.set(entry.record, entry.value);
    }
    return this.#cores.get(record);
  }

  #cores: Map<number, MessageValue> | undefined;

  /** Remember which pagemap a file of page contents belongs to. */
  setOwner(file: number, map: Pagemap, where: string): void {
    if (!this.#owners.has(file)) this.#owners.set(file, { map, where });
  }

  hasOwner(file: number): boolean {
    return this.#owners.has(file);
  }

  /** Address of a page of a pages file, and whose it is. */
  pageOwner(file: number, page: number): { readonly where: string; readonly address: bigint } | undefined {
    const owner = this.#owners.get(file);
    if (owner === undefined) return undefined;
    const at = owner.map.entryOfPage(page);
    if (at < 0) return undefined;
    const address = (BigInt(owner.map.high[at]!) << 32n) + BigInt(owner.map.low[at]!) + BigInt(page - owner.map.before[at]!) * BigInt(this.abi.pageSize);
    return { where: owner.where, address };
  }

  get top(): ImageDirectory {
    return this.directories[0]!;
  }

  get little(): boolean {
    return this.endian === "little";
  }
}
