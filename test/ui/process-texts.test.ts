import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { MemoryText } from "../../src/core/inspector.ts";
import { shellCommand, variableOf } from "../../src/ui/parts/process/texts.ts";

const text = (of: string): MemoryText => ({ address: 0x7ffcn, length: of.length, text: of });

describe("an environment variable", () => {
  it("is divided by its first equals sign", () => {
    expect(variableOf("OPTS=a=b")).toEqual({ name: "OPTS", value: "a=b" });
    expect(variableOf("EMPTY=")).toEqual({ name: "EMPTY", value: "" });
    expect(variableOf("=C:")).toEqual({ name: "", value: "C:" });
  });

  it("without one has no value, which is not an empty value", () => {
    expect(variableOf("overwritten")).toEqual({ name: "overwritten", value: undefined });
  });
});

describe("a command line for a shell", () => {
  it("gives the shell the very arguments that the process had", () => {
    const args = ["plain", "", "two words", "it's", "$HOME", "`id`", 'a"b', "tab\there", "new\nline", "ü*?", "-n", "a;b&c", "\\"];
    const printed = execFileSync("sh", ["-c", `printf '%s\\0' ${shellCommand(args.map(text))}`], { encoding: "utf8" });
    expect(printed.split("\0").slice(0, -1)).toEqual(args);
  });
});
