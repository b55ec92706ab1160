/** The top line: the product, the address bar, problems, and the few buttons that are always there. */
import { useState, type ReactNode } from "react";
import { runCommand } from "../../state/commands.ts";
import { changeSettings, settings, type Theme } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { PROBLEM_TABLE, SUMMARY, tableView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/header.module.css";
import { Menu, below, type MenuAt } from "../menu.tsx";
import { PlaceAnchor } from "../place-anchor.tsx";
import { SeverityMark } from "../severity-mark.tsx";
import { plural } from "../words.ts";
import { AddressBar } from "./address-bar.tsx";
import { CheckpointMenu } from "./checkpoint-menu.tsx";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function WorkbenchHeader(): ReactNode {
  const { problems } = useWorkbench().session.summary;
  const [menu, setMenu] = useState<MenuAt | undefined>(undefined);
  const { theme, navOpen, recordOpen } = useStore(settings);
  const counted = (["error", "warning", "note"] as const).filter((severity) => problems[severity] > 0);
  const text = counted.map((severity) => plural(problems[severity], severity)).join(", ");
  return (
    <header className={styles.header}>
      <PlaceAnchor view={SUMMARY} className={styles.brand} title="Summary">
        Icecore
      </PlaceAnchor>
      <span className={styles.history}>
        <button type="button" aria-label="Back" title="Back ([)" onClick={() => runCommand("back")}>
          ‹
        </button>
        <button type="button" aria-label="Forward" title="Forward (])" onClick={() => runCommand("forward")}>
          ›
        </button>
      </span>
      <CheckpointMenu />
      <AddressBar />
      {counted.length > 0 && (
        <PlaceAnchor view={tableView(PROBLEM_TABLE)} className={styles.problems} title={text}>
          <span className="visually-hidden">Problems: </span>
          {counted.map((severity, index) => (
            <span key={severity}>
              <SeverityMark severity={severity} silent /> {problems[severity]}
              <span className="visually-hidden">
                {" "}
                {severity}
                {index < counted.length - 1 && ", "}
              </span>
            </span>
          ))}
        </PlaceAnchor>
      )}
      <button type="button" onClick={() => runCommand("openFile")} title="Open another file (Ctrl+O)">
        Open
      </button>
      <button type="button" aria-haspopup="menu" aria-label="More" title="More" onClick={(event) => setMenu(below(event.currentTarget))}>
        ⋯
      </button>
      {menu !== undefined && (
        <Menu
          label="More"
          at={menu}
          onClose={() => setMenu(undefined)}
          items={[
            { label: "Find a command or a place", keys: "Ctrl+K", run: () => void runCommand("palette") },
            { label: "Open a folder", run: () => void runCommand("openFolder") },
            { label: "Keys", keys: "?", run: () => void runCommand("help") },
            { label: "Copy a link to this place", keys: "y", run: () => void runCommand("copyLink") },
            { label: navOpen ? "Hide the list of tables" : "Show the list of tables", keys: "Ctrl+B", run: () => void runCommand("toggleNav") },
            { label: recordOpen ? "Hide the record" : "Show the record", keys: "Ctrl+J", run: () => void runCommand("toggleRecord") },
            { label: "Close the checkpoint", run: () => void runCommand("closeFile") },
            "line",
            ...THEMES.map((choice) => ({
              label: `Colours: ${choice}`,
              checked: theme === choice,
              run: () => changeSettings({ theme: choice }),
            })),
          ]}
        />
      )}
    </header>
  );
}
