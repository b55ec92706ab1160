import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bashScript } from "../../src/cli/completions/bash.ts";
import { fishScript } from "../../src/cli/completions/fish.ts";
import { zshScript } from "../../src/cli/completions/zsh.ts";
import { allOptions, COMMANDS } from "../../src/cli/options.ts";
import { TABLES } from "../../src/core/model/tables.ts";

const tables = Object.entries(TABLES).map(([name, { label }]) => ({ name, label }));
const SCRIPTS: Readonly<Record<string, string>> = { bash: bashScript(tables), zsh: zshScript(tables), fish: fishScript(tables) };

const folder = mkdtempSync(join(tmpdir(), "icecore-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Path of a file with the script. */
function script(shell: string): string {
  const path = join(folder, shell);
  writeFileSync(path, SCRIPTS[shell]!);
  return path;
}

/** Whether the shell is on this machine. */
const has = (shell: string): boolean => spawnSync(shell, ["--version"]).error === undefined;

/** What bash would offer at the end of a line; it cuts words at = as well as at spaces. */
function offered(line: string): string[] {
  const words = line.split(/ +|(=)/).filter((word) => word !== undefined && (word !== "" || line.endsWith(" ")));
  if (!line.endsWith(" ") && words.at(-1) === "") words.pop();
  const list = words.map((word) => `'${word}'`).join(" ");
  const commands = `source '${script("bash")}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _icecore; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", commands], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("the completion scripts", () => {
  test.each(["bash", "zsh", "fish"])("the one for %s is sound and has every command, option and table", (shell) => {
    const out = SCRIPTS[shell]!;
    if (shell === "bash" || has(shell)) expect(spawnSync(shell, ["-n", script(shell)], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`\\b${name}\\b`));
    for (const name of allOptions().keys()) expect(out).toMatch(new RegExp(`(--|-l )${name}\\b`));
    for (const { name } of tables) expect(out).toMatch(new RegExp(`\\b${name}\\b`));
    for (const choice of ["sarif", "ndjson", "always"]) expect(out).toContain(choice);
  });

  test("bash offers commands, options, formats and tables in their places", () => {
    expect(offered("icecore ")).toEqual([...COMMANDS.map(({ name }) => name), "--help", "--version"]);
    expect(offered("icecore rec")).toEqual(["records"]);
    expect(offered("icecore check --fo")).toEqual(["--format="]);
    expect(offered("icecore check --format=")).toEqual(["text", "json", "sarif"]);
    expect(offered("icecore check --format=s")).toEqual(["sarif"]);
    expect(offered("icecore check --format ")).toEqual(["text", "json", "sarif"]);
    expect(offered("icecore table image.img re").sort()).toEqual(["records", "regions", "registers", "remaps"]);
    expect(offered("icecore table --format csv image.img tas")).toEqual(["tasks"]);
    expect(offered("icecore completion ")).toEqual(["bash", "zsh", "fish"]);
    expect(offered("icecore help hex")).toEqual(["hex"]);
  });

  test("bash is left to complete file names itself", () => {
    expect(offered("icecore show ")).toEqual([]);
    expect(offered("icecore table v16")).toEqual([]);
    expect(offered("icecore table image.img tasks ")).toEqual([]);
  });
});
