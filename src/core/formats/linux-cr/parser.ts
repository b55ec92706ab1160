/**
 * Cuts the stream into records and leads them through the grammar.
 *
 * One asynchronous loop fetches windows; all else is synchronous. A record that does not fit is never fatal: the loop
 * looks for the nearest place in the open productions where it does fit, and says what was missing. A length that
 * cannot be right is replaced by the length that the record's type has, when records go on after it, or else by a
 * search for the next place where several records follow each other. So every byte ends up in some record.
 */
import { span } from "../../bytes/span.ts";
import type { ByteSource } from "../../bytes/source.ts";
import { Window } from "../../bytes/window.ts";
import { formatHex } from "../../schema/show.ts";
import type { Dialect } from "./dialect.ts";
import { Framing, type LoadOptions } from "./framing.ts";
import { grammarOf, type Frame } from "./grammar.ts";
import { GrammarWalk, type DueBlock } from "./grammar-walk.ts";
import type { Kind } from "./kinds.ts";
import { expectedLength, mayBeCut, rawLength } from "./lengths.ts";
import type { Reader, RecordAt } from "./reader.ts";

/** Records up to this length are read whole before their handler sees them. */
const BODY = 64 * 1024;
/** Of longer ones only the beginning: they are streams or bytes of which a preview is shown. */
const BEGINNING = 4096;
/** Elements of a long array that are read at once. */
const PIECE = 256 * 1024;
const PROGRESS_BYTES = 8 * 1024 * 1024;

export class Parser {
  readonly #dialect: Dialect;
  readonly #walk: GrammarWalk;
  readonly #window: Window;
  readonly #framing: Framing;
  readonly #reader: Reader;
  readonly #options: LoadOptions;
  readonly #size: number;
  /** Serves the records of the plain loop one after the other: a million short-lived objects are real memory. */
  readonly #passing: RecordAt;
  #position = 0;
  /** The kernel wrote an error: nothing but more errors may follow. */
  #failed = false;
  #nextProgress = PROGRESS_BYTES;

  constructor(source: ByteSource, dialect: Dialect, reader: Reader, options: LoadOptions) {
    this.#dialect = dialect;
    this.#walk = new GrammarWalk(grammarOf(dialect));
    this.#window = new Window(source);
    this.#window.little = dialect.abi.endian === "little";
    this.#framing = new Framing(dialect, this.#window, options);
    this.#reader = reader;
    this.#passing = { kind: dialect.kinds.unknown, row: -1, start: 0, end: 0, type: -1, window: this.#window };
    this.#options = options;
    this.#size = source.size;
  }

  async run(): Promise<void> {
    this.#walk.push("image", 0, -1);
    this.#reader.begin(this.#window, this.#size);
    while (this.#position < this.#size) {
      if (this.#position >= this.#nextProgress) await this.#breathe();
      this.#runInWindow();
      if (this.#position >= this.#size) break;
      const block = this.#walk.settle();
      if (block !== undefined) await this.#rawBlock(block);
      else if (this.#walk.frames.length > 0 || this.#failed || (await this.#isError())) await this.#record();
      else this.#afterTail();
    }
    this.#walk.settle();
    const isOpen = this.#walk.frames.length > 0 && !this.#failed;
    this.#reader.end(isOpen, this.#walk.expected);
  }

  /** Let messages in: a cancel cannot arrive while a plain loop runs. */
  async #breathe(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({ phase: "reading records", done: this.#position, total: this.#size });
    this.#nextProgress = this.#position + PROGRESS_BYTES;
    await new Promise<void>((resolve) => void setTimeout(resolve));
  }

  /**
   * The plain loop: sound records that stand in the window where the grammar wants them. It stops, without having
   * taken anything, at whatever needs more bytes or a decision.
   */
  #runInWindow(): void {
    const { headerSize, kinds } = this.#dialect;
    const window = this.#window;
    while (this.#position < this.#nextProgress && this.#walk.frames.length > 0 && !this.#failed) {
      const start = this.#position;
      if (!window.has(start, headerSize) || this.#walk.isBlockDue()) return;
      const { type, length } = this.#framing.header(start);
      const name = kinds.nameOf(type);
      if (name === undefined || name === "ERROR" || length < headerSize || start + length > this.#size) return;
      if (!window.has(start, bodyOf(length)) || this.#framing.isSuspicious(name, length)) return;
      if (kinds.sizeOf(name) < 0 && this.#isOddPayload(name, start, length)) return;
      if (name === "OBJREF") {
        this.#position = start + length;
        this.#objref(start, length, type);
        continue;
      }
      const frame = this.#walk.top;
      const key = this.#walk.acceptsHere(name);
      if (frame === undefined || key === undefined) return;
      const kind = this.#reader.refine(key, start, length, frame);
      if (kind === undefined || this.#reader.isStream(kind)) return;
      this.#walk.takeHere(frame);
      this.#position = start + length;
      const record = this.#passing;
      record.kind = kind;
      record.row = -1;
      record.start = start;
      record.end = start + length;
      record.type = type;
      this.#reader.accept(record, frame, true);
    }
  }

  async #isError(): Promise<boolean> {
    if (this.#dialect.narrow || !(await this.#framing.need(this.#position, 8))) return false;
    return this.#dialect.kinds.nameOf(this.#framing.header(this.#position).type) === "ERROR";
  }

  // ---- records that need a decision

  async #record(): Promise<void> {
    const start = this.#position;
    const { headerSize, kinds } = this.#dialect;
    if (!(await this.#framing.need(start, headerSize))) return await this.#broken(start, "A record header");
    const { type, length: claimed } = this.#framing.header(start);
    const name = kinds.nameOf(type);
    let length: number | undefined = claimed;
    if (claimed < headerSize || start + claimed > this.#size) length = await this.#mendLength(start, claimed, name);
    else if (name === undefined || this.#framing.isSuspicious(name, claimed) || this.#isOddPayload(name, start, claimed)) {
      length = await this.#mendSuspicious(start, claimed, name);
    }
    if (length === undefined) return;
    await this.#framing.need(start, bodyOf(length));
    await this.#dispatch(start, length, type, name, claimed);
  }

  /** A record of variable length that is not as long as the records before it say. */
  #isOddPayload(name: string, start: number, length: number): boolean {
    if (this.#dialect.narrow || this.#dialect.kinds.sizeOf(name) >= 0) return false;
    const expected = expectedLength(this.#reader, name, start, this.#walk.top);
    return expected >= 0 && expected !== length;
  }

  /** Length of a record that ends within the file but looks wrong. Undefined when the bytes were passed over. */
  async #mendSuspicious(start: number, length: number, name: string | undefined): Promise<number | undefined> {
    if (await this.#framing.isPlausible(start + length, 1)) return length;
    if (name === undefined) {
      const end = (await this.#framing.search(start + 1)) ?? this.#size;
      this.#reader.report(
        "frame.resync",
        `No record of this revision has the type that stands at ${formatHex(start)}; ${end - start} bytes were passed over.`,
        span(0, start, end),
      );
      this.#unreadable(start, end);
      return undefined;
    }
    const expected = expectedLength(this.#reader, name, start, this.#walk.top);
    if (expected < 0 || expected === length || start + expected > this.#size || !(await this.#framing.isPlausible(start + expected, 2))) return length;
    this.#reportMended(name, start, length, expected);
    return expected;
  }

  #reportMended(name: string, start: number, claimed: number, expected: number): void {
    this.#reader.report(
      "frame.bad-length",
      `${name} at ${formatHex(start)} has the length ${claimed}, which cannot be; it was read with the ${expected} bytes that it should have.`,
      span(0, start, start + this.#dialect.headerSize),
    );
  }

  /** Length of a record whose own cannot be right. Undefined when the bytes were passed over or the file ends. */
  async #mendLength(start: number, claimed: number, name: string | undefined): Promise<number | undefined> {
    const { headerSize } = this.#dialect;
    const expected = name === undefined ? -1 : expectedLength(this.#reader, name, start, this.#walk.top);
    if (name !== undefined && expected >= 0 && expected === claimed) {
      await this.#broken(start, name);
      return undefined;
    }
    if (expected >= 0 && start + expected <= this.#size && (await this.#framing.isPlausible(start + expected, 1))) {
      this.#reportMended(name ?? "A record", start, claimed, expected);
      return expected;
    }
    const next = await this.#framing.search(start + headerSize);
    if (next === undefined && name !== undefined && claimed >= headerSize && expected < 0) {
      await this.#broken(start, name);
      return undefined;
    }
    const end = next ?? this.#size;
    this.#reader.report(
      "frame.bad-length",
      `${name ?? "A record of unknown type"} at ${formatHex(start)} has the length ${claimed}, with ${this.#size - start} bytes left in the file.`,
      span(0, start, Math.min(end, start + headerSize)),
    );
    if (name === undefined || end - start < headerSize) {
      this.#unreadable(start, end);
      return undefined;
    }
    if (next !== undefined) {
      this.#reader.report(
        "frame.resync",
        `${end - start} bytes from ${formatHex(start)} could not be read as records; reading goes on at ${formatHex(end)}.`,
        span(0, start, end),
      );
    }
    return end - start;
  }

  /** The last record, which the end of the file cuts off. */
  async #broken(start: number, what: string): Promise<void> {
    const end = this.#size;
    this.#reader.report(
      "frame.truncated",
      `${what} at ${formatHex(start)} is cut off by the end of the file, ${end - start} bytes after its beginning.`,
      span(0, start, end),
    );
    const { kinds } = this.#dialect;
    const frame = this.#walk.top;
    const key = this.#walk.accepts(what);
    const kind = (key === undefined ? undefined : kinds.get(key)) ?? kinds.plainKind(what) ?? kinds.unreadable;
    const record = this.#reader.truncated(start, end - start, kind, frame);
    this.#position = end;
    this.#reader.cutInside = true;
    if (frame !== undefined && this.#reader.isStream(kind)) await this.#elements(record, frame);
  }

  #unreadable(start: number, end: number): void {
    this.#reader.add(this.#dialect.kinds.unreadable, start, end - start, -1, 0, 0);
    this.#position = end;
  }

  async #dispatch(start: number, length: number, type: number, name: string | undefined, claimed: number): Promise<void> {
    const end = start + length;
    this.#position = end;
    if (name === undefined) return this.#reader.unknown(start, length, type);
    if (name === "OBJREF") return this.#objref(start, length, type);
    if (name === "ERROR") return this.#error(start, length, type);
    let key: string | undefined;
    if (!this.#failed) key = this.#walk.take(name) ?? (await this.#recover(name, start, length));
    else if (name === "STRING") key = "STRING:error";
    else this.#reader.report("record.unexpected", `${name} at ${formatHex(start)} follows the error that ends the image.`, span(0, start, end));
    const frame = this.#walk.top ?? this.#reader.lastFrame;
    const kind = (key === undefined ? undefined : this.#reader.refine(key, start, length, frame)) ?? this.#dialect.kinds.plainKind(name);
    if (kind === undefined) return this.#reader.unknown(start, length, type);
    if (claimed !== length) this.#reader.claimedLength = claimed;
    await this.#accept({ kind, row: -1, start, end, type, window: this.#window }, frame, key !== undefined);
  }

  async #accept(record: RecordAt, frame: Frame, inPlace: boolean): Promise<void> {
    this.#reader.accept(record, frame, inPlace);
    if (this.#reader.isStream(record.kind)) await this.#elements(record, inPlace ? frame : this.#reader.lastFrame);
  }

  /** Arrays that may be longer than the window: their elements are handed over piece by piece. */
  async #elements(record: RecordAt, frame: Frame): Promise<void> {
    const plan = this.#reader.streamPlan(record, frame);
    if (plan === undefined) return;
    const window = this.#window;
    for (let index = 0; index < plan.count; ) {
      const at = plan.start + index * plan.elementSize;
      if (!window.has(at, plan.elementSize)) {
        this.#options.signal?.throwIfAborted();
        await window.loadExactly(at, Math.min((plan.count - index) * plan.elementSize, PIECE), this.#options.signal);
        if (!window.has(at, plan.elementSize)) break;
      }
      const count = Math.min(Math.floor((window.end - at) / plan.elementSize), plan.count - index);
      plan.take(window, at, index, count);
      index += count;
    }
    plan.done?.();
  }

  /** The record does not fit here. Move to where it does, or leave it where it stands. */
  async #recover(name: string, start: number, length: number): Promise<string | undefined> {
    const { expected } = this.#walk;
    const at = span(0, start, start + length);
    const later = this.#walk.findLater(name);
    // When the next record is the expected one, this one is a stray.
    if (later === undefined || (await this.#nextFits(start + length))) {
      this.#reader.report("record.unexpected", `${name} at ${formatHex(start)} stands where ${expected} was expected.`, at);
      return undefined;
    }
    this.#reader.report(
      "record.missing",
      `${name} at ${formatHex(start)} stands where ${expected} was expected; what should stand between is missing.`,
      at,
    );
    return this.#walk.takeLater(later, name);
  }

  /** Whether the record at a place is what the grammar waits for now. */
  async #nextFits(position: number): Promise<boolean> {
    if (!(await this.#framing.need(position, this.#dialect.headerSize))) return false;
    const name = this.#dialect.kinds.nameOf(this.#framing.header(position).type);
    return name !== undefined && this.#walk.accepts(name) !== undefined;
  }

  #objref(start: number, length: number, type: number): void {
    const { object, objref, className } = this.#reader.objref(start, length, type);
    if (className === undefined) return;
    // An object may open while optional steps are still waiting; they stay open until its records have passed.
    if (!this.#walk.isTooDeep) this.#walk.push(className, objref, object);
    else this.#reader.report("objref.too-deep", `Object #${objref} at ${formatHex(start)} is nested in ${this.#walk.frames.length} others.`, span(0, start, start + length));
  }

  #error(start: number, length: number, type: number): void {
    this.#failed = true;
    this.#walk.frames.length = 0;
    this.#reader.error(start, length, type);
  }

  // ---- blocks without a header

  async #rawBlock({ frame, key }: DueBlock): Promise<void> {
    const kind = this.#dialect.kinds.get(key);
    const wanted = rawLength(this.#reader, key, frame);
    if (kind === undefined || wanted <= 0) return;
    const start = this.#position;
    const left = this.#size - start;
    if (wanted > left && !mayBeCut(key, wanted, left)) return await this.#nonsenseBlock(kind, wanted);
    const length = Math.min(wanted, left);
    if (length < wanted) {
      this.#reader.report(
        "frame.truncated",
        `${kind.label} at ${formatHex(start)} is cut off by the end of the file: ${left} of ${wanted} bytes are there.`,
        span(0, start, this.#size),
      );
      this.#reader.cutInside = true;
    }
    this.#position = start + length;
    if (kind.key !== "raw:hpage") await this.#framing.need(start, bodyOf(length));
    await this.#accept({ kind, row: -1, start, end: start + length, type: -1, window: this.#window }, frame, true);
  }

  /** The count behind a block's length is nonsense: look where the records go on. */
  async #nonsenseBlock(kind: Kind, wanted: number): Promise<void> {
    const start = this.#position;
    const end = (await this.#framing.search(start)) ?? this.#size;
    this.#reader.report(
      "count.too-large",
      `${kind.label} at ${formatHex(start)} would need ${wanted} bytes, with ${this.#size - start} left in the file.`,
      span(0, start, end),
    );
    this.#unreadable(start, end);
  }

  #afterTail(): void {
    const start = this.#position;
    this.#reader.report("image.after-tail", `${this.#size - start} bytes follow the last record.`, span(0, start, this.#size));
    this.#unreadable(start, this.#size);
  }
}

/** Bytes that must be in the window when a record of this length is handled. */
function bodyOf(length: number): number {
  return length > BODY ? BEGINNING : length;
}
