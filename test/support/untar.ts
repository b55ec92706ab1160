/** Regular files of a tar archive, for tests only: knows ustar names and pax paths, and inflates gzip around it. */
import { gunzipSync } from "node:zlib";

const BLOCK = 512;
const latin = new TextDecoder("latin1");

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const text = latin.decode(bytes.subarray(at, at + length));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Path, without a leading `./`, to contents. */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = archive[0] === 0x1f && archive[1] === 0x8b ? new Uint8Array(gunzipSync(archive)) : archive;
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(textAt(bytes, at + 124, 12).trim() || "0", 8);
    const kind = String.fromCharCode(bytes[at + 156]!);
    const body = bytes.subarray(at + BLOCK, at + BLOCK + size);
    const prefix = textAt(bytes, at + 257, 5) === "ustar" ? textAt(bytes, at + 345, 155) : "";
    const short = textAt(bytes, at, 100);
    if (kind === "x") longName = / path=([^\n]+)\n/.exec(latin.decode(body))?.[1];
    else if (kind === "L") longName = textAt(body, 0, body.length);
    else {
      const name = (longName ?? (prefix === "" ? short : `${prefix}/${short}`)).replace(/^\.\//, "");
      if (kind === "0" || kind === "\0") files.set(name, body);
      longName = undefined;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
