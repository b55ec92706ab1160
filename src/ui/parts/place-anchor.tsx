/** A link to a place: a real anchor, so that it can be copied and opened in another tab, followed without a page load. */
import type { MouseEvent, ReactNode } from "react";
import { useWorkbench } from "../state/workbench.ts";
import type { View } from "../state/view.ts";

interface PlaceAnchorProps {
  readonly view: View;
  readonly children: ReactNode;
  readonly className?: string | undefined;
  readonly title?: string | undefined;
  /** -1 inside a grid, where the cell has the focus. */
  readonly tabIndex?: number;
  readonly current?: boolean;
}

export function PlaceAnchor({ view, children, className, title, tabIndex, current }: PlaceAnchorProps): ReactNode {
  const { navigation } = useWorkbench();
  const follow = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    navigation.go(view);
  };
  return (
    <a
      href={navigation.href(view)}
      onClick={follow}
      className={className}
      title={title}
      tabIndex={tabIndex}
      aria-current={current === true ? "page" : undefined}
    >
      {children}
    </a>
  );
}
