/**
 * The current View and the browser's history.
 *
 * A jump is a new entry (`go`); a move inside a place, such as the selected row, changes the present entry (`move`).
 * Browsers throttle pages that write the address too often, so moves reach the address with a short delay and before
 * every jump; the View itself changes at once.
 */
import { createStore, type Store } from "./store.ts";
import { decodeLink, encodeLink, SUMMARY, type ImageIdentity, type Link, type LinkOptions, type View } from "./view.ts";

export interface Navigation {
  readonly view: Store<View>;
  go(view: View): void;
  move(view: View): void;
  /** Names the image that all further entries are about. */
  setImage(image: ImageIdentity | undefined, options: LinkOptions): void;
  /** Set when the browser returned to an entry, until the list there has taken up its old position or another jump was made. */
  readonly arrival: Store<Arrival | undefined>;
  /** First visible row of the list of the present entry, with a fraction. */
  top(): number | undefined;
  keepTop(top: number): void;
  /** The whole address of a view of the present image, read with the present options or with others. */
  href(view: View, others?: LinkOptions): string;
  /** Writes moves that are still to be written to their entry. */
  settle(): void;
  back(): void;
  forward(): void;
}

export interface Arrival {
  /** First visible row of the list that was left, with a fraction; undefined when the entry says nothing about it. */
  readonly top: number | undefined;
}

const WRITE_DELAY_MS = 200;

function arrivalOf(state: unknown): Arrival {
  const top = typeof state === "object" && state !== null && "top" in state ? state.top : undefined;
  return { top: typeof top === "number" && top >= 0 ? top : undefined };
}

export function createNavigation(win: Window, onArrive: (link: Link | undefined) => void): Navigation {
  const view = createStore<View>(decodeLink(win.location.hash)?.view ?? SUMMARY);
  let image: ImageIdentity | undefined;
  let options: LinkOptions = {};
  let timer: number | undefined;
  const arrival = createStore<Arrival | undefined>(win.history.state === null ? undefined : arrivalOf(win.history.state));
  let { top } = arrivalOf(win.history.state);

  const href = (target: View, others: LinkOptions = options): string =>
    `#${encodeLink({ view: target, options: others, ...(image === undefined ? {} : { image }) })}`;

  const flush = (): void => {
    if (timer === undefined) return;
    win.clearTimeout(timer);
    timer = undefined;
    win.history.replaceState(top === undefined ? undefined : { top }, "", href(view.get()));
  };
  const flushSoon = (): void => {
    timer ??= win.setTimeout(flush, WRITE_DELAY_MS);
  };

  const arrive = (): void => {
    if (timer !== undefined) win.clearTimeout(timer);
    timer = undefined;
    arrival.set(arrivalOf(win.history.state));
    top = arrival.get()?.top;
    onArrive(decodeLink(win.location.hash));
  };
  win.addEventListener("popstate", arrive);

  return {
    view,
    arrival,
    href,
    go(target) {
      flush();
      if (href(target) === win.location.hash) {
        view.set(target);
        return;
      }
      const before = view.get();
      if (before.kind !== "table" || target.kind !== "table" || before.table !== target.table) top = undefined;
      arrival.set(undefined);
      win.history.pushState(undefined, "", href(target));
      view.set(target);
    },
    move(target) {
      view.set(target);
      flushSoon();
    },
    top: () => top,
    keepTop(next) {
      if (next === top) return;
      top = next;
      // Before a checkpoint is open there is no entry of its own to write to.
      if (image !== undefined) flushSoon();
    },
    setImage(nextImage, nextOptions) {
      if (nextImage === undefined) {
        // What was still to be written belongs to an entry that has been left.
        win.clearTimeout(timer);
        timer = undefined;
      }
      image = nextImage;
      options = nextOptions;
    },
    settle: flush,
    back() {
      flush();
      win.history.back();
    },
    forward() {
      flush();
      win.history.forward();
    },
  };
}
