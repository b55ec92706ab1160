/** Keeps the scroll position of a table in its history entry, and takes it up again when the browser returns there. */
import { useEffect, useEffectEvent, useRef } from "react";
import type { Arrival, Navigation } from "../../state/navigation.ts";
import { useStore } from "../../state/store.ts";

/**
 * `top` is the first visible row. Must be called after `useTableCursor`, which looks at the arrival before it is taken.
 */
export function useKeptScroll(navigation: Navigation, isReady: boolean, top: number, scrollTo: (top: number) => void): void {
  const arrival = useStore(navigation.arrival);
  const isSettled = useRef(false);
  const settle = useEffectEvent((arrival: Arrival | undefined) => {
    const kept = arrival === undefined ? navigation.top() : arrival.top;
    if (kept !== undefined && (arrival !== undefined || !isSettled.current)) scrollTo(kept);
    isSettled.current = true;
    navigation.arrival.set(undefined);
  });
  useEffect(() => {
    if (isReady) settle(arrival);
  }, [isReady, arrival]);
  useEffect(() => {
    if (isReady && isSettled.current) navigation.keepTop(top);
  }, [navigation, isReady, top]);
}
