import { describe, expect, it } from "vitest";
import { interpret, modeText, timeText } from "../../src/ui/parts/hex-grid/interpret.ts";

function reading(bytes: readonly number[], label: string, little = true, pointerSize: 4 | 8 = 8): string | undefined {
  return interpret(Uint8Array.from(bytes), little, pointerSize).find((entry) => entry.label === label)?.text;
}

describe("the bytes at the cursor", () => {
  it("are integers in the byte order of the image", () => {
    expect(reading([1, 0], "u16")).toBe("1");
    expect(reading([1, 0], "u16", false)).toBe("256 (0x0100)");
    expect(reading([0xff], "s8")).toBe("-1");
    expect(reading([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "u64")).toBe("18446744073709551615 (0xffffffffffffffff)");
  });

  it("are nothing where the file ends too early", () => {
    expect(reading([1, 2, 3], "u32")).toBeUndefined();
  });

  it("are a pointer of the task's width", () => {
    expect(reading([0, 0x10, 0, 0x60], "pointer (32 bit)", true, 4)).toBe("0x60001000");
    expect(reading([0, 0x10, 0, 0x60, 0xff, 0x7f, 0, 0], "pointer (64 bit)")).toBe("0x00007fff60001000");
  });

  it("are a time where a calendar reaches it", () => {
    expect(timeText(0)).toBe("1970-01-01T00:00:00Z");
    expect(timeText(1e18)).toBe("not a time");
  });

  it("are a file mode as ls writes it", () => {
    expect(modeText(0o100644)).toBe("-rw-r--r-- (0100644)");
    expect(modeText(0o104755)).toBe("-rwsr-xr-x (0104755)");
    expect(modeText(0o041777)).toBe("drwxrwxrwt (041777)");
    expect(modeText(7)).toBe("07");
  });

  it("are text up to the first byte that is none", () => {
    expect(reading([0x68, 0x69, 0, 0x68], "text")).toBe('"hi"');
  });
});
