/** Limits of containers and tasks: where there is none, a word says so. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { withEdited, type Editable } from "../../../support/criu-edit.ts";
import { imagesUnder, jsonFile } from "../../../support/container-sets.ts";
import { openSet, plainRows, sampleFiles } from "../../../support/criu-open.ts";

const PID = 22467;

/** Rows of two tables for a specification given as JSON text: its numbers need all their digits. */
async function limitsOf(spec: string): Promise<{ readonly process: Readonly<Record<string, unknown>>; readonly facts: Readonly<Record<string, unknown>>; readonly bytesOf: (name: string) => Promise<string> }> {
  const files = [...(await imagesUnder("checkpoint")), jsonFile("config.dump", { id: "abc", name: "n" }), { name: "spec.dump", source: memorySource(new TextEncoder().encode(spec)) }];
  const { inspector } = (await openSet(files))!;
  const rows = await plainRows(inspector, "process_spec");
  const facts = await plainRows(inspector, "container_facts");
  return {
    process: Object.fromEntries(rows.filter(({ kind }) => kind === "limit").map(({ name, value }) => [String(name), value])),
    facts: Object.fromEntries(facts.filter(({ group }) => group === "limits").map(({ name, value }) => [String(name), value])),
    bytesOf: async (name) => {
      const { span } = (await inspector.locate("container_facts", facts.findIndex((row) => row["name"] === name), "value"))!;
      return new TextDecoder().decode(await inspector.bytes(span.file, span.start, span.end));
    },
  };
}

const withResources = (resources: string): string => `{"linux":{"resources":${resources}}}`;

describe("limits of a container's specification", () => {
  test("of a process are unlimited at all ones and at -1", async () => {
    const { process } = await limitsOf(
      '{"process":{"rlimits":[{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615},{"type":"RLIMIT_NPROC","soft":-1,"hard":-1},{"type":"RLIMIT_AS","soft":18446744073709551614,"hard":4294967295}]}}',
    );
    expect(process).toEqual({ RLIMIT_CORE: "soft 0, hard unlimited", RLIMIT_NPROC: "soft unlimited, hard unlimited", RLIMIT_AS: "soft 18446744073709551614, hard 4294967295" });
  });

  test("of memory and tasks are unlimited where the engine sets none", async () => {
    const none = await limitsOf(withResources('{"memory":{"limit":-1},"pids":{"limit":-1}}'));
    expect(none.facts).toEqual({ "Memory limit": "unlimited", "Pids limit": "unlimited" });
    expect(await none.bytesOf("Memory limit")).toContain("-1");
    expect((await limitsOf(withResources('{"pids":{"limit":0}}'))).facts).toEqual({ "Pids limit": "unlimited" });
    expect((await limitsOf(withResources('{"memory":{"limit":209715200},"pids":{"limit":2048}}'))).facts).toEqual({ "Memory limit": "209715200", "Pids limit": "2048" });
  });
});

test("a limit of 4 GiB less one byte is a limit on a machine of 64 bits", async () => {
  const files = await withEdited(await sampleFiles("01-simple"), `core-${PID}.img`, ([core]) => {
    const [cpu, size] = (core!.message as Editable)["tc"]["rlimits"]["rlimits"];
    Object.assign(cpu, { cur: 0xffff_ffffn, max: 2n ** 64n - 1n });
    Object.assign(size, { cur: 2n ** 63n - 1n, max: 5n });
  });
  const { inspector } = (await openSet(files))!;
  const rows = await plainRows(inspector, "limits");
  expect(rows.slice(0, 2).map(({ soft, hard }) => [soft, hard])).toEqual([["4294967295", "unlimited"], ["9223372036854775807", "5"]]);
  const { span, record } = (await inspector.locate("limits", 0, "soft"))!;
  const owner = (await inspector.ownerAt(span.file, span.start))!;
  expect([owner.record, owner.rows.map(({ table, row }) => `${table} ${row}`)]).toEqual([record, ["limits 0"]]);
  const field = (await inspector.ownerAt(span.file, span.end - 1))!.field;
  expect([field.name, field.text]).toEqual(["cur", "4294967295"]);
  await inspector.close();
});
