/** The bytes at the cursor read as numbers, times, a mode, a pointer and text. */
import { useState, type ReactNode } from "react";
import { changeSettings, settings } from "../../state/settings.ts";
import { byteCursor } from "../../state/selection.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/data-inspector.module.css";
import { copyText } from "../copy.ts";
import { hexText } from "../words.ts";
import { interpret } from "./interpret.ts";

const READ_BYTES = 64;
const WIDE = new Set(["x86_64", "s390x", "ppc64", "powerpc64", "aarch64", "arm64"]);

export function DataInspector(): ReactNode {
  const { session } = useWorkbench();
  const cursor = useStore(byteCursor);
  const { decoderOpen } = useStore(settings);
  const [order, setOrder] = useState(session.summary.byteOrder);
  const { file, offset } = cursor ?? { file: 0, offset: 0 };
  const answer = useAnswer(`${file} ${offset} ${decoderOpen}`, (signal) =>
    decoderOpen ? session.inspector.bytes(file, offset, offset + READ_BYTES, signal) : Promise.resolve(new Uint8Array()),
  );
  const bytes = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
  const readings = bytes && interpret(bytes, order === "little", WIDE.has(session.summary.architecture ?? "") ? 8 : 4);

  return (
    <details
      className={styles.inspector}
      open={decoderOpen}
      onToggle={(event) => changeSettings({ decoderOpen: event.currentTarget.open })}
    >
      <summary>
        Bytes at {hexText(offset)} as numbers
        <span className={styles.order}>
          {order} endian{order === session.summary.byteOrder ? "" : " (not the image's)"}
        </span>
      </summary>
      <div className={styles.body}>
        <fieldset className={styles.choice}>
          <legend className="visually-hidden">Byte order</legend>
          {(["little", "big"] as const).map((value) => (
            <label key={value}>
              <input type="radio" name="byte-order" checked={order === value} onChange={() => setOrder(value)} /> {value} endian
            </label>
          ))}
        </fieldset>
        <dl className={styles.readings}>
          {readings?.map(({ label, text }) => (
            <div key={label} className={label === "text" ? styles.wide : undefined}>
              <dt>{label}</dt>
              <dd>
                {text === undefined ? (
                  <span title="Too few bytes before the end of the file">–</span>
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
