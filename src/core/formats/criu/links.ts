import type { MessageValue } from "../../schema/decode-message.ts";

/** Rows by the ids that images use for them: what one image names, another describes. */
export class Links {
  /** Open files by type number and id. */
  readonly files = new Map<string, number>();
  /** Regular files by id. */
  readonly paths = new Map<number, string>();
  readonly regular = new Map<number, MessageValue>();
  readonly pipes = new Map<number, number>();
  readonly sockets = new Map<number, number>();
  readonly socketsByInode = new Map<number, number>();
  readonly terminals = new Map<number, number>();
  /** Shared memory by kind and id: memfd by inode id, SysV by segment id, anonymous by shmid. */
  readonly objects = new Map<string, number>();
  /** Shared memory by the number in the name of its pagemap. */
  readonly objectsByShmid = new Map<number, number>();
  readonly namespaces = new Map<string, number>();
  readonly cgroupSets = new Map<number, number>();
  readonly tasks = new Map<number, number>();
  readonly threads = new Map<number, number>();
  readonly spaces = new Map<number, number>();
  readonly fdTables = new Map<number, number>();
  readonly filters: number[] = [];
  readonly mounts = new Map<number, number>();

  file(type: number, id: number): number {
    return this.files.get(`${type}/${id}`) ?? -1;
  }
}

/** Numbers of `fd_types` in the order of the schema. */
export const FD = {
  UND: 0, REG: 1, PIPE: 2, FIFO: 3, INETSK: 4, UNIXSK: 5, EVENTFD: 6, EVENTPOLL: 7, INOTIFY: 8, SIGNALFD: 9, PACKETSK: 10, TTY: 11, FANOTIFY: 12, NETLINKSK: 13, NS: 14,
  TUNF: 15, EXT: 16, TIMERFD: 17, MEMFD: 18, BPFMAP: 19, PIDFD: 20,
} as const;
