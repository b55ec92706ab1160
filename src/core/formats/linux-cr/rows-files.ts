/** Files: descriptor tables, descriptors, open files, pipes, sockets, terminals, epoll. */
import type { Span } from "../../bytes/span.ts";
import { FMODE, openFlags, POLL_EVENTS, SOCKET_FAMILIES, SOCKET_TYPES, TCP_STATES } from "../../model/linux.ts";
import { IP_PROTOCOLS } from "../../model/protocol-names.ts";
import { layoutOf } from "../../schema/layout.ts";
import { flagNames, formatIpv6, formatSockaddr } from "../../schema/show.ts";
import { FD_TYPE, FILE_TYPE, TTY_SUBTYPE, TTY_TYPE } from "./enums.ts";
import { HAS_PATH, PIPE_IS_NEW, type Frame } from "./grammar.ts";
import { held } from "./held-reference.ts";
import type { Handlers, Reader, RecordAt } from "./reader.ts";
import { ordinal } from "./revisions.ts";

/** Words for the file types. */
const KINDS: Readonly<Record<string, string>> = {
  GENERIC: "file",
  PIPE: "pipe",
  FIFO: "fifo",
  SOCKET: "socket",
  TTY: "tty",
  EPOLL: "eventpoll",
  EVENTFD: "eventfd",
};
const OPENING_FLAGS = 0o1700; // O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC
const FMODE_READ = 1;
const FMODE_WRITE = 2;

export function fileRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const isCkpt = dialect.index >= ordinal("v15");
  const tables = reader.table("fd_tables");
  const fds = reader.table("fds");
  const files = reader.table("files");
  const pipes = reader.table("pipes");
  const sockets = reader.table("sockets");
  const terminals = reader.table("terminals");
  const labels = new Map<number, number>();
  let table = -1;
  let file = -1;
  let pipe = -1;
  let epoll = 0;
  let terminal = -1;
  let socket = -1;
  /** The queue whose buffers pass. */
  const queue: { at: Span | undefined } & Record<"index" | "socket" | "left" | "total" | "linear" | "sum" | "record", number> = { at: undefined, index: -1, socket: 0, left: 0, total: 0, linear: 0, sum: 0, record: 0 };

  function fileTable(record: RecordAt, frame: Frame): void {
    const count = reader.number(record, "fdt_nfds", reader.number(record, "nfds"));
    const objref = reader.number(record, "objref", reader.number(record, "tag"));
    frame.n = count;
    reader.checkParent(record, reader.currentPid());
    if (!isCkpt) {
      if (reader.task >= 0) reader.table("tasks").set(reader.task, "descriptor_table", objref);
      if (reader.objects.has(objref)) {
        frame.n = 0;
        return;
      }
      reader.objects.use(objref, "FILE_TABLE", record.row, record);
    }
    table = reader.fill(record, frame);
    // The queues of the sockets of one table follow it in pairs.
    queue.index = -1;
    if (!isCkpt) {
      tables.set(table, "objref", objref);
      const object = reader.objects.find(objref);
      if (object >= 0) reader.objects.place(object, "fd_tables", table);
    }
    const about = { table: "fd_tables", row: table };
    if (count < 0) reader.report("count.negative", `The descriptor table announces ${count} descriptors.`, reader.spanOf(record), about);
    reader.checkCount(record, isCkpt ? "fdt_nfds" : "nfds", count, 16, "descriptors", about);
  }

  function descriptor(record: RecordAt, frame: Frame): void {
    const row = reader.fill(record, frame);
    fds.set(row, "table", table);
    const fd = fds.number(row, "fd");
    const about = { table: "fds", row };
    if (fd < 0) reader.report("fd.negative", `Descriptor ${fd} is negative.`, reader.spanOf(record), about);
    const objref = fds.number(row, "file");
    if (objref <= 0) reader.report("objref.invalid", `Descriptor ${fd} refers to the open file #${objref}.`, reader.spanOf(record), about);
    if (isCkpt) return;
    frame.n = reader.objects.has(objref) ? 0 : 1;
    if (frame.n === 1) {
      reader.objects.use(objref, "FILE", record.row, record);
      frame.m = objref;
    }
  }

  // An image has few distinct sets of flags, however many files.
  const flagsText = remembered((flags) => openFlags(flags, dialect.architecture));
  const modeText = remembered((mode) => flagNames(mode, FMODE));
  const columns = { flags: files.column("flags"), mode: files.column("mode") };

  function fileFlags(record: RecordAt, row: number, flags: number, mode: number): void {
    columns.flags.setText(row, flagsText(flags));
    columns.mode.setText(row, modeText(mode));
    if ((flags & OPENING_FLAGS) !== 0) {
      reader.report(
        "file.flags",
        `The open file has the flags ${openFlags(flags, dialect.architecture)}, which are only valid while opening.`,
        reader.spanOf(record),
        { table: "files", row },
      );
    }
    const access = flags & 3;
    const reads = access === 0 || access === 2;
    const writes = access === 1 || access === 2;
    if (access !== 3 && (((mode & FMODE_READ) !== 0) !== reads || ((mode & FMODE_WRITE) !== 0) !== writes)) {
      reader.report(
        "file.mode",
        `The mode ${flagNames(mode, FMODE)} contradicts the flags ${openFlags(flags, dialect.architecture)}.`,
        reader.spanOf(record),
        { table: "files", row },
      );
    }
  }

  function openFile(record: RecordAt, frame: Frame): void {
    file = reader.fill(record, frame);
    files.set(file, "users", 0);
    const type = reader.number(record, "common.f_type", -1);
    const name = FILE_TYPE.at(dialect.abi).get(type);
    const about = { table: "files", row: file };
    files.set(file, "kind", (name === undefined ? undefined : KINDS[name]) ?? `type ${type}`);
    if (name === undefined || name === "IGNORE") {
      reader.report("file.type", `The open file has the type ${type}, which ${dialect.revision.id} does not have.`, reader.spanOf(record), about);
    }
    fileFlags(record, file, reader.number(record, "common.f_flags"), reader.number(record, "common.f_mode"));
    const label = reader.refer(record, "common.f_secref", "SECURITY_PTR", "SECURITY");
    if (label > 0) labels.set(file, label);
    frame.mark = name === "GENERIC" || name === "FIFO" ? HAS_PATH : 0;
    frame.m = 0;
    if (record.kind.key === "FILE:pipe") {
      const inode = reader.number(record, "pipe_objref");
      if (inode > 0 && !reader.objects.has(inode)) {
        frame.mark |= PIPE_IS_NEW;
        pipe = pipes.add();
        pipes.set(pipe, "objref", inode);
        pipes.set(pipe, "ends", 0);
        pipes.set(pipe, "bytes", 0);
        pipes.set(pipe, "record", record.row);
        const object = reader.objects.use(inode, "INODE", record.row, record);
        reader.objects.place(object, "pipes", pipe);
      } else if (inode <= 0) reader.report("objref.invalid", `A pipe has the inode #${inode}.`, reader.spanOf(record), about);
    } else if (record.kind.key === "FILE:eventfd") {
      files.set(file, "detail", `counter ${reader.big(record, "count") ?? "?"}, ${openFlags(reader.number(record, "flags"), dialect.architecture)}`);
    }
  }

  function firstGenerationFile(record: RecordAt, frame: Frame): void {
    file = reader.fill(record, frame);
    reader.checkParent(record, frame.m);
    files.set(file, "objref", frame.m);
    files.set(file, "users", 0);
    const object = reader.objects.find(frame.m);
    if (object >= 0) reader.objects.place(object, "files", file);
    const type = reader.number(record, "fd_type", reader.number(record, "how", -1));
    const name = FD_TYPE.at(dialect.abi).get(type);
    files.set(file, "kind", name === "DIR" ? "directory" : name === "FILE" ? "file" : name === "LINK" ? "link" : `type ${type}`);
    if (name === undefined) reader.report("file.type", `The open file has the type ${type}, which ${dialect.revision.id} does not have.`, reader.spanOf(record), { table: "files", row: file });
    fileFlags(record, file, reader.number(record, "f_flags"), reader.number(record, "f_mode"));
  }

  reader.filePath = (record) => {
    if (file < 0) return;
    const text = reader.text(record);
    files.set(file, "path", text);
    files.set(file, "path_record", record.row);
    reader.checkPath(record, text, { table: "files", row: file });
  };

  reader.checkPath = (record, text, about) => {
    const start = record.start + dialect.headerSize;
    const end = Math.min(record.end, record.window.end);
    const bytes = record.window.slice(start, end);
    const at = reader.spanOf(record);
    const nul = bytes.indexOf(0);
    if (record.end - start > 4096) reader.report("path.too-long", `The path has ${record.end - start} bytes.`, at, about);
    else if (nul < 0) reader.report("string.no-nul", `The path "${text.slice(0, 80)}" has no NUL at its end.`, at, about);
    else if (nul !== bytes.length - 1) reader.report("path.inner-nul", `The path "${text.slice(0, 80)}" has a NUL before its end.`, at, about);
    if (!text.startsWith("/")) reader.report("path.not-absolute", `The path "${text.slice(0, 80)}" does not begin with a slash.`, at, about);
    if (text.includes("..") && /(^|\/)\.\.(\/|$)/.test(text)) reader.report("path.dots", `The path "${text.slice(0, 80)}" has a .. component.`, at, about);
  };

  /** Position of a pipe's bytes. */
  function pipeContents(record: RecordAt, header: number): void {
    if (pipe < 0) return;
    pipes.set(pipe, "offset", record.start + header);
    pipes.set(pipe, "bytes", record.end - record.start - header);
    pipes.set(pipe, "preview", reader.preview(record, header));
    pipes.set(pipe, "record", record.row);
  }

  // ---- sockets

  function socketRecord(record: RecordAt, frame: Frame): void {
    socket = reader.fill(record, frame);
    const family = reader.number(record, "sock_family");
    // Families with an address record of their own.
    frame.n = family === 1 || family === 2 || family === 10 ? 1 : 0;
    const name = (map: ReadonlyMap<number, string>, value: number): string => map.get(value) ?? String(value);
    sockets.set(socket, "family", name(SOCKET_FAMILIES, reader.number(record, "sock_family")));
    const type = reader.number(record, "sock.type");
    sockets.set(socket, "type", name(SOCKET_TYPES, type));
    const state = reader.number(record, "sock.state");
    sockets.set(socket, "state", name(TCP_STATES, state));
    sockets.set(socket, "protocol", name(IP_PROTOCOLS, reader.number(record, "sock.protocol")));
    sockets.set(socket, "receive", 0);
    sockets.set(socket, "send", 0);
    const shutdown = reader.number(record, "sock.shutdown");
    const common = reader.number(record, "sock_state");
    const unconnected = reader.number(record, "socket.state");
    if (state > 11 || shutdown > 3 || common > 11 || unconnected > 4) {
      reader.report("socket.state", `The socket has the states ${state}, ${common} and ${unconnected} and the shutdown mask ${shutdown}.`, reader.spanOf(record), { table: "sockets", row: socket });
    }
  }

  function addresses(record: RecordAt, frame: Frame): void {
    const row = frame.row >= 0 ? frame.row : socket;
    if (row < 0) return;
    sockets.set(row, "address_record", record.row);
    for (const [column, name] of [["local", "laddr"], ["remote", "raddr"]] as const) {
      const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === name);
      const announced = reader.number(record, `${name}_len`);
      const length = Math.min(announced, slot?.size ?? 0);
      if (slot !== undefined && announced > slot.size && record.kind.key === "SOCKET_UNIX") {
        reader.report("socket.address", `The ${column} address has ${announced} bytes; the field has ${slot.size}.`, reader.spanOfField(record, `${name}_len`), { table: "sockets", row });
      }
      if (slot === undefined || record.start + slot.offset + slot.size > record.end || length < 2) continue;
      const at = record.start + slot.offset;
      const bytes = record.window.slice(at, at + length);
      const text = addressText(record, bytes, name === "laddr" ? "saddr" : "daddr");
      if (text !== "none") sockets.set(row, column, text);
    }
    if (record.kind.key !== "SOCKET_UNIX") return;
    const peer = reader.number(record, "peer");
    if (peer !== 0) sockets.set(row, "peer", held(peer));
    const own = reader.refer(record, "this", "SOCK");
    if (frame.objref > 0 && own !== frame.objref) {
      reader.report("socket.pair", `Socket #${frame.objref} says of itself that it is #${own}.`, reader.spanOfField(record, "this"), { table: "sockets", row });
    }
    reader.refer(record, "peercred", "CRED");
  }

  /** IPv6 addresses do not fit the field of sixteen bytes: they stand in inet6, only the port in the sockaddr. */
  function addressText(record: RecordAt, bytes: Uint8Array, inet6: string): string {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isV6 = bytes.length >= 4 && view.getUint16(0, dialect.abi.endian === "little") === 10;
    const found = isV6 ? reader.spanOfField(record, `inet6.${inet6}`) : undefined;
    if (found === undefined || found.end - found.start !== 16) return formatSockaddr(bytes, dialect.abi);
    return `[${formatIpv6(record.window.slice(found.start, found.end))}]:${view.getUint16(2, false)}`;
  }

  function socketQueue(record: RecordAt, frame: Frame): void {
    finishQueue();
    queue.index++;
    queue.left = frame.n = reader.number(record, "skb_count");
    queue.total = reader.number(record, "total_bytes");
    queue.sum = 0;
    queue.linear = 0;
    queue.socket = 0;
    queue.record = record.row;
    queue.at = reader.spanOfField(record, "total_bytes");
    reader.checkCount(record, "skb_count", queue.left, 16, "socket buffers");
  }

  function finishQueue(): void {
    // Some writers count the linear parts only.
    if (queue.record > 0 && queue.left === 0 && queue.total !== 0 && queue.sum !== queue.total && queue.linear !== queue.total) {
      reader.report("socket.total", `The socket queue announces ${queue.total} bytes and holds ${queue.sum}.`, queue.at, { table: "records", row: queue.record });
    }
    queue.record = 0;
  }

  function socketBuffer(record: RecordAt, frame: Frame): void {
    frame.n = reader.number(record, "nr_frags");
    queue.socket = held(reader.number(record, "sk_objref"));
    queue.left = Math.max(0, queue.left - 1);
    frame.m = reader.number(record, "lin_len", -1);
    if (dialect.index < ordinal("v19-rc2")) return;
    const linear = reader.number(record, "lin_len");
    const fragments = reader.number(record, "frg_len");
    const all = reader.number(record, "skb_len");
    const at = reader.spanOf(record);
    if (frame.n > 18) reader.report("socket.buffer", `The socket buffer announces ${frame.n} fragments; the kernel has at most 18.`, at);
    if (linear + fragments !== all) reader.report("socket.buffer", `The parts of the socket buffer, ${linear} and ${fragments} bytes, do not add up to ${all}.`, at);
    for (const name of ["transport_header", "network_header", "mac_header"]) {
      const offset = reader.number(record, name);
      // 0xffff and 0xffffffff stand for "not set".
      if (offset > linear && offset !== 0xffff_ffff && offset !== 0xffff && linear > 0 && reader.number(record, "hdr_len") > 0 && offset > reader.number(record, "hdr_len")) {
        reader.report("socket.buffer", `The ${name} of the socket buffer, ${offset}, lies beyond its ${linear} bytes.`, at);
      }
    }
  }

  function bufferRow(record: RecordAt, from: number, length: number, isFragment: boolean): void {
    const buffers = reader.table("socket_buffers");
    const row = buffers.add();
    buffers.set(row, "socket", queue.socket);
    buffers.set(row, "queue", queue.index % 2 === 0 ? "receive" : "send");
    buffers.set(row, "offset", record.start + from);
    buffers.set(row, "bytes", length);
    buffers.set(row, "preview", reader.preview({ ...record, end: Math.min(record.end, record.start + from + length) }, from));
    buffers.set(row, "fragment", isFragment);
    buffers.set(row, "record", record.row);
    queue.sum += length;
    if (!isFragment) queue.linear += length;
  }
  const fragment = { size: 0, offset: 0 };

  // ---- terminals

  function tty(record: RecordAt, frame: Frame): void {
    terminal = reader.fill(record, frame);
    const about = { table: "terminals", row: terminal };
    const at = reader.spanOf(record);
    const driver = reader.number(record, "driver_type");
    const end = reader.number(record, "driver_subtype");
    terminals.set(terminal, "driver", TTY_TYPE.at(dialect.abi).get(driver) ?? String(driver));
    terminals.set(terminal, "end", (TTY_SUBTYPE.at(dialect.abi).get(end) ?? String(end)).toLowerCase());
    if (end !== 1 && end !== 2) reader.report("tty.pair", `The end of the terminal is ${end}; 1 is the master, 2 the slave.`, reader.spanOfField(record, "driver_subtype"), about);
    if (driver !== 4) reader.report("tty.driver", `The terminal has the driver type ${driver}; only pseudo terminals (4) can be restarted.`, at, about);
    const link = reader.number(record, "link_objref");
    // The file of an open master may come later, or not at all: its number is reserved without a record.
    const master = reader.refer(record, "file_objref", "FILE");
    if (master > 0) reader.reservedFiles.push({ objref: master, record: record.row });
    if ((end === 1 && (link !== 0 || master === 0)) || (end === 2 && (link === 0 || master !== 0))) {
      reader.report("tty.pair", `The ${end === 1 ? "master" : "slave"} end refers to the terminal #${link} and the file #${master}.`, at, about);
    }
    if (reader.number(record, "ldisc") !== 0) reader.report("tty.ldisc", `The line discipline is ${reader.number(record, "ldisc")}; only N_TTY (0) can be restarted.`, at, about);
  }

  return {
    records: {
      FILES: fileTable,
      FILE_TABLE: fileTable,
      FD_TABLE: fileTable,
      FD_ENT: descriptor,
      FILE_DESC: descriptor,
      FD_DATA: firstGenerationFile,
      FILE: openFile,
      "FILE:pipe": openFile,
      "FILE:socket": openFile,
      "FILE:tty": openFile,
      "FILE:eventfd": openFile,
      FILE_NAME: (record, frame) => reader.filePath(record, frame),
      FILE_PIPE: (record, frame) => {
        frame.m = reader.number(record, "pipe_len");
        if (frame.m < 0) reader.report("count.negative", `The pipe announces ${frame.m} bytes.`, reader.spanOf(record));
      },
      "raw:pipe": (record) => pipeContents(record, 0),
      PIPE_BUF: (record) => pipeContents(record, dialect.headerSize),
      SOCKET: socketRecord,
      SOCKET_UNIX: addresses,
      SOCKET_INET: addresses,
      "STRING:socket_cwd": (record, frame) => {
        const row = frame.row >= 0 ? frame.row : socket;
        if (row >= 0) sockets.set(row, "cwd", reader.text(record));
      },
      SOCKET_QUEUE: socketQueue,
      SOCKET_BUFFER: socketBuffer,
      "BUFFER:skb": (record, frame) => {
        const length = record.end - record.start - dialect.headerSize;
        if (frame.m >= 0 && length !== frame.m) reader.report("socket.buffer", `The linear part of the socket buffer has ${length} bytes; ${frame.m} are announced.`, reader.spanOf(record));
        bufferRow(record, dialect.headerSize, length, false);
      },
      "BUFFER:tty": (record, frame) => {
        const length = record.end - record.start - dialect.headerSize;
        if (length !== frame.n) reader.report("tty.ldisc", `The terminal holds ${length} bytes; ${frame.n} are announced.`, reader.spanOf(record), { table: "terminals", row: terminal });
      },
      SOCKET_FRAG: (record) => {
        fragment.size = reader.number(record, "size");
        fragment.offset = reader.number(record, "offset");
        if (fragment.size + fragment.offset > dialect.abi.pageSize) {
          reader.report("socket.buffer", `A fragment of ${fragment.size} bytes at ${fragment.offset} does not fit a page.`, reader.spanOf(record));
        }
      },
      "raw:frag": (record) => {
        const from = Math.min(fragment.offset, record.end - record.start);
        bufferRow(record, from, Math.min(fragment.size, record.end - record.start - from), true);
      },
      TTY: tty,
      TTY_LDISC: (record, frame) => {
        const length = reader.number(record, "datalen");
        frame.n = length;
        if (terminal >= 0) terminals.set(terminal, "pending", length);
        if (length > 4096) reader.report("tty.ldisc", `The line discipline announces ${length} bytes; it holds at most 4096.`, reader.spanOf(record), { table: "terminals", row: terminal });
      },
      EPOLL_ITEMS: (record, frame) => {
        epoll = held(reader.number(record, "epfile_objref"));
        frame.n = reader.number(record, "num_items");
      },
    },
    streams: {
      "BUFFER:epoll": (record, frame) => {
        const watches = reader.table("watches");
        const start = record.start + dialect.headerSize;
        if (record.end - start !== frame.n * 24) {
          reader.report("count.mismatch", `${frame.n} epoll items are announced in ${record.end - start} bytes.`, reader.spanOf(record));
        }
        const from = record.row;
        return {
          start,
          elementSize: 24,
          count: Math.max(0, Math.floor((record.end - start) / 24)),
          take: (window, at, index, count) => {
            for (let step = 0; step < count; step++) {
              const position = at + step * 24;
              const row = watches.add();
              watches.set(row, "epoll", epoll);
              watches.set(row, "data", window.u64(position));
              watches.set(row, "fd", window.u32(position + 8));
              watches.set(row, "file", held(window.s32(position + 12)));
              watches.set(row, "events", flagNames(window.u32(position + 16), POLL_EVENTS));
              watches.set(row, "index", index + step);
              watches.set(row, "record", from);
            }
          },
        };
      },
    },
    finish: () => {
      finishQueue();
      for (const [row, objref] of labels) if (objref > 0) files.set(row, "label", reader.labelTexts.get(objref));
    },
  };
}

function remembered(make: (value: number) => string): (value: number) => string {
  const known = new Map<number, string>();
  return (value) => {
    let text = known.get(value);
    if (text === undefined) {
      text = make(value);
      // Hostile images may have as many sets as records.
      if (known.size < 4096) known.set(value, text);
    }
    return text;
  };
}
