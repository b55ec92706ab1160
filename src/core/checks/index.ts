/**
 * Rules that need more than one record, each a function of its own over the finished tables.
 * They read tables only, so they serve every format.
 */
import type { Checkpoint } from "../model/checkpoint.ts";
import { descriptorsOnce } from "./descriptors.ts";
import { pageOverlaps } from "./pages.ts";
import { pairs } from "./sockets.ts";
import { taskTree } from "./tasks.ts";
import { regionOverlaps } from "./regions.ts";

export type Check = (checkpoint: Checkpoint) => void;

const CHECKS: readonly Check[] = [taskTree, regionOverlaps, pageOverlaps, descriptorsOnce, pairs];

export function runChecks(checkpoint: Checkpoint): void {
  for (const check of CHECKS) check(checkpoint);
}
