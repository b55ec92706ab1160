/** Standard output: pieces of text, with colour where somebody looks, and without an image's control characters. */
import { CallError } from "./call-error.ts";

export type Style = "bold" | "dim" | "error" | "warning" | "note";

const SGR: Readonly<Record<Style, string>> = { bold: "1", dim: "2", error: "31", warning: "33", note: "36" };

/** Adds colour, or nothing. */
export type Paint = (style: Style | undefined, text: string) => string;

export type ColorChoice = "auto" | "always" | "never";

export function paintFor(choice: ColorChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): Paint {
  const wanted = isTerminal && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  if (choice === "never" || (choice === "auto" && !wanted)) return (_style, text) => text;
  return (style, text) => (style === undefined || text === "" ? text : `\u001b[${SGR[style]}m${text}\u001b[0m`);
}

// Control characters, and marks that reorder, hide or join what is shown.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** Text in which every control character is visible; text that the core has escaped already stays as it is. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** JSON with those characters written as `\u....`: the same value, harmless on a terminal. Line ends between values stay. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (char) => (char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** The reader of our output went away, as `head` does: nothing is wrong, but there is no point in going on. */
export class OutputClosed extends Error {
  constructor() {
    super("standard output is closed");
    this.name = "OutputClosed";
  }
}

const PIECE = 64 * 1024;

export class Output {
  readonly paint: Paint;
  readonly isTerminal: boolean;
  readonly #stream: NodeJS.WriteStream;
  #waiting = "";
  #closed = false;

  constructor(stream: NodeJS.WriteStream, color: ColorChoice, environment: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.paint = paintFor(color, this.isTerminal, environment);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Throws `OutputClosed` once nobody reads any more. */
  async write(text: string): Promise<void> {
    this.#waiting += text;
    if (this.#waiting.length >= PIECE) await this.flush();
  }

  async line(text = ""): Promise<void> {
    await this.write(`${text}\n`);
  }

  async flush(): Promise<void> {
    if (this.#closed) throw new OutputClosed();
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") await this.#send(text);
  }

  /** Bytes as they are, after the text that waits. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    await this.#send(bytes);
  }

  async #send(piece: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(piece, (error) => {
        if (error === null || error === undefined) return resolve();
        this.#closed = true;
        const isGone = "code" in error && error.code === "EPIPE";
        reject(isGone ? new OutputClosed() : new CallError(`standard output could not be written: ${error.message}`));
      });
    });
  }
}
