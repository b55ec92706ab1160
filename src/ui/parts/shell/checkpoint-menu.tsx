/** Which of several checkpoints is shown, and the way to the others. Nothing where there is only one. */
import { useState, type ReactNode } from "react";
import styles from "../../styles/header.module.css";
import { Menu, below, type MenuAt } from "../menu.tsx";
import { checkpointName, useCheckpointChoice } from "../open/use-checkpoint-choice.ts";

export function CheckpointMenu(): ReactNode {
  const { choices, shown, choose } = useCheckpointChoice();
  const [menu, setMenu] = useState<MenuAt | undefined>(undefined);
  if (choices.length < 2) return undefined;
  return (
    <>
      <button
        type="button"
        className={styles.checkpoint}
        aria-haspopup="menu"
        title={`One of ${choices.length} checkpoints is shown. Choose another.`}
        onClick={(event) => setMenu(below(event.currentTarget))}
      >
        <span>
          <span className="visually-hidden">Checkpoint </span>
          {checkpointName(shown?.name ?? "")}
        </span>
        <span aria-hidden="true">▾</span>
      </button>
      {menu !== undefined && (
        <Menu
          label="Checkpoints in what was opened"
          at={menu}
          onClose={() => setMenu(undefined)}
          items={choices.map(({ name, detail, shown }) => ({
            label: `${checkpointName(name)}: ${detail}`,
            checked: shown,
            run: () => {
              if (!shown) choose(name);
            },
          }))}
        />
      )}
    </>
  );
}
