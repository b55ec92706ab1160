/** A field for an offset in the file that is shown. */
import { useState, type ReactNode } from "react";
import styles from "../../styles/bytes.module.css";
import { hexText } from "../words.ts";

interface GoToOffsetProps {
  readonly size: number;
  readonly from: number;
  readonly onGo: (offset: number) => void;
}

/** Decimal, 0x, and +n or -n from the cursor. Undefined when it is not a number at all. */
export function offsetOfText(text: string, from: number): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text.trim().replaceAll(/[\s_,]/g, ""));
  if (match === null) return undefined;
  const amount = Number(match[2]);
  if (match[1] === "+") return from + amount;
  return match[1] === "-" ? from - amount : amount;
}

export function GoToOffset({ size, from, onGo }: GoToOffsetProps): ReactNode {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const submit = (): void => {
    const offset = offsetOfText(text, from);
    if (offset === undefined) return setProblem("Type an offset such as 0x1f0, 496, +0x20 or -16.");
    if (offset < 0 || offset >= size) return setProblem(`The file has offsets 0 to ${hexText(size - 1)}.`);
    setProblem("");
    setText("");
    onGo(offset);
  };
  return (
    <form
      className={styles.goTo}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <input
        aria-label="Go to offset"
        aria-invalid={problem !== ""}
        placeholder="offset 0x…, +n, -n"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">Go</button>
      <span className={styles.problem} role="alert">
        {problem}
      </span>
    </form>
  );
}
