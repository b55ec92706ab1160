/** The registry: every format that Icecore reads. */
import { containerCompanion } from "./container/index.ts";
import { makeCriu } from "./criu/index.ts";
import { elfCore } from "./elf-core/index.ts";
import type { Format } from "./format.ts";
import { linuxCr } from "./linux-cr/index.ts";

export const FORMATS: readonly Format[] = [linuxCr, makeCriu([containerCompanion]), elfCore];
