/** Where bytes come from, as a small square: a colour, and a pattern that tells them apart without it. */
import type { ReactNode } from "react";
import styles from "../../styles/shares.module.css";
import { SHARES, type Share } from "./sums.ts";

export function patternId(share: Share): string {
  return `share-${share}`;
}

/** The patterns, once for each page that draws with them. */
export function SharePatterns(): ReactNode {
  return (
    <svg aria-hidden="true" width="0" height="0" className={styles.patterns}>
      <defs>
        {SHARES.map((share) => (
          <pattern key={share} id={patternId(share)} width="4" height="4" patternUnits="userSpaceOnUse">
            <rect width="4" height="4" className={styles.ground} />
            <path d={PATHS[share]} className={styles[share]} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

/** Full, slanted, dotted, level lines, upright lines far apart. */
const PATHS: Readonly<Record<Share, string>> = {
  image: "M0 0h4v4h-4z",
  parent: "M0 4L4 0h-2L0 2zM4 4v-2L2 4z",
  zero: "M1 1h1.4v1.4h-1.4z",
  file: "M0 0h4v2h-4z",
  absent: "M0 0h1v4h-1z",
};

export function ShareMark({ share }: { share: Share }): ReactNode {
  return (
    <svg aria-hidden="true" className={styles.mark} viewBox="0 0 12 12" width="12" height="12">
      <rect x="0.5" y="0.5" width="11" height="11" fill={`url(#${patternId(share)})`} className={styles[`${share}Edge`]} />
    </svg>
  );
}
