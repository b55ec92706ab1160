/** `icecore show`: an overview of each image. */
import { formatCount, formatSize, type Summary } from "../../core/index.ts";
import { withEachImage, type Image } from "../open-image.ts";
import { problemLine, type Problem } from "../problem-line.ts";
import type { Command, Run } from "../run.ts";
import { printable, printableJson } from "../terminal.ts";
import { coverageText, problemCounts } from "../words.ts";

export const show: Command = async (run) => {
  const { out, options, words } = run;
  if (options.choice("format") === "json") {
    const overviews: string[] = [];
    await withEachImage(run, async (image) => void overviews.push(printableJson(JSON.stringify(overview(image), undefined, 2))));
    if (words.length > 1) await out.write(`[\n${overviews.join(",\n")}\n]\n`);
    else for (const text of overviews) await out.line(text);
    return;
  }
  let first = true;
  await withEachImage(run, async (image) => {
    if (!first) await out.line();
    first = false;
    await printText(image, run);
    await out.flush();
  });
};

function overview({ name, summary }: Image): object {
  const { format, formatName, revision, revisionAlternatives, architecture, byteOrder, pageSize, counts, coverage, problems, reasons, files, overridden, choices } = summary;
  return {
    path: name,
    format,
    formatName,
    revision: revision ?? null,
    revisionAlternatives,
    architecture: architecture ?? null,
    byteOrder,
    pageSize,
    overridden,
    counts,
    coverage,
    problems,
    worst: summary.worst.map(({ code, severity, message, span }) => ({ code, severity, message, start: span?.start ?? null, end: span?.end ?? null })),
    reasons,
    choices,
    files,
    facts: summary.groups.flatMap(({ title: group, facts }) => facts.map(({ label, text, title }) => ({ group, label, text, title: title ?? null }))),
  };
}

/** The longest label that others are aligned with. */
const LABEL = 18;

async function printText({ name, summary, storedBytes }: Image, { out }: Run): Promise<void> {
  const { paint } = out;
  const line = async (label: string, text: string): Promise<void> => await out.line(`  ${printable(label).padEnd(LABEL)}  ${printable(text)}`);
  const heading = async (text: string): Promise<void> => await out.line(`\n${paint("bold", printable(text))}`);

  await out.line(`${paint("bold", printable(name))}: ${printable(summary.formatName)}`);
  if (summary.format !== "unknown") {
    await line("Revision", revisionText(summary));
    await line("Architecture", `${summary.architecture ?? "not known"}, ${summary.byteOrder} endian, pages of ${formatSize(summary.pageSize)}`);
  }
  const size = summary.files.reduce((sum, file) => sum + file.size, 0);
  const stored = size === storedBytes ? "" : summary.files.length === 1 ? `, stored compressed in ${formatCount(storedBytes)}` : `, stored in ${formatCount(storedBytes)}`;
  await line("Size", `${formatSize(size)} (${formatCount(size)} bytes${stored})`);
  if (summary.files.length > 1) await line("Files", formatCount(summary.files.length));
  await line("Explained bytes", coverageText(summary.coverage));
  await line("Problems", problemCounts(summary.problems));

  for (const { title, facts } of summary.groups) {
    await heading(title);
    for (const fact of facts) await line(fact.label, fact.text);
  }
  await heading("Tables");
  await out.line(tablesText(summary.counts));
  if (summary.worst.length > 0) {
    await heading("Problems, the worst first");
    for (const problem of summary.worst) await out.line(`  ${problemLine(placed(problem, summary), paint)}`);
    const { error, warning, note } = summary.problems;
    const more = error + warning + note - summary.worst.length;
    if (more > 0) await out.line(`  and ${formatCount(more)} more: icecore check ${printable(name === "<stdin>" ? "-" : name)}`);
  }
  await heading("Why it is read so");
  for (const reason of summary.reasons) await out.line(`  ${printable(reason)}`);
}

/** With the file, where there is more than one. */
function placed({ span, ...problem }: Summary["worst"][number], { files }: Summary): Problem {
  return span === undefined ? problem : { ...problem, span, ...(files.length > 1 ? { file: files[span.file]!.name } : {}) };
}

function revisionText({ revision, revisionAlternatives, overridden }: Summary): string {
  const others = revisionAlternatives.length === 0 ? "" : ` (or ${revisionAlternatives.join(", ")}: the same layouts)`;
  return `${revision ?? "not known"}${others}${overridden.revision ? ", as asked for" : ""}`;
}

/** Names and row counts of the tables that have rows, in lines of moderate length. */
function tablesText(counts: Summary["counts"]): string {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  if (entries.length === 0) return "  none has a row";
  const lines: string[] = [];
  let line = "";
  for (const [table, count] of entries) {
    const entry = `${table} ${formatCount(count)}`;
    if (line !== "" && line.length + entry.length > 76) {
      lines.push(line);
      line = "";
    }
    line += `${line === "" ? "  " : ", "}${entry}`;
  }
  return [...lines, line].join(",\n");
}
