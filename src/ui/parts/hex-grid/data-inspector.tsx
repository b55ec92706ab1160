/** The bytes of a file at the cursor read as numbers, times, a mode, a pointer and text. */
import type { ReactNode } from "react";
import { settings } from "../../state/settings.ts";
import { byteCursor } from "../../state/selection.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import { hexText } from "../words.ts";
import { READ_BYTES, Readings } from "./readings.tsx";

const WIDE = new Set(["x86_64", "s390x", "ppc64", "powerpc64", "aarch64", "arm64"]);

export function DataInspector(): ReactNode {
  const { session } = useWorkbench();
  const cursor = useStore(byteCursor);
  const { decoderOpen } = useStore(settings);
  const { file, offset } = cursor ?? { file: 0, offset: 0 };
  const answer = useAnswer(`${file} ${offset} ${decoderOpen}`, (signal) =>
    decoderOpen ? session.inspector.bytes(file, offset, offset + READ_BYTES, signal) : Promise.resolve(new Uint8Array()),
  );
  return (
    <Readings
      place={hexText(offset)}
      bytes={answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined}
      byteOrder={session.summary.byteOrder}
      pointerSize={WIDE.has(session.summary.architecture ?? "") ? 8 : 4}
      shortage="Too few bytes before the end of the file"
    />
  );
}
