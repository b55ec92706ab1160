/** True where three panes do not fit beside each other. */
import { useSyncExternalStore } from "react";

const QUERY = "(max-width: 899px)";

export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(QUERY);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => window.matchMedia(QUERY).matches,
  );
}
