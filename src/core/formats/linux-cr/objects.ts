/**
 * Shared objects by objref: what was announced, what refers to it, and which row it became.
 * Ids come from the image, so they are only ever map keys.
 */
import { span } from "../../bytes/span.ts";
import type { Diagnostics } from "../../model/diagnostics.ts";
import type { Table } from "../../model/table.ts";

export class SharedObjects {
  readonly #rows = new Map<number, number>();
  readonly #table: Table;
  readonly #diagnostics: Diagnostics;

  constructor(table: Table, diagnostics: Diagnostics) {
    this.#table = table;
    this.#diagnostics = diagnostics;
  }

  /** Row of an object, or -1. */
  find(objref: number): number {
    return this.#rows.get(objref) ?? -1;
  }

  has(objref: number): boolean {
    return this.#rows.has(objref);
  }

  /** Note an object; `announced` when it has an OBJREF record of its own. Reports ids that cannot be. */
  add(objref: number, className: string, record: number, at: { start: number; end: number }, announced: boolean): number {
    const known = this.find(objref);
    const row = this.#table.add();
    this.#table.set(row, "objref", objref);
    this.#table.set(row, "kind", className);
    this.#table.set(row, "announced", announced);
    this.#table.set(row, "record", record);
    this.#table.set(row, "references", 0);
    const where = span(0, at.start, at.end);
    if (objref <= 0) this.#diagnostics.report("objref.invalid", `The ${className} object at 0x${at.start.toString(16)} has the id ${objref}.`, where, { table: "objects", row });
    else if (known >= 0) {
      this.#diagnostics.report(
        "objref.duplicate",
        `Object #${objref} (${className}) at 0x${at.start.toString(16)} has the id of an earlier ${this.#table.text(known, "kind")}.`,
        where,
        { table: "objects", row },
      );
    } else this.#rows.set(objref, row);
    return row;
  }

  /** An object that has no OBJREF record: the first use brings it into being. */
  use(objref: number, className: string, record: number, at: { start: number; end: number }): number {
    const known = this.find(objref);
    return known >= 0 || objref <= 0 ? known : this.add(objref, className, record, at, false);
  }

  /** The object's contents became this row. */
  place(object: number, table: string, row: number): void {
    this.#table.set(object, "table", table);
    this.#table.set(object, "row", row);
  }

  refer(object: number): void {
    const references = this.#table.column("references");
    references.set(object, references.number(object) + 1);
  }

  className(object: number): string {
    return this.#table.text(object, "kind") ?? "?";
  }

  rowOf(object: number, table: string): number {
    return this.#table.text(object, "table") === table ? this.#table.number(object, "row") : -1;
  }
}
