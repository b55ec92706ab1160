/** What was dropped or chosen, as a flat list of files; folders are walked. */
import type { OpenFile } from "../../../core/rpc.ts";

/** Must be called during the drop event: the browser empties the transfer when the event is over. */
export function filesOfTransfer(transfer: DataTransfer): Promise<readonly OpenFile[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry());
  const plain = items.map((item) => item.getAsFile());
  return Promise.all(
    entries.map((entry, index) => {
      if (entry !== null) return filesOfEntry(entry);
      const file = plain[index];
      return file === null || file === undefined ? [] : [{ name: file.name, blob: file }];
    }),
  ).then((lists) => lists.flat());
}

async function filesOfEntry(entry: FileSystemEntry): Promise<readonly OpenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ name: entry.fullPath.replace(/^\//, ""), blob: file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: OpenFile[] = [];
  // A directory is handed out in batches; an empty batch is its end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return files;
    for (const child of batch) files.push(...(await filesOfEntry(child)));
  }
}

export function filesOfInput(list: FileList | null): readonly OpenFile[] {
  return [...(list ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, blob: file }));
}
