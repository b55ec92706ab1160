/**
 * From tasks, regions and descriptors to the records of a revision, in the order that its grammar asks for.
 * What a description leaves out gets the value that an idle task has; every revision from v2 on with known layouts works.
 */
import { FirstGeneration } from "./build-cr.ts";
import { SecondGeneration } from "./build-ckpt.ts";
import { makeDialect, type Architecture } from "./dialect.ts";
import type { ImageSpec } from "./image-spec.ts";
import { ordinal } from "./revisions.ts";
import type { ImageModel } from "./write.ts";

export type { FdSpec, ImageSpec, PageSpec, RegionSpec, TaskSpec } from "./image-spec.ts";

const BIG: readonly Architecture[] = ["s390x", "ppc32", "ppc64"];

/** Throws for revisions whose layouts are not known well enough to be written. */
export function buildImage(spec: ImageSpec): ImageModel {
  const endian = spec.endian ?? (BIG.includes(spec.architecture) ? "big" : "little");
  const pageSize = spec.pageSize ?? 4096;
  const options = { revision: spec.revision, architecture: spec.architecture, endian, pageSize } as const;
  const dialect = makeDialect(options);
  const at = dialect.index;
  if (at < ordinal("v2") || at === ordinal("v14") || at === ordinal("v15")) throw new Error(`the layouts of ${spec.revision} are not known well enough to write it`);
  if (at < ordinal("v9") && spec.tasks.length !== 1) throw new Error(`${spec.revision} holds one task`);
  const builder = at < ordinal("v15") ? new FirstGeneration(dialect, spec) : new SecondGeneration(dialect, spec);
  builder.image();
  return { ...options, records: builder.records };
}
