/** Which address space is looked at, and the way to the others. */
import type { ReactNode } from "react";
import type { SpaceInfo } from "../../core/index.ts";
import { tableView } from "../state/view.ts";
import styles from "../styles/place.module.css";
import { PlaceAnchor } from "./place-anchor.tsx";
import { plural } from "./words.ts";

export const SPACE_TABLE = "spaces";

/** A longer list is better looked through in its table, which can be searched. */
export const MOST_CHOICES = 500;

interface SpaceChoiceProps {
  readonly spaces: readonly SpaceInfo[];
  readonly space: number;
  readonly onChoose: (space: number) => void;
}

export function SpaceChoice({ spaces, space, onChoose }: SpaceChoiceProps): ReactNode {
  if (spaces.length > MOST_CHOICES) {
    return (
      <span className={styles.choice}>
        {spaces[space]?.label}, one of <PlaceAnchor view={tableView(SPACE_TABLE)}>{plural(spaces.length, "memory map")}</PlaceAnchor>
      </span>
    );
  }
  return (
    <label className={styles.choice}>
      <span className="visually-hidden">Memory of</span>
      <select value={space} onChange={(event) => onChoose(Number(event.target.value))}>
        {spaces.map((each) => (
          <option key={each.space} value={each.space}>
            {each.label}
          </option>
        ))}
      </select>
    </label>
  );
}
