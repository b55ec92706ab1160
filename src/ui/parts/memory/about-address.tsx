/** The upper half of the pane beside the memory: what the address under the cursor is, and where it leads. */
import type { ReactNode } from "react";
import { formatHex, formatSize, type AddressInfo, type RegionInfo, type SpaceInfo } from "../../../core/index.ts";
import { settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { bytesView, memoryView, tableView, type MemoryView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/about-address.module.css";
import { copyText } from "../copy.ts";
import { Failed, Waiting } from "../faces.tsx";
import { READ_BYTES, Readings } from "../hex-grid/readings.tsx";
import { PlaceAnchor } from "../place-anchor.tsx";
import { baseName, plural } from "../words.ts";
import { readWord } from "./jumps.ts";
import { ADDRESS_END, distanceTo, selectedAddresses } from "./memory-words.ts";
import { depthText, pieceText, placeInFile } from "./pieces.ts";
import { pointerSearch, regionSearch } from "./searches.ts";
import { ShareMark } from "./share-mark.tsx";
import { shareOf } from "./sums.ts";
import { latestOf, useAbout, useSpaces } from "./use-space.ts";

const SHOWN_SHARED = 8;

export function AboutAddress({ view }: { view: MemoryView }): ReactNode {
  const answer = useAbout(view.space, view.address);
  const info = latestOf(useSpaces())?.[view.space];
  const about = latestOf(answer);
  const place = about === undefined ? undefined : placeInFile(about.piece, about.address);
  if (answer.state === "failed") return <Failed what="What is at this address could not be found." error={answer.error} />;
  if (about === undefined || info === undefined) return answer.state === "waiting" ? <Waiting what="Looking up the address …" /> : undefined;
  return (
    <section className={styles.about} aria-label="The address under the cursor">
      <div className={styles.title}>
        <h2>{about.region === undefined ? "Not mapped" : about.label}</h2>
        <button type="button" className={styles.address} title="Copy the address" onClick={() => void copyText(formatHex(about.address), "the address")}>
          {formatHex(about.address)}
        </button>
      </div>
      <dl className={styles.facts}>
        {about.region === undefined ? <Neighbours about={about} /> : <RegionFact region={about.region} />}
        <PlaceFact about={about} place={place} />
        <PointerFact info={info} address={about.address} />
        <SharedFact about={about} />
      </dl>
      <p className={styles.ways}>
        <WhoPoints view={view} />
        {about.region !== undefined && (
          <PlaceAnchor view={regionSearch(view.space, about.region.region)}>Search in this region</PlaceAnchor>
        )}
      </p>
      <MemoryReadings info={info} address={about.address} />
    </section>
  );
}

function RegionFact({ region }: { region: RegionInfo }): ReactNode {
  return (
    <div>
      <dt>Region</dt>
      <dd>
        <PlaceAnchor view={tableView("regions", region.region)}>{region.label}</PlaceAnchor>, <code>{`${formatHex(region.start)} – ${formatHex(region.end)}`}</code>,{" "}
        {formatSize(region.end - region.start)}
      </dd>
    </div>
  );
}

function Neighbours({ about: { space, address, below, above } }: { about: AddressInfo }): ReactNode {
  return [
    [below, "below"] as const,
    [above, "above"] as const,
  ].map(([region, side]) =>
    region === undefined ? undefined : (
      <div key={side}>
        <dt>Nearest {side}</dt>
        <dd>
          <PlaceAnchor view={memoryView(space, side === "below" ? region.end - 1n : region.start)}>{region.label}</PlaceAnchor>,{" "}
          {formatSize(distanceTo(address, region))} {side}
        </dd>
      </div>
    ),
  );
}

function PlaceFact({ about: { piece, address }, place }: { about: AddressInfo; place: { file: number; offset: number } | undefined }): ReactNode {
  const { files } = useWorkbench().session.summary;
  const share = shareOf(piece);
  const left = piece.end - address;
  return (
    <div>
      <dt>Byte</dt>
      <dd>
        {share !== undefined && <ShareMark share={share} />}{" "}
        {place === undefined ? (
          pieceText(piece, address)
        ) : (
          <>
            {depthText(piece.depth)}:{" "}
            <PlaceAnchor view={bytesView(place.file, place.offset)} title={files[place.file]?.name}>
              {baseName(files[place.file]?.name ?? "")} @ {formatHex(place.offset)}
            </PlaceAnchor>
          </>
        )}
        {left > 1n && left < ADDRESS_END && <span className={styles.quiet}>, so for {formatSize(left)}</span>}
      </dd>
    </div>
  );
}

function PointerFact({ info, address }: { info: SpaceInfo; address: bigint }): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const word = latestOf(useAnswer(`${info.space} ${address}`, () => readWord(memory, info, address)));
  if (word === undefined) return undefined;
  return (
    <div>
      <dt>Word</dt>
      <dd>
        <code>{formatHex(word.value, info.wordSize * 2)}</code>{" "}
        {word.label === undefined ? (
          <span className={styles.quiet}>points to nothing mapped</span>
        ) : (
          <>
            points to <PlaceAnchor view={memoryView(info.space, word.value)}>{word.label}</PlaceAnchor>
          </>
        )}
      </dd>
    </div>
  );
}

function SharedFact({ about: { shared } }: { about: AddressInfo }): ReactNode {
  if (shared.length === 0) return undefined;
  return (
    <div>
      <dt>Same byte at</dt>
      <dd>
        <ul>
          {shared.slice(0, SHOWN_SHARED).map(({ space, address, label }) => (
            <li key={`${space} ${address}`}>
              <PlaceAnchor view={memoryView(space, address)}>{label}</PlaceAnchor>
            </li>
          ))}
          {shared.length > SHOWN_SHARED && <li>and {plural(shared.length - SHOWN_SHARED, "more address", "more addresses")}</li>}
        </ul>
      </dd>
    </div>
  );
}

function WhoPoints({ view }: { view: MemoryView }): ReactNode {
  const { memoryWord } = useStore(settings);
  if (view.address === undefined) return undefined;
  return <PlaceAnchor view={pointerSearch(view.space, selectedAddresses(view.anchor, view.address, memoryWord))}>Who points here</PlaceAnchor>;
}

function MemoryReadings({ info, address }: { info: SpaceInfo; address: bigint }): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const { decoderOpen } = useStore(settings);
  const bytes = latestOf(
    useAnswer(`${info.space} ${address} ${decoderOpen}`, async (signal) => {
      if (!decoderOpen) return new Uint8Array();
      const end = address + BigInt(READ_BYTES) > ADDRESS_END ? ADDRESS_END : address + BigInt(READ_BYTES);
      const read = await memory.read({ space: info.space, start: address, end }, { signal });
      // Bytes behind the first one without a value would be read as if they followed it.
      const gap = read.pieces.find(({ kind }) => kind !== "image" && kind !== "zero");
      return gap === undefined ? read.bytes : read.bytes.slice(0, Math.max(0, Number(gap.start - address)));
    }),
  );
  return <Readings place={formatHex(address)} bytes={bytes} byteOrder={info.byteOrder} pointerSize={info.wordSize} shortage="Too few bytes before the first one that is not in the files" />;
}
