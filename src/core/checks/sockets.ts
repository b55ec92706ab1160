/** Ends of pairs: sockets name each other, the slave of a terminal names its master. */
import type { Checkpoint } from "../model/checkpoint.ts";
import { rowSpan } from "./row-span.ts";

export function pairs(checkpoint: Checkpoint): void {
  const { tables, diagnostics } = checkpoint;
  const sockets = tables.get("sockets");
  for (let row = 0; row < sockets.length; row++) {
    const peer = sockets.number(row, "peer");
    const back = peer < 0 ? row : sockets.number(peer, "peer");
    if (back === row || back < 0) continue;
    diagnostics.report(
      "socket.pair",
      `Socket #${sockets.number(row, "objref")} names #${sockets.number(peer, "objref")} as its peer, which names another.`,
      checkpoint.decoder.fieldSpan("sockets", row, "peer"),
      { table: "sockets", row },
    );
  }
  const terminals = tables.get("terminals");
  for (let row = 0; row < terminals.length; row++) {
    const link = terminals.number(row, "link");
    if (link < 0 || terminals.text(link, "end") === "master") continue;
    diagnostics.report(
      "tty.pair",
      `Terminal #${terminals.number(row, "objref")} names #${terminals.number(link, "objref")} as its master, which is none.`,
      checkpoint.decoder.fieldSpan("terminals", row, "link") ?? rowSpan(checkpoint, terminals, row),
      { table: "terminals", row },
    );
  }
}
