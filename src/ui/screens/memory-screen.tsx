/** The memory of an address space: picture, map and bytes, in step with one cursor. */
import { useEffect, useState, type ReactNode } from "react";
import { formatHex, type AddressInfo, type MemoryMap as MapSums, type SpaceInfo } from "../../core/index.ts";
import { COPY_FORMATS, COPY_LABELS } from "../parts/byte-text.ts";
import { copyText } from "../parts/copy.ts";
import { Empty, Failed, Waiting } from "../parts/faces.tsx";
import { copyMemory } from "../parts/memory/copy-memory.ts";
import { firstStored, nextRegion, nextStored, readWord } from "../parts/memory/jumps.ts";
import { MemoryGrid } from "../parts/memory/memory-grid.tsx";
import { MemoryHead } from "../parts/memory/memory-head.tsx";
import { MemoryMap } from "../parts/memory/memory-map.tsx";
import { MemoryStrip } from "../parts/memory/memory-strip.tsx";
import { gdbCommand, selectedAddresses } from "../parts/memory/memory-words.ts";
import { pieceText, placeInFile } from "../parts/memory/pieces.ts";
import { SaveCoreDialog, SaveRawDialog } from "../parts/memory/save-dialogs.tsx";
import { pointerSearch } from "../parts/memory/searches.ts";
import { latestOf, useAbout, useSpaces } from "../parts/memory/use-space.ts";
import type { MenuItem } from "../parts/menu.tsx";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { Splitter } from "../parts/splitter.tsx";
import { useCommand } from "../state/commands.ts";
import { announce, byteCursor } from "../state/selection.ts";
import { changeSettings, settings } from "../state/settings.ts";
import { useStore } from "../state/store.ts";
import { useAnswer } from "../state/use-answer.ts";
import { bytesView, memoryView, SUMMARY, type MemoryView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/memory.module.css";

export function MemoryScreen({ view }: { view: MemoryView }): ReactNode {
  const answer = useSpaces();
  if (answer.state === "failed") return <Failed what="The address spaces could not be read." error={answer.error} />;
  if (answer.state === "waiting") return <Waiting what="Reading the address spaces …" />;
  const info = answer.value[view.space];
  if (info === undefined) {
    return (
      <Empty title={answer.value.length === 0 ? "No task has memory in this image." : `There is no address space number ${view.space}.`}>
        <p>
          <PlaceAnchor view={answer.value.length === 0 ? SUMMARY : memoryView(0)}>{answer.value.length === 0 ? "Show the summary" : "Show the first one"}</PlaceAnchor>
        </p>
      </Empty>
    );
  }
  return <SpaceMemory key={view.space} view={view} spaces={answer.value} info={info} />;
}

interface SpaceMemoryProps {
  readonly view: MemoryView;
  readonly spaces: readonly SpaceInfo[];
  readonly info: SpaceInfo;
}

function SpaceMemory({ view, spaces, info }: SpaceMemoryProps): ReactNode {
  const { session, navigation } = useWorkbench();
  const { memory } = session.inspector;
  const { space } = info;
  const answer = useAnswer(`${space}`, async () => {
    const [map, [first]] = await Promise.all([memory.map({ space }), memory.mapLines({ space, from: 0, to: 1 })]);
    return { map, top: first === undefined ? undefined : await firstStored(memory, space, first) };
  });
  const found = latestOf(answer);
  // A link to the space as a whole is one to the top of its map.
  const top = view.address === undefined ? found?.top : undefined;
  useEffect(() => {
    if (top !== undefined) navigation.move(memoryView(space, top));
  }, [navigation, space, top]);
  const about = latestOf(useAbout(space, view.address));
  if (answer.state === "failed") return <Failed what="The memory map could not be read." error={answer.error} />;
  if (found === undefined) return <Waiting what="Reading the memory map …" />;
  return <MemoryPlace view={view} spaces={spaces} info={info} map={found.map} about={about} address={view.address ?? top ?? 0n} />;
}

type Saving = "whole" | "region" | "range" | "core";

function MemoryPlace({ view, spaces, info, map, about, address }: SpaceMemoryProps & { map: MapSums; about: AddressInfo | undefined; address: bigint }): ReactNode {
  const { session, navigation } = useWorkbench();
  const { memory } = session.inspector;
  const { memoryWord, mapOpen, mapShare } = useStore(settings);
  const [saving, setSaving] = useState<Saving | undefined>(undefined);
  const { space } = info;
  const range = selectedAddresses(view.anchor, address, memoryWord);
  const region = about?.region;

  const place = about === undefined ? undefined : placeInFile(about.piece, about.address);
  const { file, offset } = place ?? {};
  useEffect(() => {
    byteCursor.set(file === undefined || offset === undefined ? undefined : { file, offset, span: { file, start: offset, end: offset + 1 } });
  }, [file, offset]);
  /** What is known may still be about the byte that the cursor was on before. */
  const showBytes = async (): Promise<void> => {
    const here = about?.address === address ? about : await memory.about({ space, address });
    if (navigation.view.get() !== view) return;
    const found = placeInFile(here.piece, here.address);
    if (found === undefined) announce(`The byte under the cursor does not stand in a file: ${pieceText(here.piece, here.address)}.`);
    else navigation.go(bytesView(found.file, found.offset));
  };
  useCommand("bytes", () => void showBytes());

  const jump = (to: bigint): void => navigation.go(memoryView(space, to));
  /** The cursor may have moved on meanwhile; the last key wins. */
  const jumpFrom = async (find: Promise<bigint | undefined>, nothing: string): Promise<void> => {
    const to = await find;
    if (navigation.view.get() !== view) return;
    if (to === undefined) announce(nothing);
    else jump(to);
  };
  const follow = async (from: bigint): Promise<void> => {
    const word = await readWord(memory, info, from);
    if (word === undefined) announce("The word here is not in the files.");
    else if (word.label === undefined) announce(`${formatHex(word.value)} points to nothing mapped.`);
    else jump(word.value);
  };
  useCommand("nextRegion", () => void jumpFrom(nextRegion(memory, space, address, 1), "There is no region above this one."));
  useCommand("previousRegion", () => void jumpFrom(nextRegion(memory, space, address, -1), "There is no region below this one."));
  useCommand("nextStored", () => void jumpFrom(nextStored(memory, space, address, 1), "No bytes above are in the files."));
  useCommand("previousStored", () => void jumpFrom(nextStored(memory, space, address, -1), "No bytes below are in the files."));
  useCommand("followPointer", () => void follow(address));
  useCommand("whoPoints", () => navigation.go(pointerSearch(space, range)));

  const copyItems: readonly (MenuItem | "line")[] = [
    ...COPY_FORMATS.map((format) => ({ label: `Copy as ${COPY_LABELS[format]}`, run: () => void copyMemory(memory, space, range, format) })),
    "line",
    { label: "Copy the address", run: () => void copyText(formatHex(range.start), "the address") },
    { label: `Copy ${gdbCommand(range, memoryWord)}`, run: () => void copyText(gdbCommand(range, memoryWord), "the gdb command") },
  ];
  const saveItems: readonly (MenuItem | "line")[] = [
    { label: "Save the whole memory", run: () => setSaving("whole") },
    { label: region === undefined ? "Save the region" : `Save the region ${region.label}`, run: region && (() => setSaving("region")) },
    { label: `Save the selected bytes`, run: () => setSaving("range") },
    "line",
    { label: "Save as an ELF core", run: info.task < 0 ? undefined : () => setSaving("core") },
  ];
  return (
    <section className={styles.memory} aria-label={`Memory of ${info.label}`}>
      <MemoryHead view={view} spaces={spaces} info={info} map={map} copyItems={copyItems} saveItems={saveItems} />
      {map.lines === 0 ? (
        <Empty title={`The memory map of ${info.label} has no regions.`} />
      ) : (
        <>
          <MemoryStrip space={space} label={info.label} address={address} onGo={(to, how) => (how === "go" ? jump(to) : navigation.move(memoryView(space, to)))} />
          {mapOpen && (
            <>
              <div className={styles.map} style={{ height: `${mapShare}%` }}>
                <MemoryMap map={map} address={address} regionStart={region?.start} isUnmapped={about !== undefined && region === undefined} onOpen={(line) => void jumpFrom(firstStored(memory, space, line), "")} />
              </div>
              <Splitter label="Height of the map" orientation="horizontal" value={mapShare} min={15} max={75} scale={0.14} onChange={(value) => changeSettings({ mapShare: value })} />
            </>
          )}
          <div className={styles.bytes}>
            <MemoryGrid
              info={info}
              address={address}
              anchor={view.anchor}
              onCursor={(to, anchor) => navigation.move({ ...memoryView(space, to), ...(anchor === undefined ? {} : { anchor }) })}
              onFollow={(from) => void follow(from)}
              onCopy={() => void copyMemory(memory, space, range, "hex")}
            />
          </div>
        </>
      )}
      {saving === "core" && <SaveCoreDialog info={info} onClose={() => setSaving(undefined)} />}
      {saving !== undefined && saving !== "core" && (
        <SaveRawDialog info={info} {...savedAs(saving, info, range, region)} onClose={() => setSaving(undefined)} />
      )}
    </section>
  );
}

/** What is saved, and under which name. */
function savedAs(saving: Exclude<Saving, "core">, { label, pid }: SpaceInfo, range: { start: bigint; end: bigint }, region: AddressInfo["region"]) {
  const name = (start: bigint, end: bigint): string => `memory-${pid}-${start.toString(16)}-${end.toString(16)}.bin`;
  if (saving === "whole" || (saving === "region" && region === undefined)) return { what: `the memory of ${label}`, fileName: `memory-${pid}.bin`, range: undefined };
  if (saving === "region" && region !== undefined) return { what: `the region ${region.label}`, fileName: name(region.start, region.end), range: { start: region.start, end: region.end } };
  return { what: `${formatHex(range.start)} to ${formatHex(range.end)}`, fileName: name(range.start, range.end), range };
}
