/**
 * Addresses of sockets. An image holds the bytes of an address in 32-bit words of the machine that wrote it: one word for
 * IPv4, four for IPv6. crit prints them as one text, shortened as Python's `ipaddress` module does.
 */

/** Text of one or four words; undefined for any other count. `little`: byte order of the machine that wrote them. */
export function addressText(words: readonly number[], little: boolean): string | undefined {
  if (words.length !== 1 && words.length !== 4) return undefined;
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, little);
  return words.length === 1 ? bytes.join(".") : longText(view);
}

/** Groups in hex, the longest run of two or more zero groups as `::` (the first of equal ones). */
function longText(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2, false));
  let best = 0;
  let bestLength = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > bestLength) {
      best = at;
      bestLength = end - at;
    }
  }
  const text = (from: number, to: number): string => groups.slice(from, to).map((group) => group.toString(16)).join(":");
  return bestLength === 1 ? text(0, 8) : `${text(0, best)}::${text(best + bestLength, 8)}`;
}

/** Words of an address; undefined when the text is none. */
export function addressWords(text: string, little: boolean): number[] | undefined {
  const bytes = text.includes(":") ? longBytes(text) : shortBytes(text);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, little));
}

function shortBytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function longBytes(text: string): Uint8Array | undefined {
  // The last two groups may be written as an IPv4 address.
  const tail = text.slice(text.lastIndexOf(":") + 1);
  const short = tail.includes(".") ? shortBytes(tail) : undefined;
  if (tail.includes(".") && short === undefined) return undefined;
  const group = (at: number): string => ((short![at]! << 8) | short![at + 1]!).toString(16);
  const whole = short === undefined ? text : `${text.slice(0, -tail.length)}${group(0)}:${group(2)}`;
  const halves = whole.split("::");
  if (halves.length > 2) return undefined;
  const [front = [], back = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const zeros = 8 - front.length - back.length;
  if (halves.length === 2 ? zeros < 1 : zeros !== 0) return undefined;
  const groups = [...front, ...Array.from({ length: zeros }, () => "0"), ...back];
  if (groups.some((part) => !/^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  return Uint8Array.from(groups.flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff]));
}
