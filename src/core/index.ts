/** The public surface of the core: what the page and the command line may import. Pinned by a snapshot test. */
export { openCheckpoint, OpenError, type InputFile } from "./open.ts";
export { blobSource, chunkSource, memorySource, type ByteSource } from "./bytes/source.ts";
export { span, type Span } from "./bytes/span.ts";
export type { Diagnostic, ProblemInfo, RowRef, Severity } from "./model/diagnostic.ts";
export { problemCatalogue } from "./model/problem-codes.ts";
export { formatCount, formatHex, formatSize } from "./schema/show.ts";
export type * from "./inspector.ts";
