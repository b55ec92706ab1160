/** What a container engine's archive says of itself. */
import type { TableDef } from "../table.ts";
import { hidden, number, record, ref, some, table, text, yes } from "./make.ts";

export const CONTAINER_TABLES = {
  container_facts: table("Container", "Container", "One thing that the archive says about the container", "The checkpoint did not come in a container engine's archive.", ["name"], {
    group: text("about", "Engine, container, image, network, pod ..."),
    name: text("name", "What is said"),
    value: text("value", "The value", "text", { width: 60 }),
    source: ref("images", "says", "File that says so"),
    base: text("field", "Where it stands in the file", "text", hidden),
    record,
  }),
  annotations: table("Annotations and labels", "Container", "One annotation or label of the container, its pod or its image", "The archive has no annotations.", ["kind", "key"], {
    kind: text("kind", "annotation, label ..."),
    key: text("key", "Name", "text", { width: 44 }),
    value: text("value", "Value", "text", { width: 60 }),
    source: ref("images", "says", "File that says so"),
    base: text("field", "Where it stands in the file", "text", hidden),
    record,
  }),
  spec_mounts: table("Container mounts", "Container", "One mount that the runtime specification asks for", "The archive has no runtime specification, or it asks for no mounts.", ["destination"], {
    destination: text("destination", "Path in the container", "path"),
    type: text("type", "bind, tmpfs, proc ..."),
    source: text("source", "Path on the host, or name", "path"),
    options: text("options", "Mount options"),
    says: ref("images", "says", "File that says so"),
    base: text("field", "Where it stands in the file", "text", hidden),
    record,
  }),
  process_spec: table("Container process", "Container", "One argument, environment variable or setting of the container's first process", "The archive has no runtime specification.", ["kind", "name"], {
    kind: text("kind", "argument, environment, capability, limit ..."),
    name: text("name", "Name or position"),
    value: text("value", "Value", "text", { width: 60 }),
    says: ref("images", "says", "File that says so"),
    base: text("field", "Where it stands in the file", "text", hidden),
    record,
  }),
  parts: table("Parts of the archive", "Container", "One part of a checkpoint archive with its size", "The checkpoint did not come in an archive.", ["name"], {
    name: text("part", "Images, page contents, root file system changes ..."),
    size: number("size", "Bytes", "size"),
    files: number("files", "Files"),
    share: text("share", "Of the whole"),
  }),
  deleted_files: table("Deleted in the container", "Container", "One file or folder of the image that the container deleted", "Neither a list of deleted files nor whiteouts stand beside the checkpoint.", ["path"], {
    path: text("path", "Path in the container", "path"),
    how: text("how", "listed: in the engine's list; whiteout: a mark in the changes of the root file system; contents: only what was in the folder"),
    source: ref("images", "says", "File that says so"),
    base: text("field", "Where it stands in the file", "text", hidden),
    record,
  }),
  checkpoints: table("Checkpoints in the set", "Overview", "One checkpoint that was found; one of them is shown", "Nothing here could be read as a checkpoint.", ["name"], {
    name: text("name", "Where it was found", "path", { width: 40 }),
    format: text("format", "Format"),
    shown: yes("shown", "This is the one that is shown"),
    part: yes("part", "It is a part of another, such as the parent of an incremental dump"),
    files: number("files", "Files"),
    size: number("size", "Bytes", "size"),
    detail: text("detail", "What it is", "text", { ...some, absent: "nothing more" }),
  }),
} as const satisfies Record<string, TableDef>;
