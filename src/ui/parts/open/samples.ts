/** Images that come with the page, so that there is something to look at without a checkpoint of one's own. */
import type { OpenFile } from "../../../core/rpc.ts";

export interface Sample {
  /** Stands in links, and never changes. */
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** What to look at first. */
const FIRST_SAMPLES: readonly Sample[] = [
  {
    id: "criu-simple",
    name: "01-simple.tar.gz",
    title: "One task",
    text: "A program in C with its heap, a mapping with holes and a page of zeros. A directory of images by CRIU 4.2, x86-64.",
  },
  {
    id: "podman",
    name: "21a-podman-gzip.tar.gz",
    title: "A container",
    text: "Thirteen tasks with pipes, a volume, and files that the container changed and deleted. An archive by Podman.",
  },
  {
    id: "damaged",
    name: "overlap-vma.img",
    title: "A damaged image",
    text: "Two tasks, and one number that was changed, so that two memory regions overlap. Find it. Linux-cr, series v16.",
  },
];

/** What shows something particular. */
const FURTHER_SAMPLES: readonly Sample[] = [
  {
    id: "criu-chain",
    name: "14a-incremental.tar.gz",
    title: "Three dumps of one program",
    text: "Two pre-dumps and a dump that refers to their pages. CRIU 4.2.",
  },
  {
    id: "v16-tree",
    name: "v16-tree.img",
    title: "Five tasks, 32 bit",
    text: "A task tree with shared memory, a shared descriptor table and a pipe with 26 unread bytes. Linux-cr, series v16, i386.",
  },
  {
    id: "v20-tree",
    name: "v20-x86_64-tree.img",
    title: "Five tasks, 64 bit",
    text: "The same program on x86-64, with credentials, signals and descriptors. Linux-cr, series v20.",
  },
];

export const SAMPLE_GROUPS = { first: FIRST_SAMPLES, further: FURTHER_SAMPLES } as const;

export const SAMPLES: readonly Sample[] = [...FIRST_SAMPLES, ...FURTHER_SAMPLES];

/** The sample's file, from the page's own origin. Rejects with a sentence when it cannot be fetched. */
export async function fetchSample(sample: Sample): Promise<OpenFile> {
  const response = await fetch(`./samples/${sample.name}`);
  if (!response.ok) throw new Error(`The server answered ${response.status} for samples/${sample.name}.`);
  return { name: sample.name, blob: await response.blob() };
}
