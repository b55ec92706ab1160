/** Figures of stats-dump and stats-restore. */
import { mapping, worked } from "../../../model/mapping.ts";
import { formatValue } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";

const FIGURE = mapping("statistics", { name: worked("", "name of the field", () => undefined), value: worked("", "the field", () => undefined), text: worked("", "the field with its unit", () => undefined) });

export function statisticRows(set: CriuSet): void {
  const { reader } = set;
  const table = reader.table("statistics");
  for (const image of set.top.all("STATS")) {
    for (const { value, record } of image.entries) {
      for (const phase of ["dump", "restore"] as const) {
        const figures = value.sub(phase);
        if (figures === undefined) continue;
        for (const field of figures.message.fields) {
          const number = figures.big(field.name);
          if (number === undefined) continue;
          const row = reader.row(FIGURE, value, record);
          table.set(row, "phase", phase);
          table.set(row, "name", field.name);
          table.set(row, "value", number);
          table.set(row, "text", formatValue(number, field.show, set.abi));
          table.set(row, "base", `${phase}.${field.name}`);
        }
      }
    }
  }
}
