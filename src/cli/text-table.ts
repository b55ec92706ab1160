/** Aligned columns of text, printed page by page so that a million rows never stand in memory. */
import type { ColumnAlign } from "../core/index.ts";
import { printable, type Output, type Style } from "./terminal.ts";

export interface TextColumn {
  readonly label: string;
  readonly align: ColumnAlign;
}

export interface TextCell {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** A longer value only shifts the rest of its own line. */
const MOST_WIDTH = 100;
const GAP = "  ";

export class TextTable {
  readonly #columns: readonly TextColumn[];
  readonly #out: Output;
  #widths: readonly number[] | undefined;

  constructor(columns: readonly TextColumn[], out: Output) {
    this.#columns = columns;
    this.#out = out;
  }

  /** Print some rows. The first ones decide the widths, and the head stands above them. */
  async write(rows: readonly (readonly TextCell[])[]): Promise<void> {
    const safe = rows.map((row) => row.map(({ text, style }) => ({ text: text === "" ? "-" : printable(text), style })));
    if (this.#widths === undefined) {
      this.#widths = this.#columns.map(({ label }, index) =>
        safe.reduce((width, row) => Math.max(width, Math.min(MOST_WIDTH, row[index]!.text.length)), label.length),
      );
      await this.#line(this.#columns.map(({ label }) => ({ text: label, style: "bold" as const })));
    }
    for (const row of safe) await this.#line(row);
  }

  async #line(cells: readonly TextCell[]): Promise<void> {
    const last = cells.length - 1;
    const line = cells.map(({ text, style }, index) => {
      const room = " ".repeat(Math.max(0, this.#widths![index]! - text.length));
      const painted = this.#out.paint(style, text);
      if (this.#columns[index]!.align === "right") return room + painted;
      return index === last ? painted : painted + room;
    });
    await this.#out.line(line.join(GAP));
  }
}
