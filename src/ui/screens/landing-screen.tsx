/** The product's face: what it is for, how to give it a checkpoint, and something to try. */
import { useState, type ReactNode } from "react";
import type { OpenFile } from "../../core/rpc.ts";
import { PasteDialog } from "../parts/open/paste-dialog.tsx";
import { fetchSample, SAMPLE_GROUPS, type Sample } from "../parts/open/samples.ts";
import { exactBytes } from "../parts/words.ts";
import type { SessionControl } from "../state/session.ts";
import type { Link } from "../state/view.ts";
import styles from "../styles/landing.module.css";

interface LandingScreenProps {
  readonly control: SessionControl;
  /** The place that the address asks for, when its file is not open. */
  readonly wanted: Link | undefined;
  readonly problem: string;
  readonly onFiles: (files: readonly OpenFile[]) => void;
  readonly onChooseFiles: () => void;
  readonly onChooseFolder: () => void;
}

export function LandingScreen({ control, wanted, problem, onFiles, onChooseFiles, onChooseFolder }: LandingScreenProps): ReactNode {
  const [pasting, setPasting] = useState(false);
  const openSample = (sample: Sample): void => {
    fetchSample(sample).then(
      (file) => control.open({ files: [file], sample: sample.id }),
      (error: unknown) =>
        control.fail({
          title: `The sample ${sample.name} could not be fetched`,
          message: error instanceof Error ? error.message : String(error),
          remedy: "The page must be served by a web server together with its samples folder. Your own files open without that.",
          details: String(error),
        }),
    );
  };
  return (
    <main className={styles.landing}>
      <h1>Icecore</h1>
      <p className={styles.lead}>See what is frozen inside a process checkpoint: its tasks, memory, files, and every byte.</p>
      {wanted?.image !== undefined && (
        <div className={styles.wanted} role="status">
          <p>
            This link shows a place in <strong>{wanted.image.name}</strong> ({exactBytes(wanted.image.size)}
            {wanted.image.fileCount > 1 && `, ${wanted.image.fileCount} files`}).
          </p>
          <p>Files never travel with a link: drop or open that file here, and the place opens.</p>
        </div>
      )}
      <div className={styles.target}>
        <p className={styles.drop}>Drop an image anywhere in this window: a file, a folder or an archive</p>
        <p className={styles.buttons}>
          <button type="button" className={styles.primary} onClick={onChooseFiles}>
            Open a file …
          </button>
          <button type="button" onClick={onChooseFolder}>
            Open a folder …
          </button>
          <button type="button" onClick={() => setPasting(true)}>
            Paste bytes …
          </button>
        </p>
        <p className={styles.privacy}>Nothing is uploaded. Files are read in this page only, and its policy forbids it to contact any other server.</p>
        {problem !== "" && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
      </div>
      <section aria-labelledby="samples-title">
        <h2 id="samples-title">Or look at a sample</h2>
        <ul className={styles.samples}>
          {SAMPLE_GROUPS.first.map((sample) => (
            <li key={sample.id}>
              <button type="button" onClick={() => openSample(sample)}>
                <strong>{sample.title}</strong>
                <span>{sample.text}</span>
              </button>
            </li>
          ))}
        </ul>
        <p className={styles.further}>
          <span>Or: </span>
          {SAMPLE_GROUPS.further.map((sample) => (
            <button key={sample.id} type="button" title={sample.text} onClick={() => openSample(sample)}>
              {sample.title}
            </button>
          ))}
        </p>
      </section>
      <section aria-labelledby="reads-title" className={styles.reads}>
        <h2 id="reads-title">What is read</h2>
        <dl>
          <div>
            <dt>CRIU</dt>
            <dd>Directories of images, single images, dumps and their chains of parents, with logs and statistics.</dd>
          </div>
          <div>
            <dt>Containers</dt>
            <dd>Checkpoints by Podman, CRI-O and Kubernetes, containerd and Docker, also inside OCI and Docker image archives.</dd>
          </div>
          <div>
            <dt>linux-cr</dt>
            <dd>Images of the kernel's checkpoint system call, series v0 to v23 and their ports, for x86, x86-64, s390x, powerpc and ARM.</dd>
          </div>
          <div>
            <dt>Archives</dt>
            <dd>tar, zip, captures of the image streamer, gzip, zstd, bzip2, xz and lz4, one in another, without unpacking anything.</dd>
          </div>
        </dl>
        <p>Damaged and cut-off images too: what can be read is shown, with what is wrong. Any other file opens as bytes.</p>
      </section>
      {pasting && <PasteDialog onFiles={onFiles} onClose={() => setPasting(false)} />}
    </main>
  );
}
