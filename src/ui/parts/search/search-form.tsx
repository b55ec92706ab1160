/** What to look for and where. The form is a draft until it is sent: only then does it become the place that is shown. */
import { useId, useState, type ReactNode, type RefObject } from "react";
import type { MapLine, SpaceInfo } from "../../../core/index.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { SEARCH_MODES, type SearchMode, type SearchView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/search.module.css";
import { MOST_CHOICES } from "../space-choice.tsx";
import { baseName, hexText } from "../words.ts";
import { DEFAULT_INTEGER_WIDTH, DEFAULT_LEAST_CHARACTERS, INTEGER_WIDTHS, MOST_LEAST_CHARACTERS, pickEncoding, STRING_ENCODINGS, TEXT_ENCODINGS } from "./search-plan.ts";

interface ModeWords {
  readonly label: string;
  readonly field: string;
  readonly placeholder: string;
  readonly hint: string;
}

const MODES: Readonly<Record<SearchMode, ModeWords>> = {
  text: { label: "Text", field: "Text to find", placeholder: "a text", hint: "As it stands in memory." },
  hex: { label: "Hex", field: "Bytes to find", placeholder: "48 8b ?? 0f", hint: "Pairs of hex digits; ? stands for any digit." },
  integer: { label: "Integer", field: "Number to find", placeholder: "4096, 0x1000, -1", hint: "Decimal or 0x; negative numbers too." },
  regex: { label: "Regex", field: "Regular expression to find", placeholder: String.raw`key=[0-9a-f]{8}\x00`, hint: String.raw`Each character is a byte: \x00 to \xff.` },
  pointer: { label: "Pointers", field: "Address or range that is pointed to", placeholder: "0x7f10, 0x7f00-0x7fff, heap, heap+0x10", hint: "Aligned words whose value is this address or lies in this range: who points here." },
  strings: { label: "Strings", field: "", placeholder: "", hint: "Every run of printable text." },
};

const ENCODING_WORDS: Readonly<Record<string, string>> = {
  any: "UTF-8 and UTF-16",
  "utf-8": "UTF-8",
  "utf-16": "UTF-16",
  ascii: "ASCII",
  "utf-16le": "UTF-16, little endian",
  "utf-16be": "UTF-16, big endian",
};

interface SearchFormProps {
  readonly view: SearchView;
  readonly spaces: readonly SpaceInfo[];
  readonly fieldRef: RefObject<HTMLInputElement | null>;
  readonly isRunning: boolean;
  /** What is wrong with the text that was sent, in a sentence. */
  readonly problem: string | undefined;
  /** The field is where the focus goes when its pane gets it. */
  readonly isFirst: boolean;
  readonly onSearch: (view: SearchView) => void;
  readonly onCancel: () => void;
  /** Takes the focus from the field to the hits; undefined while there are none. */
  readonly onLeave: (() => void) | undefined;
}

export function SearchForm({ view, spaces, fieldRef, isRunning, problem, isFirst, onSearch, onCancel, onLeave }: SearchFormProps): ReactNode {
  const [draft, setDraft] = useState(view);
  const [shown, setShown] = useState(view);
  if (shown !== view) {
    // The way back, a link or the sending itself: what is shown was asked for like this.
    setShown(view);
    setDraft(view);
  }
  const id = useId();
  const change = (part: Change): void => setDraft(compact({ ...draft, ...part }));
  const { mode } = draft;
  const words = MODES[mode];
  const chooseMode = (next: SearchMode): void => setDraft(({ kind, text, space, region, ignoreCase }) => compact({ kind, mode: next, text, space, region, ignoreCase }));
  return (
    <form
      role="search"
      aria-label="Search memory"
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(draft);
      }}
    >
      <div className={styles.line}>
        <fieldset className={styles.modes}>
          <legend className="visually-hidden">What to look for</legend>
          {SEARCH_MODES.map((each) => (
            <label key={each} className={styles.mode}>
              <input type="radio" name={`${id}-mode`} value={each} checked={mode === each} onChange={() => chooseMode(each)} />
              {MODES[each].label}
            </label>
          ))}
        </fieldset>
        <ScopeChoice draft={draft} spaces={spaces} onChange={change} />
      </div>
      <div className={styles.line}>
        {mode !== "strings" && (
          <input
            ref={fieldRef}
            className={styles.field}
            aria-label={words.field}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-hint ${id}-problem`}
            placeholder={words.placeholder}
            spellCheck={false}
            autoComplete="off"
            value={draft.text}
            data-pane-focus={isFirst ? true : undefined}
            onChange={(event) => change({ text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key !== "Escape" && event.key !== "ArrowDown") return;
              event.preventDefault();
              if (onLeave !== undefined) onLeave();
              else if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
        )}
        <button type="submit" className={styles.go} data-pane-focus={isFirst && mode === "strings" ? true : undefined}>
          {mode === "strings" ? "List strings" : "Search"}
        </button>
        {isRunning && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <ModeOptions draft={draft} onChange={change} />
      </div>
      <p id={`${id}-hint`} className={styles.hint}>
        {mode === "pointer" && draft.region !== undefined && draft.text.trim() === "" ? "Aligned words that point into the region: who points there." : words.hint}
      </p>
      <p id={`${id}-problem`} className={styles.problem} role="alert">
        {problem}
      </p>
    </form>
  );
}

type Change = { readonly [K in keyof SearchView]?: SearchView[K] | undefined };

/** A View says "none" by leaving the member out. */
function compact(view: Change): SearchView {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined && value !== false)) as unknown as SearchView;
}

interface PartProps {
  readonly draft: SearchView;
  readonly onChange: (part: Change) => void;
}

function ModeOptions({ draft, onChange }: PartProps): ReactNode {
  const { mode } = draft;
  const ignoreCase = (
    <label className={styles.option}>
      <input type="checkbox" checked={draft.ignoreCase === true} onChange={(event) => onChange({ ignoreCase: event.target.checked })} />
      ignore case
    </label>
  );
  switch (mode) {
    case "text":
      return (
        <>
          <EncodingChoice known={TEXT_ENCODINGS} draft={draft} onChange={onChange} />
          {ignoreCase}
        </>
      );
    case "regex":
      return ignoreCase;
    case "integer":
      return (
        <>
          <label className={styles.option}>
            of
            <select value={draft.width ?? DEFAULT_INTEGER_WIDTH} onChange={(event) => onChange({ width: Number(event.target.value) })}>
              {INTEGER_WIDTHS.map((width) => (
                <option key={width} value={width}>
                  {width} {width === 1 ? "byte" : "bytes"}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.option}>
            <input type="checkbox" checked={draft.aligned === true} onChange={(event) => onChange({ aligned: event.target.checked })} />
            aligned
          </label>
          <ByteOrder />
        </>
      );
    case "strings":
      return (
        <>
          <label className={styles.option}>
            of at least
            <input
              type="number"
              className={styles.number}
              min={1}
              max={MOST_LEAST_CHARACTERS}
              required
              value={draft.width ?? DEFAULT_LEAST_CHARACTERS}
              onChange={(event) => onChange({ width: event.target.value === "" ? undefined : Number(event.target.value) })}
            />
            characters
          </label>
          <EncodingChoice known={STRING_ENCODINGS} draft={draft} onChange={onChange} />
        </>
      );
    case "hex":
    case "pointer":
      return undefined;
  }
}

function ByteOrder(): ReactNode {
  const { byteOrder } = useWorkbench().session.summary;
  return <span className={styles.hint}>{byteOrder} endian, as the image</span>;
}

function EncodingChoice({ known, draft, onChange }: PartProps & { known: readonly string[] }): ReactNode {
  return (
    <label className={styles.option}>
      <span className="visually-hidden">Encoding</span>
      <select value={pickEncoding(known, draft.encoding)} onChange={(event) => onChange({ encoding: event.target.value })}>
        {known.map((encoding) => (
          <option key={encoding} value={encoding}>
            {ENCODING_WORDS[encoding]}
          </option>
        ))}
      </select>
    </label>
  );
}

function ScopeChoice({ draft, spaces, onChange }: PartProps & { spaces: readonly SpaceInfo[] }): ReactNode {
  const { space } = draft;
  // Of very many, the one that a link leads to is offered; the others are reached from their rows.
  const offered = spaces.length <= MOST_CHOICES ? spaces : spaces.filter((each) => each.space === space);
  return (
    <span className={styles.scope}>
      <label className={styles.option}>
        in
        <select
          aria-label="Look into"
          value={space ?? ""}
          onChange={(event) => onChange({ space: event.target.value === "" ? undefined : Number(event.target.value), region: undefined })}
        >
          <option value="">everything</option>
          {offered.map((each) => (
            <option key={each.space} value={each.space}>
              {each.label}
            </option>
          ))}
        </select>
      </label>
      {space !== undefined && <RegionChoice key={space} space={space} draft={draft} onChange={onChange} />}
    </span>
  );
}

function RegionChoice({ space, draft, onChange }: PartProps & { space: number }): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const answer = useAnswer(`regions of ${space}`, () => memory.mapLines({ space, from: 0, to: MOST_CHOICES }));
  const lines = answer.state === "ready" ? answer.value : [];
  const { region } = draft;
  const isListed = region === undefined || lines.some((line) => line.region === region);
  return (
    <label className={styles.option}>
      <select aria-label="Region" value={region ?? ""} onChange={(event) => onChange({ region: event.target.value === "" ? undefined : Number(event.target.value) })}>
        <option value="">all of its memory</option>
        {!isListed && <option value={region}>region {region}</option>}
        {lines.filter((line) => line.region >= 0).map((line) => (
          <option key={`${line.region} ${line.start}`} value={line.region}>
            {lineText(line)}
          </option>
        ))}
      </select>
    </label>
  );
}

function lineText({ start, prot, path, kind }: MapLine): string {
  return `${hexText(start)} ${prot} ${path === "" ? kind : baseName(path)}`;
}
