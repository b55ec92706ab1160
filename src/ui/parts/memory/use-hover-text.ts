/** What is at the address under the mouse, in the status line. The names come from the worker; the last movement wins. */
import { useEffect, useMemo } from "react";
import { formatHex, type MemoryInspector, type SpaceInfo } from "../../../core/index.ts";
import { hoveredMemory } from "../../state/selection.ts";
import { readWord } from "./jumps.ts";
import { pieceText } from "./pieces.ts";

export interface HoverText {
  readonly show: (address: bigint | undefined) => void;
}

export function useHoverText(memory: MemoryInspector, info: SpaceInfo): HoverText {
  // A place that is left under the mouse sends no event of that.
  useEffect(() => () => hoveredMemory.set(undefined), []);
  return useMemo(() => hoverText(memory, info), [memory, info]);
}

function hoverText(memory: MemoryInspector, info: SpaceInfo): HoverText {
  let last: bigint | undefined;
  const describe = async (address: bigint): Promise<void> => {
    const [about, word] = await Promise.all([memory.about({ space: info.space, address }), readWord(memory, info, address)]);
    if (last !== address) return;
    const pointsTo = word?.label === undefined ? "" : `  → ${word.label}`;
    hoveredMemory.set(`${formatHex(address)}  ${about.region === undefined ? "" : `${about.label}, `}${pieceText(about.piece, address)}${pointsTo}`);
  };
  return {
    show(address) {
      if (address === last) return;
      last = address;
      if (address === undefined) hoveredMemory.set(undefined);
      // A closed checkpoint answers nothing more.
      else void describe(address).catch(() => undefined);
    },
  };
}
