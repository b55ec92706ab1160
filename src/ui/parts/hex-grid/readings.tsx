/** Bytes read as numbers, times, a mode, a pointer and text; folded away until they are asked for. */
import { useState, type ReactNode } from "react";
import { changeSettings, settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import styles from "../../styles/data-inspector.module.css";
import { copyText } from "../copy.ts";
import { interpret } from "./interpret.ts";

export const READ_BYTES = 64;

interface ReadingsProps {
  /** Where the bytes begin, in words. */
  readonly place: string;
  /** From the cursor on; undefined while they are on their way or have no values. */
  readonly bytes: Uint8Array | undefined;
  readonly byteOrder: "little" | "big";
  readonly pointerSize: 4 | 8;
  /** Why there may be too few of them. */
  readonly shortage: string;
}

export function Readings({ place, bytes, byteOrder, pointerSize, shortage }: ReadingsProps): ReactNode {
  const { decoderOpen } = useStore(settings);
  const [chosen, setChosen] = useState<"little" | "big" | undefined>(undefined);
  const order = chosen ?? byteOrder;
  const readings = decoderOpen && bytes !== undefined ? interpret(bytes, order === "little", pointerSize) : undefined;
  return (
    <details className={styles.inspector} open={decoderOpen} onToggle={(event) => changeSettings({ decoderOpen: event.currentTarget.open })}>
      <summary>
        Bytes at {place} as numbers
        <span className={styles.order}>
          {order} endian{order === byteOrder ? "" : " (not the image's)"}
        </span>
      </summary>
      <div className={styles.body}>
        <fieldset className={styles.choice}>
          <legend className="visually-hidden">Byte order</legend>
          {(["little", "big"] as const).map((value) => (
            <label key={value}>
              <input type="radio" name="byte-order" checked={order === value} onChange={() => setChosen(value)} /> {value} endian
            </label>
          ))}
        </fieldset>
        <dl className={styles.readings}>
          {readings?.map(({ label, text }) => (
            <div key={label} className={label === "text" ? styles.wide : undefined}>
              <dt>{label}</dt>
              <dd>
                {text === undefined ? (
                  <span title={shortage}>–</span>
                ) : (
                  <button type="button" title="Copy" onClick={() => void copyText(text, label)}>
                    {text}
                  </button>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </details>
  );
}
