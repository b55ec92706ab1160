/**
 * The inspector over a message port: a closed union of calls, each with a reply, a failure path, progress and cancel.
 *
 * Both ends speak `Port`, two functions that a Worker, a worker's own scope and a MessagePort all fit. Everything that
 * crosses is plain data, so `bigint` and `File` go over by structured clone; only buffers of bytes are transferred.
 * Every call ends: with a reply, with the far side's error, with an abort, or with `fail` when the far side died.
 */
import type {
  Explanation,
  ByteOwner,
  ExportFormat,
  FieldExtent,
  Inspector,
  OnProgress,
  OpenOptions,
  Origin,
  Place,
  Progress,
  Query,
  RecordExtent,
  Row,
  Summary,
  TableInfo,
  View,
} from "./inspector.ts";
import type { Span } from "./bytes/span.ts";
import type { Hooks, MemoryInspector } from "./memory-inspector.ts";
import type { ProblemInfo } from "./model/diagnostic.ts";

export interface Port {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  listen(onMessage: (message: unknown) => void): void;
}

/** A file crosses as a handle: cloning a `File` copies no bytes. */
export interface OpenFile {
  readonly name: string;
  readonly blob: Blob;
}

/** Every call: what goes over and what comes back. Optional arguments cross as `undefined`. */
export interface Calls {
  open: { args: { files: readonly OpenFile[]; options: OpenOptions }; reply: undefined };
  summary: { args: undefined; reply: Summary };
  tables: { args: undefined; reply: readonly TableInfo[] };
  query: { args: { table: string; query: Query }; reply: View };
  rows: { args: { view: number; from: number; to: number; columns: readonly string[] | undefined }; reply: readonly Row[] };
  row: { args: { table: string; row: number }; reply: Row | undefined };
  indexOf: { args: { view: number; row: number }; reply: number };
  explain: { args: { record: number; expand: readonly string[] | undefined }; reply: Explanation | undefined };
  locate: { args: { table: string; row: number; column: string | undefined }; reply: Origin | undefined };
  ownerAt: { args: { file: number; offset: number }; reply: ByteOwner | undefined };
  bytes: { args: { file: number; start: number; end: number }; reply: Uint8Array };
  nextUnexplained: { args: { file: number; offset: number; direction: 1 | -1 }; reply: Span | undefined };
  recordsIn: { args: { file: number; start: number; end: number }; reply: readonly RecordExtent[] };
  fieldsIn: { args: { file: number; start: number; end: number }; reply: readonly FieldExtent[] };
  exportView: {
    args: { view: number; format: ExportFormat; columns: readonly string[] | undefined };
    reply: undefined;
  };
  problemCatalogue: { args: undefined; reply: readonly ProblemInfo[] };
  resolvePlace: {
    args: { text: string; from: { readonly file: number; readonly offset: number } | undefined };
    reply: Place;
  };
  /** Any method of the memory inspector: they all take one object. */
  memory: { args: { method: keyof MemoryInspector; args: unknown }; reply: unknown };
  close: { args: undefined; reply: undefined };
}

export type CallName = keyof Calls;
type CallMessage = { [K in CallName]: { kind: "call"; id: number; name: K; args: Calls[K]["args"] } }[CallName];

/** From the caller to the server. `ack` lets the server send the next piece: at most one is under way. */
export type Request = CallMessage | { kind: "cancel"; id: number } | { kind: "ack"; id: number };

export interface CallFailure {
  readonly name: string;
  readonly message: string;
  readonly remedy?: string;
  readonly stack?: string;
}

export type Reply =
  | { kind: "done"; id: number; value: unknown }
  | { kind: "failed"; id: number; failure: CallFailure }
  | { kind: "progress"; id: number; progress: Progress }
  | { kind: "piece"; id: number; piece: unknown };

/** What a call rejects with when the far side failed. `name` is the far error's name, e.g. `OpenError`. */
export class CallError extends Error {
  readonly remedy: string | undefined;
  readonly remoteStack: string | undefined;

  constructor(failure: CallFailure) {
    super(failure.message);
    this.name = failure.name;
    this.remedy = failure.remedy;
    this.remoteStack = failure.stack;
  }
}

export interface CallHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly onPiece?: ((piece: never) => void | Promise<void>) | undefined;
}

export interface Caller {
  call<K extends CallName>(name: K, args: Calls[K]["args"], hooks?: CallHooks): Promise<Calls[K]["reply"]>;
  /** Rejects every call under way and every later one: for when the far side died. */
  fail(reason: Error): void;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  readonly hooks: CallHooks;
  readonly forget: () => void;
}

function abortError(): Error {
  const error = new Error("The call was cancelled.");
  error.name = "AbortError";
  return error;
}

/** The calling end of a port. A reply to a call that is over (aborted, failed) is dropped. */
export function createCaller(port: Port): Caller {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let dead: Error | undefined;

  const settle = (id: number): Pending | undefined => {
    const entry = pending.get(id);
    pending.delete(id);
    entry?.forget();
    return entry;
  };

  const takePiece = async (id: number, entry: Pending, piece: unknown): Promise<void> => {
    try {
      await entry.hooks.onPiece?.(piece as never);
      if (pending.has(id)) port.post({ kind: "ack", id } satisfies Request, []);
    } catch (error) {
      // The receiver of the pieces failed (disk full, picker closed): stop the far side too.
      port.post({ kind: "cancel", id } satisfies Request, []);
      settle(id)?.reject(error);
    }
  };

  port.listen((message) => {
    const reply = message as Reply;
    const entry = pending.get(reply.id);
    if (entry === undefined) return;
    switch (reply.kind) {
      case "done":
        settle(reply.id)?.resolve(reply.value as never);
        return;
      case "failed":
        settle(reply.id)?.reject(new CallError(reply.failure));
        return;
      case "progress":
        entry.hooks.onProgress?.(reply.progress);
        return;
      case "piece":
        void takePiece(reply.id, entry, reply.piece);
        return;
    }
  });

  return {
    call(name, args, hooks = {}) {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        if (dead !== undefined) return reject(dead);
        const { signal } = hooks;
        if (signal?.aborted === true) return reject(abortError());
        const onAbort = (): void => {
          port.post({ kind: "cancel", id } satisfies Request, []);
          settle(id)?.reject(abortError());
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        const forget = (): void => signal?.removeEventListener("abort", onAbort);
        pending.set(id, { resolve, reject, hooks, forget });
        try {
          port.post({ kind: "call", id, name, args }, []);
        } catch (error) {
          settle(id)?.reject(error);
        }
      });
    },
    fail(reason) {
      dead = reason;
      for (const id of [...pending.keys()]) settle(id)?.reject(reason);
    },
  };
}

/** The memory inspector of the far side: every method is the same call. */
export function remoteMemory({ call }: Caller): MemoryInspector {
  return new Proxy({} as MemoryInspector, {
    get: (_target, method) => (args: unknown, hooks: CallHooks = {}) => call("memory", { method: method as keyof MemoryInspector, args }, hooks),
  });
}

export type OpenInspector = (
  files: readonly OpenFile[],
  options: OpenOptions,
  onProgress: OnProgress,
  signal: AbortSignal,
) => Promise<Inspector>;

function describeFailure(error: unknown): CallFailure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const remedy = (error as { remedy?: unknown }).remedy;
  return {
    name: error.name,
    message: error.message,
    ...(typeof remedy === "string" ? { remedy } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  };
}

interface Running {
  readonly controller: AbortController;
  /** Set while a piece waits for its acknowledgement. */
  acknowledge: (() => void) | undefined;
}

/**
 * The answering end: opens at most one checkpoint and answers every call about it. `close` ends an opening that is under
 * way and answers when everything that either holds has been given back.
 */
export function serveInspector(port: Port, open: OpenInspector): void {
  const running = new Map<number, Running>();
  let opened: Inspector | undefined;
  let opening: Promise<Inspector> | undefined;

  const inspector = (): Inspector => {
    if (opened === undefined) throw new Error("No checkpoint is open.");
    return opened;
  };

  const writePieces = (id: number, run: Running) => (piece: unknown): Promise<void> =>
    new Promise((resolve) => {
      run.acknowledge = resolve;
      // A copy of its own: a view would take all that stands behind it along.
      if (piece instanceof Uint8Array) {
        const own = piece.slice();
        port.post({ kind: "piece", id, piece: own } satisfies Reply, [own.buffer]);
      } else port.post({ kind: "piece", id, piece } satisfies Reply, []);
    });

  const answer = async (message: CallMessage, run: Running): Promise<unknown> => {
    const { signal } = run.controller;
    const onProgress = (progress: Progress): void => port.post({ kind: "progress", id: message.id, progress } satisfies Reply, []);
    switch (message.name) {
      case "open": {
        const { files, options } = message.args;
        opening = open(files, options, onProgress, signal);
        opened = await opening;
        return undefined;
      }
      case "summary":
        return inspector().summary();
      case "tables":
        return inspector().tables();
      case "query":
        return inspector().query(message.args.table, message.args.query, signal);
      case "rows":
        return inspector().rows(message.args.view, message.args.from, message.args.to, message.args.columns);
      case "row":
        return inspector().row(message.args.table, message.args.row);
      case "indexOf":
        return inspector().indexOf(message.args.view, message.args.row);
      case "explain":
        return inspector().explain(message.args.record, message.args.expand);
      case "locate":
        return inspector().locate(message.args.table, message.args.row, message.args.column);
      case "ownerAt":
        return inspector().ownerAt(message.args.file, message.args.offset);
      case "bytes":
        // A copy of its own: the inspector may hand out a view of its cache, and a transfer would empty that.
        return (await inspector().bytes(message.args.file, message.args.start, message.args.end, signal)).slice();
      case "nextUnexplained":
        return inspector().nextUnexplained(message.args.file, message.args.offset, message.args.direction);
      case "recordsIn":
        return inspector().recordsIn(message.args.file, message.args.start, message.args.end);
      case "fieldsIn":
        return inspector().fieldsIn(message.args.file, message.args.start, message.args.end);
      case "exportView": {
        const { view, format, columns } = message.args;
        return inspector().exportView(view, format, columns, writePieces(message.id, run), signal);
      }
      case "problemCatalogue":
        return inspector().problemCatalogue();
      case "resolvePlace":
        return inspector().resolvePlace(message.args.text, message.args.from);
      case "memory": {
        const { memory } = inspector();
        const { method, args } = message.args;
        // Each method takes the object that its name asks for: the caller's types saw to that.
        const ask = memory[method] as (args: unknown, hooks: Hooks<unknown>) => Promise<unknown>;
        return ask.call(memory, args, { signal, onProgress, onPiece: writePieces(message.id, run) });
      }
      case "close": {
        for (const other of running.values()) if (other !== run) stop(other);
        const last = await opening?.catch(() => undefined);
        opening = undefined;
        opened = undefined;
        return last?.close();
      }
    }
  };

  const stop = (run: Running): void => {
    run.controller.abort();
    run.acknowledge?.();
  };

  const run = async (message: CallMessage): Promise<void> => {
    const entry: Running = { controller: new AbortController(), acknowledge: undefined };
    running.set(message.id, entry);
    let reply: Reply;
    try {
      reply = { kind: "done", id: message.id, value: await answer(message, entry) };
    } catch (error) {
      reply = { kind: "failed", id: message.id, failure: describeFailure(error) };
    }
    running.delete(message.id);
    try {
      port.post(reply, reply.kind === "done" && reply.value instanceof Uint8Array ? [reply.value.buffer as ArrayBuffer] : []);
    } catch (error) {
      // The answer could not be cloned: our bug, but the caller must still hear of it.
      port.post({ kind: "failed", id: message.id, failure: describeFailure(error) } satisfies Reply, []);
    }
  };

  port.listen((raw) => {
    const message = raw as Request;
    switch (message.kind) {
      case "call":
        void run(message);
        return;
      case "cancel": {
        const entry = running.get(message.id);
        if (entry !== undefined) stop(entry);
        return;
      }
      case "ack":
        running.get(message.id)?.acknowledge?.();
        return;
    }
  });
}
