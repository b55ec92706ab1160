/**
 * How `crit --pretty` shows the numbers of fields that carry a display option (private option 1018 of images/opts.proto), and
 * the way back. The tables are those of pycriu's pb2dict, which does not know every bit (VMA_AREA_GUARD is 0x10000); flags are
 * named in the order of their table.
 */
import type { MessageField } from "../../../schema/message.ts";

// oxfmt-ignore
const FLAGS: Readonly<Record<string, readonly (readonly [name: string, bits: number])[]>> = {
  "mmap.prot": [["PROT_READ", 1], ["PROT_WRITE", 2], ["PROT_EXEC", 4]],
  "mmap.flags": [["MAP_SHARED", 1], ["MAP_PRIVATE", 2], ["MAP_DROPPABLE", 8], ["MAP_ANON", 0x20], ["MAP_GROWSDOWN", 0x100]],
  "mmap.status": [
    ["VMA_AREA_REGULAR", 1], ["VMA_AREA_STACK", 2], ["VMA_AREA_VSYSCALL", 4], ["VMA_AREA_VDSO", 8], ["VMA_AREA_HEAP", 0x20], ["VMA_FILE_PRIVATE", 0x40],
    ["VMA_FILE_SHARED", 0x80], ["VMA_ANON_SHARED", 0x100], ["VMA_ANON_PRIVATE", 0x200], ["VMA_AREA_SYSVIPC", 0x400], ["VMA_AREA_SOCKET", 0x800],
    ["VMA_AREA_VVAR", 0x1000], ["VMA_AREA_AIORING", 0x2000], ["VMA_AREA_MEMFD", 0x4000], ["VMA_AREA_SHSTK", 0x8000], ["VMA_AREA_UPROBES", 0x20000],
    ["VMA_AREA_NOT_ACCOUNTABLE", 0x40000],
    ["VMA_UNSUPP", 0x80000000],
  ],
  "rfile.flags": [
    ["O_WRONLY", 1], ["O_RDWR", 2], ["O_CREAT", 0x40], ["O_EXCL", 0x80], ["O_NOCTTY", 0x100], ["O_TRUNC", 0x200], ["O_APPEND", 0x400], ["O_NONBLOCK", 0x800],
    ["O_DSYNC", 0x1000], ["FASYNC", 0x2000], ["O_DIRECT", 0x4000], ["O_LARGEFILE", 0x8000], ["O_DIRECTORY", 0x10000], ["O_NOFOLLOW", 0x20000],
    ["O_NOATIME", 0x40000], ["O_CLOEXEC", 0x80000],
  ],
  "seals.flags": [["F_SEAL_SEAL", 1], ["F_SEAL_SHRINK", 2], ["F_SEAL_GROW", 4], ["F_SEAL_WRITE", 8], ["F_SEAL_FUTURE_WRITE", 0x10]],
  "pmap.flags": [["PE_PARENT", 1], ["PE_LAZY", 2], ["PE_PRESENT", 4], ["PE_PAYLOAD_ALIGNED", 8]],
};

/** By the name of the field. crit calls the task state 3 a zombie, which is a stopped task, and has no name for 2, a zombie. */
const DICTS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> = {
  gen: { task_state: { Alive: 1, Zombie: 3, Stopped: 6 } },
  sk: {
    family: { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 },
    type: { STREAM: 1, DGRAM: 2, RAW: 3, SEQPACKET: 5, PACKET: 10 },
    state: {
      ESTABLISHED: 1, SYN_SENT: 2, SYN_RECV: 3, FIN_WAIT1: 4, FIN_WAIT2: 5, TIME_WAIT: 6, CLOSE: 7, CLOSE_WAIT: 8, LAST_ACK: 9, LISTEN: 10,
    },
    proto: { IP: 0, TCP: 6, UDP: 17, UDPLITE: 136 },
  },
};

/** Text for a number, or undefined when it is printed as a number. `inHex`: a message around the field asks for hex. */
export function shownNumber(field: MessageField, value: number | bigint, inHex: boolean): string | undefined {
  const { hint } = field;
  if (inHex || hint?.as === "hex") return hexText(value);
  switch (hint?.as) {
    case "dev":
    case "odev":
      return deviceText(BigInt(value), hint.as);
    case "flags":
      return flagsText(Number(value), hint.table);
    case "dict":
      return Object.entries(DICTS[hint.table]?.[field.name] ?? {}).find(([, number]) => number === value)?.[0];
    default:
      return undefined;
  }
}

function hexText(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** Only 32-bit fields hold flags. */
function flagsText(value: number, table: string): string {
  const names: string[] = [];
  let rest = value;
  for (const [name, bits] of FLAGS[table] ?? []) {
    if ((value & bits) === 0) continue;
    names.push(name);
    rest = (rest & ~bits) >>> 0;
  }
  if (rest !== 0) names.push(hexText(rest));
  return names.join(" | ");
}

/** `dev` is the kernel's packing with 20 bits of minor number; `odev` is that of the C library. */
function deviceText(value: bigint, packing: "dev" | "odev"): string {
  if (packing === "dev") return `${value >> 20n}:${value & 0xfffffn}`;
  return `${((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)}:${(value & 0xffn) | ((value >> 12n) & 0xffffff00n)}`;
}

/** The number behind a text that stands in a field of numbers; undefined when it is none of the forms of this field. */
export function numberOfText(field: MessageField, text: string): bigint | undefined {
  const { hint } = field;
  switch (hint?.as) {
    case "dev":
    case "odev":
      return text.includes(":") ? deviceNumber(text, hint.as) : plainNumber(text);
    case "flags":
      return flagsNumber(text, hint.table);
    case "dict": {
      const names = DICTS[hint.table]?.[field.name] ?? {};
      return Object.hasOwn(names, text) ? BigInt(names[text]!) : plainNumber(text);
    }
    default:
      return plainNumber(text);
  }
}

/** As Python's `int(text, 0)` takes them, without its underscores. */
function plainNumber(text: string): bigint | undefined {
  const match = /^\s*(-?)(0x[0-9a-f]{1,32}|0o[0-7]{1,48}|0b[01]{1,128}|\d{1,40})\s*$/i.exec(text);
  return match === null ? undefined : match[1] === "-" ? -BigInt(match[2]!) : BigInt(match[2]!);
}

function deviceNumber(text: string, packing: "dev" | "odev"): bigint | undefined {
  const match = /^\s*(\d{1,10}):(\d{1,10})\s*$/.exec(text);
  if (match === null) return undefined;
  const major = BigInt(match[1]!);
  const minor = BigInt(match[2]!);
  if (packing === "dev") return minor > 0xfffffn ? undefined : (major << 20n) | minor;
  if (major > 0xffffffffn || minor > 0xffffffffn) return undefined;
  return ((major & 0xfffn) << 8n) | ((major & 0xfffff000n) << 32n) | (minor & 0xffn) | ((minor & 0xffffff00n) << 12n);
}

function flagsNumber(text: string, table: string): bigint | undefined {
  let value = 0n;
  if (text.trim() === "") return value;
  for (const part of text.split("|")) {
    const bits = FLAGS[table]?.find(([name]) => name === part.trim())?.[1];
    const number = bits === undefined ? plainNumber(part) : BigInt(bits);
    if (number === undefined || number < 0n) return undefined;
    value |= number;
  }
  return value;
}
