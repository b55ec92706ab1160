/** The field above a list that it searches and whose active option it moves: a combobox whose list is always open. */
import type { KeyboardEventHandler, ReactNode } from "react";

interface ListSearchProps {
  readonly className: string | undefined;
  readonly label: string;
  readonly placeholder: string;
  /** Id of the list; its options have this id, a dash and their position. */
  readonly listId: string;
  /** Position of the active option, or -1. */
  readonly at: number;
  readonly value: string;
  readonly onType: (text: string) => void;
  readonly onKeyDown: KeyboardEventHandler;
}

export function ListSearch({ className, label, placeholder, listId, at, value, onType, onKeyDown }: ListSearchProps): ReactNode {
  return (
    <input
      className={className}
      role="combobox"
      aria-expanded="true"
      aria-controls={listId}
      aria-activedescendant={at < 0 ? undefined : `${listId}-${at}`}
      aria-label={label}
      placeholder={placeholder}
      autoFocus
      spellCheck={false}
      autoComplete="off"
      value={value}
      onChange={(event) => onType(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}
