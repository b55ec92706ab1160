/** Memory by address: every page that was read from the frozen tasks, against what the address space says and reads. */
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { MemoryPiece } from "../../../src/core/inspector.ts";
import { openSample } from "../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../support/criu-samples.ts";
import { pagesTruth, procTruth, rawRows } from "../../support/criu-truth.ts";

/** Pages with a thread's rseq area, which the kernel writes whenever the thread changes its processor. */
const MOST_DIFFERENT = 4;
/** Taken while the tasks were running: what they did until the dump differs. */
const RUNNING = /^(19-|21)/;

function crcOf(bytes: Uint8Array): string {
  return bytes.every((byte) => byte === 0) ? "zero" : crc32(bytes).toString(16).padStart(8, "0");
}

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  test("every page of the live tasks is read, or there is a reason why it is not there", async () => {
    const { checkpoint, inspector } = await openSample(name);
    const { memory } = inspector;
    const tasks = rawRows(checkpoint, "tasks");
    const regions = rawRows(checkpoint, "regions");
    const inner = new Map(procTruth(name).tasks.map(({ outer, pid }) => [outer, pid]));
    const size = BigInt(checkpoint.identity.pageSize);
    const wrong: string[] = [];
    let different = 0;
    let equal = 0;
    for (const { pid, address, flags, crc } of pagesTruth(name)) {
      const space = tasks.find((candidate) => candidate["pid"] === inner.get(pid))?.["space"];
      if (typeof space !== "number") continue;
      const { bytes, pieces } = await memory.read({ space, start: address, end: address + size });
      const [piece] = pieces as readonly [MemoryPiece];
      const at = `${pid} ${address.toString(16)} ${flags} ${crc}: ${piece.kind} ${piece.why ?? ""}`;
      if (pieces.length !== 1 || piece.start !== address || piece.end !== address + size) {
        wrong.push(`${at}, in ${pieces.length} pieces`);
        continue;
      }
      const kind = piece.region < 0 ? "" : String(regions[piece.region]!["kind"]);
      switch (piece.kind) {
        case "image":
        case "zero":
          if (crcOf(bytes) === crc) equal++;
          // Unreadable pages are guards, or pages that nobody may read and nobody wrote.
          else if (crc !== "-" || piece.kind === "image") {
            if (RUNNING.test(name)) different++;
            else if (piece.kind === "zero" || ++different > MOST_DIFFERENT) wrong.push(`${at}: the bytes have ${crcOf(bytes)}`);
          }
          break;
        case "file":
          if (!flags.includes("f") && crc !== "zero" && crc !== "-") wrong.push(at);
          break;
        case "absent": {
          const isExpected = piece.why!.startsWith("never saved") || kind === "guard" || (piece.why!.includes("lazy") && name.startsWith("19-")) || (crc === "-" && piece.why!.includes("behind the end"));
          if (!isExpected) wrong.push(at);
          break;
        }
        case "unmapped":
          if (!RUNNING.test(name)) wrong.push(at);
      }
    }
    expect(wrong).toEqual([]);
    expect(equal).toBeGreaterThan(5);
  });
});
