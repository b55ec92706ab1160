/** The head of the image: header, uts names, security module, pids and the tree; the tail and error records. */
import { span } from "../../bytes/span.ts";
import type { Window } from "../../bytes/window.ts";
import { cString, formatHex } from "../../schema/show.ts";
import { layoutOf } from "../../schema/layout.ts";
import { archIds, MAGIC, UFLAGS } from "./enums.ts";
import type { Handlers, Reader, RecordAt, StreamPlan } from "./reader.ts";
import { ordinal } from "./revisions.ts";
import { pidEntry, taskPids } from "./structs-ckpt.ts";
import { pidsV9 } from "./structs-cr.ts";

/** Facts of the image as a whole, with the records that say so. */
export interface HeadFacts {
  readonly texts: Map<string, { text: string; record: number }>;
  time: number;
  uflags: number;
  kernel: string;
  rev: number;
  headRecord: number;
  /** Announced lengths of the uts BUFFERs, by role. */
  readonly utsLengths: Map<string, number>;
  /** Bytes of a task's name. */
  commLength: number;
  xstateSize: number;
  /** Size of the auxiliary vector: entries from v19 on, bytes before; 0 where the revision does not say. */
  auxv: number;
  announcedTasks: number;
  /** Nested pid namespaces of each task, by row. */
  readonly depths: number[];
}

export function headRows(reader: Reader): Handlers & { readonly facts: HeadFacts } {
  const { dialect } = reader;
  const facts: HeadFacts = {
    texts: new Map(),
    time: 0,
    uflags: 0,
    kernel: "",
    rev: -1,
    headRecord: -1,
    utsLengths: new Map(),
    commLength: 16,
    xstateSize: 512,
    auxv: 0,
    announcedTasks: 1,
    depths: [],
  };
  const entries = reader.table("pids");
  const columns = {
    pid: entries.column("pid"),
    ppid: entries.column("ppid"),
    tgid: entries.column("tgid"),
    pgid: entries.column("pgid"),
    sid: entries.column("sid"),
    record: entries.column("record"),
  };
  /** First number and all numbers of every pid object (v23-rc2). */
  const objectPids: number[] = [];
  const objectTexts: string[] = [];
  let tagOffset = 1;
  let announcedPids = 0;
  let announcedNumbers = 0;

  function head(record: RecordAt): void {
    facts.headRecord = record.row;
    const magicAt = record.start + dialect.headerSize;
    if (dialect.index < ordinal("v2")) return;
    const magic = record.window.u64(magicAt);
    if (magic !== MAGIC.head) {
      reader.report("header.magic", `The head magic is ${formatHex(magic)} instead of ${formatHex(MAGIC.head)}.`, span(0, magicAt, magicAt + 8));
    }
    const version = ["major", "minor", "patch"].map((part) => reader.number(record, part));
    facts.kernel = version.join(".");
    facts.rev = reader.number(record, "rev", -1);
    facts.time = reader.number(record, "time");
    facts.uflags = reader.number(record, dialect.index < ordinal("v15") ? "flags" : "uflags");
    facts.auxv = reader.number(record, "constants.at_vector_size", reader.number(record, "constants.mm_saved_auxv_len"));
    facts.commLength = reader.number(record, "constants.task_comm_len", 16);
    for (const role of ["release", "version", "machine"]) {
      const path = dialect.index >= ordinal("v17") ? `constants.uts_${role}_len` : `uts_${role}_len`;
      facts.utsLengths.set(role, reader.number(record, path));
    }
    const archId = reader.number(record, "arch_id", -1);
    const named = archIds(dialect.index).get(archId);
    if (archId >= 0 && named !== dialect.architecture && dialect.index >= ordinal("v16")) {
      reader.report("header.architecture", `The architecture id ${archId} stands for ${named ?? "nothing"} in ${dialect.revision.id}; the image was read as ${dialect.architecture}.`, reader.spanOfField(record, "arch_id"));
    }
    const known = UFLAGS.at(dialect.abi);
    const unknown = [...known.keys()].reduce((rest, bit) => rest & ~bit, facts.uflags);
    if (dialect.index >= ordinal("v15") && unknown !== 0) {
      reader.report("header.flags", `The checkpoint flags ${formatHex(facts.uflags)} hold bits that no revision defines.`, reader.spanOfField(record, "uflags"));
    }
    if (dialect.index < ordinal("v14")) for (const name of ["release", "version", "machine"]) noteCharArray(record, name);
    checkConstants(record);
  }

  function noteCharArray(record: RecordAt, name: string): void {
    const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === name);
    if (slot === undefined || record.end < record.start + slot.offset + slot.size) return;
    const start = record.start + slot.offset;
    facts.texts.set(name, { text: cString(record.window.slice(start, start + slot.size)), record: record.row });
  }

  /** Values that are the same in every kernel of the series. */
  function checkConstants(record: RecordAt): void {
    if (dialect.index < ordinal("v17")) return;
    const usual: Record<string, readonly number[]> = {
      task_comm_len: [16],
      signal_nsig: [64],
      uts_sysname_len: [65],
      uts_nodename_len: [65],
      uts_release_len: [65],
      uts_version_len: [65],
      uts_machine_len: [65],
      uts_domainname_len: [65],
      rlimit_nlimits: [16],
      n_tty_buf_size: [4096],
      tty_termios_ncc: [8, 10],
      tty_termios_nccs: [19],
    };
    for (const [name, values] of Object.entries(usual)) {
      const value = reader.number(record, `constants.${name}`, values[0]);
      if (!values.includes(value)) {
        reader.report("header.constants", `The header constant ${name} is ${value} instead of ${values.join(" or ")}.`, reader.spanOfField(record, `constants.${name}`));
      }
    }
  }

  const note = (name: string) => (record: RecordAt): void => {
    facts.texts.set(name, { text: reader.text(record), record: record.row });
    const announced = facts.utsLengths.get(name) ?? 0;
    const length = record.end - record.start - dialect.headerSize;
    if (announced > 0 && length !== announced) {
      reader.report("count.mismatch", `The uts ${name} has ${length} bytes; the header announces ${announced}.`, reader.spanOf(record));
    }
  };

  function tree(record: RecordAt, frame: { n: number; m: number }): void {
    const count = reader.number(record, "nr_tasks", reader.number(record, "tasks_nr"));
    facts.announcedTasks = count;
    if (count <= 0) reader.report("count.negative", `The tree announces ${count} tasks.`, reader.spanOf(record));
    reader.checkCount(record, dialect.index < ordinal("v14") ? "tasks_nr" : "nr_tasks", count, dialect.headerSize + 24, "tasks");
    frame.n = count;
    frame.m = count * layoutOf(pidsV9, dialect.abi).size;
  }

  const tagged = dialect.index >= ordinal("v23-rc2-pre");
  const early = dialect.index < ordinal("v15");
  const entryStruct = early ? pidsV9 : tagged ? taskPids : pidEntry;
  const entryLayout = layoutOf(entryStruct, dialect.abi);
  const offsets = new Map(entryLayout.slots.map((slot) => [slot.name, slot.offset]));

  function fromTag(tag: number, at: number, what: string): number {
    if (tag <= 0) return 0;
    // Where the offset is not 1, the parent may be a 1-based index instead of a tag.
    const pid = objectPids[tag - tagOffset] ?? (what === "vppid" ? objectPids[tag - 1] : undefined);
    if (pid !== undefined) return pid;
    reader.report("pid.tag", `${what} at 0x${at.toString(16)} is the tag ${tag}; the pid table has ${objectPids.length} entries from ${tagOffset} on.`, span(0, at, at + 4));
    return 0;
  }

  function pidStream(record: RecordAt): StreamPlan {
    const size = entryLayout.size;
    const start = record.start + (early ? 0 : dialect.headerSize);
    const count = Math.max(0, Math.floor((record.end - start) / size));
    if (facts.announcedTasks !== count && record.end - start !== facts.announcedTasks * size) {
      reader.report("count.mismatch", `${facts.announcedTasks} tasks are announced, but there are ${count} pid entries.`, reader.spanOf(record));
    }
    const take = (window: Window, at: number, _index: number, pieces: number): void => {
      for (let position = at; position < at + pieces * size; position += size) {
        const row = entries.add();
        columns.record.set(row, record.row);
        const read = (name: string): number => {
          const offset = offsets.get(name);
          return offset === undefined ? 0 : window.s32(position + offset);
        };
        const value = (name: string): number => (tagged ? fromTag(read(name), position + offsets.get(name)!, name) : read(name));
        columns.pid.set(row, value("vpid"));
        columns.ppid.set(row, value("vppid"));
        columns.tgid.set(row, value("vtgid"));
        if (!early) {
          columns.pgid.set(row, value("vpgid"));
          columns.sid.set(row, value("vsid"));
        }
        const depth = read("depth");
        facts.depths.push(depth);
        if (tagged && depth > 0) {
          const text = objectTexts[read("vpid") - tagOffset];
          if (text !== undefined) entries.set(row, "nspid", text);
        }
        if (depth < 0 || depth > 32) {
          reader.report("pid.depth", `Task entry ${row} has the namespace depth ${depth}.`, span(0, position, position + size), { table: "pids", row });
        }
      }
    };
    return { start, elementSize: size, count, take };
  }

  /** Entries of different length: a four-byte walk that keeps its place between pieces. */
  function pidObjectStream(record: RecordAt): StreamPlan {
    const start = record.start + dialect.headerSize;
    const count = Math.floor((record.end - start) / 4);
    let numbers: number[] = [];
    let missing = -1;
    let sum = 0;
    const take = (window: Window, at: number, _index: number, pieces: number): void => {
      for (let position = at; position < at + pieces * 4; position += 4) {
        if (missing < 0) {
          const depth = window.u32(position);
          if (depth > 32) reader.report("pid.depth", `A pid object at 0x${position.toString(16)} has the depth ${depth}.`, span(0, position, position + 4));
          missing = Math.min(depth, 1_000_000) + 1;
          sum += depth;
          numbers = [];
        } else {
          if (numbers.length <= 33) numbers.push(window.s32(position));
          if (--missing === 0) {
            objectPids.push(numbers[0] ?? 0);
            objectTexts.push(numbers.join(" "));
            missing = -1;
          }
        }
      }
    };
    const done = (): void => {
      if (objectPids.length !== announcedPids) {
        reader.report("count.mismatch", `${announcedPids} pid objects are announced, but there are ${objectPids.length}.`, reader.spanOf(record));
      }
      if (sum !== announcedNumbers) {
        reader.report("count.mismatch", `The depths of the pid objects add up to ${sum}; ${announcedNumbers} are announced.`, reader.spanOf(record));
      }
      for (let index = 0; index < objectPids.length; index++) {
        reader.objects.use(tagOffset + index, "PID", record.row, record);
      }
    };
    return { start, elementSize: 4, count, take, done };
  }

  function vpidStream(record: RecordAt): StreamPlan {
    const start = record.start + dialect.headerSize;
    const count = Math.floor((record.end - start) / 4);
    let task = 0;
    let texts: number[] = [];
    const flush = (): void => {
      while (task < facts.depths.length && texts.length >= Math.max(0, facts.depths[task]!)) {
        const depth = Math.max(0, facts.depths[task]!);
        if (depth > 0) entries.set(task, "nspid", `${columns.pid.number(task)} ${texts.slice(0, depth).join(" ")}`);
        texts = texts.slice(depth);
        task++;
        if (depth > 0 && texts.length === 0) break;
      }
    };
    const take = (window: Window, at: number, _index: number, pieces: number): void => {
      for (let position = at; position < at + pieces * 4; position += 4) {
        texts.push(window.s32(position));
        flush();
      }
    };
    const done = (): void => {
      const announced = facts.depths.reduce((sum, depth) => sum + Math.max(0, depth), 0);
      if (announced !== count) {
        reader.report("count.mismatch", `The depths of the tasks add up to ${announced}, but there are ${count} numbers.`, reader.spanOf(record));
      }
    };
    return { start, elementSize: 4, count, take, done };
  }

  function errorText(record: RecordAt): void {
    const text = reader.text(record, dialect.headerSize + 1).replace(/\n$/, "");
    const failures = reader.table("failures");
    const row = failures.length - 1;
    if (row < 0) return;
    failures.set(row, "message", text);
    const tag = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
    const integer = (value: string | undefined): number | undefined => (value === undefined ? undefined : Number(value));
    failures.set(row, "errno", integer(tag(/\[err (-?\d{1,9})\]/)));
    failures.set(row, "origin", tag(/\[E @ ([^\]]{1,200})\]/));
    failures.set(row, "pid", integer(tag(/\[pid (\d{1,9}) /) ?? tag(/^task (\d{1,9}) /)));
    failures.set(row, "objref", integer(tag(/\[obj (\d{1,9})\]/)));
    reader.report("image.failed", `The checkpoint failed: ${text}`, reader.spanOf(record), { table: "failures", row });
  }

  return {
    facts,
    records: {
      HEAD: head,
      HEADER: head,
      "BUFFER:release": note("release"),
      "BUFFER:version": note("version"),
      "BUFFER:machine": note("machine"),
      "BUFFER:lsm": note("lsm"),
      LSM_INFO: note("lsm_info"),
      HEAD_ARCH: (record) => void (facts.xstateSize = reader.number(record, "xstate_size")),
      HEADER_ARCH: (record) => {
        facts.xstateSize = reader.number(record, "xstate_size");
        const what = reader.number(record, "what", 0xdeadbeef);
        if (what !== 0xdeadbeef) reader.report("header.powerpc", `The fixed word of HEADER_ARCH is ${formatHex(what)}.`, reader.spanOf(record));
      },
      PIDS: (record) => {
        tagOffset = reader.number(record, "offset");
        announcedPids = reader.number(record, "nr_pids");
        announcedNumbers = reader.number(record, "nr_vpids");
      },
      TREE: tree,
      TAIL: (record) => {
        reader.complete = true;
        const magic = record.window.u64(record.start + dialect.headerSize);
        if (magic !== MAGIC.tail) {
          reader.report("tail.magic", `The tail magic is ${formatHex(magic)} instead of ${formatHex(MAGIC.tail)}.`, reader.spanOf(record));
        }
      },
      ERROR: (record, frame) => void reader.fill(record, frame),
      "STRING:error": errorText,
    },
    streams: {
      "raw:pids": pidStream,
      "BUFFER:pids": pidStream,
      "BUFFER:pid_objects": pidObjectStream,
      "BUFFER:vpids": vpidStream,
    },
  };
}
