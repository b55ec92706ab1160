/** Any table of the checkpoint. */
import { type ReactNode } from "react";
import { DataTable } from "../parts/data-table/data-table.tsx";
import { Empty } from "../parts/faces.tsx";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { PROBLEM_TABLE, SUMMARY, type TableQuery, type TableView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import { ProblemDetail } from "./problem-detail.tsx";

export function TableScreen({ view, onOpenRecord }: { view: TableView; onOpenRecord: () => void }): ReactNode {
  const { session, navigation } = useWorkbench();
  const info = session.tables.find(({ name }) => name === view.table);
  if (info === undefined) {
    return (
      <Empty title={`There is no table ${view.table}.`}>
        <p>
          The link may come from another version. <PlaceAnchor view={SUMMARY}>Show the summary</PlaceAnchor>
        </p>
      </Empty>
    );
  }
  // A menu may have been opened before the selection changed: what counts is the view of now.
  const now = (): TableView => {
    const current = navigation.view.get();
    return current.kind === "table" && current.table === view.table ? current : view;
  };
  const select = (row: number, column: string): void => {
    const { record: _record, field: _field, ...rest } = now();
    navigation.move({ ...rest, row, column });
  };
  const ask = (query: TableQuery): void => navigation.move({ ...now(), query });
  return (
    <>
      <DataTable
        key={info.name}
        info={info}
        query={view.query}
        selectedRow={view.row}
        selectedColumn={view.column}
        onQuery={ask}
        onSelect={select}
        onOpen={onOpenRecord}
      />
      {info.name === PROBLEM_TABLE && <ProblemDetail view={view} />}
    </>
  );
}
