/**
 * Shared objects by objref: what was announced, what refers to it, and which row it became.
 * Ids come from the image, so they are only ever map keys.
 */
import { span } from "../../bytes/span.ts";
import type { Diagnostics } from "../../model/diagnostics.ts";
import type { Column } from "../../model/column.ts";
import type { Table } from "../../model/table.ts";

export class SharedObjects {
  /** Rows by objref, plus one, for ids not much larger than their number: kernels count from 1 without large gaps. */
  #dense = new Int32Array(1024);
  /** All other ids. */
  readonly #sparse = new Map<number, number>();
  readonly #table: Table;
  readonly #diagnostics: Diagnostics;
  readonly #columns: Readonly<Record<"objref" | "kind" | "announced" | "references" | "record" | "table" | "row", Column>>;

  constructor(table: Table, diagnostics: Diagnostics) {
    this.#table = table;
    this.#columns = {
      objref: table.column("objref"),
      kind: table.column("kind"),
      announced: table.column("announced"),
      references: table.column("references"),
      record: table.column("record"),
      table: table.column("table"),
      row: table.column("row"),
    };
    this.#diagnostics = diagnostics;
  }

  /** Row of an object, or -1. */
  find(objref: number): number {
    const row = objref > 0 && objref < this.#dense.length ? this.#dense[objref]! : 0;
    return row > 0 ? row - 1 : (this.#sparse.get(objref) ?? -1);
  }

  has(objref: number): boolean {
    return this.find(objref) >= 0;
  }

  #note(objref: number, row: number): void {
    const limit = 4 * (this.#table.length + 256);
    if (objref >= limit) {
      this.#sparse.set(objref, row);
      return;
    }
    if (objref >= this.#dense.length) {
      const grown = new Int32Array(limit * 2);
      grown.set(this.#dense);
      this.#dense = grown;
    }
    this.#dense[objref] = row + 1;
  }

  /** Note an object; `announced` when it has an OBJREF record of its own. Reports ids that cannot be. */
  add(objref: number, className: string, record: number, at: { start: number; end: number }, announced: boolean): number {
    const known = this.find(objref);
    const row = this.#table.add();
    const columns = this.#columns;
    columns.objref.set(row, objref);
    columns.kind.setText(row, className);
    columns.announced.set(row, announced ? 1 : 0);
    columns.record.set(row, record);
    columns.references.set(row, 0);
    if (objref > 0 && known < 0) {
      this.#note(objref, row);
      return row;
    }
    const where = span(0, at.start, at.end);
    if (objref <= 0) this.#diagnostics.report("objref.invalid", `The ${className} object at 0x${at.start.toString(16)} has the id ${objref}.`, where, { table: "objects", row });
    else {
      this.#diagnostics.report(
        "objref.duplicate",
        `Object #${objref} (${className}) at 0x${at.start.toString(16)} has the id of an earlier ${this.#table.text(known, "kind")}.`,
        where,
        { table: "objects", row },
      );
    }
    return row;
  }

  /** An object that has no OBJREF record: the first use brings it into being. */
  use(objref: number, className: string, record: number, at: { start: number; end: number }): number {
    const known = this.find(objref);
    return known >= 0 || objref <= 0 ? known : this.add(objref, className, record, at, false);
  }

  /** The object's contents became this row. */
  place(object: number, table: string, row: number): void {
    this.#columns.table.setText(object, table);
    this.#columns.row.set(object, row);
  }

  refer(object: number): void {
    const { references } = this.#columns;
    references.set(object, references.number(object) + 1);
  }

  className(object: number): string {
    return this.#columns.kind.text(object) ?? "?";
  }

  rowOf(object: number, table: string): number {
    return this.#columns.table.text(object) === table ? this.#columns.row.number(object) : -1;
  }
}
