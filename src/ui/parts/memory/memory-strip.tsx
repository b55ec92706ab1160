/**
 * The mapped part of an address space to scale, gaps folded: in each column of the picture, how much of it is where.
 * For the keyboard and for screen readers it is a slider whose value is the address.
 */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { formatHex, formatSize, type MemoryStrip as Strip } from "../../../core/index.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/memory-strip.module.css";
import { cellAt, cellShares, markOf, shareWords, stepCell, stripPaths } from "./strip-paths.ts";
import { patternId } from "./share-mark.tsx";
import { SHARES } from "./sums.ts";
import { latestOf } from "./use-space.ts";

const HEIGHT = 36;
/** Pixels of a cell; narrower ones could not be told apart or hit. */
const CELL_WIDTH = 3;

interface MemoryStripProps {
  readonly space: number;
  readonly label: string;
  readonly address: bigint;
  /** `how`: a click is a jump, a key a move. */
  readonly onGo: (address: bigint, how: "go" | "move") => void;
}

export function MemoryStrip({ space, label, address, onGo }: MemoryStripProps): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [hover, setHover] = useState<number | undefined>(undefined);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const cells = Math.floor(width / CELL_WIDTH);
  const strip = latestOf(useAnswer(`${space} ${cells}`, async () => (cells === 0 ? undefined : await memory.strip({ space, cells }))));
  const count = strip?.starts.length ?? 0;
  const at = strip === undefined ? 0 : cellAt(strip, address);
  const shown = hover === undefined || hover >= count ? at : hover;
  const shownAddress = hover === undefined ? address : (strip?.starts[shown] ?? 0n);
  const name = latestOf(useAnswer(`${space} ${shownAddress}`, async () => (await memory.labels({ space, words: [shownAddress] }))[0]));

  const cellOf = (event: PointerEvent): number | undefined => {
    const { left, width: whole } = event.currentTarget.getBoundingClientRect();
    const cell = Math.floor(((event.clientX - left) / whole) * count);
    return cell >= 0 && cell < count ? cell : undefined;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = event.altKey || event.ctrlKey || event.metaKey ? undefined : stepCell(event.key, at, count);
    const start = to === undefined ? undefined : strip?.starts[to];
    if (start === undefined) return;
    onGo(start, "move");
    event.preventDefault();
  };
  // Gaps are folded: an address that is not mapped is in no column.
  const words = strip === undefined || name === undefined ? "" : shareWords(cellShares(strip, shown));
  return (
    <div className={styles.strip}>
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={`Picture of the memory of ${label}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, count - 1)}
        aria-valuenow={at}
        aria-valuetext={[formatHex(address), name ?? "not mapped", words].filter((part) => part !== "").join(", ")}
        className={styles.picture}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => setHover(cellOf(event))}
        onPointerLeave={() => setHover(undefined)}
        onPointerDown={(event) => {
          const cell = cellOf(event);
          if (cell !== undefined && event.button === 0) onGo(strip?.starts[cell] ?? 0n, "go");
        }}
      >
        {strip !== undefined && count > 0 && (
          <Picture strip={strip} width={width} mark={markOf(strip, address)} hover={hover} />
        )}
      </div>
      <p className={styles.caption} aria-hidden="true">
        <span className={styles.what} title={words}>
          <code>{formatHex(shownAddress)}</code> {name ?? "not mapped"}
          {words !== "" && `: ${words}`}
        </span>
        {strip !== undefined && <span className={styles.scale}>a column is {formatSize(strip.cell)}, gaps are folded</span>}
      </p>
    </div>
  );
}

/** Where nearly every column begins behind a gap, lines at all of them would hide the picture. */
function gapsShown({ gaps, starts }: Strip): readonly number[] {
  return gaps.length * 4 > starts.length ? [] : gaps;
}

interface PictureProps {
  readonly strip: Strip;
  readonly width: number;
  readonly mark: number;
  readonly hover: number | undefined;
}

function Picture({ strip, width, mark, hover }: PictureProps): ReactNode {
  const count = strip.starts.length;
  const paths = useMemo(() => stripPaths(strip, HEIGHT), [strip]);
  // In pixels, so that the patterns keep their size whatever the cells' width.
  const scale = width / count;
  return (
    <svg aria-hidden="true" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`}>
      {SHARES.map((share) => (
        <path key={share} d={paths.shares[share](scale)} fill={`url(#${patternId(share)})`} />
      ))}
      {gapsShown(strip).map((gap) => (
        <line key={gap} x1={gap * scale} x2={gap * scale} y1={0} y2={HEIGHT} className={styles.gap} />
      ))}
      {hover !== undefined && <rect x={hover * scale} y={0} width={Math.max(1, scale)} height={HEIGHT} className={styles.hover} />}
      <path d={`M${mark * scale - 4} 0h8l-4 6z`} className={styles.mark} />
      <line x1={mark * scale} x2={mark * scale} y1={0} y2={HEIGHT} className={styles.markLine} />
    </svg>
  );
}
