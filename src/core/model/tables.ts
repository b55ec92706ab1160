/**
 * THE list of tables that a checkpoint is made of, whatever its format, in the order in which they are shown.
 * A new column is one line in a file of `tables/` and the mapping lines that fill it: page, command line, filter, export and
 * help follow.
 */
import { CONTAINER_TABLES } from "./tables/container.ts";
import { FILE_TABLES } from "./tables/files.ts";
import { IMAGE_TABLES } from "./tables/image.ts";
import { MEMORY_TABLES } from "./tables/memory.ts";
import { SYSTEM_TABLES } from "./tables/system.ts";
import { TASK_TABLES } from "./tables/tasks.ts";
import type { TableDef } from "./table.ts";

export const TABLES = {
  ...TASK_TABLES,
  ...MEMORY_TABLES,
  ...FILE_TABLES,
  ...SYSTEM_TABLES,
  ...CONTAINER_TABLES,
  ...IMAGE_TABLES,
} as const satisfies Record<string, TableDef>;

export type TableName = keyof typeof TABLES;
