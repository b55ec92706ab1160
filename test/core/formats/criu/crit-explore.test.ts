import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { CRIT_EXPLORATIONS, critExplore, type CritExploration } from "../../../../src/core/formats/criu/crit/explore.ts";
import type { ImageSet } from "../../../../src/core/formats/criu/crit/image-set.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { CRIU_SAMPLES, critExplorations, critTexts, criuFiles, criuImageSet, explorationSuffixes } from "../../../support/criu-samples.ts";

/** Where `crit x` was run in a sample: `-dump` is the record of the folder dump/. */
function folderOf(name: string, suffix: string): string {
  if (suffix !== "") return `${suffix.slice(1)}/`;
  return [...critTexts(name, true).keys()].some((path) => path.startsWith("checkpoint/")) ? "checkpoint/" : "";
}

async function explored(what: CritExploration, set: ImageSet): Promise<{ text: string; error?: string; problems?: readonly string[] }> {
  let text = "";
  const result = await critExplore(what, set, (piece) => void (text += piece));
  return { text, ...result };
}

interface Json {
  readonly [key: string]: any; // oxlint-disable-line typescript/no-explicit-any
}

/**
 * What `crit x` prints, worked out anew from what `crit decode --pretty` printed for the same set, since `crit x` itself
 * stops in the middle of many sets. `corrected`: with the differences that docs/crit.md names.
 */
class Oracle {
  readonly #images: ReadonlyMap<string, Json[]>;
  readonly #corrected: boolean;

  constructor(name: string, folder: string, corrected: boolean) {
    this.#images = new Map(
      [...critTexts(name, true)].flatMap(([path, truth]) =>
        "text" in truth && path.startsWith(folder) ? [[path.slice(folder.length), (JSON.parse(truth.text) as Json)["entries"] as Json[]]] : [],
      ),
    );
    this.#corrected = corrected;
  }

  /** Undefined where crit fails. */
  text(what: "fds" | "mems" | "rss"): string | undefined {
    const lines: string[] = [];
    for (const { pid } of this.#images.get("pstree.img")!) {
      const task = this[what](pid);
      if (task === undefined && !this.#corrected) return undefined;
      lines.push(String(pid), ...(task ?? []));
    }
    return lines.map((line) => `${line}\n`).join("");
  }

  #name(text: string): string {
    // Only one name of the samples holds a control character.
    return this.#corrected ? text.replaceAll("\n", "\\n") : text;
  }

  #file(type: string, id: number): string {
    const old = { REG: ["reg", "reg-files.img"], PIPE: ["pipe", "pipes.img"], UNIXSK: ["usk", "unixsk.img"] }[type];
    if (old === undefined) return `${type}.${id}`;
    const found = this.#images.get("files.img")?.find((file) => file["id"] === id);
    const file = found === undefined ? this.#images.get(old[1]!)?.find((entry) => entry["id"] === id) : found[old[0]!];
    if (type === "REG") return file === undefined ? "unknown path" : this.#name(file.name);
    if (type === "PIPE") return `pipe[${file.pipe_id}]`;
    const socket = this.#corrected ? file.name.replace(/^=00/, "@").replace(/=00$/, "") : file.name;
    return `unix[${file.ino} (${file.peer})${socket === "" ? "" : ` ${socket}`}]`;
  }

  #mapped(vma: Json): string {
    const file = this.#images.get("files.img")?.find((entry) => entry["id"] === vma["shmid"]);
    const inode = this.#images.get("memfd.img")?.find((entry) => entry["inode_id"] === file?.["memfd"]?.inode_id);
    if (!this.#corrected || inode === undefined) return this.#file("REG", vma["shmid"]);
    return inode["name"] === "/dev/zero" ? "/dev/zero" : `/memfd:${inode["name"]}`;
  }

  fds(pid: number): string[] | undefined {
    const ids = this.#images.get(`ids-${pid}.img`)?.[0];
    if (ids === undefined) return undefined;
    const fs = this.#images.get(`fs-${pid}.img`)![0]!;
    const line = (left: string, right: string): string => `\t${left.padStart(7)}: ${right}`;
    return [
      ...this.#images.get(`fdinfo-${ids["files_id"]}.img`)!.map((fd) => line(String(fd["fd"]), this.#file(fd["type"], fd["id"]))),
      line("cwd", this.#file("REG", fs["cwd_id"])),
      line("root", this.#file("REG", fs["root_id"])),
    ];
  }

  readonly #shared = new Map<number, number>();

  mems(pid: number): string[] | undefined {
    const mm = this.#images.get(`mm-${pid}.img`)?.[0];
    if (mm === undefined) return undefined;
    return [
      `\texe${" ".repeat(37)}${this.#file("REG", mm["exe_file_id"])}`,
      ...(mm["vmas"] as Json[]).map((vma) => {
        const has = (flag: string): boolean => vma["status"].includes(flag);
        const number = (): string => {
          if (!this.#shared.has(vma["shmid"])) this.#shared.set(vma["shmid"], this.#shared.size + 1);
          return this.#shared.get(vma["shmid"])!.toString(16);
        };
        const offset = vma["pgoff"] === 0 ? "" : ` + 0x${vma["pgoff"].toString(16)}`;
        const what = has("SYSVIPC") ? ` ips[${number()}]`
          : has("ANON_SHARED") ? ` shmem[${number()}]`
          : has("SOCKET") ? ` packet[${number()}]`
          : has("VMA_FILE_") ? ` ${this.#mapped(vma)}${offset}${has("VMA_FILE_SHARED") ? " (s)" : ""}`
          : has("VMA_AREA_STACK") ? " [stack]"
          : has("VSYSCALL") ? " [vsyscall]"
          : has("VDSO") ? " [vdso]"
          : vma["flags"].includes("GROWSDOWN") ? " [stack?]"
          : "";
        const access = ["READ", "WRITE", "EXEC"].map((name, index) => (vma["prot"].includes(name) ? "rwx"[index] : "-")).join("");
        const range = [vma["start"], vma["end"]].map((text) => text.slice(2).padStart(8, "0")).join("-");
        return `\t${range.padEnd(36)}${access}${what}${has("REGULAR") ? "" : " *"}`;
      }),
    ];
  }

  rss(pid: number): string[] | undefined {
    const vmas = this.#images.get(`mm-${pid}.img`)?.[0]?.["vmas"] as Json[] | undefined;
    const runs = this.#images.get(`pagemap-${pid}.img`)?.slice(1);
    if (vmas === undefined || runs === undefined) return undefined;
    if (!this.#corrected && runs.some((run) => run["nr_pages"] === undefined)) return undefined;
    const lines: string[] = [];
    const before = new Set<Json>();
    for (const run of runs) {
      const count = run["nr_pages"] ?? run["compat_nr_pages"];
      const start = BigInt(run["vaddr"]);
      const end = start + BigInt(count) * 4096n;
      const inside = vmas.filter((vma) => !vma["status"].includes("0x10000") && BigInt(vma["start"]) < end && BigInt(vma["end"]) > start);
      const words = inside.map((vma) => {
        if (before.has(vma)) return " ~";
        before.add(vma);
        const pages = (BigInt(vma["end"]) - BigInt(vma["start"])) / 4096n;
        const path = vma["status"].includes("VMA_FILE_") ? ` ${this.#mapped(vma)}` : "";
        return ` ${vma["start"].slice(2).padStart(8, "0")} / ${String(pages).padEnd(8)}${path}`;
      });
      const left = `\t${run["vaddr"].slice(2)} / ${String(count).padEnd(8)}`.padEnd(24);
      lines.push(`${left}${words.map((word) => `${word}\n\t${" ".repeat(23)}`).join("")}`);
    }
    return lines;
  }
}

/** Why crit stops in the middle of a set and we do not. */
const CORRECTED_FAILURES = [
  /^FileNotFoundError: .*'\.\/(ids|mm)-\d+\.img'$/, // a zombie has neither
  /^KeyError: 'nr_pages'$/, // written by a release before 4.2
  /^FileNotFoundError: .*'\.\/pagemap-\d+\.img'$/, // a dump through a page server: nothing to print for this task
];

describe.each(CRIU_SAMPLES.flatMap(({ name }) => explorationSuffixes(name).map((suffix) => ({ name, suffix }))))("$name$suffix", ({ name, suffix }) => {
  const folder = folderOf(name, suffix);
  const set = criuImageSet(name, folder);

  test("prints what crit prints, and more where crit fails or knows no name", async () => {
    const records = critExplorations(name, suffix);
    expect(records.map(({ what }) => what)).toEqual(CRIT_EXPLORATIONS);
    for (const { what, status, out, error } of records) {
      const ours = await explored(what as CritExploration, set);
      if (error?.includes("'./pstree.img'") === true) {
        expect(ours).toEqual({ text: "", error: expect.stringContaining("no pstree.img") as string });
        continue;
      }
      if (what === "ps") {
        expect({ status, ...ours }).toEqual({ status: 0, text: out, problems: [] });
        continue;
      }
      const kind = what as "fds" | "mems" | "rss";
      // The oracle is sound: where crit came to its end, both say the same.
      expect(new Oracle(name, folder, false).text(kind)).toBe(status === 0 ? out : undefined);
      if (error !== undefined) expect(CORRECTED_FAILURES.some((failure) => failure.test(error))).toBe(true);
      expect(ours.text).toBe(new Oracle(name, folder, true).text(kind));
    }
  });
});

test("a missing image is a problem, except for a zombie", async () => {
  const { problems } = await explored("rss", criuImageSet("22-page-server", "dump/"));
  expect(problems).toEqual([22, 23, 24, 25, 26, 27, 28, 31].map(() => expect.stringMatching(/^there is no pagemap-\d+\.img$/) as string));
  expect(await explored("rss", criuImageSet("03-tree", ""))).toMatchObject({ problems: [] });
  const broken = criuImageSet("01-simple", "");
  const set = { names: () => broken.names(), source: (file: string) => (file.startsWith("ids-") ? undefined : broken.source(file)) };
  expect(await explored("fds", set)).toEqual({ text: "22467\n", problems: ["there is no ids-22467.img"] });
});

test("a damaged tree is printed as far as it goes", async () => {
  const whole = criuImageSet("03-tree", "");
  const source = whole.source("pstree.img")!;
  const cut = { size: source.size - 3, read: async (start: number, end: number) => (await source.read(start, Math.min(end, source.size - 3))).slice() };
  const set = { names: () => whole.names(), source: (file: string) => (file === "pstree.img" ? cut : whole.source(file)) };
  const { text, problems } = await explored("ps", set);
  expect((await explored("ps", whole)).text.split("\n").length - text.split("\n").length).toBe(1);
  expect(problems).toEqual([expect.stringMatching(/^pstree\.img: .*missing/) as string]);
});

test("a task that is its own ancestor is still printed, and control characters are harmless", async () => {
  const tree = criuImage("PSTREE", [{ pid: 1, ppid: 2, pgid: 1, sid: 1 }, { pid: 2, ppid: 1, pgid: 1, sid: 1 }]);
  const core = criuImage("CORE", [{ mtype: 1, tc: { task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0, comm: "a\u001b[2J\n" } }]);
  const set = { names: () => ["pstree.img"], source: (file: string) => memorySource(file === "pstree.img" ? tree : core) };
  expect((await explored("ps", set)).text.split("\n").slice(1)).toEqual(["      1      1      1   a\\x1b[2J\\n", "      2      1      1       a\\x1b[2J\\n", ""]);
});

test("pages are counted in the size that the task had", async () => {
  const vma = { start: 0x10000, end: 0x50000, pgoff: 0, shmid: 0, prot: 3, flags: 0x22, status: 0x201, fd: -1 };
  const mm = { ...Object.fromEntries(["start_code", "end_code", "start_data", "end_data", "start_stack", "start_brk", "brk", "arg_start", "arg_end", "env_start", "env_end"].map((name) => [`mm_${name}`, 0])) };
  const images: Record<string, Uint8Array> = {
    "pstree.img": criuImage("PSTREE", [{ pid: 1, ppid: 0, pgid: 1, sid: 1 }]),
    "mm-1.img": criuImage("MM", [{ ...mm, exe_file_id: 0, mm_saved_auxv: [33, 5, 6, 0x10000], vmas: [vma] }]),
    "pagemap-1.img": criuImage("PAGEMAP", [{ pages_id: 1 }, { vaddr: 0x10000, compat_nr_pages: 2, flags: 4 }]),
  };
  const set = { names: () => Object.keys(images), source: (file: string) => (images[file] === undefined ? undefined : memorySource(images[file])) };
  expect((await explored("rss", set)).text.split("\n")[1]).toBe("\t10000 / 2               00010000 / 4       ");
});

test("nothing throws on damaged sets", async () => {
  const files = [...criuFiles("10-memory")].filter(([path]) => /^(pstree|core|ids|fdinfo|fs|mm|pagemap|files|memfd)\b.*\.img$/.test(path));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CRIT_EXPLORATIONS), fc.array(fc.tuple(fc.nat({ max: files.length - 1 }), fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }), async (what, changes) => {
      const images = new Map(files);
      for (const [index, at, byte] of changes) {
        const [path] = files[index]!;
        const bytes = images.get(path)!;
        images.set(path, bytes.with(at % bytes.length, byte));
      }
      const set = { names: () => [...images.keys()], source: (file: string) => (images.has(file) ? memorySource(images.get(file)!) : undefined) };
      await explored(what, set);
    }),
    { numRuns: 300 },
  );
});
