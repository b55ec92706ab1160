/** Address spaces and what is at an address of one, as answers that parts of the page share the asking of. */
import type { AddressInfo, SpaceInfo } from "../../../core/index.ts";
import { useAnswer, type Answer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";

export function useSpaces(): Answer<readonly SpaceInfo[]> {
  const { memory } = useWorkbench().session.inspector;
  return useAnswer("spaces", () => memory.spaces({}));
}

/** What an address is; undefined without one. */
export function useAbout(space: number, address: bigint | undefined): Answer<AddressInfo | undefined> {
  const { memory } = useWorkbench().session.inspector;
  return useAnswer(`${space} ${address}`, async () => (address === undefined ? undefined : await memory.about({ space, address })));
}

/** The answer, or while the next one is on its way the one before. */
export function latestOf<T>(answer: Answer<T>): T | undefined {
  return answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
}
