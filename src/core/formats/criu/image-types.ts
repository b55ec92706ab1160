/**
 * Every image type of CRIU 0.1 to 4.3: magic, name, message and what follows each message. Facts of criu/image-desc.c,
 * criu/include/magic.h and criu/include/image-desc.h. `%u` stands for a decimal number, `%x` for a hexadecimal one.
 */
import type { Message } from "../../schema/message.ts";
import { criuKfd, criuRenderNode } from "./messages/amdgpu.ts";
import { credsEntry, irmapCacheEntry, itimerEntry, posixTimerEntry, rlimitEntry, saEntry, siginfoEntry } from "./messages/common.ts";
import {
  bpfmapDataEntry, bpfmapFileEntry, eventfdFileEntry, eventpollFileEntry, eventpollTfdEntry, extFileEntry, fanotifyFileEntry, fanotifyMarkEntry,
  fdinfoEntry, fifoEntry, fileEntry, fileLockEntry, ghostChunkEntry, ghostFileEntry, inotifyFileEntry, inotifyWdEntry, nsFileEntry, pidfdEntry,
  pipeDataEntry, pipeEntry, regFileEntry, remapFilePathEntry, signalfdEntry, timerfdEntry, ttyDataEntry, ttyFileEntry, ttyInfoEntry, tunfileEntry,
} from "./messages/files.ts";
import { memfdInodeEntry, mmEntry, pagemapEntry, pagemapHead, vmaEntry } from "./messages/memory.ts";
import {
  autofsEntry, binfmtMiscEntry, cgroupEntry, ipcMsg, ipcMsgEntry, ipcSemEntry, ipcShmEntry, ipcVarEntry, mntEntry, netDeviceEntry, netnsEntry, pidnsEntry,
  timensEntry, usernsEntry, utsnsEntry,
} from "./messages/namespaces.ts";
import { cpuinfoEntry, inventoryEntry, statsEntry } from "./messages/set.ts";
import { inetSkEntry, netlinkSkEntry, packetSockEntry, skPacketEntry, tcpStreamEntry, unixSkEntry } from "./messages/sockets.ts";
import { apparmorEntry, coreEntry, fsEntry, pstreeEntry, seccompEntry, taskKobjIdsEntry } from "./messages/tasks.ts";

/** What follows the message of an entry. */
export type Payload =
  /** Bytes, as many as the named fields say together, padded to `align`; none when the field `unless` is true. */
  | { readonly kind: "bytes"; readonly fields: readonly string[]; readonly align?: number; readonly unless?: string }
  /** Messages with a size word each, followed by bytes that are padded. */
  | { readonly kind: "messages"; readonly count: string; readonly message: Message; readonly size: string; readonly align: number }
  /** 16-bit numbers, padded. */
  | { readonly kind: "u16"; readonly count: string; readonly align: number }
  /** The rest of the file, or chunks with holes between them. */
  | { readonly kind: "ghost"; readonly chunk: Message }
  /** Records of a 64-bit address and a page, without messages. */
  | { readonly kind: "old-pages" };

export interface ImageType {
  /** Name that the format's own tool prints. */
  readonly name: string;
  readonly file: string;
  /** Absent in raw images, which have no head. */
  readonly magic?: number;
  readonly message?: Message;
  /** Message of the first entry, where it differs. */
  readonly first?: Message;
  readonly raw?: "pages" | "netlink" | "text" | "archive" | "device";
  /** The file is one message, without a head and without a size word. Such files are told by name alone. */
  readonly bare?: boolean;
  /** More than one entry is usual. */
  readonly many?: boolean;
  readonly payload?: Payload;
  /** crit has no decoder for it. */
  readonly critFails?: boolean;
  /** Not written any more. */
  readonly old?: boolean;
  readonly since: string;
  readonly doc: string;
}

export const IMG_COMMON_MAGIC = 0x54564319;
export const IMG_SERVICE_MAGIC = 0x55105940;
/** Types whose files begin with the service magic instead of the common one, when they have a head of two words. */
export const SERVICE_TYPES: ReadonlySet<string> = new Set(["STATS", "IRMAP_CACHE"]);

// oxfmt-ignore
export const IMAGE_TYPES: readonly ImageType[] = [
  { name: "INVENTORY", file: "inventory.img", magic: 0x58313116, message: inventoryEntry, since: "0.1", doc: "What the set is; written last" },
  { name: "STATS", file: "stats-%s", magic: 0x57093306, message: statsEntry, since: "0.6", doc: "Figures of the dump or restore" },
  { name: "IRMAP_CACHE", file: "irmap-cache", magic: 0x57004059, message: irmapCacheEntry, many: true, since: "1.2", doc: "Paths of inodes, found by a pre-dump" },
  { name: "PSTREE", file: "pstree.img", magic: 0x50273030, message: pstreeEntry, many: true, since: "0.1", doc: "The task tree" },
  { name: "CORE", file: "core-%u.img", magic: 0x55053847, message: coreEntry, since: "0.1", doc: "Registers and state of a thread" },
  { name: "IDS", file: "ids-%u.img", magic: 0x54432030, message: taskKobjIdsEntry, since: "0.4", doc: "Ids of what a task shares, and of its namespaces" },
  { name: "MM", file: "mm-%u.img", magic: 0x57492820, message: mmEntry, since: "0.1", doc: "Memory map of a task" },
  { name: "FS", file: "fs-%u.img", magic: 0x51403912, message: fsEntry, since: "0.1", doc: "Working directory, root and umask of a task" },
  { name: "FDINFO", file: "fdinfo-%u.img", magic: 0x56213732, message: fdinfoEntry, many: true, since: "0.1", doc: "Descriptors of a table" },
  { name: "PAGEMAP", file: "pagemap-%u.img", magic: 0x56084025, message: pagemapEntry, first: pagemapHead, many: true, since: "0.5", doc: "Which pages of a task are stored, and where" },
  { name: "SHMEM_PAGEMAP", file: "pagemap-shmem-%u.img", magic: 0x56084025, message: pagemapEntry, first: pagemapHead, many: true, since: "0.5", doc: "Which pages of a shared memory object are stored, and where" },
  { name: "PAGES", file: "pages-%u.img", raw: "pages", critFails: true, since: "0.5", doc: "Page contents, one page after the other" },
  { name: "FILES", file: "files.img", magic: 0x56303138, message: fileEntry, many: true, since: "3.4", doc: "Open files of every type" },
  { name: "REMAP_FPATH", file: "remap-fpath.img", magic: 0x59133954, message: remapFilePathEntry, many: true, since: "0.1", doc: "How open files without a name come back" },
  { name: "GHOST_FILE", file: "ghost-file-%x.img", magic: 0x52583605, message: ghostFileEntry, many: true, payload: { kind: "ghost", chunk: ghostChunkEntry }, since: "0.1", doc: "A deleted file with its contents" },
  { name: "SK_QUEUES", file: "sk-queues.img", magic: 0x56264026, message: skPacketEntry, many: true, payload: { kind: "bytes", fields: ["length"] }, since: "0.1", doc: "Data that waits in sockets" },
  { name: "PIPES_DATA", file: "pipes-data.img", magic: 0x56453709, message: pipeDataEntry, many: true, payload: { kind: "bytes", fields: ["bytes"] }, since: "0.1", doc: "Data that waits in pipes" },
  { name: "FIFO_DATA", file: "fifo-data.img", magic: 0x59333054, message: pipeDataEntry, many: true, payload: { kind: "bytes", fields: ["bytes"] }, since: "0.1", doc: "Data that waits in FIFOs" },
  { name: "TTY_INFO", file: "tty-info.img", magic: 0x59453036, message: ttyInfoEntry, many: true, since: "0.2", doc: "Terminals" },
  { name: "TTY_DATA", file: "tty-data.img", magic: 0x59413026, message: ttyDataEntry, many: true, since: "2.3", doc: "Data that waits in terminals" },
  { name: "CGROUP", file: "cgroup.img", magic: 0x59383330, message: cgroupEntry, since: "1.3", doc: "Control groups" },
  { name: "FILE_LOCKS", file: "filelocks.img", magic: 0x54323616, message: fileLockEntry, many: true, since: "0.4", doc: "File locks" },
  { name: "SECCOMP", file: "seccomp.img", magic: 0x64413049, message: seccompEntry, since: "1.8", doc: "Seccomp filters" },
  { name: "APPARMOR", file: "apparmor.img", magic: 0x59423047, message: apparmorEntry, since: "3.16", doc: "AppArmor policies" },
  { name: "MEMFD_INODE", file: "memfd.img", magic: 0x48453499, message: memfdInodeEntry, many: true, since: "3.14", doc: "Shared memory objects behind memfds and anonymous shared memory" },
  { name: "BPFMAP_FILE", file: "bpfmap-file.img", magic: 0x57506142, message: bpfmapFileEntry, many: true, since: "3.15", doc: "BPF maps (no release writes this file)" },
  { name: "BPFMAP_DATA", file: "bpfmap-data.img", magic: 0x64324033, message: bpfmapDataEntry, many: true, payload: { kind: "bytes", fields: ["keys_bytes", "values_bytes"] }, since: "3.15", doc: "Contents of BPF maps" },
  { name: "TCP_STREAM", file: "tcp-stream-%x.img", magic: 0x51465506, message: tcpStreamEntry, payload: { kind: "bytes", fields: ["inq_len", "outq_len"] }, since: "0.1", doc: "State and queues of a TCP connection" },
  { name: "UTSNS", file: "utsns-%u.img", magic: 0x54473203, message: utsnsEntry, since: "0.1", doc: "Host and domain name of a namespace" },
  { name: "IPC_VAR", file: "ipcns-var-%u.img", magic: 0x53115007, message: ipcVarEntry, since: "0.1", doc: "Limits of an IPC namespace" },
  { name: "IPCNS_SHM", file: "ipcns-shm-%u.img", magic: 0x46283044, message: ipcShmEntry, many: true, payload: { kind: "bytes", fields: ["size"], align: 4, unless: "in_pagemaps" }, since: "0.1", doc: "SysV segments of a namespace" },
  { name: "IPCNS_MSG", file: "ipcns-msg-%u.img", magic: 0x55453737, message: ipcMsgEntry, many: true, payload: { kind: "messages", count: "qnum", message: ipcMsg, size: "msize", align: 8 }, since: "0.1", doc: "SysV message queues of a namespace" },
  { name: "IPCNS_SEM", file: "ipcns-sem-%u.img", magic: 0x59573019, message: ipcSemEntry, many: true, payload: { kind: "u16", count: "nsems", align: 8 }, since: "0.1", doc: "SysV semaphore sets of a namespace" },
  { name: "MNTS", file: "mountpoints-%u.img", magic: 0x55563928, message: mntEntry, many: true, since: "0.1", doc: "Mounts of a namespace" },
  { name: "USERNS", file: "userns-%u.img", magic: 0x55474906, message: usernsEntry, since: "1.4", doc: "Id maps of a user namespace" },
  { name: "TIMENS", file: "timens-%u.img", magic: 0x43114433, message: timensEntry, since: "3.14", doc: "Clocks of a time namespace" },
  { name: "PIDNS", file: "pidns-%u.img", magic: 0x61157326, message: pidnsEntry, since: "3.15", doc: "An external pid namespace" },
  { name: "NETDEV", file: "netdev-%u.img", magic: 0x57373951, message: netDeviceEntry, many: true, since: "0.2", doc: "Network devices of a namespace" },
  { name: "NETNS", file: "netns-%u.img", magic: 0x55933752, message: netnsEntry, since: "1.6", doc: "Settings of a network namespace" },
  { name: "IFADDR", file: "ifaddr-%u.img", raw: "netlink", critFails: true, since: "0.2", doc: "Addresses, as `ip addr save` writes them" },
  { name: "ROUTE", file: "route-%u.img", raw: "netlink", critFails: true, since: "0.2", doc: "IPv4 routes, as `ip route save` writes them" },
  { name: "ROUTE6", file: "route6-%u.img", raw: "netlink", critFails: true, since: "1.8", doc: "IPv6 routes, as `ip -6 route save` writes them" },
  { name: "RULE", file: "rule-%u.img", raw: "netlink", critFails: true, since: "1.8", doc: "Routing rules, as `ip rule save` writes them" },
  { name: "IPTABLES", file: "iptables-%u.img", raw: "text", critFails: true, since: "0.8", doc: "IPv4 firewall rules, as text" },
  { name: "IP6TABLES", file: "ip6tables-%u.img", raw: "text", critFails: true, since: "1.8", doc: "IPv6 firewall rules, as text" },
  { name: "NFTABLES", file: "nftables-%u.img", raw: "text", critFails: true, since: "3.14", doc: "nftables rules, as text" },
  { name: "NETNF_CT", file: "netns-ct-%u.img", raw: "netlink", critFails: true, since: "2.0", doc: "Connection tracking entries, as netlink messages" },
  { name: "NETNF_EXP", file: "netns-exp-%u.img", raw: "netlink", critFails: true, since: "2.0", doc: "Connection tracking expectations, as netlink messages" },
  { name: "TMPFS_DEV", file: "tmpfs-dev-%u.tar.gz.img", raw: "archive", critFails: true, since: "1.3", doc: "Contents of a tmpfs, as a gzipped tar" },
  { name: "TMPFS_IMG", file: "tmpfs-%u.tar.gz.img", raw: "archive", critFails: true, old: true, since: "0.2", doc: "Contents of a tmpfs, as a gzipped tar, named by mount" },
  { name: "AMDGPU_KFD", file: "amdgpu-kfd-%u.img", bare: true, message: criuKfd, critFails: true, since: "3.17", doc: "AMD GPUs, their buffers, and state of the driver; numbered like the open file" },
  { name: "AMDGPU_RENDERD", file: "amdgpu-renderD-%u.img", bare: true, message: criuRenderNode, critFails: true, since: "3.17", doc: "Which AMD GPU a render node is of; numbered like the open file" },
  { name: "AMDGPU_PAGES", file: "amdgpu-pages-%u-%x.img", raw: "device", critFails: true, since: "3.17", doc: "Contents of the buffers of one GPU, in the order of the list" },
  { name: "AMDGPU_DRM_PAGES", file: "amdgpu-drm-pages-%u-%x.img", raw: "device", critFails: true, since: "4.2", doc: "Contents of the buffers of a render node" },
  { name: "BINFMT_MISC", file: "binfmt-misc.img", magic: 0x67343323, message: binfmtMiscEntry, many: true, critFails: true, since: "2.7", doc: "Registered binary formats" },
  { name: "BINFMT_MISC_OLD", file: "binfmt-misc-%u.img", magic: 0x67343323, message: binfmtMiscEntry, many: true, critFails: true, old: true, since: "2.0", doc: "Registered binary formats of one mount" },
  { name: "AUTOFS", file: "autofs-%u.img", magic: 0x49353943, message: autofsEntry, since: "2.4", doc: "An autofs mount" },
  { name: "CPUINFO", file: "cpuinfo.img", magic: 0x61404013, message: cpuinfoEntry, since: "1.4", doc: "Features of the processor" },
  { name: "VMAS", file: "vmas-%u.img", magic: 0x54123737, message: vmaEntry, many: true, old: true, since: "0.1", doc: "Memory regions of a task" },
  { name: "SIGACT", file: "sigacts-%u.img", magic: 0x55344201, message: saEntry, many: true, old: true, since: "0.1", doc: "Signal actions of a task" },
  { name: "ITIMERS", file: "itimers-%u.img", magic: 0x57464056, message: itimerEntry, many: true, old: true, since: "0.1", doc: "Interval timers of a task" },
  { name: "POSIX_TIMERS", file: "posix-timers-%u.img", magic: 0x52603957, message: posixTimerEntry, many: true, old: true, since: "0.6", doc: "POSIX timers of a task" },
  { name: "CREDS", file: "creds-%u.img", magic: 0x54023547, message: credsEntry, old: true, since: "0.1", doc: "Credentials of a task" },
  { name: "RLIMIT", file: "rlimit-%u.img", magic: 0x57113925, message: rlimitEntry, many: true, old: true, since: "0.4", doc: "Resource limits of a task" },
  { name: "SIGNAL", file: "signal-s-%u.img", magic: 0x59255647, message: siginfoEntry, many: true, critFails: true, old: true, since: "0.5", doc: "Signals that wait for a task" },
  { name: "PSIGNAL", file: "signal-p-%u.img", magic: 0x59255647, message: siginfoEntry, many: true, critFails: true, old: true, since: "0.5", doc: "Signals that wait for a thread" },
  { name: "FILE_LOCKS_PID", file: "filelocks-%u.img", magic: 0x54323616, message: fileLockEntry, many: true, old: true, since: "0.4", doc: "File locks of a task" },
  { name: "REG_FILES", file: "reg-files.img", magic: 0x50363636, message: regFileEntry, many: true, old: true, since: "0.1", doc: "Regular files and directories" },
  { name: "EXT_FILES", file: "ext-files.img", magic: 0x59255641, message: extFileEntry, many: true, old: true, since: "1.1", doc: "Files handled by plugins" },
  { name: "NS_FILES", file: "ns-files.img", magic: 0x61394011, message: nsFileEntry, many: true, old: true, since: "0.6", doc: "Open namespaces" },
  { name: "EVENTFD_FILE", file: "eventfd.img", magic: 0x44523722, message: eventfdFileEntry, many: true, old: true, since: "0.1", doc: "eventfds" },
  { name: "EVENTPOLL_FILE", file: "eventpoll.img", magic: 0x45023858, message: eventpollFileEntry, many: true, old: true, since: "0.1", doc: "epoll files" },
  { name: "EVENTPOLL_TFD", file: "eventpoll-tfd.img", magic: 0x44433746, message: eventpollTfdEntry, many: true, old: true, since: "0.1", doc: "Targets of epoll files" },
  { name: "SIGNALFD", file: "signalfd.img", magic: 0x57323820, message: signalfdEntry, many: true, old: true, since: "0.2", doc: "signalfds" },
  { name: "INOTIFY_FILE", file: "inotify.img", magic: 0x48424431, message: inotifyFileEntry, many: true, old: true, since: "0.1", doc: "inotify files" },
  { name: "INOTIFY_WD", file: "inotify-wd.img", magic: 0x54562009, message: inotifyWdEntry, many: true, old: true, since: "0.1", doc: "inotify watches" },
  { name: "FANOTIFY_FILE", file: "fanotify.img", magic: 0x55096122, message: fanotifyFileEntry, many: true, old: true, since: "0.4", doc: "fanotify files" },
  { name: "FANOTIFY_MARK", file: "fanotify-mark.img", magic: 0x56506035, message: fanotifyMarkEntry, many: true, old: true, since: "0.4", doc: "fanotify marks" },
  { name: "PIPES", file: "pipes.img", magic: 0x56513555, message: pipeEntry, many: true, old: true, since: "0.1", doc: "Ends of pipes" },
  { name: "FIFO", file: "fifo.img", magic: 0x58364939, message: fifoEntry, many: true, old: true, since: "0.1", doc: "Ends of FIFOs" },
  { name: "UNIXSK", file: "unixsk.img", magic: 0x54373943, message: unixSkEntry, many: true, old: true, since: "0.1", doc: "Unix sockets" },
  { name: "INETSK", file: "inetsk.img", magic: 0x56443851, message: inetSkEntry, many: true, old: true, since: "0.1", doc: "Internet sockets" },
  { name: "PACKETSK", file: "packetsk.img", magic: 0x60454618, message: packetSockEntry, many: true, old: true, since: "0.2", doc: "Packet sockets" },
  { name: "NETLINK_SK", file: "netlinksk.img", magic: 0x58005614, message: netlinkSkEntry, many: true, old: true, since: "0.5", doc: "Netlink sockets" },
  { name: "TTY_FILES", file: "tty.img", magic: 0x59433025, message: ttyFileEntry, many: true, old: true, since: "0.2", doc: "Open terminals" },
  { name: "TUNFILE", file: "tunfile.img", magic: 0x57143751, message: tunfileEntry, many: true, old: true, since: "0.7", doc: "Open tun devices" },
  { name: "TIMERFD", file: "timerfd.img", magic: 0x50493712, message: timerfdEntry, many: true, old: true, since: "1.3", doc: "timerfds" },
  { name: "PIDFD", file: "pidfd.img", magic: 0x54435556, message: pidfdEntry, many: true, critFails: true, since: "4.1", doc: "pidfds (no release writes this file)" },
  { name: "PAGES_OLD", file: "pages-%u.img", magic: 0x56084025, payload: { kind: "old-pages" }, critFails: true, old: true, since: "0.1", doc: "Page contents before 0.5, each behind its address" },
  { name: "SHM_PAGES_OLD", file: "pages-shmem-%u.img", magic: 0x56084025, payload: { kind: "old-pages" }, critFails: true, old: true, since: "0.1", doc: "Contents of shared memory before 0.5, each page behind its offset" },
];
