/** Credentials, users, groups, security labels, and the directories of a task. */
import type { Frame } from "./grammar.ts";
import type { Handlers, Reader, RecordAt } from "./reader.ts";

export function credentialRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const tasks = reader.table("tasks");
  const credentials = reader.table("credentials");
  const groupsOfCred = new Map<number, number>();
  const groupTexts = new Map<number, string>();
  const labelTexts = new Map<number, string>();
  const labelOfCred = new Map<number, number>();
  const directories = new Map<number, { cwd: string; root: string }>();
  let directory = { cwd: "", root: "" };
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
    const first = record.start + dialect.headerSize + 4;
    const room = Math.max(0, Math.floor((record.end - first - 4) / 4));
    const groups: number[] = [];
    let ascending = true;
    for (let index = 0; index < Math.min(announced, room) && record.window.has(first + index * 4, 4); index++) {
      const id = record.window.u32(first + index * 4);
      if (index > 0 && id <= groups[index - 1]!) ascending = false;
      groups.push(id);
    }
    if (announced > room) reader.report("count.too-large", `${announced} groups are announced in a record of ${record.end - record.start} bytes.`, reader.spanOf(record));
    else if (record.end - record.start !== dialect.headerSize + 8 + announced * 4) {
      reader.report("count.mismatch", `A record of ${record.end - record.start} bytes does not hold ${announced} groups.`, reader.spanOf(record));
    }
    if (!ascending || announced > 65536) reader.report("cred.groups", `The ${announced} supplementary groups are not in ascending order, or too many.`, reader.spanOf(record));
    if (frame.objref > 0) groupTexts.set(frame.objref, groups.join(" "));
  }

  const finish = (): void => {
    for (const [row, objref] of groupsOfCred) credentials.set(row, "groups", groupTexts.get(objref));
    for (const [row, objref] of labelOfCred) credentials.set(row, "label", labelTexts.get(objref));
    for (const [row, objref] of reader.fileSystems) {
      const found = directories.get(objref);
      if (found === undefined) continue;
      tasks.set(row, "cwd", found.cwd);
      tasks.set(row, "root", found.root);
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
      "FILE_NAME:cwd": (record) => void (directory = { cwd: reader.text(record), root: "" }),
      "FILE_NAME:root": (record, frame) => {
        directory.root = reader.text(record);
        if (frame.objref > 0) directories.set(frame.objref, directory);
      },
    },
    finish,
  };
}
