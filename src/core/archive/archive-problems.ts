/** What can be wrong with an archive: the closed list of codes, with what each means and what to do about it. */

interface Entry {
  readonly severity: "error" | "warning" | "note";
  readonly doc: string;
  readonly remedy: string;
}

const AGAIN = "Copy or export the archive again and compare the sizes or checksums.";
const MADE = "Archives of checkpoint tools never hold one: somebody else made or changed this one. Nothing is written to disk under such a name.";

export const ARCHIVE_PROBLEM_CODES = {
  "archive.damaged": {
    severity: "error",
    doc: "The compressed data is damaged or ends too early: what could be inflated is shown.",
    remedy: AGAIN,
  },
  "archive.trailing": {
    severity: "warning",
    doc: "Bytes follow the end of the compressed data or of the archive.",
    remedy: "Harmless when they are padding; perhaps two files were joined: then split them.",
  },
  "archive.limit": {
    severity: "warning",
    doc: "The file inflates to more than the limit; what comes after it is not shown.",
    remedy: "Raise the limit if you trust the file (--inflate-limit on the command line), or unpack it first.",
  },
  "archive.refused": {
    severity: "warning",
    doc: "The contents of a member were not kept: there was no space for them.",
    remedy: "Unpack the archive first and open the folder, use the command line, or allow this page to store data.",
  },
  "archive.no-end": {
    severity: "warning",
    doc: "A tar archive ends without the two zero blocks that mark its end.",
    remedy: `Perhaps members are missing. ${AGAIN}`,
  },
  "archive.checksum": {
    severity: "error",
    doc: "A tar header has a wrong checksum; reading went on at the next sound header.",
    remedy: `The bytes between are listed as unknown. ${AGAIN}`,
  },
  "archive.number": {
    severity: "error",
    doc: "A number in a header is negative, too large or no number.",
    remedy: `It counts as zero or as absent. ${AGAIN}`,
  },
  "archive.pax": {
    severity: "error",
    doc: "An extended header cannot be read, or belongs to no member.",
    remedy: `Its readable records are used. ${AGAIN}`,
  },
  "archive.member-cut": {
    severity: "error",
    doc: "The contents of a member are cut off by the end of the archive.",
    remedy: AGAIN,
  },
  "archive.path": {
    severity: "error",
    doc: "A member has a name that could lead out of a folder or cannot be a file name: it is shown under a harmless label.",
    remedy: MADE,
  },
  "archive.duplicate": {
    severity: "warning",
    doc: "Two members have the same name; the last one wins, as when the archive is unpacked.",
    remedy: "Nothing to do when files were added to the archive again on purpose.",
  },
  "archive.link": {
    severity: "error",
    doc: "A hard link names no earlier member, or a link leads out of the archive.",
    remedy: MADE,
  },
  "archive.sparse": {
    severity: "error",
    doc: "The map of a sparse member is unordered, overlapping, beyond the size, or cannot be read; the sound entries before are used.",
    remedy: AGAIN,
  },
  "archive.encrypted": {
    severity: "error",
    doc: "A member is encrypted, so its contents cannot be shown.",
    remedy: "Unpack the archive with its password first and open the folder.",
  },
  "archive.method": {
    severity: "error",
    doc: "A member is compressed by a method that is not supported.",
    remedy: "Unpack the archive first and open the folder.",
  },
  "archive.crc": {
    severity: "error",
    doc: "The contents of a member do not have the checksum that the archive records.",
    remedy: AGAIN,
  },
  "archive.directory": {
    severity: "error",
    doc: "The central directory of a zip archive is damaged, or points to places where no member is.",
    remedy: AGAIN,
  },
  "archive.members": {
    severity: "warning",
    doc: "The archive has more members than this program lists.",
    remedy: "Unpack it first and open the folder of the checkpoint.",
  },
  "archive.capture": {
    severity: "error",
    doc: "A capture of CRIU's image streamer lacks something: a shard is missing, damaged, or cut off.",
    remedy: "Open all shards of the capture together. Contents whose file is not certain are shown with no file.",
  },
} as const satisfies Record<string, Entry>;

export type ArchiveProblemCode = keyof typeof ARCHIVE_PROBLEM_CODES;
