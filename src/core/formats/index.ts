/** The registry: every format that Icecore reads. */
import type { Format } from "./format.ts";
import { linuxCr } from "./linux-cr/index.ts";

export const FORMATS: readonly Format[] = [linuxCr];
