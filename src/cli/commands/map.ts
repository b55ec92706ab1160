/** `icecore map`: the memory of a task as in /proc/PID/maps, with what is in the checkpoint of each region. */
import { formatHex, formatSize, type MapLine, type MemorySums } from "../../core/index.ts";
import { chosenSpace } from "../memory-target.ts";
import { withImage } from "../open-image.ts";
import type { Command } from "../run.ts";
import { printableJson } from "../terminal.ts";
import { TextTable, type TextCell } from "../text-table.ts";

/** Lines that are asked for at once. */
const PAGE = 1000;
const SHARES = ["image", "parent", "zero", "file", "absent"] as const;

export const map: Command = async (run) => {
  const { options, out } = run;
  await withImage(run.words[0]!, run, async (image) => {
    const { memory } = image.inspector;
    const { space } = await chosenSpace(image, run);
    const whole = await memory.map({ space });
    const isText = options.choice("format") === "text";
    const text = new TextTable(
      [...["address", "perms", "offset"].map((label) => ({ label, align: "left" as const })), ...["size", ...SHARES].map((label) => ({ label, align: "right" as const })), { label: "path", align: "left" as const }],
      out,
    );
    for (let from = 0; from < whole.lines; from += PAGE) {
      const lines = await memory.mapLines({ space, from, to: from + PAGE });
      if (isText) await text.write(lines.map(cellsOf));
      else for (const line of lines) await out.line(printableJson(JSON.stringify(plain(line))));
    }
    if (isText) await out.line(`${whole.label}: ${formatSize(whole.mapped)} mapped, ${sumText(whole.sums)}`);
  });
};

function cellsOf(line: MapLine): readonly TextCell[] {
  const { start, end, prot, offset, sums, path, kind, why } = line;
  return [
    { text: `${start.toString(16).padStart(8, "0")}-${end.toString(16).padStart(8, "0")}` }, { text: prot }, { text: offset.toString(16).padStart(8, "0") }, { text: formatSize(end - start) },
    ...SHARES.map((share) => ({ text: sums[share] === 0n ? "" : formatSize(sums[share]) })),
    { text: `${path === "" ? kind : path}${why === undefined ? "" : ` (${why})`}` },
  ];
}

function sumText(sums: MemorySums): string {
  const words = { image: "in this image", parent: "in parents", zero: "zero", file: "as in mapped files", absent: "absent" } as const;
  const parts = SHARES.filter((share) => sums[share] > 0n).map((share) => `${formatSize(sums[share])} ${words[share]}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function plain({ start, end, prot, offset, kind, path, sums, why }: MapLine): Record<string, unknown> {
  return { start: formatHex(start), end: formatHex(end), prot, offset: formatHex(offset), kind, path, ...Object.fromEntries(SHARES.map((share) => [share, Number(sums[share])])), ...(why === undefined ? {} : { why }) };
}
