/** The public surface of the core: what the page and the command line may import. Pinned by a snapshot test. */
export { openCheckpoint, OpenError, type InputFile, type Platform } from "./open.ts";
export type { ArchiveOptions, DecodeEnd, Decoder, ScratchFile, ScratchStore } from "./archive/archive.ts";
export { RefusedBytes } from "./bytes/refused-bytes.ts";
export { blobSource, chunkSource, memorySource, type ByteSource } from "./bytes/source.ts";
export { span, type Span } from "./bytes/span.ts";
export type { Diagnostic, ProblemInfo, RowRef, Severity } from "./model/diagnostic.ts";
export { problemCatalogue } from "./model/problem-codes.ts";
export { formatCount, formatHex, formatSize } from "./schema/show.ts";
export { csvField, jsonRow } from "./export/rows.ts";
export type * from "./inspector.ts";
export { critDecode, critDecodeText, type CritDecoded, type CritDecodeOptions } from "./formats/criu/crit/decode.ts";
export { critEncode, type CritEncoded, type CritEncodeOptions } from "./formats/criu/crit/encode.ts";
export { CRIT_EXPLORATIONS, critExplore, type CritExploration, type CritExplored } from "./formats/criu/crit/explore.ts";
export { openImages, type OpenedImages } from "./formats/criu/image-source.ts";
export type { ImageSet } from "./formats/criu/crit/image-set.ts";
export type { HeadKind } from "./formats/criu/crit/type-names.ts";
export type { WritePiece } from "./formats/criu/crit/json-writer.ts";
