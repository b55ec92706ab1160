/** Network devices, in words. */
import { expect, test } from "vitest";
import type { Editable } from "../../../support/criu-edit.ts";
import { withBytes, withEdited } from "../../../support/criu-edit.ts";
import { openSet, sampleFiles } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

test("a TUN device belongs to somebody, or to nobody where its owner is -1", async () => {
  const tun = (name: string, owner: number, group: number): Editable => ({ type: 3, ifindex: 90, mtu: 1500, flags: 0, name, tun: { owner, group } });
  const files = await withEdited(await sampleFiles("12a-namespaces"), "netdev-10.img", (entries) => [
    ...entries,
    ...[tun("tun0", 0xffff_ffff, 0xffff_ffff), tun("tun1", 1000, 0xffff_ffff), tun("tun2", 0, 5)].map((message) => ({ message, payload: new Uint8Array(0) })),
  ]);
  const { checkpoint } = (await openSet(files))!;
  const found = rawRows(checkpoint, "devices").filter(({ name }) => String(name).startsWith("tun"));
  expect(found.map(({ name, link }) => [name, link])).toEqual([["tun0", null], ["tun1", "owner 1000"], ["tun2", "owner 0, group 5"]]);
});

/** `ip rule save` in a namespace of its own, Linux 6.18. */
const RULES =
  "hmlwcTQAAAAgAAIAat8Ka5ltAAACAAAA/wAAAQAAAAAIAA8A/wAAAAgADgD/////BQAVAAIAAABEAAAAIAACAGrfCmuZbQAAAgAIAP4AAAEAAAAACAAPAP4AAAAIAA4AAAAAAAUAFQAAAAAACAAGAPp/AAAIAAIA" +
  "CgAAAEwAAAAgAAIAat8Ka5ltAAACAAAAAAAAAgAAAAAIAA8AAAAAAAgADgD/////BQAVAAAAAAAHABEAbG8AAAgABgD7fwAACAAEAP5/AABoAAAAIAACAGrfCmuZbQAAAgAAADwAAAEAAAAACAAPADwAAAAIAA4A" +
  "/////wUAFQAAAAAACAAGAPx/AAAMABQAAAAAAGMAAAAIABcA6APQBwgAGABQAFAABgAdAP//AAAFABYABgAAAFQAAAAgAAIAat8Ka5ltAAACAAAQMgAAAQIAAAAIAA8AMgAAAAgADgD/////BQAVAAAAAAAHAAMA" +
  "bG8AAAgABgD9fwAACAAKAAUAAAAIABAA/wAAADwAAAAgAAIAat8Ka5ltAAACAAAA/gAAAQAAAAAIAA8A/gAAAAgADgD/////BQAVAAIAAAAIAAYA/n8AADwAAAAgAAIAat8Ka5ltAAACAAAA/QAAAQAAAAAIAA8A" +
  "/QAAAAgADgD/////BQAVAAIAAAAIAAYA/38AAA==";

test("a rule says what it asks of a packet, in the words of ip rule", async () => {
  const files = await withBytes(await sampleFiles("12a-namespaces"), "rule-10.img", () => Buffer.from(RULES, "base64"));
  const { checkpoint } = (await openSet(files))!;
  expect(checkpoint.diagnostics.list).toEqual([]);
  const rules = rawRows(checkpoint, "routes").filter(({ kind }) => kind === "rule");
  expect(rules.map(({ metric, source, table, detail }) => [metric, source, table, detail])).toEqual([
    [null, null, "local", null],
    [32762, "10.0.0.0/8", "main", "suppress_prefixlength 0"],
    [32763, null, null, "oif lo goto 32766"],
    [32764, null, "60", "uidrange 0-99 ipproto 6 sport 1000-2000 dport 80"],
    [32765, null, "50", "not tos 0x10 fwmark 0x5/0xff iif lo"],
    [32766, null, "main", null],
    [32767, null, "default", null],
  ]);
});
