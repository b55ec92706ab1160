/** Network devices, in words. */
import { expect, test } from "vitest";
import type { Editable } from "../../../support/criu-edit.ts";
import { withEdited } from "../../../support/criu-edit.ts";
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
