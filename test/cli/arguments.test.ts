import { describe, expect, test } from "vitest";
import { parseCall } from "../../src/cli/arguments.ts";
import { CallError } from "../../src/cli/call-error.ts";
import { commandHelp, generalHelp } from "../../src/cli/help.ts";
import { nearMatches } from "../../src/cli/near-match.ts";
import { COMMANDS, optionsOf } from "../../src/cli/options.ts";
import { parseBytes, parseSize } from "../../src/cli/values.ts";

describe("parsing a call", () => {
  test.each([
    [[], /no command was given/],
    [["shwo", "image.img"], /no command shwo; did you mean show\?/],
    [["package.json"], /say icecore show package\.json/],
    [["show"], /show needs PATH/],
    [["show", ""], /an argument is empty/],
    [["hex", "image.img", "extra"], /"extra" is one argument too many/],
    [["show", "image.img", "--fromat", "json"], /no option --fromat; did you mean --format\?/],
    [["show", "image.img", "--annotate"], /show has no option --annotate/],
    [["show", "image.img", "--format", "xml"], /--format takes text, json, not "xml"/],
    [["show", "image.img", "--format"], /--format needs a value/],
    [["table", "image.img", "fds", "--search", "--sort", "fd"], /--search needs a value/],
    [["hex", "image.img", "--annotate=yes"], /takes no value/],
    [["show", "image.img", "--constructor"], /no option --constructor/],
  ])("refuses %j", (words, reason) => {
    expect(() => parseCall(words)).toThrow(CallError);
    expect(() => parseCall(words)).toThrow(reason);
  });

  test("options may stand before the command, between arguments and after them", () => {
    for (const words of [["--format=csv", "table", "a", "b"], ["table", "--format", "csv", "a", "b"], ["table", "a", "b", "--format", "csv"]]) {
      const call = parseCall(words);
      expect(call).toMatchObject({ kind: "run", command: { name: "table" }, words: ["a", "b"] });
      expect(call.kind === "run" && call.options.choice("format")).toBe("csv");
    }
  });

  test("what follows -- is an argument, and a single - always is", () => {
    expect(parseCall(["show", "-", "--", "--help"])).toMatchObject({ kind: "run", words: ["-", "--help"] });
  });

  test("the last value of an option counts, or every value where that makes sense", () => {
    const call = parseCall(["table", "a", "b", "--format", "csv", "--format", "json", "--sort", "x", "--sort", "y"]);
    expect(call.kind === "run" && [call.options.choice("format"), call.options.all("sort")]).toEqual(["json", ["x", "y"]]);
  });

  test("help wins over anything else that is wrong", () => {
    expect(parseCall(["show", "-h", "--nonsense"])).toMatchObject({ kind: "help", command: { name: "show" } });
    expect(parseCall(["help", "table"])).toMatchObject({ kind: "help", command: { name: "table" } });
    expect(parseCall(["--help"])).toEqual({ kind: "help", command: undefined });
    expect(parseCall(["help"])).toEqual({ kind: "help", command: undefined });
  });
});

describe("help", () => {
  test("lists every command, and explains each with all its options in 80 columns", () => {
    for (const command of COMMANDS) {
      expect(generalHelp()).toMatch(new RegExp(`^  ${command.name} `, "m"));
      const help = commandHelp(command);
      for (const { name } of optionsOf(command)) expect(help).toMatch(new RegExp(`^  (-\\w, )?--${name}\\b`, "m"));
      for (const line of `${generalHelp()}${help}`.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test("shows examples that are sound calls", () => {
    for (const { examples } of COMMANDS) {
      for (const example of examples) {
        const words = example.replace(/ >.*/, "").split(" ").slice(1);
        expect(() => parseCall(words)).not.toThrow();
      }
    }
  });
});

describe("near matches", () => {
  test("forgive a slip, and offer nothing far-fetched", () => {
    const names = ["tasks", "threads", "regions", "registers"];
    expect(nearMatches("taks", names)).toEqual(["tasks"]);
    expect(nearMatches("Region", names)).toEqual(["regions"]);
    expect(nearMatches("sockets", names)).toEqual([]);
    expect(nearMatches("", names)).toEqual([]);
    expect(nearMatches("x".repeat(100_000), names)).toEqual([]);
  });
});

describe("numbers", () => {
  test("are decimal or 0x, and sizes may have a binary unit", () => {
    expect([parseBytes("0x10", "offset"), parseBytes("10", "offset")]).toEqual([16, 10]);
    expect(["512", "4k", "4K", "4KiB", "500M", "2G", "1T"].map((text) => parseSize(text, "inflate-limit"))).toEqual([
      512, 4096, 4096, 4096, 500 * 2 ** 20, 2 ** 31, 2 ** 40,
    ]);
    for (const text of ["", "-1", "1.5", "ten", "0x", "99999999999999999999"]) expect(() => parseBytes(text, "offset")).toThrow(/decimal or 0x/);
    for (const text of ["", "K", "-1M", "1X", "99999999999999T"]) expect(() => parseSize(text, "inflate-limit")).toThrow(/a size such as/);
  });
});
