/** How long records and blocks should be, where their own word for it cannot be trusted or does not exist. */
import type { Frame } from "./grammar.ts";
import type { Reader } from "./reader.ts";
import { ordinal } from "./revisions.ts";

/** Length that a record of this name should have here, or -1 when anything is possible. */
export function expectedLength(reader: Reader, name: string, start: number, frame: Frame | undefined): number {
  const { kinds, headerSize, abi } = reader.dialect;
  const size = kinds.sizeOf(name);
  if (size >= 0) return size;
  if (name === "FILE") return reader.fileKind(start, Infinity)?.size ?? -1;
  const step = frame?.production.steps[frame.step];
  const key = step !== undefined && (step.step === "record" || step.step === "many") ? step.kinds[0] : undefined;
  if (frame !== undefined && name === "BUFFER" && key === "BUFFER:pages") return headerSize + frame.n * (abi.longSize + abi.pageSize);
  if (frame !== undefined && name === "BUFFER" && (key === "BUFFER:tty" || key === "BUFFER:skb")) {
    return key === "BUFFER:tty" || frame.m >= 0 ? headerSize + (key === "BUFFER:tty" ? frame.n : frame.m) : -1;
  }
  if (name === "BUFFER" && (key === "BUFFER:release" || key === "BUFFER:version" || key === "BUFFER:machine")) {
    const announced = reader.head.utsLengths.get(key.slice("BUFFER:".length)) ?? 0;
    return announced > 0 ? headerSize + announced : -1;
  }
  if (frame !== undefined && name === "BUFFER" && key === "BUFFER:pids") return headerSize + frame.n * (reader.dialect.index === ordinal("v20-dev-vpids") ? 32 : 24);
  if (name === "STRING" && key === "STRING:comm") return headerSize + 16;
  if (name === "CPU_FPU") return headerSize + reader.head.xstateSize;
  return -1;
}

/** Bytes of the block without a header that is due. */
export function rawLength(reader: Reader, key: string, frame: Frame): number {
  const { longSize, pageSize } = reader.dialect.abi;
  switch (key) {
    case "raw:pages":
      return frame.n * (longSize + pageSize);
    case "raw:frag":
      return pageSize;
    case "raw:fpu":
      return reader.head.xstateSize;
    default:
      return Math.max(0, frame.m);
  }
}

/** Whether a block that passes the end of the file is a cut one rather than one with a nonsense length. */
export function mayBeCut(key: string, wanted: number, left: number): boolean {
  return key === "raw:pages" ? wanted < 0x4000_0000 && wanted - left < left + 0x100_0000 : wanted < 0x100_0000;
}
