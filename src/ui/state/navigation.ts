/**
 * The current View and the browser's history.
 *
 * A jump is a new entry (`go`); a move inside a place, such as the selected row, changes the present entry (`move`).
 * Browsers throttle pages that write the address too often, so moves reach the address with a short delay and before
 * every jump; the View itself changes at once.
 */
import { createStore, type Store } from "./store.ts";
import { decodeLink, encodeLink, SUMMARY, type ImageIdentity, type Link, type View } from "./view.ts";

export interface Navigation {
  readonly view: Store<View>;
  go(view: View): void;
  move(view: View): void;
  /** Names the image that all further entries are about. */
  setImage(image: ImageIdentity | undefined, options: Link["options"]): void;
  /** The whole address of a view of the present image. */
  href(view: View): string;
  back(): void;
  forward(): void;
}

const WRITE_DELAY_MS = 200;

export function createNavigation(win: Window, onArrive: (link: Link | undefined) => void): Navigation {
  const view = createStore<View>(decodeLink(win.location.hash)?.view ?? SUMMARY);
  let image: ImageIdentity | undefined;
  let options: Link["options"] = {};
  let timer: number | undefined;

  const href = (target: View): string =>
    `#${encodeLink({ view: target, options, ...(image === undefined ? {} : { image }) })}`;

  const flush = (): void => {
    if (timer === undefined) return;
    win.clearTimeout(timer);
    timer = undefined;
    win.history.replaceState(undefined, "", href(view.get()));
  };

  const arrive = (): void => {
    if (timer !== undefined) win.clearTimeout(timer);
    timer = undefined;
    onArrive(decodeLink(win.location.hash));
  };
  win.addEventListener("popstate", arrive);

  return {
    view,
    href,
    go(target) {
      flush();
      if (href(target) === win.location.hash) {
        view.set(target);
        return;
      }
      win.history.pushState(undefined, "", href(target));
      view.set(target);
    },
    move(target) {
      view.set(target);
      timer ??= win.setTimeout(flush, WRITE_DELAY_MS);
    },
    setImage(nextImage, nextOptions) {
      image = nextImage;
      options = nextOptions;
    },
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
