/**
 * Texts that are made of other texts: paths of control groups, names of what is sent through sockets. An image holds a long
 * name once, and any number of rows may repeat it: together they get so much room, and no more.
 */

/** Characters of all such texts of a set. Those of a sound one have some thousands. */
export const MOST_COMPOSED = 32 * 1024 * 1024;

export class TextRoom {
  #left: number;

  constructor(most = MOST_COMPOSED) {
    this.#left = most;
  }

  /** Whether there is room for so many characters, which it then takes. */
  takes(length: number): boolean {
    if (length > this.#left) return false;
    this.#left -= length;
    return true;
  }
}

/** A name of a socket has 108 bytes, of which each may be shown as six characters. */
const MOST_SOCKET_NAME = 108 * 6;

/** A socket's name as part of a longer text. */
export function shortSocketName(name: string): string {
  return name.length > MOST_SOCKET_NAME ? `${name.slice(0, MOST_SOCKET_NAME)}…` : name;
}
