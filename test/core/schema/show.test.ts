/** How values read, where the words follow a standard. */
import { describe, expect, test } from "vitest";
import { formatIpv6 } from "../../../src/core/schema/show.ts";

describe("IPv6 addresses", () => {
  const bytes = (...words: number[]): Uint8Array => Uint8Array.from(words.flatMap((word) => [word >>> 8, word & 0xff]));

  test("leave out the longest run of zero words", () => {
    expect(formatIpv6(bytes(0, 0, 0, 0, 0, 0, 0, 1))).toBe("::1");
    expect(formatIpv6(bytes(0x2001, 0xdb8, 0, 0, 1, 0, 0, 0))).toBe("2001:db8:0:0:1::");
  });

  test("that are mapped ones show the IPv4 address, and no others do", () => {
    expect(formatIpv6(bytes(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1))).toBe("::ffff:127.0.0.1");
    expect(formatIpv6(bytes(0, 0, 0, 0, 0, 0xffff, 0, 0))).toBe("::ffff:0.0.0.0");
    expect(formatIpv6(bytes(0, 0, 0, 0, 1, 0xffff, 0x7f00, 1))).toBe("::1:ffff:7f00:1");
    expect(formatIpv6(bytes(0, 0, 0, 0, 0, 0xfffe, 0x7f00, 1))).toBe("::fffe:7f00:1");
  });
});
