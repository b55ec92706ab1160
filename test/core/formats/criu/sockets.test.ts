/** Sockets of made images: protocols by name, addresses, and each option as a row that leads to its bytes. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { expectTiles, openSet, type OpenedSet } from "../../../support/criu-open.ts";
import { rawRows, type RawRow } from "../../../support/criu-truth.ts";
import type { FieldNode } from "../../../../src/core/inspector.ts";

type Values = Readonly<Record<string, unknown>>;

const OPTIONS = { so_sndbuf: 16384, so_rcvbuf: 131072, so_snd_tmo_sec: 0, so_snd_tmo_usec: 0, so_rcv_tmo_sec: 0, so_rcv_tmo_usec: 0 };
const OWNER = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };
const inet = (values: Values): Values => ({ id: 7, ino: 70, family: 2, type: 1, proto: 6, state: 7, src_port: 0, dst_port: 0, flags: 2, backlog: 0, src_addr: [0], dst_addr: [0], fown: OWNER, opts: OPTIONS, ...values });
const packet = (values: Values): Values => ({
  id: 7, type: 3, protocol: 768, flags: 2, ifindex: 0, fown: OWNER, opts: OPTIONS, version: 2, reserve: 0, aux_data: true, orig_dev: false, vnet_hdr: false, loss: false, timestamp: 0, copy_thresh: 0, ...values,
});
const netlink = (values: Values): Values => ({ id: 7, ino: 70, protocol: 0, state: 7, flags: 2, portid: 44, groups: [0], dst_portid: 0, dst_group: 0, fown: OWNER, opts: OPTIONS, ...values });

const TYPES = { isk: 4, psk: 10, nlsk: 13 } as const;

async function open(part: keyof typeof TYPES, values: Values, endian: "little" | "big" = "little", more: readonly [name: string, bytes: Uint8Array][] = []): Promise<OpenedSet> {
  const image = (name: string, type: string, entries: readonly Values[], head?: "none"): [string, Uint8Array] => [name, criuImage(type, entries as never, { endian, ...(head === undefined ? {} : { head }) })];
  const files = [
    image("inventory.img", "INVENTORY", [{ img_version: 2 }]),
    image("pstree.img", "PSTREE", [{ pid: 1, ppid: 0, pgid: 1, sid: 1, threads: [1] }]),
    image("files.img", "FILES", [{ type: TYPES[part], id: 7, [part]: values }]),
    ...more,
  ];
  return (await openSet(files.map(([name, bytes]) => ({ name, source: memorySource(bytes) }))))!;
}

async function socketOf(part: keyof typeof TYPES, values: Values, endian?: "little" | "big"): Promise<RawRow> {
  const { checkpoint, inspector } = await open(part, values, endian);
  await inspector.close();
  return rawRows(checkpoint, "sockets")[0]!;
}

function optionsOf({ checkpoint }: OpenedSet): Readonly<Record<string, unknown>> {
  return Object.fromEntries(rawRows(checkpoint, "socket_options").map(({ level, name, value }) => [`${level} ${name}`, value]));
}

describe("protocols", () => {
  test.each([[6, "TCP"], [89, "OSPF"], [2, "IGMP"], [132, "SCTP"], [262, "MPTCP"], [255, "RAW"], [200, "200"]] as const)("of IP sockets by name: %i", async (proto, protocol) => {
    expect(await socketOf("isk", inet({ type: 3, proto }))).toMatchObject({ protocol, protocol_number: proto });
  });

  test.each([[0, "ROUTE"], [22, "SMC"], [19, "ECRYPTFS"], [17, "17"]] as const)("of netlink by name: %i", async (number, protocol) => {
    expect(await socketOf("nlsk", netlink({ protocol: number }))).toMatchObject({ protocol, protocol_number: number });
  });

  test.each([
    [768, "little", "ALL"], [3, "big", "ALL"], [0x0608, "little", "ARP"], [0x0806, "big", "ARP"], [0xdd86, "little", "IPV6"], [0x3412, "little", "0x1234"], [0x1234, "big", "0x1234"], [0x10003, "little", "0x10003"],
  ] as const)("of packet sockets by ethertype: %i of a %s-endian machine", async (number, endian, protocol) => {
    expect(await socketOf("psk", packet({ protocol: number }), endian)).toMatchObject({ protocol, protocol_number: number });
  });
});

test("an IPv4 address in an IPv6 one is written as one", async () => {
  // Words whose bytes in memory are ::ffff:127.0.0.1.
  const mapped = [0, 0, 0xffff_0000, 0x0100_007f];
  expect(await socketOf("isk", inet({ family: 10, src_addr: mapped, src_port: 80, dst_addr: mapped, dst_port: 4000 }))).toMatchObject({ local: "[::ffff:127.0.0.1]:80", remote: "[::ffff:127.0.0.1]:4000" });
  const set = await open("isk", inet({ family: 10, src_addr: mapped, src_port: 80 }));
  const { root } = (await set.inspector.explain(rawRows(set.checkpoint, "sockets")[0]!["record"] as number))!;
  const find = (node: FieldNode): FieldNode | undefined => (node.path === "isk.src_addr" ? node : node.children?.map(find).find((found) => found !== undefined));
  expect(find(root)!.text).toBe("::ffff:127.0.0.1");
  await set.inspector.close();
});

describe("options", () => {
  test("of IP and TCP are rows, and those that are set stand beside the socket", async () => {
    const set = await open("isk", inet({
      family: 10, v6only: true, ifname: "eth0", opts: { ...OPTIONS, so_buf_lock: 1, so_oobinline: 1, so_linger: 1, so_filter: [1n, 2n] },
      ip_opts: { freebind: true, pktinfo: false, tos: 16, ttl: 64, raw: { hdrincl: true, icmpv_filter: [255, 1] } }, tcp_opts: { nodelay: true, cork: false, keepcnt: 9, keepidle: 30 },
    }));
    expect(optionsOf(set)).toEqual({
      "socket so_sndbuf": "16.0 KiB (16,384)", "socket so_rcvbuf": "128.0 KiB (131,072)", "socket so_snd_tmo_sec": "0", "socket so_snd_tmo_usec": "0", "socket so_rcv_tmo_sec": "0", "socket so_rcv_tmo_usec": "0",
      "socket so_buf_lock": "SEND (0x1)", "socket so_oobinline": "1", "socket so_linger": "1 second", "socket so_filter": "2 instructions",
      "ip ifname": "eth0", "ip freebind": "yes", "ip pktinfo": "no", "ip tos": "0x10", "ip ttl": "64", "ip raw.hdrincl": "yes", "ip raw.icmpv_filter": "0xff, 0x1",
      "ipv6 v6only": "yes", "tcp nodelay": "yes", "tcp cork": "no", "tcp keepcnt": "9", "tcp keepidle": "30 seconds",
    });
    expect(rawRows(set.checkpoint, "sockets")[0]!["options"]).toBe("sndbuf 16384, rcvbuf 131072, send buffer locked, oobinline, linger 1, filter of 2 instructions, v6only, freebind, tos 16, hdrincl, nodelay, keepidle 30");
    await set.inspector.close();
  });

  test("of packet sockets have rings and memberships field by field", async () => {
    const ring = { block_size: 4096, block_nr: 4, frame_size: 2048, frame_nr: 8, retire_tmo: 10, sizeof_priv: 0, features: 1 };
    const set = await open("psk", packet({
      reserve: 16, timestamp: 0x44, fanout: 0x0103_0005, rx_ring: ring, mclist: [{ index: 2, type: 1, addr: Uint8Array.of(1, 2) }, { index: 3, type: 9, addr: new Uint8Array(0) }],
    }));
    expect(optionsOf(set)).toMatchObject({
      "packet version": "TPACKET_V3 (2)", "packet reserve": "16 B", "packet aux_data": "yes", "packet loss": "no", "packet timestamp": "RX_HARDWARE|RAW_HARDWARE (0x44)", "packet fanout": "group 5, ROLLOVER, flags 0x1 (0x1030005)",
      "packet rx_ring.block_size": "4.0 KiB (4,096)", "packet rx_ring.frame_nr": "8", "packet rx_ring.retire_tmo": "10 milliseconds",
      "packet mclist.0.index": "2", "packet mclist.0.type": "PROMISC (1)", "packet mclist.0.addr": "01 02", "packet mclist.1.type": "9 (unknown)", "packet mclist.1.index": "3",
    });
    await set.inspector.close();
    const none = await open("psk", packet({ fanout: 0xffff_ffff }));
    expect(optionsOf(none)["packet fanout"]).toBe("none");
    await none.inspector.close();
  });

  test("of netlink have the groups by number", async () => {
    const set = await open("nlsk", netlink({ groups: [0x8000_0111, 2], dst_portid: 5, dst_group: 3 }));
    expect(optionsOf(set)).toMatchObject({ "netlink groups": "1, 5, 9, 32, 34 (0x80000111 0x2)", "netlink dst_portid": "5", "netlink dst_group": "3" });
    expect(rawRows(set.checkpoint, "sockets")[0]).toMatchObject({ remote: "port 5", options: expect.stringContaining("groups 1, 5, 9, 32, 34") });
    await set.inspector.close();
    const many = await open("nlsk", netlink({ groups: Array.from({ length: 3000 }, () => 0xffff_ffff) }));
    expect(String(optionsOf(many)["netlink groups"])).toMatch(/^1, 2, .*16 and 95984 more \(0xffffffff /);
    expect(String(optionsOf(many)["netlink groups"]).length).toBeLessThan(300);
    await many.inspector.close();
  });

  test("of a connection stand with those of its socket", async () => {
    const stream = criuImage("TCP_STREAM", [{ inq_len: 0, inq_seq: 100, outq_len: 0, outq_seq: 200, opt_mask: 5, snd_wscale: 7, mss_clamp: 1460 }]);
    const set = await open("isk", inet({ state: 1, src_port: 80, dst_port: 99 }), "little", [["tcp-stream-46.img", stream]]);
    expect(optionsOf(set)).toMatchObject({ "tcp connection opt_mask": "TIMESTAMPS|WSCALE (0x5)", "tcp connection mss_clamp": "1460", "tcp connection inq_seq": "100" });
    expect(Object.keys(optionsOf(set))).not.toContain("tcp connection inq_len");
    await set.inspector.close();
  });

  test("lead to the bytes of their fields, in every family", async () => {
    const ring = { block_size: 4096, block_nr: 4, frame_size: 2048, frame_nr: 8, retire_tmo: 10, sizeof_priv: 0, features: 1 };
    for (const [part, values] of [
      ["isk", inet({ v6only: true, ip_opts: { tos: 16, raw: { icmpv_filter: [255] } }, tcp_opts: { nodelay: true }, opts: { ...OPTIONS, so_filter: [1n] } })],
      ["psk", packet({ fanout: 1, tx_ring: ring, mclist: [{ index: 2, type: 1, addr: Uint8Array.of(1) }, { index: 3, type: 1, addr: Uint8Array.of(1) }] })],
      ["nlsk", netlink({ groups: [1] })],
    ] as const) {
      const set = await open(part, values);
      const spans = new Set<string>();
      const tree = await set.checkpoint.decoder.explain(rawRows(set.checkpoint, "sockets")[0]!["record"] as number, () => true);
      const texts = new Map<string, string>();
      const collect = ({ path, text, children }: FieldNode): void => {
        texts.set(path, text);
        children?.forEach(collect);
      };
      collect(tree);
      for (const [row, { name, value, record }] of rawRows(set.checkpoint, "socket_options").entries()) {
        const origin = (await set.inspector.locate("socket_options", row, "value"))!;
        const plain = String(name).replace(/^raw\./, "");
        expect(origin.path).toMatch(new RegExp(`^${part}\\.(.*\\.)?${plain.replaceAll(".", "\\.")}$`));
        expect(origin.record).toBe(record);
        // Lists, masks and texts read differently; all others as the field itself does.
        if (!/icmpv_filter|so_filter|fanout|groups|addr/.test(plain)) expect([plain, value]).toEqual([plain, texts.get(origin.path!)]);
        spans.add(`${origin.span.start}-${origin.span.end}`);
      }
      // No two options share their bytes.
      expect(spans.size).toBe(rawRows(set.checkpoint, "socket_options").length);
      expectTiles((await set.inspector.explain(rawRows(set.checkpoint, "sockets")[0]!["record"] as number))!.root);
      await set.inspector.close();
    }
  });
});
