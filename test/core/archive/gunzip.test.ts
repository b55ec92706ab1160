import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { memorySource, openCheckpoint } from "../../../src/core/index.ts";
import { SAMPLES } from "../../support/samples.ts";

const sample = SAMPLES.find(({ name }) => name === "v20-x86_64-tree")!;
const open = async (bytes: Uint8Array, inflateLimit?: number) =>
  await (await openCheckpoint([{ name: "image.gz", source: memorySource(bytes) }], inflateLimit === undefined ? {} : { inflateLimit })).summary();

describe("a gzipped image", () => {
  test("opens like the image itself", async () => {
    const summary = await open(gzipSync(sample.bytes));
    expect(summary.counts["tasks"]).toBe(5);
    expect(summary.coverage).toEqual({ total: sample.bytes.length, explained: sample.bytes.length });
    expect(summary.problems).toEqual({ error: 0, warning: 0, note: 0 });
  });

  test("that is cut off shows what could be inflated, and says so", async () => {
    const packed = gzipSync(sample.bytes);
    const summary = await open(packed.subarray(0, Math.floor(packed.length / 2)));
    expect(summary.coverage.total).toBeGreaterThan(1000);
    expect(summary.worst.map(({ code }) => code)).toContain("gzip.damaged");
  });

  test("with damage in the middle shows what came before it", async () => {
    const packed = gzipSync(sample.bytes).slice();
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64);
    const summary = await open(packed);
    expect(summary.worst.map(({ code }) => code)).toContain("gzip.damaged");
  });

  test("with bytes after it is whole all the same, and says so", async () => {
    const summary = await open(new Uint8Array([...gzipSync(sample.bytes), 1, 2, 3, 4]));
    expect(summary.coverage).toEqual({ total: sample.bytes.length, explained: sample.bytes.length });
    expect(summary.worst.map(({ code }) => code)).toEqual(["gzip.trailing"]);
  });

  test("that inflates without end stops at the limit", async () => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
    const summary = await open(bomb, 1024 * 1024);
    expect(summary.coverage.total).toBeLessThan(4 * 1024 * 1024);
    expect(summary.worst.concat().some(({ code }) => code === "gzip.limit")).toBe(true);
  });
});

test("a file of another kind opens as bytes, with the reason of each format", async () => {
  const summary = await open(new TextEncoder().encode("#!/bin/sh\necho this is no checkpoint\n".repeat(20)));
  expect(summary.format).toBe("unknown");
  expect(summary.worst[0]!.code).toBe("format.unknown");
  expect(summary.worst[0]!.message).toContain("Linux-CR");
});
