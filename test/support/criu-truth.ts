/** What /proc said about the tasks of a CRIU sample, and which of their pages had which contents. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Checkpoint } from "../../src/core/model/checkpoint.ts";
import type { Raw } from "../../src/core/model/table.ts";
import type { TableName } from "../../src/core/model/tables.ts";
import { ColumnReader } from "../../src/core/view/cells.ts";

const ROOT = new URL("../fixtures/real/criu/", import.meta.url);

interface ProcFd {
  readonly link: string;
  readonly info: string;
  readonly stat: { readonly mode: string; readonly size: number; readonly ino: number };
}

interface ProcThread {
  readonly comm: string;
  readonly status: string;
  readonly stat: string;
}

interface ProcJson extends ProcThread {
  readonly maps: string;
  readonly smaps: string;
  readonly limits: string;
  readonly personality: string;
  readonly oom_score_adj: string;
  readonly loginuid?: string;
  readonly timers?: string;
  readonly auxv_hex: string;
  readonly exe?: string;
  readonly cwd?: string;
  readonly root?: string;
  readonly ns?: Readonly<Record<string, string>>;
  readonly fd: Readonly<Record<string, ProcFd>>;
  readonly threads: Readonly<Record<string, ProcThread>>;
  readonly mountinfo?: string;
  readonly net?: Readonly<Record<string, string>>;
}

export interface ProcMap {
  readonly start: bigint;
  readonly end: bigint;
  readonly prot: string;
  readonly offset: bigint;
  readonly path: string;
}

export class ProcStatus {
  readonly #lines: ReadonlyMap<string, string>;

  constructor(text: string) {
    this.#lines = new Map(text.split("\n").flatMap((line) => {
      const colon = line.indexOf(":\t");
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)] as const];
    }));
  }

  words(name: string): string[] {
    return (this.#lines.get(name) ?? "").trim().split(/\s+/).filter((word) => word !== "");
  }

  numbers(name: string): number[] {
    return this.words(name).map(Number);
  }

  mask(name: string): bigint {
    return BigInt(`0x${this.words(name)[0] ?? "0"}`);
  }

  has(name: string): boolean {
    return this.#lines.has(name);
  }

  /** Number in the innermost pid namespace. */
  inner(name: string): number {
    return this.numbers(name).at(-1) ?? NaN;
  }
}

export class ProcTask {
  readonly json: ProcJson;
  readonly status: ProcStatus;
  /** Outside every namespace. */
  readonly outer: number;

  constructor(outer: number, json: ProcJson) {
    this.outer = outer;
    this.json = json;
    this.status = new ProcStatus(json.status);
  }

  get pid(): number {
    return this.status.inner("NSpid");
  }

  /** Fields of stat by the numbers of proc(5), from 3 on. */
  stat(field: number): string {
    return this.json.stat.slice(this.json.stat.lastIndexOf(")") + 2).trim().split(" ")[field - 3]!;
  }

  get isZombie(): boolean {
    return this.stat(3) === "Z";
  }

  get maps(): ProcMap[] {
    return [...this.json.maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$/gm)].map((match) => ({
      start: BigInt(`0x${match[1]}`),
      end: BigInt(`0x${match[2]}`),
      prot: match[3]!,
      offset: BigInt(`0x${match[4]}`),
      path: match[5]!.replaceAll("\\012", "\n"),
    }));
  }

  get threads(): { tid: number; comm: string; status: ProcStatus; stat: string[] }[] {
    return Object.values(this.json.threads).map(({ comm, status, stat }) => ({
      tid: new ProcStatus(status).inner("NSpid"),
      comm: comm.replace(/\n$/, ""),
      status: new ProcStatus(status),
      stat: stat.slice(stat.lastIndexOf(")") + 2).trim().split(" "),
    }));
  }

  get auxv(): { type: number; value: bigint }[] {
    const bytes = Uint8Array.from(Buffer.from(this.json.auxv_hex, "hex"));
    const view = new DataView(bytes.buffer);
    // The vector of a 32-bit task has 32-bit words.
    const wide = this.maps.some(({ end }) => end > 0x1_0000_0000n);
    const pairs: { type: number; value: bigint }[] = [];
    for (let at = 0; at + (wide ? 16 : 8) <= bytes.length; at += wide ? 16 : 8) {
      pairs.push(wide ? { type: Number(view.getBigUint64(at, true)), value: view.getBigUint64(at + 8, true) } : { type: view.getUint32(at, true), value: BigInt(view.getUint32(at + 4, true)) });
    }
    return pairs;
  }
}

export interface ProcTruth {
  /** Whether it was taken while the tasks stood still for the dump, or just before. */
  readonly frozen: boolean;
  readonly tasks: readonly ProcTask[];
  readonly locks: readonly string[];
  readonly sysvipc: Readonly<Record<"msg" | "sem" | "shm", string>> | undefined;
}

export function procTruth(name: string): ProcTruth {
  const frozen = existsSync(new URL(`${name}.truth/proc-frozen.json.gz`, ROOT));
  const json = JSON.parse(gunzipSync(readFileSync(new URL(`${name}.truth/proc-${frozen ? "frozen" : "before"}.json.gz`, ROOT))).toString("utf8")) as {
    tasks: Record<string, ProcJson>;
    locks?: string[];
    sysvipc?: Record<"msg" | "sem" | "shm", string>;
  };
  return { frozen, tasks: Object.entries(json.tasks).map(([pid, task]) => new ProcTask(Number(pid), task)), locks: json.locks ?? [], sysvipc: json.sysvipc };
}

export interface TruthPage {
  /** Outside every namespace. */
  readonly pid: number;
  readonly address: bigint;
  readonly flags: string;
  /** `zero`, `-` when it could not be read, or hexadecimal digits. */
  readonly crc: string;
}

export function pagesTruth(name: string): TruthPage[] {
  const text = gunzipSync(readFileSync(new URL(`${name}.truth/pages.tsv.gz`, ROOT))).toString("utf8");
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [pid, address, flags, crc] = line.split("\t");
    return { pid: Number(pid), address: BigInt(`0x${address}`), flags: flags!, crc: crc! };
  });
}

export function truthText(name: string, file: string): string {
  return readFileSync(new URL(`${name}.truth/${file}`, ROOT), "utf8");
}

export type RawRow = Readonly<Record<string, Raw>>;

/** Rows of a table before they become text: references as row numbers, looked-up columns filled in. */
export function rawRows({ tables }: Checkpoint, name: TableName): readonly RawRow[] {
  const table = tables.get(name);
  const readers = Object.keys(table.def.columns).map((column) => [column, new ColumnReader(tables, table, column)] as const);
  return Array.from({ length: table.length }, (_, row) => Object.fromEntries(readers.map(([column, reader]) => [column, reader.raw(row)])));
}
