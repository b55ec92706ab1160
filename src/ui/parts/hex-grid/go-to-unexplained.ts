/** Coverage stepping: to the next or previous bytes that nothing explains, in this file or another one. */
import { announce } from "../../state/selection.ts";
import { bytesView } from "../../state/view.ts";
import type { Workbench } from "../../state/workbench.ts";

export async function goToUnexplained({ session, navigation }: Workbench, file: number, from: number, direction: 1 | -1): Promise<void> {
  const span = await session.inspector.nextUnexplained(file, from, direction);
  if (span === undefined) announce(session.summary.files.length > 1 ? "Every byte of every file is explained." : "Every byte of this file is explained.");
  else navigation.go(bytesView(span.file, span.start, span.end));
}
