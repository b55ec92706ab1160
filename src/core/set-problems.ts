/** Problems of the archives that a checkpoint came in, and where its files stood in them. */
import type { FileSet } from "./archive/file-set.ts";
import type { Checkpoint } from "./model/checkpoint.ts";

export function placeSetProblems(checkpoint: Checkpoint, set: FileSet): void {
  const { diagnostics, files } = checkpoint;
  const fileOf = new Map(files.map(({ name }, index) => [name, index]));
  for (const { archive, problem } of set.problems) {
    const member = problem.member === undefined ? undefined : set.files.find(({ from }) => from?.archive.name === archive && from.member === problem.member);
    const file = member === undefined ? undefined : fileOf.get(member.path);
    const where = set.archives.length > 1 ? `${archive}: ` : "";
    diagnostics.report(problem.code, where + problem.message, file === undefined ? undefined : { file, start: 0, end: files[file]!.source.size }, file === undefined ? undefined : { table: "images", row: file });
  }
}
