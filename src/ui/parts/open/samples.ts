/** Images that come with the page, so that there is something to look at without a checkpoint of one's own. */
import type { OpenFile } from "../../../core/rpc.ts";

export interface Sample {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

export const SAMPLES: readonly Sample[] = [
  {
    id: "v16-tree",
    name: "v16-tree.img",
    title: "Five tasks, 32 bit",
    text: "A task tree with shared memory, a shared descriptor table and a pipe with 26 unread bytes. Series v16, i386.",
  },
  {
    id: "v20-tree",
    name: "v20-x86_64-tree.img",
    title: "Five tasks, 64 bit",
    text: "The same program on x86-64, with credentials, signals and descriptors. Series v20.",
  },
  {
    id: "damaged",
    name: "overlap-vma.img",
    title: "A damaged image",
    text: "A container of two tasks in which one number was changed, so that two memory regions overlap. Find it.",
  },
];

/** The sample's file, from the page's own origin. Rejects with a sentence when it cannot be fetched. */
export async function fetchSample(sample: Sample): Promise<OpenFile> {
  const response = await fetch(`./samples/${sample.name}`);
  if (!response.ok) throw new Error(`The server answered ${response.status} for samples/${sample.name}.`);
  return { name: sample.name, blob: await response.blob() };
}
