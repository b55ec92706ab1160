/**
 * The place where a stream of records stands in the grammar: a stack of open productions.
 * Knows nothing of bytes; the parser asks whether a record fits, and where else it would.
 */
import type { Frame, Grammar, Step } from "./grammar.ts";

/** Productions open at once: deeper than any sound image nests. */
const MAX_DEPTH = 48;

/** A later place of the open productions that takes a record. */
export interface LaterPlace {
  /** Index of the frame in the stack. */
  readonly frame: number;
  readonly step: number;
}

export interface DueBlock {
  readonly frame: Frame;
  /** Key of the kind. */
  readonly key: string;
}

export class GrammarWalk {
  readonly frames: Frame[] = [];
  readonly #grammar: Grammar;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  get top(): Frame | undefined {
    return this.frames[this.frames.length - 1];
  }

  get isTooDeep(): boolean {
    return this.frames.length >= MAX_DEPTH;
  }

  /** Open a production; names that the grammar does not have (objects of later revisions) open nothing. */
  push(name: string, objref: number, object: number): void {
    const production = this.#grammar.get(name);
    if (production === undefined) return;
    this.frames.push({ production, step: 0, left: -1, n: 0, m: 0, mark: 0, row: -1, objref, object });
  }

  /** Leave steps that need no record behind; the block without a header that is due, if the next thing is one. */
  settle(): DueBlock | undefined {
    for (;;) {
      const due = this.#dueBlock();
      if (due !== undefined) {
        due.frame.step++;
        return due;
      }
      if (this.#move()) return undefined;
    }
  }

  /** Whether a block without a header comes next; leaves the grammar standing before it when so. */
  isBlockDue(): boolean {
    for (;;) {
      if (this.#dueBlock() !== undefined) return true;
      if (this.#move()) return false;
    }
  }

  #dueBlock(): DueBlock | undefined {
    const frame = this.top;
    const step = frame?.production.steps[frame.step];
    if (frame === undefined || step?.step !== "raw") return undefined;
    return step.when === undefined || step.when(frame) ? { frame, key: step.kind } : undefined;
  }

  /** One move that needs no record; true when the grammar waits for one, or has come to its end. */
  #move(): boolean {
    const frame = this.top;
    if (frame === undefined) return true;
    const step = frame.production.steps[frame.step];
    if (step === undefined) {
      this.frames.pop();
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
        advance(frame);
        return false;
      case "raw":
        if (step.when === undefined || step.when(frame)) return true;
        frame.step++;
        return false;
      case "use":
        if (frame.left < 0) frame.left = Math.max(0, step.times(frame));
        if (frame.left > 0) {
          frame.left--;
          this.push(step.production, 0, -1);
        } else advance(frame);
        return false;
      case "stop":
        if (step.when(frame)) this.frames.pop();
        else frame.step++;
        return false;
      case "back":
        if (step.when === undefined || step.when(frame)) frame.step = step.to;
        else frame.step++;
        return false;
    }
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

  /** Kind in which the grammar would take the record here and now, without moving. */
  accepts(name: string): string | undefined {
    const frame = this.top;
    const step = frame?.production.steps[frame.step];
    return step === undefined ? undefined : this.#accepts(step, name);
  }

  /** As `accepts`, but only where taking the record needs no other move. */
  acceptsHere(name: string): string | undefined {
    const frame = this.top;
    const step = frame?.production.steps[frame.step];
    return step !== undefined && (step.step === "record" || step.step === "many") ? this.#accepts(step, name) : undefined;
  }

  /** Take the record that `acceptsHere` said yes to. */
  takeHere(frame: Frame): void {
    if (frame.production.steps[frame.step]!.step === "many") frame.left--;
    else frame.step++;
  }

  /**
   * Take the record where the grammar stands: the kind key, or undefined when the current step needs another one.
   * Passes over optional steps, and opens productions of `any`.
   */
  take(name: string): string | undefined {
    const frames = [...this.frames];
    const places = frames.map(({ step, left }) => ({ step, left }));
    const key = this.#tryTake(name);
    if (key !== undefined) return key;
    // It fits nowhere ahead: stand again where the walk stood, so that a stray record closes nothing.
    this.frames.length = 0;
    for (const [index, frame] of frames.entries()) this.frames.push(Object.assign(frame, places[index]));
    return undefined;
  }

  #tryTake(name: string): string | undefined {
    for (;;) {
      const frame = this.top;
      if (frame === undefined) return undefined;
      const step = frame.production.steps[frame.step]!;
      const key = this.#accepts(step, name);
      if (step.step === "any") {
        if (key === undefined) frame.step++;
        else this.push(step.productions.find((production) => this.#begins(production, name))!, 0, -1);
      } else if (key !== undefined) {
        this.takeHere(frame);
        return key;
      } else if (step.step === "record" && step.optional) frame.step++;
      else return undefined;
      if (this.settle() !== undefined) return undefined;
    }
  }

  /** Nearest later place of the open productions that takes this record. */
  findLater(name: string): LaterPlace | undefined {
    for (let index = this.frames.length - 1; index >= 0; index--) {
      const frame = this.frames[index]!;
      const { steps } = frame.production;
      for (let at = frame.step; at < steps.length; at++) {
        const step = steps[at]!;
        if (this.#accepts(step, name) === undefined) continue;
        if (step.step === "use") {
          const begun = at === frame.step && frame.left >= 0;
          if ((begun ? frame.left : step.times(frame)) <= 0) continue;
        }
        return { frame: index, step: at };
      }
    }
    return undefined;
  }

  /** Go to a later place, leaving what stands between, and take the record there. */
  takeLater(later: LaterPlace, name: string): string | undefined {
    this.frames.length = later.frame + 1;
    const frame = this.frames[later.frame]!;
    if (frame.step !== later.step) frame.left = -1;
    frame.step = later.step;
    return this.settle() === undefined ? this.take(name) : undefined;
  }

  /** What the grammar waits for, in words. */
  get expected(): string {
    const frame = this.top;
    const step = frame?.production.steps[frame.step];
    if (frame === undefined || step === undefined) return "the end of the image";
    if (step.step === "record" || step.step === "many") return step.kinds.map((key) => key.split(":")[0]).join(" or ");
    return step.step === "any" ? step.productions.join(" or ") : frame.production.name;
  }
}

function advance(frame: Frame): void {
  frame.step++;
  frame.left = -1;
}
