/** What both generations of builders share: records in order, heads, pages and flags. */
import type { StructValues } from "../../schema/encode.ts";
import type { Architecture, Dialect } from "./dialect.ts";
import { MAGIC } from "./enums.ts";
import type { ImageSpec, PageSpec, RegionSpec } from "./image-spec.ts";
import { ordinal } from "./revisions.ts";
import type { RecordValues } from "./write.ts";

/** Machine names of uname. */
export const MACHINES: Readonly<Record<Architecture, string>> = {
  x86_32: "i686",
  x86_64: "x86_64",
  s390x: "s390x",
  ppc32: "ppc",
  ppc64: "ppc64",
  arm: "armv7l",
};
const VM_MAY = 0x70;
const VM_SHARED = 0x8;
const VM_MAYSHARE = 0x80;
const PAGES_PER_CHUNK = 8192;

export abstract class RecordBuilder {
  readonly records: RecordValues[] = [];
  protected readonly dialect: Dialect;
  protected readonly spec: ImageSpec;
  protected nextRef = 1;

  constructor(dialect: Dialect, spec: ImageSpec) {
    this.dialect = dialect;
    this.spec = spec;
  }

  abstract image(): void;

  protected since(id: string): boolean {
    return this.dialect.index >= ordinal(id);
  }

  protected put(kind: string, values: StructValues = {}, header?: StructValues): void {
    this.records.push(header === undefined ? { kind, values } : { kind, values, header });
  }

  protected head(): StructValues {
    const version = /^(\d+)\.(\d+)\.(\d+)/.exec(this.release());
    return {
      magic: MAGIC.head,
      major: Number(version?.[1] ?? 2),
      minor: Number(version?.[2] ?? 6),
      patch: Number(version?.[3] ?? 30),
      rev: this.dialect.revision.rev ?? 1,
      time: this.spec.time ?? 1_270_000_000,
    };
  }

  protected release(): string {
    return this.spec.release ?? "2.6.33";
  }

  protected regionFlags(region: RegionSpec): number {
    const [r, w, x, s] = region.prot;
    const shared = s === "s" ? VM_SHARED | VM_MAYSHARE : 0;
    return (r === "r" ? 1 : 0) | (w === "w" ? 2 : 0) | (x === "x" ? 4 : 0) | VM_MAY | shared;
  }

  protected offsetInPages(region: RegionSpec): bigint {
    const bytes = region.kind === "anonymous" ? region.start : (region.offset ?? 0n);
    return bytes / BigInt(this.dialect.abi.pageSize);
  }

  /** Chunks of pages, and the empty one that ends them. */
  protected pages(pages: readonly PageSpec[], kind: string, isIndex: boolean): void {
    const size = BigInt(this.dialect.abi.pageSize);
    for (let from = 0; from < pages.length; from += PAGES_PER_CHUNK) {
      const chunk = pages.slice(from, from + PAGES_PER_CHUNK);
      this.put("PGARR", { nr_pages: chunk.length });
      this.put(kind, {
        addresses: chunk.map(({ address }) => (isIndex ? address / size : address)),
        pages: chunk.map(({ data }) => data),
      });
    }
    this.put("PGARR", { nr_pages: 0 });
  }

  protected comm(name: string): Uint8Array {
    const text = new Uint8Array(16);
    text.set(new TextEncoder().encode(name).subarray(0, 15));
    return text;
  }

  protected cText(text: string): string {
    return `${text}\0`;
  }

  protected mode(flags: number): number {
    const access = flags & 3;
    return 0x1c | (access === 0 || access === 2 ? 1 : 0) | (access === 1 || access === 2 ? 2 : 0);
  }
}
