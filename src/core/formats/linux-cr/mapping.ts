/**
 * Which field fills which column. One list does three jobs: it says what to read from a record, fills the column, and
 * tells where a cell's value stands, so that a click on the cell lights the bytes of that very field.
 */
import type { CellOrigin } from "../../model/checkpoint.ts";
import type { TableName } from "../../model/tables.ts";

export interface Mapping {
  readonly table: TableName;
  /** Column to field path; `a|b` where revisions call the field differently. */
  readonly columns: Readonly<Record<string, string>>;
}

const perms = { id: "perms.id", key: "perms.key", mode: "perms.mode", uid: "perms.uid", gid: "perms.gid" };
const common = {
  position: "common.f_pos",
  version: "common.f_version",
  credentials: "common.f_credref",
};
const space = {
  start_code: "start_code",
  end_code: "end_code",
  start_data: "start_data",
  end_data: "end_data",
  start_brk: "start_brk",
  brk: "brk",
  start_stack: "start_stack",
  arg_start: "arg_start",
  arg_end: "arg_end",
  env_start: "env_start",
  env_end: "env_end",
};

/** By kind. The first kind of a table is also where origins of its columns are looked up when kinds differ. */
export const MAPPINGS: Readonly<Record<string, Mapping>> = {
  TASK: {
    table: "tasks",
    columns: {
      flags: "flags",
      exit_code: "exit_code",
      signal_stack: "sas_ss_sp",
    },
  },
  CRED: {
    table: "credentials",
    columns: {
      uid: "uid",
      euid: "euid",
      suid: "suid",
      fsuid: "fsuid",
      gid: "gid",
      egid: "egid",
      sgid: "sgid",
      fsgid: "fsgid",
      securebits: "cap_s.securebits",
      user: "user_ref",
    },
  },
  USER: { table: "users", columns: { uid: "uid", namespace: "userns_ref" } },
  SIGNAL: { table: "thread_groups", columns: { terminal: "tty_objref", foreground: "tty_pgrp" } },
  SIGHAND: { table: "signal_handlers", columns: {} },
  MM: { table: "spaces", columns: { regions: "map_count", exe_file: "exe_objref", ...space } },
  VMA: {
    table: "regions",
    columns: {
      start: "vm_start",
      end: "vm_end",
      vm_flags: "vm_flags",
      page_prot: "vm_page_prot",
      pgoff: "vm_pgoff",
      shared_inode: "ino_objref",
      shared_size: "ino_size",
      file: "vma_objref",
    },
  },
  FILES: { table: "fd_tables", columns: { descriptors: "nfds" } },
  FILE_TABLE: { table: "fd_tables", columns: { descriptors: "fdt_nfds" } },
  FD_TABLE: { table: "fd_tables", columns: { descriptors: "fdt_nfds" } },
  FILE_DESC: { table: "fds", columns: { fd: "fd_descriptor", file: "fd_objref", cloexec: "fd_close_on_exec" } },
  FD_ENT: { table: "fds", columns: { fd: "fd", file: "objref|tag", cloexec: "close_on_exec" } },
  FILE: { table: "files", columns: common },
  "FILE:pipe": { table: "files", columns: { ...common, pipe: "pipe_objref" } },
  "FILE:socket": { table: "files", columns: { ...common, socket: "sock_objref" } },
  "FILE:tty": { table: "files", columns: { ...common, terminal: "tty_objref" } },
  "FILE:eventfd": { table: "files", columns: common },
  FD_DATA: { table: "files", columns: { position: "f_pos", version: "f_version" } },
  SOCKET: { table: "sockets", columns: { backlog: "sock.backlog" } },
  TTY: {
    table: "terminals",
    columns: { index: "index", link: "link_objref", rows: "winsize.ws_row", columns: "winsize.ws_col" },
  },
  NS: { table: "namespaces", columns: { uts: "uts_objref", ipc: "ipc_objref", net: "net_objref" } },
  UTS_NS: { table: "namespaces", columns: {} },
  IPC_NS: { table: "namespaces", columns: {} },
  USER_NS: { table: "namespaces", columns: {} },
  NET_NS: { table: "namespaces", columns: {} },
  IPC_SHM: {
    table: "ipc",
    columns: { ...perms, size: "shm_segsz", creator: "shm_cprid", last: "shm_lprid", shared_inode: "objref" },
  },
  IPC_MSG: {
    table: "ipc",
    columns: { ...perms, size: "q_cbytes", count: "q_qnum", creator: "q_lspid", last: "q_lrpid" },
  },
  IPC_SEM: { table: "ipc", columns: { ...perms, count: "sem_nsems" } },
  IPC_MSG_MSG: { table: "messages", columns: { type: "m_type", size: "m_ts" } },
  NETDEV: { table: "devices", columns: { namespace: "netns_ref" } },
  ERROR: { table: "failures", columns: {} },
};

/** `ref` columns that hold an objref until the whole image is read, and the class that it must have. */
export const REFERENCES: readonly { readonly table: TableName; readonly column: string; readonly classes: readonly string[] }[] = [
  { table: "tasks", column: "space", classes: ["MM"] },
  { table: "tasks", column: "descriptor_table", classes: ["FILE_TABLE"] },
  { table: "tasks", column: "namespaces", classes: ["NS"] },
  { table: "tasks", column: "credentials", classes: ["CRED"] },
  { table: "tasks", column: "real_credentials", classes: ["CRED"] },
  { table: "devices", column: "namespace", classes: ["NET_NS"] },
  { table: "tasks", column: "signal_handlers", classes: ["SIGHAND"] },
  { table: "tasks", column: "thread_group", classes: ["SIGNAL"] },
  { table: "credentials", column: "user", classes: ["USER"] },
  { table: "users", column: "namespace", classes: ["USER_NS"] },
  { table: "thread_groups", column: "terminal", classes: ["TTY"] },
  { table: "spaces", column: "exe_file", classes: ["FILE"] },
  { table: "regions", column: "file", classes: ["FILE"] },
  { table: "fds", column: "file", classes: ["FILE"] },
  { table: "files", column: "credentials", classes: ["CRED"] },
  { table: "files", column: "pipe", classes: ["INODE"] },
  { table: "files", column: "socket", classes: ["SOCK"] },
  { table: "files", column: "terminal", classes: ["TTY"] },
  { table: "sockets", column: "peer", classes: ["SOCK"] },
  { table: "socket_buffers", column: "socket", classes: ["SOCK"] },
  { table: "terminals", column: "link", classes: ["TTY"] },
  { table: "watches", column: "epoll", classes: ["FILE"] },
  { table: "watches", column: "file", classes: ["FILE"] },
  { table: "namespaces", column: "uts", classes: ["UTS_NS"] },
  { table: "namespaces", column: "ipc", classes: ["IPC_NS"] },
  { table: "namespaces", column: "net", classes: ["NET_NS"] },
];

/** A path, or how it follows from numbers and texts of the row. */
type Path = string | ((row: number, get: (column: string) => number, text: (column: string) => string) => string);

interface ElementOrigin {
  readonly record: string;
  readonly path: Path;
  /** The column does not hold the field's own value: how it follows from it. */
  readonly derived?: string;
}

const inElement = (array: string, field: string): Path => (_row, get) => `${array}.${get("index")}.${field}`;

const pidOrigins = (record: string): Readonly<Record<string, ElementOrigin>> =>
  Object.fromEntries(
    Object.entries({ pid: "vpid", ppid: "vppid", tgid: "vtgid", pgid: "vpgid", sid: "vsid" }).map(([column, field]) => [
      column,
      { record, path: (row: number) => `pids.${row}.${field}` },
    ]),
  );

/** Columns whose value stands in another record than the row's own, or in an element of it. */
export const ORIGINS: Readonly<Record<string, Readonly<Record<string, ElementOrigin>>>> = {
  pids: pidOrigins("record"),
  tasks: {
    ...pidOrigins("pids_record"),
    space: { record: "objects_record", path: "mm_objref" },
    descriptor_table: { record: "objects_record", path: "files_objref" },
    signal_handlers: { record: "objects_record", path: "sighand_objref" },
    thread_group: { record: "objects_record", path: "signal_objref" },
    credentials: { record: "credentials_record", path: "ecred_ref" },
    real_credentials: { record: "credentials_record", path: "cred_ref" },
    namespaces: { record: "namespaces_record", path: "ns_objref" },
    name: { record: "name_record", path: "text" },
    state: { record: "record", path: "state" },
    exit: { record: "record", path: "exit_code" },
    exit_signal: { record: "record", path: "exit_signal", derived: "by name" },
    pdeath_signal: { record: "record", path: "pdeath_signal", derived: "by name" },
  },
  threads: {
    ip: { record: "record", path: "ip" },
    sp: { record: "record", path: "sp" },
    syscall: { record: "record", path: "orig_ax", derived: "system call by its number" },
    restart: { record: "restart_record", path: "function_type" },
    remaining: { record: "restart_record", path: "arg_4" },
    fpu: { record: "fpu_record", path: "" },
  },
  registers: {
    // `gprs[3]` stands at `gprs.3`.
    value: { record: "record", path: (_row, _get, text) => text("register").replace(/\[(\d+)\]/, ".$1") },
    register: { record: "record", path: (_row, _get, text) => text("register").replace(/\[(\d+)\]/, ".$1"), derived: "name of the field" },
  },
  limits: {
    soft: { record: "record", path: inElement("rlim", "rlim_cur") },
    hard: { record: "record", path: inElement("rlim", "rlim_max") },
    resource: { record: "record", path: (_row, get) => `rlim.${get("index")}` },
  },
  signal_actions: {
    signal: { record: "record", path: (_row, get) => `action.${get("index") - 1}` },
    handler: { record: "record", path: (_row, get) => `action.${get("index") - 1}._sa_handler` },
    flags: { record: "record", path: (_row, get) => `action.${get("index") - 1}.sa_flags` },
    restorer: { record: "record", path: (_row, get) => `action.${get("index") - 1}.sa_restorer` },
    mask: { record: "record", path: (_row, get) => `action.${get("index") - 1}.sa_mask` },
  },
  pending_signals: {
    signal: { record: "record", path: (_row, get) => `siginfo.${get("index")}` },
    code: { record: "record", path: (_row, get) => `siginfo.${get("index")}` },
    code_name: { record: "record", path: (_row, get) => `siginfo.${get("index")}`, derived: "si_code by name" },
    sender: { record: "record", path: (_row, get) => `siginfo.${get("index")}` },
  },
  auxv: {
    type: { record: "record", path: (_row, get) => `auxv.${get("index") * 2}` },
    value: { record: "record", path: (_row, get) => `auxv.${get("index") * 2 + 1}` },
  },
  semaphores: {
    value: { record: "record", path: inElement("sems", "semval") },
    pid: { record: "record", path: inElement("sems", "sempid") },
  },
  watches: {
    fd: { record: "record", path: inElement("items", "fd") },
    file: { record: "record", path: inElement("items", "file_objref") },
    events: { record: "record", path: inElement("items", "events") },
    data: { record: "record", path: inElement("items", "data") },
  },
  regions: {
    path: { record: "path_record", path: "path" },
    kind: { record: "record", path: "vma_type" },
    prot: { record: "record", path: "vm_flags", derived: "READ, WRITE, EXEC and MAYSHARE of vm_flags" },
    prot_bits: { record: "record", path: "vm_flags", derived: "READ, WRITE, EXEC and MAYSHARE of vm_flags" },
    offset: { record: "record", path: "vm_pgoff", derived: "vm_pgoff times the page size" },
  },
  files: {
    path: { record: "path_record", path: "path" },
    kind: { record: "record", path: "common.f_type" },
    flags: { record: "record", path: "common.f_flags" },
    mode: { record: "record", path: "common.f_mode" },
  },
  sockets: {
    family: { record: "record", path: "sock_family" },
    type: { record: "record", path: "sock.type" },
    state: { record: "record", path: "sock.state" },
    protocol: { record: "record", path: "sock.protocol" },
    local: { record: "address_record", path: "laddr" },
    remote: { record: "address_record", path: "raddr" },
    peer: { record: "address_record", path: "peer" },
  },
  terminals: {
    driver: { record: "record", path: "driver_type" },
    end: { record: "record", path: "driver_subtype" },
  },
  objects: {
    objref: { record: "record", path: "objref" },
    kind: { record: "record", path: "objtype" },
  },
  credentials: {
    effective: { record: "record", path: "cap_s.cap_e_0" },
    permitted: { record: "record", path: "cap_s.cap_p_0" },
    inheritable: { record: "record", path: "cap_s.cap_i_0" },
    bounding: { record: "record", path: "cap_s.cap_b_0" },
  },
  labels: { label: { record: "record", path: "text" } },
};

export type { CellOrigin };
