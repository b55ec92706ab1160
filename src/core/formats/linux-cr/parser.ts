/**
 * Cuts the stream into records and leads them through the grammar.
 *
 * One asynchronous loop fetches windows; all else is synchronous. A record that does not fit is never fatal: the loop
 * looks for the nearest place in the open productions where it does fit, and says what was missing. A length that
 * cannot be right is replaced by the length that the record's type has, when records go on after it, or else by a
 * search for the next place where several records follow each other. So every byte ends up in some record.
 */
import type { ByteSource } from "../../bytes/source.ts";
import { Window } from "../../bytes/window.ts";
import { span } from "../../bytes/span.ts";
import type { OnProgress } from "../../inspector.ts";
import type { Dialect } from "./dialect.ts";
import { grammarOf, type Frame, type Grammar, type Production, type Step } from "./grammar.ts";
import type { Kind } from "./kinds.ts";
import type { Reader, RecordAt } from "./reader.ts";

/** Bytes of a record that its handler may read; longer arrays are streamed. */
const BODY = 64 * 1024;
/** Productions open at once: deeper than any sound image nests. */
const MAX_DEPTH = 48;
/** Records that must follow each other before a place counts as readable again. */
const CHAIN = 4;
/** Bytes searched between two looks at the clock and the signal. */
const SEARCH_STEP = 1024 * 1024;
const PROGRESS_BYTES = 8 * 1024 * 1024;

const ERROR_TYPE = 9999;

export interface ParseOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

interface Header {
  readonly type: number;
  /** Bytes, header included; may be nonsense. */
  readonly length: number;
}

export class Parser {
  readonly #dialect: Dialect;
  readonly #grammar: Grammar;
  readonly #window: Window;
  readonly #reader: Reader;
  readonly #options: ParseOptions;
  readonly #size: number;
  readonly #frames: Frame[] = [];
  #position = 0;
  #failed = false;
  #nextProgress = PROGRESS_BYTES;

  constructor(source: ByteSource, dialect: Dialect, reader: Reader, options: ParseOptions) {
    this.#dialect = dialect;
    this.#grammar = grammarOf(dialect);
    this.#window = new Window(source);
    this.#window.little = dialect.abi.endian === "little";
    this.#reader = reader;
    this.#options = options;
    this.#size = source.size;
  }

  /** Bytes that were read from the source. */
  get bytesRead(): number {
    return this.#window.bytesRead;
  }

  async run(): Promise<void> {
    this.#push("image", 0, -1);
    this.#reader.begin(this.#window, this.#size);
    while (this.#position < this.#size) {
      if (this.#position >= this.#nextProgress) await this.#breathe();
      this.#runInWindow();
      if (this.#position >= this.#size) break;
      const raw = this.#settle();
      if (raw !== undefined) {
        await this.#rawBlock(raw);
        continue;
      }
      if (this.#frames.length === 0 && !this.#failed && !(await this.#isError())) {
        this.#afterTail();
        return;
      }
      await this.#record();
    }
    this.#settle();
    this.#end();
  }

  /**
   * The plain loop: sound records that stand in the window where the grammar wants them. It stops, without having
   * taken anything, at whatever needs more bytes or a decision.
   */
  #runInWindow(): void {
    const { headerSize, kinds } = this.#dialect;
    const window = this.#window;
    while (this.#position < this.#nextProgress) {
      if (this.#frames.length === 0 || this.#failed) return;
      const start = this.#position;
      if (!window.has(start, headerSize) || this.#rawIsDue()) return;
      const { type, length } = this.#header(start);
      const name = kinds.nameOf(type);
      if (name === undefined || length < headerSize || !window.has(start, Math.min(length, BODY)) || start + length > this.#size) return;
      if (name === "ERROR" || this.#suspicious(name, length)) return;
      if (name === "OBJREF") {
        this.#position = start + length;
        this.#objref(start, length, type);
        continue;
      }
      const frame = this.#top();
      if (frame === undefined) return;
      const key = this.#peekKey(frame, name);
      const kind = key === undefined ? undefined : this.#reader.refine(key, start, length, frame);
      if (kind === undefined || this.#reader.isStream(kind)) return;
      const step = frame.production.steps[frame.step]!;
      if (step.step === "many") frame.left--;
      else frame.step++;
      this.#position = start + length;
      this.#reader.accept({ kind, row: -1, start, end: start + length, type, window }, frame, true);
    }
  }

  /** Whether a block without a header comes next; leaves the grammar where it stands when so. */
  #rawIsDue(): boolean {
    for (;;) {
      const frame = this.#top();
      const step = frame?.production.steps[frame.step];
      if (frame !== undefined && step?.step === "raw" && (step.when === undefined || step.when(frame))) return true;
      if (this.#settleOne()) return false;
    }
  }

  /** Kind in which the current step takes a record of this name. */
  #peekKey(frame: Frame, name: string): string | undefined {
    const step = frame.production.steps[frame.step];
    return step !== undefined && (step.step === "record" || step.step === "many") ? this.#accepts(step, name) : undefined;
  }

  async #breathe(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({ phase: "reading records", done: this.#position, total: this.#size });
    this.#nextProgress = this.#position + PROGRESS_BYTES;
    // Let messages in: a cancel cannot arrive while a plain loop runs.
    await new Promise<void>((resolve) => void setTimeout(resolve));
  }

  // ---- frames

  #push(name: string, objref: number, object: number): Frame | undefined {
    const production = this.#grammar.get(name);
    if (production === undefined) return undefined;
    const frame: Frame = { production, step: 0, left: -1, n: 0, m: 0, mark: 0, row: -1, objref, object };
    this.#frames.push(frame);
    return frame;
  }

  #top(): Frame | undefined {
    return this.#frames[this.#frames.length - 1];
  }

  /** Leave steps that need no record behind; the raw block that is due, if the next thing is one. */
  #settle(): { readonly frame: Frame; readonly key: string } | undefined {
    for (;;) {
      const frame = this.#top();
      const step = frame?.production.steps[frame.step];
      if (frame !== undefined && step?.step === "raw" && (step.when === undefined || step.when(frame))) {
        frame.step++;
        return { frame, key: step.kind };
      }
      if (this.#settleOne()) return undefined;
    }
  }

  /** One move of the grammar that needs no record; true when it waits for one (or has come to its end). */
  #settleOne(): boolean {
    const frame = this.#top();
    if (frame === undefined) return true;
    const step = frame.production.steps[frame.step];
    if (step === undefined) {
      this.#frames.pop();
      return false;
    }
    switch (step.step) {
      case "record":
        if (step.when === undefined || step.when(frame)) return true;
        frame.step++;
        return false;
      case "any":
        return true;
      case "many":
        if (frame.left < 0) frame.left = Math.max(0, frame.n);
        if (frame.left > 0) return true;
        this.#advance(frame);
        return false;
      case "raw":
        if (step.when === undefined || step.when(frame)) return true;
        frame.step++;
        return false;
      case "use":
        if (frame.left < 0) frame.left = Math.max(0, step.times(frame));
        if (frame.left > 0) {
          frame.left--;
          this.#push(step.production, 0, -1);
        } else this.#advance(frame);
        return false;
      case "stop":
        if (step.when(frame)) this.#frames.pop();
        else frame.step++;
        return false;
      case "back":
        if (step.when === undefined || step.when(frame)) frame.step = step.to;
        else frame.step++;
        return false;
    }
  }

  #advance(frame: Frame): void {
    frame.step++;
    frame.left = -1;
  }

  /** Kind in which a step would take a record of this name, or undefined. */
  #accepts(step: Step, name: string): string | undefined {
    switch (step.step) {
      case "record":
      case "many":
        return step.kinds.find((key) => key === name || (key.startsWith(name) && key[name.length] === ":"));
      case "use":
        return this.#begins(step.production, name) ? name : undefined;
      case "any":
        return step.productions.some((production) => this.#begins(production, name)) ? name : undefined;
      default:
        return undefined;
    }
  }

  #begins(production: string, name: string): boolean {
    for (const step of this.#grammar.get(production)?.steps ?? []) {
      if (this.#accepts(step, name) !== undefined) return true;
      if (!(step.step === "record" && step.optional)) return false;
    }
    return false;
  }

  /**
   * Take the record where the grammar stands: the kind key, or undefined when the current step needs another one.
   * Passes over optional steps, and opens productions of `any`.
   */
  #take(name: string): string | undefined {
    for (;;) {
      const frame = this.#top();
      if (frame === undefined) return undefined;
      const step = frame.production.steps[frame.step]!;
      const key = this.#accepts(step, name);
      if (step.step === "any") {
        if (key === undefined) frame.step++;
        else this.#push(step.productions.find((production) => this.#begins(production, name))!, 0, -1);
      } else if (key !== undefined) {
        if (step.step === "many") frame.left--;
        else frame.step++;
        return key;
      } else if (step.step === "record" && step.optional) frame.step++;
      else return undefined;
      if (this.#settle() !== undefined) return undefined;
    }
  }

  /** Nearest later place of the open productions that takes this record: how many frames to drop, and the step. */
  #findLater(name: string): { readonly frame: number; readonly step: number; readonly inUse: boolean } | undefined {
    for (let index = this.#frames.length - 1; index >= 0; index--) {
      const frame = this.#frames[index]!;
      const steps = frame.production.steps;
      for (let at = frame.step; at < steps.length; at++) {
        const step = steps[at]!;
        if (this.#accepts(step, name) === undefined) continue;
        if (step.step === "use") {
          const begun = at === frame.step && frame.left >= 0;
          if ((begun ? frame.left : step.times(frame)) <= 0) continue;
          return { frame: index, step: at, inUse: true };
        }
        return { frame: index, step: at, inUse: false };
      }
    }
    return undefined;
  }

  /** What the grammar waits for, in words. */
  #expected(): string {
    const frame = this.#top();
    if (frame === undefined) return "the end of the image";
    const step = frame.production.steps[frame.step];
    if (step === undefined) return "the end of the image";
    if (step.step === "record" || step.step === "many") return step.kinds.map((key) => key.split(":")[0]).join(" or ");
    return step.step === "any" ? step.productions.join(" or ") : frame.production.name;
  }

  // ---- records

  #header(position: number): Header {
    const window = this.#window;
    if (this.#dialect.narrow) {
      return { type: window.s16(position), length: window.s16(position + 2) + this.#dialect.headerSize };
    }
    const type = window.u32(position);
    const length = window.u32(position + 4);
    return { type, length: this.#dialect.lengthCountsHeader ? length : length + this.#dialect.headerSize };
  }

  async #need(position: number, length: number): Promise<boolean> {
    if (this.#window.has(position, length)) return true;
    if (position + length > this.#size) return false;
    await this.#window.load(position, length, this.#options.signal);
    return this.#window.has(position, length);
  }

  async #isError(): Promise<boolean> {
    if (this.#dialect.narrow || !(await this.#need(this.#position, 8))) return false;
    return this.#header(this.#position).type === ERROR_TYPE;
  }

  async #record(): Promise<void> {
    const start = this.#position;
    const headerSize = this.#dialect.headerSize;
    if (!(await this.#need(start, headerSize))) {
      await this.#broken(start, this.#size, "header");
      return;
    }
    const { type, length: claimed } = this.#header(start);
    const name = this.#dialect.kinds.nameOf(type);
    let length = claimed;
    if (length < headerSize || start + length > this.#size) {
      const mended = await this.#mendLength(start, length, name);
      if (mended === undefined) return;
      length = mended;
    } else if (name === undefined || this.#suspicious(name, length)) {
      const mended = await this.#mendSuspicious(start, length, name);
      if (mended === undefined) return;
      length = mended;
    }
    await this.#need(start, Math.min(length, BODY));
    if (!this.#window.has(start, Math.min(length, BODY, this.#size - start))) {
      await this.#window.load(start, Math.min(length, BODY), this.#options.signal);
    }
    await this.#dispatch(start, length, type, name, claimed);
  }

  /** A fixed-size record whose length is another: either the length is wrong, or the record is. */
  #suspicious(name: string, length: number): boolean {
    const size = this.#dialect.kinds.sizeOf(name);
    return size >= 0 && !this.#dialect.kinds.hasSize(name, length);
  }

  /** Length of a record that ends within the file but looks wrong. Undefined when the bytes were passed over. */
  async #mendSuspicious(start: number, length: number, name: string | undefined): Promise<number | undefined> {
    if (await this.#plausible(start + length, 1)) return length;
    if (name !== undefined) {
      const size = this.#dialect.kinds.sizeOf(name);
      if (size >= 0 && (await this.#plausible(start + size, 2))) return size;
    }
    if (name === undefined) {
      await this.#skipUnreadable(start, `No record of this revision has the type that stands at 0x${start.toString(16)}`);
      return undefined;
    }
    return length;
  }

  /** Length of a record whose own cannot be right. Undefined when the bytes were passed over or the file ends. */
  async #mendLength(start: number, claimed: number, name: string | undefined): Promise<number | undefined> {
    const expected = name === undefined ? -1 : this.#reader.expectedLength(name, start, this.#top(), this.#dialect);
    const where = `at 0x${start.toString(16)}`;
    if (expected >= 0 && expected === claimed) {
      await this.#broken(start, this.#size, name ?? "record");
      return undefined;
    }
    if (expected >= 0 && start + expected <= this.#size && (await this.#plausible(start + expected, 1))) {
      this.#reader.report(
        "frame.bad-length",
        `${name} ${where} has the length ${claimed}, which cannot be; it was read with the ${expected} bytes that its type has.`,
        span(0, start, start + expected),
      );
      return expected;
    }
    const next = await this.#search(start + this.#dialect.headerSize);
    if (next === undefined && name !== undefined && claimed >= this.#dialect.headerSize && expected < 0) {
      await this.#broken(start, this.#size, name);
      return undefined;
    }
    const end = next ?? this.#size;
    this.#reader.report(
      "frame.bad-length",
      `${name ?? "A record of unknown type"} ${where} has the length ${claimed}, with ${this.#size - start} bytes left in the file.`,
      span(0, start, Math.min(end, start + this.#dialect.headerSize)),
    );
    if (name === undefined || end - start < this.#dialect.headerSize) {
      this.#unreadable(start, end);
      return undefined;
    }
    if (next !== undefined) {
      this.#reader.report("frame.resync", `${end - start} bytes from 0x${start.toString(16)} could not be read as records; reading goes on at 0x${end.toString(16)}.`, span(0, start, end));
    }
    return end - start;
  }

  /** The bytes of the last record, which the end of the file cuts off. */
  async #broken(start: number, end: number, what: string): Promise<void> {
    const name = what === "header" ? "A record header" : what;
    this.#reader.report("frame.truncated", `${name} at 0x${start.toString(16)} is cut off by the end of the file, ${end - start} bytes after its beginning.`, span(0, start, end));
    const kind = this.#truncatedKind(what);
    const frame = this.#top();
    const record = this.#reader.truncated(start, end - start, kind, frame);
    this.#position = end;
    this.#reader.cutInside = true;
    if (frame !== undefined && this.#reader.isStream(kind)) await this.#elements(record, frame);
  }

  #truncatedKind(name: string): Kind {
    const frame = this.#top();
    const step = frame?.production.steps[frame.step];
    const key = step === undefined ? undefined : this.#accepts(step, name);
    const kinds = this.#dialect.kinds;
    return (key === undefined ? undefined : kinds.get(key)) ?? kinds.get(name) ?? kinds.plainKind(name) ?? kinds.unreadable;
  }

  async #skipUnreadable(start: number, why: string): Promise<void> {
    const next = await this.#search(start + 1);
    const end = next ?? this.#size;
    this.#reader.report("frame.resync", `${why}; ${end - start} bytes were passed over.`, span(0, start, end));
    this.#unreadable(start, end);
  }

  #unreadable(start: number, end: number): void {
    this.#reader.add(this.#dialect.kinds.unreadable, start, end - start, -1, 0, 0);
    this.#position = end;
  }

  /** Whether `count` records in a row can be read at a place; the end of the file counts as a sound place. */
  async #plausible(position: number, count: number): Promise<boolean> {
    let at = position;
    for (let index = 0; index < count; index++) {
      if (at === this.#size) return true;
      if (!(await this.#need(at, this.#dialect.headerSize))) return false;
      const { type, length } = this.#header(at);
      const name = this.#dialect.kinds.nameOf(type);
      if (name === undefined || length < this.#dialect.headerSize || at + length > this.#size) return false;
      if (!this.#dialect.kinds.hasSize(name, length)) return false;
      at += length;
    }
    return true;
  }

  /** Next place from `from` where several records follow each other. */
  async #search(from: number): Promise<number | undefined> {
    const headerSize = this.#dialect.headerSize;
    for (let at = from; at + headerSize <= this.#size; at++) {
      if ((at - from) % SEARCH_STEP === 0) {
        this.#options.signal?.throwIfAborted();
        if (at - from >= PROGRESS_BYTES) this.#options.onProgress?.({ phase: "searching for the next record", done: at, total: this.#size });
      }
      if (!this.#window.has(at, headerSize)) await this.#window.load(at, headerSize, this.#options.signal);
      const { type, length } = this.#header(at);
      const name = this.#dialect.kinds.nameOf(type);
      // Only a fixed length is evidence; a variable one is nearly any number.
      if (name === undefined || length < headerSize || at + length > this.#size) continue;
      if (this.#dialect.kinds.sizeOf(name) < 0 || !this.#dialect.kinds.hasSize(name, length)) continue;
      const { start, end } = this.#window;
      if (await this.#plausible(at, CHAIN)) return at;
      // A look far ahead may have moved the window; come back for the next byte.
      if (this.#window.start !== start || this.#window.end !== end) await this.#window.load(at, headerSize, this.#options.signal);
    }
    return undefined;
  }

  async #dispatch(start: number, length: number, type: number, name: string | undefined, claimed: number): Promise<void> {
    const kinds = this.#dialect.kinds;
    this.#position = start + length;
    if (name === undefined) {
      this.#reader.unknown(start, length, type);
      return;
    }
    if (name === "OBJREF") {
      this.#objref(start, length, type);
      return;
    }
    if (name === "ERROR") {
      this.#error(start, length, type);
      return;
    }
    let key: string | undefined;
    if (this.#failed) {
      key = name === "STRING" ? "STRING:error" : undefined;
      if (key === undefined) this.#reader.report("record.unexpected", `${name} at 0x${start.toString(16)} follows the error that ends the image.`, span(0, start, start + length));
    } else {
      key = this.#take(name) ?? (await this.#recover(name, start, length));
    }
    const frame = this.#top() ?? this.#reader.lastFrame;
    const kind = (key === undefined ? undefined : this.#reader.refine(key, start, length, frame)) ?? kinds.plainKind(name);
    if (kind === undefined) {
      this.#reader.unknown(start, length, type);
      return;
    }
    if (claimed !== length) this.#reader.claimedLength = claimed;
    const record: RecordAt = { kind, row: -1, start, end: start + length, type, window: this.#window };
    if (this.#reader.isStream(kind)) await this.#stream(record, frame, key !== undefined);
    else this.#reader.accept(record, frame, key !== undefined);
  }

  /** Arrays that may be longer than the window: their elements are handed over piece by piece. */
  async #stream(record: RecordAt, frame: Frame, inPlace: boolean): Promise<void> {
    this.#reader.accept(record, frame, inPlace);
    await this.#elements(record, inPlace ? frame : this.#reader.lastFrame);
  }

  async #elements(record: RecordAt, frame: Frame): Promise<void> {
    const plan = this.#reader.streamPlan(record, frame);
    if (plan === undefined) return;
    let index = 0;
    while (index < plan.count) {
      const at = plan.start + index * plan.elementSize;
      if (!this.#window.has(at, plan.elementSize)) {
        this.#options.signal?.throwIfAborted();
        await this.#window.load(at, Math.min((plan.count - index) * plan.elementSize, BODY), this.#options.signal);
        if (!this.#window.has(at, plan.elementSize)) break;
      }
      const room = Math.floor((this.#window.end - at) / plan.elementSize);
      const count = Math.min(room, plan.count - index);
      plan.take(this.#window, at, index, count);
      index += count;
    }
    plan.done?.();
  }

  /** The record does not fit here. Move to where it does, or leave it where it stands. */
  async #recover(name: string, start: number, length: number): Promise<string | undefined> {
    const expected = this.#expected();
    const at = `0x${start.toString(16)}`;
    const later = this.#findLater(name);
    const stray = later === undefined || (await this.#nextFits(start + length));
    if (stray || later === undefined) {
      this.#reader.report("record.unexpected", `${name} at ${at} stands where ${expected} was expected.`, span(0, start, start + length));
      return undefined;
    }
    this.#reader.report("record.missing", `${name} at ${at} stands where ${expected} was expected; what should stand between is missing.`, span(0, start, start + length));
    while (this.#frames.length - 1 > later.frame) this.#reader.abandon(this.#frames.pop()!);
    const frame = this.#frames[later.frame]!;
    if (frame.step !== later.step) frame.left = -1;
    frame.step = later.step;
    if (this.#settle() !== undefined) return undefined;
    return this.#take(name);
  }

  /** Whether the record at a place is what the grammar waits for now. */
  async #nextFits(position: number): Promise<boolean> {
    if (!(await this.#need(position, this.#dialect.headerSize))) return false;
    const name = this.#dialect.kinds.nameOf(this.#header(position).type);
    const frame = this.#top();
    const step = frame?.production.steps[frame.step];
    return name !== undefined && step !== undefined && this.#accepts(step, name) !== undefined;
  }

  #objref(start: number, length: number, type: number): void {
    const { object, objref, className } = this.#reader.objref(start, length, type);
    if (className === undefined) return;
    if (this.#frames.length >= MAX_DEPTH) {
      this.#reader.report("objref.too-deep", `Object #${objref} at 0x${start.toString(16)} is nested in ${this.#frames.length} others.`, span(0, start, start + length));
      return;
    }
    // An object may open while optional steps are still waiting; they stay open until its records have passed.
    this.#push(className, objref, object);
  }

  #error(start: number, length: number, type: number): void {
    this.#failed = true;
    for (let frame = this.#frames.pop(); frame !== undefined; frame = this.#frames.pop()) this.#reader.abandon(frame);
    this.#reader.error(start, length, type);
  }

  // ---- blocks without a header

  async #rawBlock({ frame, key }: { readonly frame: Frame; readonly key: string }): Promise<void> {
    const kind = this.#dialect.kinds.get(key);
    const wanted = this.#reader.rawLength(key, frame, this.#dialect);
    if (kind === undefined || wanted <= 0) return;
    const start = this.#position;
    const left = this.#size - start;
    if (wanted > left && !this.#reader.mayBeCut(key, wanted, left)) {
      // The count behind this length is nonsense: look where the records go on.
      const next = await this.#search(start);
      const end = next ?? this.#size;
      this.#reader.report("count.too-large", `${kind.label} at 0x${start.toString(16)} would need ${wanted} bytes, with ${left} left in the file.`, span(0, start, end));
      this.#unreadable(start, end);
      return;
    }
    const length = Math.min(wanted, left);
    if (length < wanted) {
      this.#reader.report("frame.truncated", `${kind.label} at 0x${start.toString(16)} is cut off by the end of the file: ${left} of ${wanted} bytes are there.`, span(0, start, this.#size));
      this.#reader.cutInside = true;
    }
    this.#position = start + length;
    const body = Math.min(length, BODY);
    if (!this.#window.has(start, body) && !this.#reader.isOpaque(kind)) await this.#window.load(start, body, this.#options.signal);
    const record: RecordAt = { kind, row: -1, start, end: start + length, type: -1, window: this.#window };
    if (this.#reader.isStream(kind)) await this.#stream(record, frame, true);
    else this.#reader.accept(record, frame, true);
  }

  // ---- the end

  #afterTail(): void {
    const start = this.#position;
    this.#reader.report("image.after-tail", `${this.#size - start} bytes follow the last record.`, span(0, start, this.#size));
    this.#unreadable(start, this.#size);
    this.#end();
  }

  #end(): void {
    const open: Production | undefined = this.#frames[0]?.production;
    const expected = this.#expected();
    for (let frame = this.#frames.pop(); frame !== undefined; frame = this.#frames.pop()) this.#reader.abandon(frame);
    this.#reader.end(open !== undefined && !this.#failed, expected);
  }
}
