/** Everything that a revision and a machine decide about how an image is read or written. */
import type { Abi } from "../../schema/abi.ts";
import { layoutOf } from "../../schema/layout.ts";
import type { Struct } from "../../schema/schema.ts";
import { KindTable } from "./kinds.ts";
import { ordinal, REVISIONS, type Revision } from "./revisions.ts";
import { header16 } from "./structs-cr.ts";
import { header32, header32Payload } from "./structs-ckpt.ts";

/** Machines that the series ran on. */
export const ARCHITECTURES = ["x86_32", "x86_64", "s390x", "ppc32", "ppc64", "arm"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface Dialect {
  readonly revision: Revision;
  /** Position in the history of revisions. */
  readonly index: number;
  readonly abi: Abi;
  readonly architecture: Architecture;
  readonly header: Struct;
  readonly headerSize: number;
  /** True when `type` and `len` are signed 16-bit numbers. */
  readonly narrow: boolean;
  /** True when `len` counts the header too. */
  readonly lengthCountsHeader: boolean;
  readonly kinds: KindTable;
}

export interface DialectOptions {
  readonly revision: string;
  readonly architecture: Architecture;
  readonly endian: "little" | "big";
  readonly pageSize?: number;
}

const WIDE: readonly Architecture[] = ["x86_64", "s390x", "ppc64"];

export function isArchitecture(name: string): name is Architecture {
  return (ARCHITECTURES as readonly string[]).includes(name);
}

/** Dialects are made once: recognition compares two hundred of them. */
const made = new Map<string, Dialect>();

export function makeDialect({ revision, architecture, endian, pageSize = 4096 }: DialectOptions): Dialect {
  const key = `${revision} ${architecture} ${endian} ${pageSize}`;
  let dialect = made.get(key);
  if (dialect === undefined) {
    dialect = create(revision, architecture, endian, pageSize);
    // Page sizes come from images; all else is from short lists.
    if (made.size < 1000) made.set(key, dialect);
  }
  return dialect;
}

function create(revision: string, architecture: Architecture, endian: "little" | "big", pageSize: number): Dialect {
  const index = ordinal(revision);
  const abi: Abi = {
    endian,
    longSize: WIDE.includes(architecture) ? 8 : 4,
    // The psABI of i386 aligns 64-bit members at 4; all others at 8.
    u64Align: architecture === "x86_32" ? 4 : 8,
    pageSize,
    architecture,
    revision: index,
  };
  const narrow = index < ordinal("v14");
  const header = narrow ? header16 : index < ordinal("v15") ? header32Payload : header32;
  return {
    revision: REVISIONS[index]!,
    index,
    abi,
    architecture,
    header,
    headerSize: layoutOf(header, abi).size,
    narrow,
    lengthCountsHeader: index >= ordinal("v15"),
    kinds: new KindTable(abi, header),
  };
}
