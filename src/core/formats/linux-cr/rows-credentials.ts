/** Credentials, users, groups, security labels, and the directories of a task. */
import type { Frame } from "./grammar.ts";
import type { Handlers, Reader, RecordAt, StreamPlan } from "./reader.ts";

export function credentialRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const tasks = reader.table("tasks");
  const credentials = reader.table("credentials");
  const groupsOfCred = new Map<number, number>();
  const groupTexts = new Map<number, string>();
  const { labelTexts } = reader;
  const labelOfCred = new Map<number, number>();
  const directories = new Map<number, { cwd: string; root: string; umask: number }>();
  let directory = { cwd: "", root: "", umask: -1 };
  let umask = -1;
  /** Id of the security label whose text comes next. */
  let label = 0;

  function cred(record: RecordAt, frame: Frame): void {
    const row = reader.fill(record, frame);
    for (const [column, letter] of [["effective", "e"], ["permitted", "p"], ["inheritable", "i"], ["bounding", "b"]] as const) {
      const low = reader.number(record, `cap_s.cap_${letter}_0`);
      const high = reader.number(record, `cap_s.cap_${letter}_1`);
      credentials.set(row, column, (BigInt(high) << 32n) | BigInt(low));
    }
    groupsOfCred.set(row, reader.refer(record, "groupinfo_ref", "GROUPINFO"));
    labelOfCred.set(row, reader.refer(record, "sec_ref", "SECURITY_PTR", "SECURITY"));
  }

  function groupInfo(record: RecordAt, frame: Frame): void {
    const announced = reader.number(record, "ngroups");
    const room = Math.max(0, Math.floor((record.end - record.start - dialect.headerSize - 8) / 4));
    if (announced > 65_536) reader.report("cred.groups", `${announced} supplementary groups are announced; a kernel allows 65536.`, reader.spanOf(record));
    if (announced !== room || record.end - record.start !== dialect.headerSize + 8 + announced * 4) {
      reader.report("count.mismatch", `A record of ${record.end - record.start} bytes does not hold ${announced} groups.`, reader.spanOfField(record, "ngroups"));
    }
    frame.n = Math.min(announced, room);
  }

  /** The groups, however many: they are read piece by piece. */
  function groupStream(record: RecordAt, frame: Frame): StreamPlan {
    const ids: number[] = [];
    const at = reader.spanOf(record);
    let isAscending = true;
    return {
      start: record.start + dialect.headerSize + 4,
      elementSize: 4,
      count: frame.n,
      take: (window, position, _index, count) => {
        for (let step = 0; step < count; step++) {
          const id = window.u32(position + step * 4);
          if (ids.length > 0 && id <= ids[ids.length - 1]!) isAscending = false;
          ids.push(id);
        }
      },
      done: () => {
        if (!isAscending) reader.report("cred.groups", `The ${ids.length} supplementary groups are not in ascending order.`, at);
        if (frame.objref > 0) groupTexts.set(frame.objref, ids.join(" "));
      },
    };
  }

  const finish = (): void => {
    for (const [row, objref] of groupsOfCred) credentials.set(row, "groups", groupTexts.get(objref));
    for (const [row, objref] of labelOfCred) credentials.set(row, "label", labelTexts.get(objref));
    for (const [row, objref] of reader.fileSystems) {
      const found = directories.get(objref);
      if (found === undefined) continue;
      tasks.set(row, "cwd", found.cwd);
      tasks.set(row, "root", found.root);
      if (found.umask >= 0) tasks.set(row, "umask", found.umask);
    }
  };

  return {
    records: {
      CRED: cred,
      GROUPINFO: groupInfo,
      USER: (record, frame) => void reader.fill(record, frame),
      SECURITY: (record) => {
        label = reader.number(record, "ptrref");
        reader.objects.use(label, "SECURITY_PTR", record.row, record);
      },
      "STRING:label": (record, frame) => {
        const table = reader.table("labels");
        const row = table.add();
        table.set(row, "objref", frame.objref > 0 ? frame.objref : label);
        table.set(row, "label", reader.text(record));
        if (record.end - record.start - dialect.headerSize > 1024) {
          reader.report("label.too-long", `The label has ${record.end - record.start - dialect.headerSize} bytes.`, reader.spanOf(record), { table: "labels", row });
        }
        table.set(row, "record", record.row);
        labelTexts.set(label, reader.text(record));
        if (frame.objref > 0) labelTexts.set(frame.objref, reader.text(record));
      },
      FS: (record) => {
        umask = reader.number(record, "umask", -1);
      },
      "FILE_NAME:cwd": (record) => {
        directory = { cwd: reader.text(record), root: "", umask };
        reader.checkPath(record, directory.cwd, undefined);
      },
      "FILE_NAME:root": (record, frame) => {
        directory.root = reader.text(record);
        reader.checkPath(record, directory.root, undefined);
        if (frame.objref > 0) directories.set(frame.objref, directory);
      },
    },
    streams: { GROUPINFO: groupStream },
    finish,
  };
}
