import { afterEach, describe, expect, it, vi } from "vitest";
import { CallError, createCaller, serveInspector, type OpenInspector, type Port } from "../../src/core/rpc.ts";
import type { Inspector } from "../../src/core/inspector.ts";
import { remoteInspector } from "../../src/ui/core-client.ts";
import { createFakeInspector } from "./fake-inspector.ts";

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close();
    port2.close();
  }
});

function portOf(port: MessagePort): Port {
  return {
    post: (message, transfer) => port.postMessage(message, [...transfer]),
    listen: (onMessage) => {
      port.addEventListener("message", (event) => onMessage(event.data));
      port.start();
    },
  };
}

function connect(open: OpenInspector) {
  const channel = new MessageChannel();
  channels.push(channel);
  serveInspector(portOf(channel.port2), open);
  return createCaller(portOf(channel.port1));
}

async function connectTo(inspector: Inspector) {
  const caller = connect(async () => inspector);
  await caller.call("open", { files: [], options: {} });
  return { caller, remote: remoteInspector(caller, () => undefined) };
}

describe("the inspector over a port", () => {
  it("answers as the inspector behind it does", async () => {
    const fake = createFakeInspector(1000);
    const { remote } = await connectTo(fake);
    const view = await remote.query("records", { search: "record-3" });
    expect(view).toEqual({ id: 1, total: 1000, matching: (await fake.query("records", { search: "record-3" })).matching });
    expect(await remote.rows(view.id, 0, 2)).toEqual(await fake.rows(view.id, 0, 2));
    expect(await remote.summary()).toEqual(await fake.summary());
    expect(await remote.indexOf(view.id, 4)).toBe(-1);
  });

  it("carries 64-bit values and bytes unchanged", async () => {
    const fake = createFakeInspector(10);
    const shared = Uint8Array.of(1, 2, 3, 4);
    const { remote } = await connectTo({
      ...fake,
      bytes: async () => shared.subarray(1, 3),
      row: async () => ({ row: 0, cells: [{ text: "big", value: 2n ** 63n }] }),
    });
    expect(await remote.bytes(0, 1, 3)).toEqual(Uint8Array.of(2, 3));
    expect((await remote.row("records", 0))?.cells[0]?.value).toBe(2n ** 63n);
    // The inspector's own buffer must survive the transfer.
    expect(shared).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it("rejects with the far side's error, name and remedy", async () => {
    const failure = Object.assign(new Error("The file is empty."), { name: "OpenError", remedy: "Choose another file." });
    const caller = connect(async () => Promise.reject(failure));
    const error: unknown = await caller.call("open", { files: [], options: {} }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ name: "OpenError", message: "The file is empty.", remedy: "Choose another file." });
  });

  it("rejects when the answer cannot be sent, rather than leave the caller waiting", async () => {
    const { remote } = await connectTo({ ...createFakeInspector(1), tables: async () => [(() => 0) as never] });
    await expect(remote.tables()).rejects.toThrow();
  });

  it("rejects questions before anything is open", async () => {
    const caller = connect(async () => createFakeInspector(1));
    await expect(caller.call("summary", undefined)).rejects.toThrow("No checkpoint is open.");
  });

  it("reports progress while it opens", async () => {
    const caller = connect(async (_files, _options, onProgress) => {
      onProgress({ phase: "Reading records", done: 5, total: 10 });
      return createFakeInspector(1);
    });
    const onProgress = vi.fn();
    await caller.call("open", { files: [], options: {} }, { onProgress });
    expect(onProgress).toHaveBeenCalledWith({ phase: "Reading records", done: 5, total: 10 });
  });

  it("forwards an abort and rejects at once", async () => {
    let seen: AbortSignal | undefined;
    const { remote } = await connectTo({
      ...createFakeInspector(1),
      query: (_table, _query, signal) => {
        seen = signal;
        return new Promise(() => undefined);
      },
    });
    const controller = new AbortController();
    const answer = remote.query("records", {}, controller.signal);
    await vi.waitFor(() => expect(seen).toBeDefined());
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(seen?.aborted).toBe(true));
  });

  it("does not start a call that was aborted before", async () => {
    const { remote } = await connectTo(createFakeInspector(1));
    await expect(remote.query("records", {}, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });

  it("drops an answer that comes after the abort", async () => {
    let finish: ((bytes: Uint8Array) => void) | undefined;
    const { remote } = await connectTo({
      ...createFakeInspector(1),
      bytes: () => new Promise<Uint8Array>((resolve) => (finish = resolve)),
    });
    const controller = new AbortController();
    const answer = remote.bytes(0, 0, 1, controller.signal);
    await vi.waitFor(() => expect(finish).toBeDefined());
    controller.abort();
    finish?.(Uint8Array.of(1));
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect((await remote.summary()).format).toBe("fake");
  });

  it("streams an export in order, one piece at a time", async () => {
    const { remote } = await connectTo(createFakeInspector(200));
    const view = await remote.query("records", {});
    let text = "";
    let running = 0;
    await remote.exportView(view.id, "csv", undefined, async (piece) => {
      expect(++running).toBe(1);
      await Promise.resolve();
      text += piece;
      running--;
    });
    expect(text).toBe(Array.from({ length: 200 }, (_, row) => `${row}\n`).join(""));
  });

  it("stops an export whose receiver failed, and says why", async () => {
    const { remote } = await connectTo(createFakeInspector(1_000_000));
    const view = await remote.query("records", {});
    const full = remote.exportView(view.id, "csv", undefined, () => Promise.reject(new Error("The disk is full.")));
    await expect(full).rejects.toThrow("The disk is full.");
  });

  it("closes what was opened before it lets go of it", async () => {
    let isClosed = false;
    const inspector = { ...createFakeInspector(1), close: async () => void (isClosed = true) };
    const caller = connect(async () => inspector);
    await caller.call("open", { files: [], options: {} });
    const disposed = vi.fn(() => expect(isClosed).toBe(true));
    await remoteInspector(caller, disposed).close();
    expect(disposed).toHaveBeenCalledOnce();
  });

  it("ends an opening that is under way when it is closed, and waits for its end", async () => {
    let end = "";
    const caller = connect(async (_files, _options, _onProgress, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => setTimeout(resolve, 20)));
      end = "gave everything back";
      throw new Error("aborted");
    });
    const opening = caller.call("open", { files: [], options: {} }).catch((error: unknown) => String(error));
    await caller.call("close", undefined);
    expect(end).toBe("gave everything back");
    expect(await opening).toContain("aborted");
  });

  it("closes a checkpoint whose opening came to its end after it was cancelled", async () => {
    let isClosed = false;
    let finish: ((inspector: Inspector) => void) | undefined;
    const caller = connect(() => new Promise<Inspector>((resolve) => (finish = resolve)));
    const controller = new AbortController();
    const opening = caller.call("open", { files: [], options: {} }, { signal: controller.signal }).catch(() => undefined);
    await vi.waitFor(() => expect(finish).toBeDefined());
    controller.abort();
    await opening;
    const closing = caller.call("close", undefined);
    finish?.({ ...createFakeInspector(1), close: async () => void (isClosed = true) });
    await closing;
    expect(isClosed).toBe(true);
  });

  it("rejects everything under way and everything later when the far side died", async () => {
    const { caller, remote } = await connectTo({ ...createFakeInspector(1), tables: () => new Promise(() => undefined) });
    const waiting = remote.tables();
    caller.fail(new Error("The reader stopped."));
    await expect(waiting).rejects.toThrow("The reader stopped.");
    await expect(remote.summary()).rejects.toThrow("The reader stopped.");
  });
});
