/** Words of the tables that say where pages are, in one place: those who resolve addresses read them. */

/** `unsaved` of a region: what a page is whose contents are not in the image. Any other text says why it is missing. */
export const UNSAVED = { zero: "zero", file: "file" } as const;

/** `where` of a run of pages without bytes. */
export const NO_BYTES = {
  lazy: "left for the network (lazy)",
  nowhere: "not known: the entry says neither present, nor in the parent, nor lazy",
  noParent: "missing: not in the parent",
  noFile: "missing: no pages file",
  cut: "missing: pages file cut off",
  damaged: "not known: the stored block cannot be decoded",
  shifted: "not known: an entry of the pagemap before is broken, so that the place in the pages file is uncertain",
} as const;

/** Flags of an entry of a pagemap (PE_* of criu/include/pagemap.h). */
export const PAGE_FLAGS: ReadonlyMap<number, string> = new Map([[1, "PARENT"], [2, "LAZY"], [4, "PRESENT"], [8, "PAYLOAD_ALIGNED"]]);
