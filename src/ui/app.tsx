/** The page: one of four states, plus what is always there (drop target, file choosers, keys, colours). */
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import type { OpenFile } from "../core/rpc.ts";
import { DropZone } from "./parts/open/drop-zone.tsx";
import { filesOfInput } from "./parts/open/dropped-files.ts";
import { fetchSample, SAMPLES } from "./parts/open/samples.ts";
import { FailedScreen } from "./screens/failed-screen.tsx";
import { LandingScreen } from "./screens/landing-screen.tsx";
import { GatheringScreen, OpeningScreen } from "./screens/opening-screen.tsx";
import { WorkbenchScreen } from "./screens/workbench-screen.tsx";
import { listenForKeys, useCommand } from "./state/commands.ts";
import { announce } from "./state/selection.ts";
import type { Gather, SessionControl } from "./state/session.ts";
import { settings } from "./state/settings.ts";
import { useStore } from "./state/store.ts";

export function App({ control }: { control: SessionControl }): ReactNode {
  const phase = useStore(control.phase);
  const { theme } = useStore(settings);
  const [problem, setProblem] = useState("");
  const fileInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);

  useEffect(() => listenForKeys(window), []);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);

  useEffect(() => {
    // An opened checkpoint names its own place.
    if (phase.kind !== "inspecting") document.title = "Icecore";
  }, [phase.kind]);

  const wanted = phase.kind === "landing" ? phase.wanted : undefined;
  useEffect(() => {
    const sample = SAMPLES.find(({ id }) => id === wanted?.image?.sample);
    if (sample === undefined) return;
    // A link to a built-in sample needs nothing from the user. If it fails, the landing page asks for the file.
    let isStale = false;
    void fetchSample(sample).then(
      (file) => (isStale ? undefined : control.open({ files: [file], sample: sample.id })),
      () => undefined,
    );
    return () => {
      isStale = true;
    };
  }, [wanted, control]);

  const onFiles = useCallback(
    (files: readonly OpenFile[]) => {
      setProblem("");
      if (files.length > 0) void control.open({ files });
    },
    [control],
  );
  const onProblem = useCallback((message: string) => {
    setProblem(message);
    announce(message);
  }, []);
  const onGather = useCallback(
    (gather: Gather) => {
      setProblem("");
      control.openGathered(gather).then(
        (end) => end === "nothing" && onProblem("What was dropped holds no file."),
        (error: unknown) => onProblem(`What was dropped could not be read: ${error instanceof Error ? error.message : String(error)}.`),
      );
    },
    [control, onProblem],
  );
  const chooseFiles = (): void => fileInput.current?.click();
  const chooseFolder = (): void => folderInput.current?.click();
  useCommand("openFile", chooseFiles, "page");
  useCommand("openFolder", chooseFolder, "page");

  return (
    <>
      {phase.kind === "landing" && (
        <LandingScreen
          control={control}
          wanted={phase.wanted}
          problem={problem}
          onFiles={onFiles}
          onChooseFiles={chooseFiles}
          onChooseFolder={chooseFolder}
        />
      )}
      {phase.kind === "gathering" && <GatheringScreen phase={phase} />}
      {phase.kind === "opening" && <OpeningScreen phase={phase} />}
      {phase.kind === "failed" && <FailedScreen failure={phase} onChooseFiles={chooseFiles} onClose={control.close} />}
      {phase.kind === "inspecting" && <WorkbenchScreen session={phase.session} control={control} />}
      <input
        ref={fileInput}
        type="file"
        multiple
        hidden
        data-testid="files"
        onChange={(event) => {
          onFiles(filesOfInput(event.target.files));
          event.target.value = "";
        }}
      />
      <input
        ref={folderInput}
        type="file"
        hidden
        data-testid="folder"
        {...{ webkitdirectory: "" }}
        onChange={(event) => {
          onFiles(filesOfInput(event.target.files));
          event.target.value = "";
        }}
      />
      <DropZone onGather={onGather} onFiles={onFiles} onProblem={onProblem} />
    </>
  );
}
