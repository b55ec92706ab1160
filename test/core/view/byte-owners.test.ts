/** Which rows a byte belongs to: those that show it, not all that were made from its record. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { joinBytes } from "../../../src/core/formats/criu/crit/join-bytes.ts";
import { ipcMsg } from "../../../src/core/formats/criu/messages/namespaces.ts";
import type { Inspector } from "../../../src/core/inspector.ts";
import { encodeMessage } from "../../../src/core/schema/encode-message.ts";
import { criuImage, criuWord } from "../../support/criu-image.ts";
import { openSample, openSet, type OpenedSet } from "../../support/criu-open.ts";
import { rawRows } from "../../support/criu-truth.ts";

async function rowsAt(inspector: Inspector, file: number, offset: number): Promise<readonly string[]> {
  return (await inspector.ownerAt(file, offset))!.rows.map(({ table, row }) => `${table} ${row}`);
}

/** Message of a queue as it stands behind the entry: size word, message, text padded to 8 bytes. */
function message(mtype: number, text: string): Uint8Array {
  const body = encodeMessage(ipcMsg, { mtype: BigInt(mtype), msize: text.length });
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
  bytes.set(new TextEncoder().encode(text));
  return joinBytes([criuWord(body.length), body, bytes]);
}

async function queues(...texts: readonly (readonly string[])[]): Promise<OpenedSet & { readonly file: number }> {
  const entries = texts.map((list, id) => {
    const desc = { key: id, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 0o600, id };
    return [{ desc, qbytes: 16384, qnum: list.length }, joinBytes(list.map((text, index) => message(index + 1, text)))] as const;
  });
  const files: [string, Uint8Array][] = [
    ["inventory.img", criuImage("INVENTORY", [{ img_version: 2 }])],
    ["pstree.img", criuImage("PSTREE", [{ pid: 1, ppid: 0, pgid: 1, sid: 1, threads: [1] }])],
    ["ipcns-msg-9.img", criuImage("IPCNS_MSG", entries as never)],
  ];
  const set = (await openSet(files.map(([name, bytes]) => ({ name, source: memorySource(bytes) }))))!;
  return { ...set, file: set.checkpoint.files.findIndex(({ name }) => name.endsWith("ipcns-msg-9.img")) };
}

describe("bytes of message queues", () => {
  test("text belongs to its message alone, whether the queue has one or several", async () => {
    const { checkpoint, inspector, file } = await queues(["first", "second one", "third"], ["lonely"], []);
    const messages = rawRows(checkpoint, "messages");
    expect(messages.map(({ size, bytes }) => [size, bytes])).toEqual([[5, 5], [10, 10], [5, 5], [6, 6]]);
    for (const [row, { offset, bytes }] of messages.entries()) {
      for (let at = offset as number; at < (offset as number) + (bytes as number); at++) expect(await rowsAt(inspector, file, at)).toEqual([`messages ${row}`]);
    }
    await inspector.close();
  });

  test("type, length and size word belong to the message, the rest of the record to the queue", async () => {
    const { checkpoint, inspector, file } = await queues(["first", "second one"], ["lonely"]);
    const messages = rawRows(checkpoint, "messages");
    for (const [row, { set }] of messages.entries()) {
      for (const column of ["type", "size"]) {
        const { span, path, derived } = (await inspector.locate("messages", row, column))!;
        expect([path, derived]).toEqual([expect.stringMatching(/^@message-\d\.m(type|size)$/), undefined]);
        for (let at = span.start; at < span.end; at++) expect(await rowsAt(inspector, file, at)).toEqual([`messages ${row}`]);
      }
      const { span } = (await inspector.locate("messages", row, "type"))!;
      expect((await inspector.ownerAt(file, span.start - 1))!.field.name).toMatch(/^message/);
      expect(await rowsAt(inspector, file, span.start - 1)).toEqual([`messages ${row}`]);
      const key = (await inspector.locate("ipc", set as number, "key"))!.span;
      expect(await rowsAt(inspector, file, key.start)).toEqual([`ipc ${set}`]);
      const behind = (messages[row]!["offset"] as number) + (messages[row]!["bytes"] as number);
      expect((await inspector.ownerAt(file, behind))!.field.role).toBe("padding");
      expect(await rowsAt(inspector, file, behind)).toEqual([`ipc ${set}`]);
    }
    await inspector.close();
  });

  test("of a real set too, and values of semaphores to their semaphore", async () => {
    const { checkpoint, inspector } = await openSample("11-sysv-ipc");
    const fileOf = (record: unknown): number => checkpoint.tables.get("records").number(record as number, "file");
    for (const [row, { offset, record }] of rawRows(checkpoint, "messages").entries()) expect(await rowsAt(inspector, fileOf(record), offset as number)).toEqual([`messages ${row}`]);
    for (const [row, { record, value }] of rawRows(checkpoint, "semaphores").entries()) {
      const { span, path } = (await inspector.locate("semaphores", row, "value"))!;
      expect(path).toMatch(/^values\.\d+$/);
      const bytes = await inspector.bytes(span.file, span.start, span.end);
      expect(bytes[0]! | (bytes[1]! << 8)).toBe(value);
      expect(await rowsAt(inspector, fileOf(record), span.start)).toEqual([`semaphores ${row}`]);
    }
  });
});

describe("bytes of records that many rows are made from", () => {
  test("an element beyond the first sixty-four is found, and no other", async () => {
    const { checkpoint, inspector, file } = await queues(Array.from({ length: 200 }, (_, index) => `text ${index}`));
    for (const row of [0, 63, 64, 199]) expect(await rowsAt(inspector, file, rawRows(checkpoint, "messages")[row]!["offset"] as number)).toEqual([`messages ${row}`]);
    await inspector.close();
  });

  test("a region belongs to itself among those of its map", async () => {
    const { checkpoint, inspector } = await openSample("15-python3");
    const { length } = rawRows(checkpoint, "regions");
    for (const row of [0, 3, length - 1]) {
      const { span } = (await inspector.locate("regions", row, "start"))!;
      const rows = await rowsAt(inspector, span.file, span.end - 1);
      expect(rows.filter((each) => each.startsWith("regions "))).toEqual([`regions ${row}`]);
    }
  });

  test("a register belongs to its row, and to the thread that shows it", async () => {
    const { checkpoint, inspector } = await openSample("01-simple");
    const registers = rawRows(checkpoint, "registers");
    const at = async (name: string): Promise<readonly string[]> => {
      const { span } = (await inspector.locate("registers", registers.findIndex(({ register }) => register === name), "value"))!;
      return await rowsAt(inspector, span.file, span.end - 1);
    };
    const row = (name: string): string => `registers ${registers.findIndex(({ register }) => register === name)}`;
    expect(await at("r15")).toEqual([row("r15")]);
    expect(await at("ip")).toEqual(["threads 0", row("ip")]);
    expect(await at("orig_ax")).toEqual(["tasks 0", "threads 0", row("orig_ax")]);
  });

  test("a field that no column shows belongs to what the record as a whole became", async () => {
    const { checkpoint, inspector } = await openSample("01-simple");
    const { core_record: record } = rawRows(checkpoint, "tasks")[0]!;
    const start = checkpoint.tables.get("records").number(record as number, "offset");
    const rows = await rowsAt(inspector, checkpoint.tables.get("records").number(record as number, "file"), start);
    expect(rows).toContain("tasks 0");
    expect(rows.filter((each) => /registers|limits|signal_actions/.test(each))).toEqual([]);
  });
});
