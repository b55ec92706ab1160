/** The index of a tar whose bytes can be read anywhere: only headers are touched, contents are stepped over. */
import type { ByteSource } from "../bytes/source.ts";
import { Window } from "../bytes/window.ts";
import type { OnProgress } from "../inspector.ts";
import type { ArchivePart, OpenedArchive } from "./opened-archive.ts";
import type { TarBytes } from "./tar-member.ts";
import { TarWalk } from "./tar-walk.ts";

/**
 * First read after a jump: a header, and often the next member's too when this one is small. Twice as much each time that
 * reading goes on without a jump, to a megabyte. Bytes.
 */
const FIRST_READ = 8 * 1024;
const MOST_READ = 1024 * 1024;

/** Progress is reported each time so many bytes were walked over. */
const REPORT_BYTES = 16 * 1024 * 1024;

export type IndexedTar = Omit<OpenedArchive, "kind" | "compression" | "close">;

/** What a finished walk found, over the bytes that it went through. */
export function indexOf(walk: TarWalk, source: ByteSource): IndexedTar {
  let parts: ArchivePart[] | undefined;
  return {
    source,
    members: walk.members,
    get parts() {
      parts ??= walk.parts.toArray(walk.members.length);
      return parts;
    },
    problems: walk.problems.finish(source.size),
  };
}

/** Damage is no failure: rejects only when aborted or when the medium fails. */
export async function indexTar(source: ByteSource, mostMembers: number, onProgress: OnProgress, signal?: AbortSignal): Promise<IndexedTar> {
  const bytes: TarBytes = { source };
  const walk = new TarWalk(bytes, mostMembers);
  const window = new Window(source, FIRST_READ, MOST_READ);
  let reported = 0;
  while (!walk.done && walk.position < source.size) {
    const { position, wants } = walk;
    await window.load(position, wants, signal);
    signal?.throwIfAborted();
    walkWindow(walk, window);
    // A medium that gives less than its size promised (a file that was cut meanwhile): what follows is not there.
    if (walk.position === position && walk.wants === wants) break;
    if (walk.position - reported >= REPORT_BYTES) {
      reported = walk.position;
      onProgress({ phase: "indexing", done: Math.min(reported, source.size), total: source.size });
    }
  }
  walk.finish(source.size);
  return indexOf(walk, source);
}

/** The plain loop over what is in memory. */
function walkWindow(walk: TarWalk, window: Window): void {
  while (!walk.done) {
    const { position, wants } = walk;
    if (window.has(position, wants)) walk.feed(window.slice(position, position + wants));
    else if (position >= window.start && position < window.end && window.end === window.size) walk.feed(window.slice(position, window.end));
    else return;
  }
}
