/** The memory map in the order and notation of /proc/PID/maps, with what is there of each region, and the sums below. */
import { useMemo, useState, type ReactNode } from "react";
import { formatCount, formatSize, type MapLine, type MemoryMap as MapSums, type MemorySums } from "../../../core/index.ts";
import { useCommand } from "../../state/commands.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { tableView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/memory.module.css";
import { Empty, Failed } from "../faces.tsx";
import { RowGrid, type GridColumn } from "../row-grid/row-grid.tsx";
import { usePages } from "../use-pages.ts";
import { plural } from "../words.ts";
import { SHARE_HEADS, SHARES, addSums, NO_SUMS, type Share } from "./sums.ts";
import { lineAt, rangeText, useMatchingLines } from "./use-map-lines.ts";
import { latestOf } from "./use-space.ts";

/** The last row: what the lines above it come to. */
interface TotalLine {
  readonly isTotal: true;
  readonly label: string;
  readonly size: bigint;
  readonly sums: MemorySums;
}

type Line = MapLine | TotalLine;

/** Characters of a range of addresses below 2^32. */
const LEAST_RANGE = 17;

interface MemoryMapProps {
  readonly map: MapSums;
  readonly address: bigint;
  /** First address of the region that holds it. */
  readonly regionStart: bigint | undefined;
  /** No region holds it. */
  readonly isUnmapped: boolean;
  /** To the first byte of a region that has contents. */
  readonly onOpen: (line: MapLine) => void;
}

export function MemoryMap({ map, address, regionStart, isUnmapped, onOpen }: MemoryMapProps): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const { space } = map;
  const [typed, setTyped] = useState("");
  const [field, setField] = useState<HTMLInputElement | null>(null);
  const [onScreen, setOnScreen] = useState({ first: 0, count: 0 });
  const wanted = typed.trim();
  const isFiltered = wanted !== "";
  const pages = usePages(String(space), (from, to) => memory.mapLines({ space, from, to }), onScreen.first, onScreen.count);
  const found = useMatchingLines(memory, space, map.lines, wanted);
  const matching = found.lines;
  const lineCount = isFiltered ? matching.length : map.lines;
  const total = useMemo<TotalLine>(() => totalOf(map, wanted === "" ? undefined : matching), [map, matching, wanted]);
  // The highest address is the longest.
  const last = latestOf(useAnswer(`${space} ${map.lines}`, async () => (await memory.mapLines({ space, from: map.lines - 1, to: map.lines }))[0]));
  const columns = useMemo(() => columnsOf(map, last === undefined ? LEAST_RANGE : Math.max(LEAST_RANGE, rangeText(last).length)), [map, last]);
  // Of an address that is not mapped, the region below it: the map is shown there.
  const near = regionStart ?? address;
  const inWhole = latestOf(useAnswer(`${space} ${near}`, async () => await lineAt(memory, space, map.lines, near))) ?? -1;
  const here = isFiltered ? matching.findLastIndex(({ start, end }) => start <= address && address < end) : inWhole;
  const [chosen, setChosen] = useState<{ readonly at: number; readonly address: bigint }>({ at: -1, address });
  useCommand("search", field === null ? undefined : () => field.focus());
  const error = pages.error ?? found.error;
  if (error !== undefined) return <Failed what="The memory map could not be read." error={error} />;
  // The keys lead away from the region with the cursor; the next move of the cursor leads back to it.
  const isChosen = chosen.address === address && chosen.at >= 0;
  const selected = isChosen ? chosen.at : Math.max(0, here);
  const isReading = isFiltered && found.lookedAt < map.lines;
  return (
    <>
      <div className={styles.filter}>
        <input
          ref={setField}
          type="text"
          aria-label="Filter the regions"
          placeholder="Filter: path, rw-p, kind …   /"
          spellCheck={false}
          autoComplete="off"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen({ at: -1, address });
          }}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            setTyped("");
          }}
        />
        <span className={styles.quiet} role="status">
          {isFiltered ? `${formatCount(matching.length)} of ${plural(map.lines, "region")}` : plural(map.lines, "region")}
          {isReading && `, ${formatCount(found.lookedAt)} looked at`}
        </span>
      </div>
      {isFiltered && !isReading && matching.length === 0 ? (
        <Empty title={`No region matches "${wanted}".`} />
      ) : (
        <RowGrid<Line>
          label="Memory map"
          columns={columns}
          rowCount={lineCount + 1}
          rowAt={(index) => (index === lineCount ? total : isFiltered ? matching[index] : pages.at(index))}
          fills
          selected={selected}
          isBetween={!isChosen && (isFiltered ? here < 0 : isUnmapped)}
          onWindow={(first, count) => setOnScreen({ first, count })}
          onSelect={(at) => setChosen({ at, address })}
          onOpen={(line) => {
            if (!("isTotal" in line)) onOpen(line);
          }}
          rowClass={(line) => ("isTotal" in line ? styles.total : undefined)}
        />
      )}
    </>
  );
}

/** `shown`: the lines that a filter left. */
function totalOf(map: MapSums, shown: readonly MapLine[] | undefined): TotalLine {
  // Lines may overlap; of all of them the core knows the sums.
  if (shown === undefined) return { isTotal: true, label: "all regions", size: map.mapped, sums: map.sums };
  return {
    isTotal: true,
    label: "these regions",
    size: shown.reduce((sum, { start, end }) => sum + (end - start), 0n),
    sums: shown.reduce((sum, line) => addSums(sum, line.sums), NO_SUMS),
  };
}

/** Columns of shares that are none in the whole map are left out: the sums in the head say so. */
function columnsOf(map: MapSums, widest: number): readonly GridColumn<Line>[] {
  const exact = (bytes: bigint): string => `${formatCount(bytes)} bytes`;
  const shareColumn = (share: Share): GridColumn<Line> => ({
    name: share,
    label: SHARE_HEADS[share],
    width: 10,
    align: "right",
    text: ({ sums }) => (sums[share] === 0n ? "–" : formatSize(sums[share])),
    title: (line) => [exact(line.sums[share]), share === "absent" && "why" in line ? line.why : undefined].filter(Boolean).join(": "),
  });
  const only = (text: (line: MapLine) => string) => (line: Line): string => ("isTotal" in line ? "" : text(line));
  return [
    { name: "range", label: "start-end", width: widest, text: (line) => ("isTotal" in line ? line.label : rangeText(line)) },
    { name: "prot", label: "perms", width: 6, text: only(({ prot }) => prot) },
    { name: "offset", label: "offset", width: 8, text: only(({ offset }) => offset.toString(16).padStart(8, "0")) },
    { name: "path", label: "path", width: 24, grows: true, text: only(({ path }) => path), draw: (line) => ("isTotal" in line ? "" : <PathText path={line.path} />), title: only(({ path }) => path) },
    {
      name: "size",
      label: "size",
      width: 10,
      align: "right",
      text: (line) => formatSize(sizeOf(line)),
      title: (line) => exact(sizeOf(line)),
    },
    ...SHARES.filter((share) => map.sums[share] > 0n).map(shareColumn),
    { name: "kind", label: "kind", width: 14, isWords: true, text: only(({ kind }) => kind) },
    {
      name: "row",
      label: "row",
      width: 6,
      align: "right",
      text: only(({ region }) => String(region)),
      title: only(({ region }) => `Row ${region} of the memory regions`),
      view: (line) => ("isTotal" in line ? undefined : tableView("regions", line.region)),
      viewLabel: "Go to the row of the region",
    },
  ];
}

/** Where the whole is too long, the folder is cut and the name of the file stays. */
function PathText({ path }: { path: string }): ReactNode {
  const cut = path.lastIndexOf("/");
  if (cut <= 0) return path;
  return (
    <span className={styles.path}>
      <span>{path.slice(0, cut)}</span>
      <span>{path.slice(cut)}</span>
    </span>
  );
}

function sizeOf(line: Line): bigint {
  return "isTotal" in line ? line.size : line.end - line.start;
}
