/** How far long work has come, on one line of a terminal that disappears when the work is done. */
import { formatSize, type Progress } from "../core/index.ts";
import { printable } from "./terminal.ts";

/** Work that ends sooner says nothing. */
const PATIENCE_MS = 500;
const REPEAT_MS = 100;

export interface ProgressLine {
  report(progress: Progress): void;
  clear(): void;
}

function amountOf(amount: number, unit: Progress["unit"]): string {
  return unit === "files" ? `${amount} files` : formatSize(amount);
}

const SILENT: ProgressLine = { report: () => {}, clear: () => {} };

export function progressLine(stream: NodeJS.WriteStream, name: string): ProgressLine {
  if (!stream.isTTY) return SILENT;
  const began = Date.now();
  let last = 0;
  let shown = false;
  // Ctrl+C ends the program by the signal itself, as for any program without a listener: a shell sees status 130 and
  // stops its loops. Only a line that is in the way is wiped first.
  const wipeAndEnd = (): void => {
    stream.write("\r\u001b[K");
    process.kill(process.pid, "SIGINT");
  };
  return {
    report({ phase, done, total, unit }) {
      const now = Date.now();
      if (now - began < PATIENCE_MS || now - last < REPEAT_MS) return;
      last = now;
      if (!shown) process.once("SIGINT", wipeAndEnd);
      shown = true;
      const amount = total > 0 ? `${Math.floor((100 * done) / total)} % of ${amountOf(total, unit)}` : amountOf(done, unit);
      const width = Math.max(20, (stream.columns || 80) - 1);
      stream.write(`\r\u001b[K${`${printable(name)}: ${phase}, ${amount}`.slice(0, width)}`);
    },
    clear() {
      if (!shown) return;
      stream.write("\r\u001b[K");
      process.off("SIGINT", wipeAndEnd);
      shown = false;
    },
  };
}
