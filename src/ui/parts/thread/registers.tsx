/** The registers of a thread in their groups. A register leads to its bytes, a value that points somewhere to memory. */
import { useState, type ReactNode } from "react";
import type { RegisterGroup, RegisterValue, ThreadRegisters } from "../../../core/index.ts";
import { readStored, writeStored } from "../../state/settings.ts";
import { bytesView, memoryView, type View } from "../../state/view.ts";
import styles from "../../styles/place.module.css";
import threadStyles from "../../styles/thread.module.css";
import { RowGrid, type GridColumn } from "../row-grid/row-grid.tsx";
import { plural } from "../words.ts";
import { doubleText, registerDecimal, registerHex, registerNumber, vectorText, VECTOR_FORMS, type VectorForm } from "./register-text.ts";

const FORM_KEY = "thread.vectors";

function storedForm(): VectorForm {
  const stored = readStored(FORM_KEY);
  return VECTOR_FORMS.find((form) => form === stored) ?? "hex";
}

interface RegistersProps {
  readonly registers: ThreadRegisters;
  /** Address space of the thread; undefined when it has none. */
  readonly space: number | undefined;
  /** What register values point to, by register name. */
  readonly labels: ReadonlyMap<string, string>;
}

const ROLE_WORDS = { ip: "instruction pointer", sp: "stack pointer", fp: "frame pointer", lr: "link register" } as const;

export function Registers({ registers, space, labels }: RegistersProps): ReactNode {
  const [form, setForm] = useState(storedForm);
  const choose = (next: VectorForm): void => {
    setForm(next);
    writeStored(FORM_KEY, next);
  };
  const roles = new Map(Object.entries(ROLE_WORDS).flatMap(([role, words]) => {
    const name = registers.roles[role as keyof typeof ROLE_WORDS];
    return name === undefined ? [] : [[name, words] as const];
  }));
  return registers.groups.map((group, index) => (
    <section key={`${index} ${group.title}`} className={styles.section} aria-label={`Registers: ${group.title}`}>
      <div className={styles.heading}>
        <h2>{headingOf(group.title)}</h2>
        <span className={styles.quiet}>{plural(group.registers.length, "register")}</span>
        {group.as === "vectors" && group.registers.length > 0 && <FormChoice title={group.title} form={form} onChoose={choose} />}
      </div>
      {group.why !== undefined && (
        <p className={styles.why} role="note">
          {group.why}
        </p>
      )}
      {group.registers.length > 0 && (
        <RowGrid
          label={`Registers: ${group.title}`}
          columns={columnsOf(group, { form, space, labels, roles })}
          rowCount={group.registers.length}
          rowAt={(at) => group.registers[at]}
          isFirst={index === 0}
        />
      )}
    </section>
  ));
}

/** `general` begins a line here; names such as `x87` and `SSE` stay as they are. */
function headingOf(title: string): string {
  return /^[a-z]+( |$)/.test(title) ? title.charAt(0).toUpperCase() + title.slice(1) : title;
}

function FormChoice({ title, form, onChoose }: { title: string; form: VectorForm; onChoose: (form: VectorForm) => void }): ReactNode {
  return (
    <label className={styles.choice}>
      <span className="visually-hidden">{title} shown </span>as
      <select value={form} onChange={(event) => onChoose(event.target.value as VectorForm)}>
        {VECTOR_FORMS.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      {form !== "hex" && "lowest lane first"}
    </label>
  );
}

interface Shown extends Omit<RegistersProps, "registers"> {
  readonly form: VectorForm;
  readonly roles: ReadonlyMap<string, string>;
}

/** Where the register stands in the image. */
function placeOf({ span, path }: RegisterValue): View | undefined {
  return span === undefined ? undefined : { ...bytesView(span.file, span.start, span.end), ...(path === undefined ? {} : { field: path }) };
}

function valueText({ as }: RegisterGroup, { bytes, meaning }: RegisterValue, form: VectorForm): string {
  switch (as) {
    case "pointers":
    case "words":
      return registerHex(bytes);
    case "x87":
      return meaning ?? registerHex(bytes);
    case "doubles":
      return doubleText(bytes);
    case "vectors":
      return vectorText(bytes, form);
  }
}

function columnsOf(group: RegisterGroup, { form, space, labels, roles }: Shown): readonly GridColumn<RegisterValue>[] {
  const { registers, as } = group;
  const longest = Math.max(...registers.map((register) => valueText(group, register, form).length));
  const saidOf = (name: string, meaning: string | undefined): string => [labels.get(name), meaning, roles.get(name)].filter((part) => part !== undefined).join(", ");
  const name: GridColumn<RegisterValue> = {
    name: "register",
    label: "Register",
    width: Math.max(8, ...registers.map((register) => register.name.length)),
    text: (register) => register.name,
    title: ({ name, path, span }) => [roles.get(name), span === undefined ? "put together from several fields" : `Show the bytes${path === undefined ? "" : `: ${path}`}`].filter((part) => part !== undefined).join(". "),
    view: placeOf,
    viewLabel: "Show the bytes",
  };
  const value: GridColumn<RegisterValue> = {
    name: "value",
    label: "Value",
    width: as === "x87" || as === "doubles" ? 26 : Math.max(18, longest),
    grows: as !== "pointers" && as !== "words",
    text: (register) => valueText(group, register, form),
    title: ({ bytes }) => (as === "pointers" || as === "words" ? registerDecimal(bytes) : registerHex(bytes)),
    view: ({ name, bytes }) => (space === undefined || !labels.has(name) ? undefined : memoryView(space, registerNumber(bytes))),
    viewLabel: "Show in memory",
  };
  if (as === "vectors") {
    const says: GridColumn<RegisterValue> = { name: "says", label: "Says", width: 24, grows: true, text: ({ meaning }) => meaning ?? "" };
    return registers.some(({ meaning }) => meaning !== undefined) ? [name, value, says] : [name, value];
  }
  if (as === "x87" || as === "doubles") return [name, value, { name: "bits", label: "Bits", width: 22, text: ({ bytes }) => registerHex(bytes) }];
  return [
    name,
    value,
    {
      name: "says",
      label: "Points to, or says",
      width: 24,
      grows: true,
      text: ({ name, meaning }) => saidOf(name, meaning),
      draw: ({ name, meaning }) => (
        <>
          {[labels.get(name), meaning, ""].filter((part) => part !== undefined).join(" ")}
          {roles.has(name) && <span className={threadStyles.role}>{roles.get(name)}</span>}
        </>
      ),
      title: ({ name, meaning }) => saidOf(name, meaning) || undefined,
    },
  ];
}
