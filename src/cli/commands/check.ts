/** `icecore check`: the problems of each image, for people, for scripts and for tools that read SARIF. */
import type { Row, Severity } from "../../core/index.ts";
import { withEachImage, type Image } from "../open-image.ts";
import { problemLine, type Problem } from "../problem-line.ts";
import type { Command, Run } from "../run.ts";
import { sarifLog, type CheckedImage } from "../sarif.ts";
import { printable, printableJson } from "../terminal.ts";
import { coverageText, problemCounts } from "../words.ts";

const COLUMNS = ["severity", "code", "message", "start", "end", "file"];
const PAGE = 1000;

export const check: Command = async (run) => {
  switch (run.options.choice("format")) {
    case "json":
      return await printJson(run);
    case "sarif":
      return await printSarif(run);
    default:
      return await printText(run);
  }
};

/** Every problem, worst first, in pieces. */
async function* problemsOf({ inspector, summary }: Image): AsyncGenerator<Problem> {
  const view = await inspector.query("problems", {});
  for (let from = 0; from < view.matching; from += PAGE) {
    for (const row of await inspector.rows(view.id, from, from + PAGE, COLUMNS)) yield problemOf(row, summary.files.length > 1);
  }
}

function problemOf({ cells }: Row, isOfMany: boolean): Problem {
  const [severity, code, message, start, end, file] = cells.map(({ value }) => value);
  const span = start === null || end === null ? undefined : { start: Number(start), end: Number(end) };
  return { severity: String(severity) as Severity, code: String(code), message: String(message), span, ...(isOfMany && span !== undefined && file !== null ? { file: String(file) } : {}) };
}

async function printText(run: Run): Promise<void> {
  const { out, words } = run;
  await withEachImage(run, async (image) => {
    const prefix = words.length > 1 ? `${printable(image.name)}: ` : "";
    for await (const problem of problemsOf(image)) await out.line(`${prefix}${problemLine(problem, out.paint)}`);
    await out.line(`${prefix}${problemCounts(image.summary.problems)}; ${coverageText(image.summary.coverage)} explained`);
    await out.flush();
  });
}

async function printJson(run: Run): Promise<void> {
  const lines: string[] = [];
  await withEachImage(run, async (image) => {
    const view = await image.inspector.query("problems", {});
    await image.inspector.exportView(view.id, "ndjson", undefined, (piece) => void lines.push(piece));
  });
  const problems = lines.join("").trimEnd().replaceAll("\n", ",\n");
  await run.out.write(problems === "" ? "[]\n" : `[\n${printableJson(problems)}\n]\n`);
}

async function printSarif(run: Run): Promise<void> {
  const checked: CheckedImage[] = [];
  await withEachImage(run, async (image) => {
    const problems: Problem[] = [];
    for await (const problem of problemsOf(image)) problems.push(problem);
    const bytes = image.summary.files.reduce((sum, { size }) => sum + size, 0);
    checked.push({ name: image.name, bytes, inflated: bytes !== image.storedBytes, problems });
  });
  await run.out.write(`${printableJson(JSON.stringify(sarifLog(checked, run.status), undefined, 2))}\n`);
}
