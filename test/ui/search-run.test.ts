import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Hooks, Inspector, MemoryInspector, SearchDone, SearchHit } from "../../src/core/inspector.ts";
import type { SearchPlan } from "../../src/ui/parts/search/search-plan.ts";
import { lastRunOf, MOST_HITS, startSearch } from "../../src/ui/parts/search/search-run.ts";
import { statusText } from "../../src/ui/parts/search/search-status.tsx";

const PLAN: SearchPlan = { pattern: { kind: "hex", text: "48" }, scope: { kind: "all" } };
const plan = async (): Promise<SearchPlan> => PLAN;
const hit = (address: number): SearchHit => ({ where: "space", space: 0, region: 0, object: -1, address: BigInt(address), length: 1, owner: "1 a", file: 0, offset: address, context: new Uint8Array(1), contextAt: 0 });

/** A core whose search does what a test makes it do. */
function fake() {
  let hooks: Hooks<readonly SearchHit[]> = {};
  let end: { resolve: (done: SearchDone) => void; reject: (error: Error) => void } | undefined;
  const asked: unknown[] = [];
  const search: MemoryInspector["search"] = (args, given = {}) => {
    asked.push(args);
    hooks = given;
    return new Promise((resolve, reject) => {
      end = { resolve, reject };
      given.signal?.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    });
  };
  return {
    inspector: { memory: { search } } as unknown as Inspector,
    asked,
    piece: (...addresses: number[]) => hooks.onPiece?.(addresses.map(hit)),
    progress: (done: number, total: number) => hooks.onProgress?.({ phase: "Searching", done, total }),
    end: async (done: SearchDone) => {
      end?.resolve(done);
      await vi.advanceTimersByTimeAsync(0);
    },
    fail: async (why: string) => {
      end?.reject(new Error(why));
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

const started = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a search", () => {
  it("has its hits as they come, and tells of many at once", async () => {
    const core = fake();
    const run = startSearch(core.inspector, "a", plan);
    await started();
    expect(core.asked).toEqual([{ ...PLAN, cap: MOST_HITS }]);
    const told = vi.fn();
    run.state.subscribe(told);
    for (let at = 0; at < 1000; at++) await core.piece(at);
    core.progress(10, 40);
    expect(told).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toHaveBeenCalledTimes(1);
    expect(run.state.get()).toMatchObject({ phase: "running", hits: 1000, searched: 10, total: 40 });
    expect(run.at(999)?.address).toBe(999n);
    await core.piece(1000);
    await core.end({ hits: 1001, searched: 40, capped: false, absent: 0n });
    expect(run.state.get()).toMatchObject({ phase: "done", hits: 1001, searched: 40 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toHaveBeenCalledTimes(2);
  });

  it("keeps no more hits than it said", async () => {
    const core = fake();
    const run = startSearch(core.inspector, "a", plan);
    await started();
    await core.piece(...Array.from({ length: MOST_HITS + 5 }, (_, at) => at));
    await core.end({ hits: MOST_HITS, searched: 1, capped: true, absent: 0n });
    expect(run.state.get().hits).toBe(MOST_HITS);
    expect(statusText(run.state.get(), "hit")).toContain("100,000 are the most that are kept");
  });

  it("that is cancelled keeps what it had, and takes nothing that comes late", async () => {
    const core = fake();
    const run = startSearch(core.inspector, "a", plan);
    await started();
    await core.piece(1, 2);
    run.cancel();
    expect(run.state.get()).toMatchObject({ phase: "cancelled", hits: 2 });
    await core.piece(3);
    await vi.advanceTimersByTimeAsync(1000);
    expect(run.state.get()).toMatchObject({ phase: "cancelled", hits: 2, why: undefined });
  });

  it("is ended by the next one, and remembered by what it answers", async () => {
    const core = fake();
    const first = startSearch(core.inspector, "a", plan);
    await started();
    const second = startSearch(core.inspector, "b", plan);
    expect(first.state.get().phase).toBe("cancelled");
    expect(lastRunOf(core.inspector).get()).toBe(second);
    expect(lastRunOf(fake().inspector).get()).toBeUndefined();
  });

  it("with a bad pattern says why in the core's words, and asks nothing when the text is bad already", async () => {
    const core = fake();
    const run = startSearch(core.inspector, "a", plan);
    await started();
    await core.fail("A byte has two digits.");
    expect(run.state.get()).toMatchObject({ phase: "failed", why: "A byte has two digits." });
    const other = startSearch(core.inspector, "b", async () => ({ why: "There is no region foo." }));
    await started();
    expect(other.state.get()).toMatchObject({ phase: "failed", why: "There is no region foo." });
    expect(core.asked).toHaveLength(1);
  });

  it("that is cancelled before it was asked asks nothing", async () => {
    const core = fake();
    const run = startSearch(core.inspector, "a", plan);
    run.cancel();
    await started();
    expect(core.asked).toEqual([]);
  });
});

describe("what is told of a search", () => {
  const state = { phase: "done", hits: 1234, searched: 13_002_342, total: 0, why: undefined } as const;

  it("is how many, in how much, and how much is missing", () => {
    const done = { hits: 1234, searched: 13_002_342, capped: false, absent: 3n << 30n };
    expect(statusText({ ...state, done }, "hit")).toBe("1,234 hits in 12.4 MiB; 3.0 GiB of the scope are not in the image");
    expect(statusText({ ...state, hits: 1, done: { ...done, absent: 0n } }, "string")).toBe("1 string in 12.4 MiB");
  });

  it("while it runs is how far it has come", () => {
    expect(statusText({ ...state, done: undefined, phase: "running", total: 26_004_684 }, "hit")).toBe("1,234 hits so far; 12.4 MiB of 24.8 MiB (50.00 %)");
    expect(statusText({ ...state, done: undefined, phase: "running", total: 0 }, "hit")).toBe("1,234 hits so far");
  });
});
