/** Ways from the selected row to its memory, its texts, its registers. */
import type { ReactNode } from "react";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/record.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { placesOfRow } from "../row-places.ts";

export function RowPlaces({ table, row }: { table: string; row: number }): ReactNode {
  const { inspector, tables } = useWorkbench().session;
  const info = tables.find(({ name }) => name === table);
  const answer = useAnswer(`places ${table} ${row}`, async () => {
    const found = info && (await inspector.row(table, row));
    if (info === undefined || found === undefined) return [];
    const places = placesOfRow(inspector, tables, info, found).map(async ({ label, find }) => {
      const view = await find();
      return view === undefined ? [] : [{ label, view }];
    });
    return (await Promise.all(places)).flat();
  });
  const places = answer.state === "ready" ? answer.value : [];
  if (places.length === 0) return undefined;
  return (
    <p className={styles.contents}>
      {places.map(({ label, view }) => (
        <PlaceAnchor key={label} view={view}>
          {label}
        </PlaceAnchor>
      ))}
    </p>
  );
}
