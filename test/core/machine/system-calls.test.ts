import { describe, expect, test } from "vitest";
import { systemCallText } from "../../../src/core/machine/system-calls.ts";

describe("system calls", () => {
  test.each([
    ["x86_64", 0, "read (0)"], ["x86_64", 35, "nanosleep (35)"], ["x86_64", 232, "epoll_wait (232)"], ["x86_64", 334, "rseq (334)"], ["x86_64", 424, "pidfd_send_signal (424)"], ["x86_64", 462, "mseal (462)"],
    ["i386", 0, "restart_syscall (0)"], ["i386", 162, "nanosleep (162)"], ["i386", 252, "exit_group (252)"], ["i386", 407, "clock_nanosleep_time64 (407)"], ["i386", 435, "clone3 (435)"],
    ["aarch64", 63, "read (63)"], ["aarch64", 115, "clock_nanosleep (115)"], ["aarch64", 260, "wait4 (260)"], ["aarch64", 293, "rseq (293)"], ["aarch64", 435, "clone3 (435)"],
  ] as const)("of %s by name: %i", (machine, number, text) => {
    expect(systemCallText(machine, number)).toBe(text);
    expect(systemCallText(machine, BigInt(number))).toBe(text);
  });

  test.each([["x86_64", 400], ["x86_64", 0x4000_0000], ["x86_64", 100_000], ["i386", 223], ["i386", 415], ["aarch64", 250], ["s390x", 4], ["toString", 0]] as const)("that %s has no name for stay numbers: %i", (machine, number) => {
    expect(systemCallText(machine, number)).toBe(`#${number}`);
  });
});
