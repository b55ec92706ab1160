/** What every part of an opened checkpoint needs: the session and the way to other places. */
import { createContext, useContext } from "react";
import type { PlaceLink } from "../../core/index.ts";
import type { Navigation } from "./navigation.ts";
import type { Session, SessionControl } from "./session.ts";
import { bytesView, IMAGE_TABLE, tableView, type View } from "./view.ts";

export interface Workbench {
  readonly session: Session;
  readonly control: SessionControl;
  readonly navigation: Navigation;
}

const WorkbenchContext = createContext<Workbench | undefined>(undefined);
export const WorkbenchProvider = WorkbenchContext.Provider;

export function useWorkbench(): Workbench {
  const workbench = useContext(WorkbenchContext);
  if (workbench === undefined) throw new Error("useWorkbench outside of an opened checkpoint");
  return workbench;
}

export function viewOfLink(link: PlaceLink): View {
  switch (link.kind) {
    case "table":
      return tableView(link.table);
    case "row":
      return tableView(link.table, link.row);
    case "span":
      return bytesView(link.span.file, link.span.start, link.span.end);
  }
}

/** A file of the set is shown as what it is, its bytes; every other row in its table. */
export function viewOfRow(table: string, row: number): View {
  return table === IMAGE_TABLE ? bytesView(row, 0) : tableView(table, row);
}
