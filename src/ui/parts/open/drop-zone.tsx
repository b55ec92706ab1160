/**
 * The whole window takes files. Enter and leave events come for every child that the mouse crosses; counting them keeps
 * the overlay steady.
 */
import { useEffect, useState, type ReactNode } from "react";
import type { OpenFile } from "../../../core/rpc.ts";
import styles from "../../styles/drop-zone.module.css";
import type { Gather } from "../../state/session.ts";
import { gatherTransfer } from "./dropped-files.ts";
import { bytesOfText } from "./paste.ts";

interface DropZoneProps {
  /** Dropped files and folders, which are listed when the call is made. */
  readonly onGather: (gather: Gather) => void;
  readonly onFiles: (files: readonly OpenFile[]) => void;
  readonly onProblem: (message: string) => void;
}

function carriesFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") === true;
}

export function DropZone({ onGather, onFiles, onProblem }: DropZoneProps): ReactNode {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    let inside = 0;
    const onEnter = (event: DragEvent): void => {
      if (!carriesFiles(event.dataTransfer)) return;
      inside++;
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (!carriesFiles(event.dataTransfer)) return;
      inside = Math.max(0, inside - 1);
      if (inside === 0) setOver(false);
    };
    const onOver = (event: DragEvent): void => {
      if (!carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
    };
    const onDrop = (event: DragEvent): void => {
      inside = 0;
      setOver(false);
      if (!carriesFiles(event.dataTransfer) || event.dataTransfer === null) return;
      event.preventDefault();
      onGather(gatherTransfer(event.dataTransfer));
    };
    const onPaste = (event: ClipboardEvent): void => {
      const { target, clipboardData } = event;
      if (clipboardData === null || (target instanceof HTMLElement && target.matches("input, textarea, select"))) return;
      const files = [...clipboardData.files].map((file) => ({ name: file.name, blob: file }));
      if (files.length > 0) return onFiles(files);
      const text = clipboardData.getData("text/plain");
      if (text === "") return;
      const pasted = bytesOfText(text);
      if (pasted.kind === "unreadable") onProblem(pasted.why);
      else onFiles([{ name: "pasted.bin", blob: new Blob([pasted.bytes as Uint8Array<ArrayBuffer>]) }]);
    };
    const listeners = [
      ["dragenter", onEnter],
      ["dragleave", onLeave],
      ["dragover", onOver],
      ["drop", onDrop],
      ["paste", onPaste],
    ] as const;
    for (const [type, listener] of listeners) document.addEventListener(type, listener as EventListener);
    return () => {
      for (const [type, listener] of listeners) document.removeEventListener(type, listener as EventListener);
    };
  }, [onGather, onFiles, onProblem]);
  if (!isOver) return undefined;
  return (
    <div className={styles.overlay}>
      <p>
        Drop to open
        <span>images, a folder of images, or archives: tar, tar.gz, tar.zst, tar.bz2, tar.xz, zip</span>
      </p>
    </div>
  );
}
