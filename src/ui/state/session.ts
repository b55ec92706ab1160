/** The life of the page: landing, gathering, opening, failed, inspecting. One checkpoint at a time, each in a worker of its own. */
import type { Inspector, OpenOptions, ProblemInfo, Progress, Summary, TableInfo } from "../../core/index.ts";
import { CallError, type OpenFile } from "../../core/rpc.ts";
import type { OpenCheckpoint } from "../core-client.ts";
import { identify, isSameImage } from "./image-identity.ts";
import { createNavigation, type Navigation } from "./navigation.ts";
import { byteCursor, hovered } from "./selection.ts";
import { createStore, type Store } from "./store.ts";
import { decodeLink, isSameChoice, SUMMARY, type ImageIdentity, type Link, type LinkOptions, type View } from "./view.ts";

export interface Session {
  readonly inspector: Inspector;
  readonly files: readonly OpenFile[];
  readonly image: ImageIdentity;
  readonly options: LinkOptions;
  readonly summary: Summary;
  readonly tables: readonly TableInfo[];
  readonly catalogue: ReadonlyMap<string, ProblemInfo>;
  /** Something to tell about how it was opened, e.g. that it is not the file that the link asked for. */
  readonly note?: string;
}

/** The files of a folder are being listed. */
export interface GatheringPhase {
  readonly kind: "gathering";
  readonly fileCount: number;
  readonly cancel: () => void;
}

export interface OpeningPhase {
  readonly kind: "opening";
  readonly image: ImageIdentity;
  readonly progress: Progress | undefined;
  /** Since the present step of the opening began until its last progress, in milliseconds. */
  readonly elapsed: number;
  readonly cancel: () => void;
}

export interface FailedPhase {
  readonly kind: "failed";
  readonly title: string;
  readonly message: string;
  readonly remedy: string;
  readonly details: string;
}

export type Phase =
  | { readonly kind: "landing"; readonly wanted: Link | undefined }
  | GatheringPhase
  | OpeningPhase
  | FailedPhase
  | { readonly kind: "inspecting"; readonly session: Session };

export interface OpenRequest {
  readonly files: readonly OpenFile[];
  readonly sample?: string;
  readonly options?: LinkOptions;
  /** Place to show first. Default: where the pending link points, else the summary. */
  readonly view?: View;
}

/** Lists files one after the other; calls back with how many there are so far. */
export type Gather = (onCount: (files: number) => void, signal: AbortSignal) => Promise<readonly OpenFile[]>;

export interface SessionControl {
  readonly phase: Store<Phase>;
  readonly navigation: Navigation;
  open(request: OpenRequest): Promise<void>;
  /** Opens what `gather` lists. Rejects with its error; an empty list and a cancelled one lead back to where the page was. */
  openGathered(gather: Gather): Promise<"opened" | "nothing" | "cancelled">;
  fail(failure: Omit<FailedPhase, "kind">): void;
  /** Back to the landing page; the checkpoint is closed. */
  close(): void;
}

function explainFailure(error: unknown, image: ImageIdentity): Omit<FailedPhase, "kind"> {
  const known = error instanceof CallError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return {
    title: `${image.name} could not be opened`,
    message,
    remedy: known?.remedy ?? "Try the file again; if it fails again, copy the details below into a report.",
    details: [
      `${image.name}, ${image.size} bytes, ${image.fileCount} file(s)`,
      `${error instanceof Error ? error.name : "Error"}: ${message}`,
      known?.remoteStack ?? (error instanceof Error ? (error.stack ?? "") : ""),
    ].join("\n"),
  };
}

/** The screen changes for a folder that takes longer to list than this; for a file it would only flicker. */
const QUIET_MS = 150;

export function createSession(win: Window, openCheckpoint: OpenCheckpoint): SessionControl {
  const first = decodeLink(win.location.hash);
  const phase = createStore<Phase>({ kind: "landing", wanted: first?.image === undefined ? undefined : first });
  // File handles of this visit, so that the browser's back button can return to an image that was open before.
  const handles = new Map<string, OpenRequest>();
  // The place that the address asked for before its file was open.
  let wanted = first?.image === undefined ? undefined : first;
  let underWay: AbortController | undefined;
  let current: Session | undefined;

  const keyOf = (image: ImageIdentity): string => `${image.fileCount}/${image.size}/${image.name}`;

  const show = (session: Session): void => {
    if (current !== session) void current?.inspector.close();
    current = session;
    phase.set({ kind: "inspecting", session });
  };

  const toLanding = (link: Link | undefined): void => {
    wanted = link;
    underWay?.abort();
    void current?.inspector.close();
    current = undefined;
    byteCursor.set(undefined);
    hovered.set(undefined);
    navigation.setImage(undefined, {});
    phase.set({ kind: "landing", wanted: link });
  };

  const backToWhereItWas = (): void => {
    if (current === undefined) toLanding(wanted);
    else phase.set({ kind: "inspecting", session: current });
  };

  const onArrive = (link: Link | undefined): void => {
    if (link?.image === undefined) return toLanding(undefined);
    if (current !== undefined && isSameImage(current.image, link.image) && isSameChoice(current.options, link.options)) {
      underWay?.abort();
      navigation.setImage(current.image, current.options);
      navigation.view.set(link.view);
      if (phase.get().kind !== "inspecting") show(current);
      return;
    }
    const known = handles.get(keyOf(link.image));
    if (known === undefined) return toLanding(link);
    void open({ ...known, options: link.options, view: link.view }, "arrived");
  };

  const navigation = createNavigation(win, onArrive);

  async function openGathered(gather: Gather): Promise<"opened" | "nothing" | "cancelled"> {
    underWay?.abort();
    const controller = new AbortController();
    underWay = controller;
    const { signal } = controller;
    const isMine = (): boolean => underWay === controller && !signal.aborted;
    let fileCount = 0;
    const cancel = (): void => {
      controller.abort();
      backToWhereItWas();
    };
    const tell = (): void => {
      if (isMine()) phase.set({ kind: "gathering", fileCount, cancel });
    };
    const timer = win.setTimeout(tell, QUIET_MS);
    try {
      const files = await gather((count) => {
        fileCount = count;
        if (phase.get().kind === "gathering") tell();
      }, signal);
      if (!isMine()) return "cancelled";
      if (files.length === 0) {
        backToWhereItWas();
        return "nothing";
      }
      void open({ files });
      return "opened";
    } catch (error) {
      if (!isMine()) return "cancelled";
      backToWhereItWas();
      throw error;
    } finally {
      win.clearTimeout(timer);
    }
  }

  async function open(request: OpenRequest, how: "asked" | "arrived" = "asked"): Promise<void> {
    const asked = wanted;
    underWay?.abort();
    const controller = new AbortController();
    underWay = controller;
    const image = identify(request.files, request.sample);
    const isWanted = asked?.image !== undefined && asked.image.size === image.size;
    const options = request.options ?? (isWanted ? asked.options : {});
    const cancel = (): void => {
      controller.abort();
      if (current === undefined) toLanding(asked);
      else {
        // An entry of the history that could not be shown gives way to the one that is.
        if (how === "arrived") navigation.move(navigation.view.get());
        phase.set({ kind: "inspecting", session: current });
      }
    };
    const opening: OpeningPhase = { kind: "opening", image, progress: undefined, elapsed: 0, cancel };
    phase.set(opening);
    let stepBegan = Date.now();
    let last: Progress | undefined;
    const onProgress = (progress: Progress): void => {
      if (underWay !== controller || phase.get().kind !== "opening") return;
      if (last?.phase !== progress.phase || progress.done < last.done) stepBegan = Date.now();
      last = progress;
      phase.set({ ...opening, progress, elapsed: Date.now() - stepBegan });
    };
    try {
      const inspector = await openCheckpoint(request.files, options satisfies OpenOptions, onProgress, controller.signal);
      const [summary, tables, catalogue] = await Promise.all([
        inspector.summary(),
        inspector.tables(),
        inspector.problemCatalogue(),
      ]);
      if (controller.signal.aborted) {
        void inspector.close();
        return;
      }
      wanted = undefined;
      handles.set(keyOf(image), { files: request.files, ...(request.sample === undefined ? {} : { sample: request.sample }) });
      byteCursor.set(undefined);
      hovered.set(undefined);
      // What was moved in the place before belongs to its own entry of the history.
      if (how === "asked") navigation.settle();
      navigation.setImage(image, options);
      const view = request.view ?? (isWanted ? asked.view : SUMMARY);
      if (how === "arrived") navigation.view.set(view);
      else navigation.go(view);
      const note = differenceFrom(asked?.image, image);
      show({
        inspector,
        files: request.files,
        image,
        options,
        summary,
        tables,
        catalogue: new Map(catalogue.map((info) => [info.code, info])),
        ...(note === undefined ? {} : { note }),
      });
    } catch (error) {
      if (controller.signal.aborted) return;
      phase.set({ kind: "failed", ...explainFailure(error, image) });
    }
  }

  return {
    phase,
    navigation,
    open: (request) => open(request),
    openGathered,
    fail(failure) {
      phase.set({ kind: "failed", ...failure });
    },
    close() {
      win.history.pushState(undefined, "", win.location.pathname + win.location.search);
      toLanding(undefined);
    },
  };
}

function differenceFrom(wanted: ImageIdentity | undefined, image: ImageIdentity): string | undefined {
  if (wanted === undefined || isSameImage(wanted, image)) return undefined;
  if (wanted.size === image.size) return undefined;
  return `This is not the file that the link asked for: that was ${wanted.name} with ${wanted.size.toLocaleString("en")} bytes. The summary is shown instead of the link's place.`;
}
