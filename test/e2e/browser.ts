/** A Chromium to test with: one named in ICECORE_CHROMIUM, one of this machine, or the one of an optional npm package. */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const FOLDERS = ["/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome", "/Applications/Google Chrome.app/Contents/MacOS"];

/** No sandbox, because containers have none to give; no network of its own, because a test must see the page's only. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function packagedChromium(): Promise<string | undefined> {
  try {
    // The package is optional: its absence must not be an error of the type checker or of the loader.
    const name = "@sparticuz/chromium";
    const { default: packaged } = (await import(name)) as { default: { executablePath(): Promise<string> } };
    return await packaged.executablePath();
  } catch {
    return undefined;
  }
}

export async function findChromium(): Promise<string> {
  const named = process.env["ICECORE_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (await isExecutable(named)) return named;
    throw new Error(`ICECORE_CHROMIUM names ${named}, which is not an executable file.`);
  }
  const folders = [...FOLDERS, ...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "")];
  for (const folder of folders) {
    for (const name of NAMES) if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  const packaged = await packagedChromium();
  if (packaged !== undefined) return packaged;
  throw new Error(
    "The browser tests need Chromium and found none. Install it (Debian: apt-get install chromium), or name one in " +
      "ICECORE_CHROMIUM, or run npm ci without leaving out optional packages.",
  );
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), args: FLAGS });
}
