/** What a set says that it is: a dump, a pre-dump, or less than either. */
import { expect, test } from "vitest";
import { baseName } from "../../../../src/core/archive/file-set.ts";
import { openSet, sampleFiles, type OpenedSet } from "../../../support/criu-open.ts";

const kind = ({ checkpoint }: OpenedSet): string | undefined => checkpoint.facts.flatMap(({ facts }) => facts).find(({ label }) => label === "Kind")?.text;

/** Kind of a directory of a sample of which only the files are left that `keep` names. */
async function kindOf(sample: string, folder: string, keep: (name: string) => boolean): Promise<{ readonly kind: string | undefined; readonly why: string | undefined }> {
  const files = (await sampleFiles(sample)).filter(({ name, link }) => link === undefined && (folder === "" || name.startsWith(`${folder}/`)) && keep(baseName(name)));
  const opened = (await openSet(files.map((file) => ({ ...file, name: baseName(file.name) }))))!;
  const found = { kind: kind(opened), why: opened.checkpoint.empty?.get("tasks") };
  await opened.inspector.close();
  return found;
}

test.each([
  ["a dump", "01-simple", "", /./, "full dump"],
  ["a pre-dump", "14a-incremental", "pre1", /./, "pre-dump (splice): memory only"],
  ["the inventory of a pre-dump alone", "14a-incremental", "pre1", /^inventory/, "pre-dump (splice), incomplete: pagemaps are not here"],
  ["the inventory of a dump alone", "01-simple", "", /^inventory/, "not known, incomplete: the process tree (pstree.img), core images, memory maps and pagemaps are not here"],
  ["an inventory and what stands beside the tasks", "01-simple", "", /^(inventory|stats|files|seccomp)/, "not known, incomplete: the process tree (pstree.img), core images, memory maps and pagemaps are not here"],
  ["a dump without its tree", "01-simple", "", /^(?!pstree)/, "not known, incomplete: the process tree (pstree.img) is not here"],
  ["a dump of which only memory is left", "01-simple", "", /^(inventory|pagemap|pages)/, "not known, incomplete: the process tree (pstree.img), core images and memory maps are not here"],
])("%s says so", async (_, sample, folder, keep, expected) => {
  const found = await kindOf(sample, folder, (name) => keep.test(name));
  expect(found.kind).toBe(expected);
  if (!expected.startsWith("full")) expect(found.why).toMatch(expected.startsWith("pre-dump") ? /pre-dump/ : /not in what was opened/);
});
