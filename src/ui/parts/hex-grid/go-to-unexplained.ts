/** Coverage stepping: to the next or previous bytes that nothing explains. */
import { announce } from "../../state/selection.ts";
import { bytesView } from "../../state/view.ts";
import type { Workbench } from "../../state/workbench.ts";

export async function goToUnexplained({ session, navigation }: Workbench, file: number, from: number, direction: 1 | -1): Promise<void> {
  // Forwards from the byte after the cursor, or a run that the cursor stands in would be found again.
  const start = Math.max(0, direction === 1 ? from + 1 : from);
  const span = await session.inspector.nextUnexplained(file, start, direction);
  if (span === undefined) announce("Every byte of this file is explained.");
  else navigation.go(bytesView(span.file, span.start, span.end));
}
