/** What decides about widths, alignment and byte order of C records: the machine and the revision that wrote them. */
export interface Abi {
  readonly endian: "little" | "big";
  /** Bytes of the native `unsigned long`. */
  readonly longSize: 4 | 8;
  /** Alignment of a 64-bit member: 4 on i386, 8 elsewhere. */
  readonly u64Align: 4 | 8;
  readonly pageSize: number;
  readonly architecture: string;
  /** Position of the revision in the history of its format; fields come and go with it. */
  readonly revision: number;
}

/** For what is the same on every machine: enums, texts, archives. */
export const PLAIN_ABI: Abi = { endian: "little", longSize: 8, u64Align: 8, pageSize: 4096, architecture: "", revision: 0 };
