/** Places that a row of a table leads to beyond its own links: registers of a thread, memory of a task, texts of a process. */
import type { Cell, CellValue, Inspector, Row, TableInfo } from "../../core/index.ts";
import { memoryView, type View } from "../state/view.ts";

export interface RowPlace {
  readonly label: string;
  /** Undefined when the row leads there in principle, but the image has nothing to show. */
  readonly find: () => Promise<View | undefined>;
}

export function cellNamed(info: TableInfo, row: Row, name: string): Cell | undefined {
  return row.cells[info.columns.findIndex((column) => column.name === name)];
}

/** Row that a column refers to. */
function target(info: TableInfo, row: Row, column: string): number | undefined {
  return cellNamed(info, row, column)?.link?.row;
}

/** Tables whose rows belong to a task or an address space, so that their addresses can be gone to. */
const WITH_SPACE: ReadonlySet<string> = new Set(["spaces", "tasks", "regions", "extents", "auxv", "threads", "registers", "pending_signals"]);

/** What a linked task refers to in another table. */
async function ofTask(inspector: Inspector, tables: readonly TableInfo[], task: number | undefined, column: string): Promise<number | undefined> {
  const info = tables.find(({ name }) => name === "tasks");
  const row = task === undefined || info === undefined ? undefined : await inspector.row("tasks", task);
  return info === undefined || row === undefined ? undefined : target(info, row, column);
}

/** The address space that a row is about. */
export async function spaceOfRow(inspector: Inspector, tables: readonly TableInfo[], info: TableInfo, row: Row): Promise<number | undefined> {
  if (!WITH_SPACE.has(info.name)) return undefined;
  if (info.name === "spaces") return row.row;
  return target(info, row, "space") ?? (await ofTask(inspector, tables, target(info, row, "task"), "space"));
}

/** The thread that a row is about; where each thread is a task of its own, registers name only the task. */
async function threadOfRow(inspector: Inspector, tables: readonly TableInfo[], info: TableInfo, row: Row): Promise<number | undefined> {
  if (info.name === "threads") return row.row;
  return target(info, row, "thread") ?? (await ofTask(inspector, tables, target(info, row, "task"), "thread"));
}

/** The core gives addresses as text: scripts and JSON want them so. */
function addressFrom(value: CellValue | undefined): bigint | undefined {
  return typeof value === "string" && /^0x[0-9a-f]+$/i.test(value) ? BigInt(value) : undefined;
}

function addressOf(info: TableInfo, row: Row, column: string): bigint | undefined {
  return addressFrom(cellNamed(info, row, column)?.value);
}

/** In the order in which a menu offers them. */
export function placesOfRow(inspector: Inspector, tables: readonly TableInfo[], info: TableInfo, row: Row): readonly RowPlace[] {
  const space = (make: (space: number) => View) => async (): Promise<View | undefined> => {
    const found = await spaceOfRow(inspector, tables, info, row);
    return found === undefined ? undefined : make(found);
  };
  const thread: RowPlace = {
    label: "Show registers and stack",
    find: async () => {
      const found = await threadOfRow(inspector, tables, info, row);
      return found === undefined ? undefined : { kind: "thread", thread: found };
    },
  };
  switch (info.name) {
    case "tasks":
    case "spaces": {
      const isDead = info.name === "tasks" && target(info, row, "space") === undefined;
      if (isDead) return [];
      const places: readonly RowPlace[] = [
        { label: "Show memory", find: space((found) => memoryView(found)) },
        { label: "Show command line and environment", find: space((found) => ({ kind: "process", space: found })) },
      ];
      return info.name === "tasks" && target(info, row, "thread") !== undefined ? [...places, thread] : places;
    }
    case "threads":
    case "registers":
      return [thread];
    case "regions":
      return [
        { label: "Show in memory", find: space((found) => memoryView(found, addressOf(info, row, "start"))) },
        { label: "Search this region", find: space((found) => ({ kind: "search", mode: "text", text: "", space: found, region: row.row })) },
        { label: "List its strings", find: space((found) => ({ kind: "search", mode: "strings", text: "", space: found, region: row.row })) },
        { label: "Find pointers to it", find: space((found) => ({ kind: "search", mode: "pointer", text: "", space: found, region: row.row })) },
      ];
    default:
      return [];
  }
}

/** Columns that are drawn as the way to the address in memory; other addresses are gone to by the menu. */
const ADDRESS_COLUMNS: ReadonlySet<string> = new Set(["threads ip", "threads sp", "pending_signals address"]);

export function leadsToMemory(info: TableInfo, column: string, cell: Cell): boolean {
  return ADDRESS_COLUMNS.has(`${info.name} ${column}`) && addressInCell(info, column, cell) !== undefined;
}

/** Columns that are written in hex and hold no address. */
const OTHER_HEX: ReadonlySet<string> = new Set(["flags", "exit_code", "personality", "offset", "page_prot"]);

/** The address that a cell shows, when its row says in which address space it counts. */
export function addressInCell(info: TableInfo, column: string, cell: Cell): bigint | undefined {
  return WITH_SPACE.has(info.name) && !OTHER_HEX.has(column) ? addressFrom(cell.value) : undefined;
}
