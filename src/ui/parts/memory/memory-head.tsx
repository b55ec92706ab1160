/** The head of the memory screen: which address space, where its bytes are, the ways to what belongs to it, and out of the page. */
import { useState, type ReactNode } from "react";
import { formatCount, formatSize, type MemoryMap, type SpaceInfo } from "../../../core/index.ts";
import { changeSettings, settings, type Settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { memoryView, tableView, type MemoryView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import bar from "../../styles/bytes.module.css";
import styles from "../../styles/memory.module.css";
import { Menu, below, type MenuAt, type MenuItem } from "../menu.tsx";
import { PlaceAnchor } from "../place-anchor.tsx";
import { spaceSearch } from "./searches.ts";
import { ShareMark } from "./share-mark.tsx";
import { SHARE_DOCS, SHARE_LABELS, SHARES } from "./sums.ts";

interface MemoryHeadProps {
  readonly view: MemoryView;
  readonly spaces: readonly SpaceInfo[];
  readonly info: SpaceInfo;
  readonly map: MemoryMap | undefined;
  readonly copyItems: readonly (MenuItem | "line")[];
  readonly saveItems: readonly (MenuItem | "line")[];
}

export function MemoryHead({ view, spaces, info, map, copyItems, saveItems }: MemoryHeadProps): ReactNode {
  const [menu, setMenu] = useState<{ readonly what: "copy" | "save"; readonly at: MenuAt } | undefined>(undefined);
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <h1>Memory</h1>
        <SpaceChoice view={view} spaces={spaces} />
        <span className={bar.space} />
        <GridChoices info={info} />
        <button type="button" aria-haspopup="menu" onClick={(event) => setMenu({ what: "copy", at: below(event.currentTarget) })}>
          Copy
        </button>
        <button type="button" aria-haspopup="menu" onClick={(event) => setMenu({ what: "save", at: below(event.currentTarget) })}>
          Save
        </button>
      </div>
      <div className={styles.line}>
        {map !== undefined && <Sums map={map} />}
        <span className={styles.links}>
          <PlaceAnchor view={{ kind: "process", space: view.space }}>Arguments and environment</PlaceAnchor>
          <PlaceAnchor view={spaceSearch(view.space)}>Search</PlaceAnchor>
          {info.task >= 0 && <PlaceAnchor view={tableView("tasks", info.task)}>Task {info.pid}</PlaceAnchor>}
        </span>
      </div>
      {menu !== undefined && (
        <Menu
          label={menu.what === "copy" ? "Copy the selected bytes" : "Save memory as a file"}
          at={menu.at}
          items={menu.what === "copy" ? copyItems : saveItems}
          onClose={() => setMenu(undefined)}
        />
      )}
    </header>
  );
}

function SpaceChoice({ view, spaces }: { view: MemoryView; spaces: readonly SpaceInfo[] }): ReactNode {
  const { navigation } = useWorkbench();
  const show = (space: number): void => navigation.go(memoryView(space));
  return (
    <span className={styles.spaces}>
      <button type="button" aria-label="Previous address space" title="Previous address space" disabled={view.space === 0} onClick={() => show(view.space - 1)}>
        ‹
      </button>
      <select aria-label="Address space" value={view.space} onChange={(event) => show(Number(event.target.value))}>
        {spaces.map(({ space, label }) => (
          <option key={space} value={space}>
            {label}
          </option>
        ))}
      </select>
      <button type="button" aria-label="Next address space" title="Next address space" disabled={view.space >= spaces.length - 1} onClick={() => show(view.space + 1)}>
        ›
      </button>
    </span>
  );
}

function GridChoices({ info }: { info: SpaceInfo }): ReactNode {
  const { memoryColumns, memoryWord, mapOpen } = useStore(settings);
  return (
    <>
      <button type="button" aria-pressed={mapOpen} title="Show or hide the memory map" onClick={() => changeSettings({ mapOpen: !mapOpen })}>
        Map
      </button>
      <label className={bar.choice}>
        Row
        <select value={memoryColumns} onChange={(event) => changeSettings({ memoryColumns: Number(event.target.value) as Settings["memoryColumns"] })}>
          {[8, 16, 32].map((columns) => (
            <option key={columns} value={columns}>
              {columns}
            </option>
          ))}
        </select>
      </label>
      <label className={bar.choice} title={`Words are numbers in the byte order of the task: ${info.byteOrder} endian`}>
        Word
        <select value={memoryWord} onChange={(event) => changeSettings({ memoryWord: Number(event.target.value) as Settings["memoryWord"] })}>
          {[1, 2, 4, 8].map((word) => (
            <option key={word} value={word}>
              {word}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** The sums of the map are the key to the picture too. */
function Sums({ map }: { map: MemoryMap }): ReactNode {
  const exact = (bytes: bigint): string => `${formatCount(bytes)} bytes`;
  return (
    <dl className={styles.sums} aria-label="Sums of the map">
      <div>
        <dt>mapped</dt>
        <dd title={exact(map.mapped)}>{formatSize(map.mapped)}</dd>
      </div>
      {SHARES.map((share) => (
        <div key={share} title={`${SHARE_DOCS[share]}: ${exact(map.sums[share])}`}>
          <dt>
            <ShareMark share={share} /> {SHARE_LABELS[share]}
          </dt>
          <dd>{map.sums[share] === 0n ? "none" : formatSize(map.sums[share])}</dd>
        </div>
      ))}
    </dl>
  );
}
