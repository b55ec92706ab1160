/** The keys, from the table of commands. */
import type { ReactNode } from "react";
import { COMMANDS, GRID_KEYS, keyText } from "../../state/commands.ts";
import styles from "../../styles/help.module.css";
import { Dialog } from "../dialog.tsx";

export function HelpSheet({ onClose }: { onClose: () => void }): ReactNode {
  const groups = [...new Set(COMMANDS.map(({ group }) => group))];
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div className={styles.groups}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {COMMANDS.filter((command) => command.group === group && command.keys.length > 0).map(({ id, label, keys }) => (
                <div key={id}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{keyText(key)}</kbd>
                    ))}
                  </dt>
                  <dd>{label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>In a table, a tree or the bytes</h3>
          <dl>
            {GRID_KEYS.map(([keys, what]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
