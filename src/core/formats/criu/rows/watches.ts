/** What epoll, inotify and fanotify files watch. */
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { flagNames, formatDevice } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";
import { EPOLL, FANOTIFY, INOTIFY } from "../names.ts";
import type { Descriptors } from "./fds.ts";
import type { OpenFile } from "./files.ts";

/** A target of an epoll file: which file that is depends on the descriptor table of the owner, see `resolveTargets`. */
export interface Target {
  readonly row: number;
  readonly epoll: OpenFile;
  readonly fd: number;
  readonly record: number;
  readonly path: string;
}

function watchMapping(set: CriuSet, list: string) {
  return mapping(
    "watches",
    {
      fd: "tfd",
      events: worked("events", "events by name", (message) => flagNames(message.number("events"), EPOLL.at(set.abi))),
      data: "data",
      file: worked("tfd", "open file of this descriptor in the table of the owner", () => undefined),
      epoll: worked("id", "epoll file", () => undefined),
    },
    { list },
  );
}

export function epollRows(set: CriuSet, files: readonly OpenFile[]): readonly Target[] {
  const { reader } = set;
  const watches = reader.table("watches");
  const targets: Target[] = [];
  const add = (epoll: OpenFile, message: MessageValue, record: number, list: string, index: number): void => {
    const row = reader.row(set.mapping(`watches/${list}`, () => watchMapping(set, list)), message, record, index);
    watches.set(row, "epoll", epoll.row);
    targets.push({ row, epoll, fd: message.number("tfd"), record, path: list === "" ? "tfd" : `${list}.${index}.tfd` });
  };
  const byId = new Map<number, OpenFile>();
  for (const file of files) {
    if (file.type !== FD.EVENTPOLL) continue;
    byId.set(file.id, file);
    const list = file.within === "" ? "tfd" : `${file.within}.tfd`;
    for (const [index, message] of file.file.list("tfd").entries()) add(file, message, file.entry.record, list, index);
  }
  // Before 1.4 the targets had an image of their own.
  for (const { value, record } of set.top.entries("EVENTPOLL_TFD")) {
    const epoll = byId.get(value.number("id"));
    if (epoll !== undefined) add(epoll, value, record, "", -1);
  }
  return targets;
}

/** Which open files the watched descriptors are: those of a table that holds the epoll file. */
export function resolveTargets(set: CriuSet, targets: readonly Target[], inTableOf: Descriptors["inTableOf"]): void {
  const { reader } = set;
  const watches = reader.table("watches");
  for (const { row, epoll, fd, record, path } of targets) {
    const file = inTableOf(epoll.row, fd);
    if (file === undefined) reader.report("epoll.target", `The epoll file ${epoll.id} watches the descriptor ${fd}, which none of its owners has.`, reader.fieldOf(record, path), { table: "watches", row });
    else if (file >= 0) watches.set(row, "file", file);
  }
}

const handleColumns = (set: CriuSet) => ({
  device: worked("s_dev", "major and minor number", (message: MessageValue) => formatDevice(message.number("s_dev"), "kernel")),
  file: worked("id", "the watching file", () => undefined),
  ignored: worked("ignored_mask", "events by name", (message: MessageValue) => (message.number("ignored_mask") === 0 ? undefined : flagNames(message.number("ignored_mask"), FANOTIFY.at(set.abi)))),
});

function inotifyMapping(set: CriuSet, list: string) {
  return mapping(
    "marks",
    {
      ...handleColumns(set),
      kind: worked("", "the image of inotify watches", () => "inotify watch"),
      wd: "wd",
      mask: worked("mask", "events by name", (message) => flagNames(message.number("mask"), INOTIFY.at(set.abi))),
      inode: "i_ino",
      path: "f_handle.path",
    },
    { list },
  );
}

function fanotifyMapping(set: CriuSet, list: string) {
  return mapping(
    "marks",
    {
      ...handleColumns(set),
      kind: worked("type", "by name", (message) => (message.number("type") === 2 ? "mount mark" : "inode mark")),
      mask: worked("mask", "events by name", (message) => flagNames(message.number("mask"), FANOTIFY.at(set.abi))),
      inode: "ie.i_ino",
      path: worked("ie", "path of the handle, or of the mount", (message) => message.sub("ie")?.sub("f_handle")?.text("path") ?? message.sub("me")?.text("path")),
    },
    { list },
  );
}

export function markRows(set: CriuSet, files: readonly OpenFile[]): void {
  marksOf(set, files, FD.INOTIFY, "wd", "INOTIFY_WD", inotifyMapping);
  marksOf(set, files, FD.FANOTIFY, "mark", "FANOTIFY_MARK", fanotifyMapping);
}

/** Marks inside the watching file's message, and those of before 1.4 in an image of their own. */
function marksOf(set: CriuSet, files: readonly OpenFile[], type: number, field: string, image: string, make: (set: CriuSet, list: string) => Mapping): void {
  const { reader } = set;
  const marks = reader.table("marks");
  const byId = new Map<number, OpenFile>();
  const mappingOf = (list: string): Mapping => set.mapping(`${image}/${list}`, () => make(set, list));
  for (const file of files) {
    if (file.type !== type) continue;
    byId.set(file.id, file);
    const list = file.within === "" ? field : `${file.within}.${field}`;
    for (const [index, message] of file.file.list(field).entries()) marks.set(reader.row(mappingOf(list), message, file.entry.record, index), "file", file.row);
  }
  for (const { value, record } of set.top.entries(image)) {
    const row = reader.row(mappingOf(""), value, record);
    const file = byId.get(value.number("id"));
    if (file !== undefined) marks.set(row, "file", file.row);
  }
}
