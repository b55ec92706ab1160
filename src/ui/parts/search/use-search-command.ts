/** "Search memory" from anywhere: in the address space that is looked at, else in everything. */
import { useCommand } from "../../state/commands.ts";
import type { Navigation } from "../../state/navigation.ts";
import type { Session } from "../../state/session.ts";
import type { SearchView, View } from "../../state/view.ts";

/** An empty search in the scope of the present place. */
export function searchFrom(view: View): SearchView {
  const space = view.kind === "memory" || view.kind === "process" || view.kind === "search" ? view.space : undefined;
  return { kind: "search", mode: "text", text: "", ...(space === undefined ? {} : { space }) };
}

export function useSearchCommand(session: Session, navigation: Navigation, view: View): void {
  // A single image of a set may hold no memory at all.
  const hasMemory = (session.tables.find(({ name }) => name === "spaces")?.rowCount ?? 0) > 0;
  useCommand("searchMemory", hasMemory ? () => navigation.go(searchFrom(view)) : undefined, "page");
}
