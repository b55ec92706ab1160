/** Protocols of sockets by number: facts of Linux that every format shares. */

const byNumber = (entries: Readonly<Record<string, number>>): ReadonlyMap<number, string> => new Map(Object.entries(entries).map(([name, value]) => [value, name]));

/**
 * IPPROTO_* (include/uapi/linux/in.h and in6.h), and protocols of routers and hosts that raw sockets carry and that have a
 * number of IANA only.
 */
export const IP_PROTOCOLS = byNumber({
  IP: 0, ICMP: 1, IGMP: 2, GGP: 3, IPIP: 4, ST: 5, TCP: 6, EGP: 8, IGP: 9, PUP: 12, UDP: 17, IDP: 22, TP: 29, DCCP: 33, IPV6: 41, ROUTING: 43,
  FRAGMENT: 44, RSVP: 46, GRE: 47, ESP: 50, AH: 51, ICMPV6: 58, NONE: 59, DSTOPTS: 60, EIGRP: 88, OSPF: 89, MTP: 92, AX25: 93, BEETPH: 94,
  ETHERIP: 97, ENCAP: 98, PIM: 103, COMP: 108, VRRP: 112, L2TP: 115, ISIS: 124, SCTP: 132, FC: 133, MH: 135, UDPLITE: 136, MPLS: 137, HIP: 139,
  SHIM6: 140, WESP: 141, ROHC: 142, ETHERNET: 143, AGGFRAG: 144, RAW: 255, SMC: 256, MPTCP: 262,
});

/** NETLINK_* (include/uapi/linux/netlink.h). */
export const NETLINK_PROTOCOLS = byNumber({
  ROUTE: 0, UNUSED: 1, USERSOCK: 2, FIREWALL: 3, SOCK_DIAG: 4, NFLOG: 5, XFRM: 6, SELINUX: 7, ISCSI: 8, AUDIT: 9, FIB_LOOKUP: 10, CONNECTOR: 11,
  NETFILTER: 12, IP6_FW: 13, DNRTMSG: 14, KOBJECT_UEVENT: 15, GENERIC: 16, SCSITRANSPORT: 18, ECRYPTFS: 19, RDMA: 20, CRYPTO: 21, SMC: 22,
});

/** ETH_P_* (include/uapi/linux/if_ether.h), in the byte order of the machine. */
export const ETHERTYPES = byNumber({
  "802_3": 0x1, AX25: 0x2, ALL: 0x3, "802_2": 0x4, SNAP: 0x5, DDCMP: 0x6, WAN_PPP: 0x7, PPP_MP: 0x8, LOCALTALK: 0x9, CAN: 0xc, CANFD: 0xd,
  CANXL: 0xe, PPPTALK: 0x10, TR_802_2: 0x11, MOBITEX: 0x15, CONTROL: 0x16, IRDA: 0x17, ECONET: 0x18, HDLC: 0x19, ARCNET: 0x1a, DSA: 0x1b,
  TRAILER: 0x1c, LOOP: 0x60, PHONET: 0xf5, IEEE802154: 0xf6, CAIF: 0xf7, XDSA: 0xf8, MAP: 0xf9, MCTP: 0xfa, PUP: 0x200, PUPAT: 0x201, IP: 0x800,
  X25: 0x805, ARP: 0x806, BPQ: 0x8ff, IEEEPUP: 0xa00, IEEEPUPAT: 0xa01, ERSPAN2: 0x22eb, TSN: 0x22f0, BATMAN: 0x4305, DEC: 0x6000, DNA_DL: 0x6001,
  DNA_RC: 0x6002, DNA_RT: 0x6003, LAT: 0x6004, DIAG: 0x6005, CUST: 0x6006, SCA: 0x6007, TEB: 0x6558, RARP: 0x8035, ATALK: 0x809b, AARP: 0x80f3,
  "8021Q": 0x8100, IPX: 0x8137, IPV6: 0x86dd, PAUSE: 0x8808, SLOW: 0x8809, WCCP: 0x883e, MPLS_UC: 0x8847, MPLS_MC: 0x8848, ATMMPOA: 0x884c,
  PPP_DISC: 0x8863, PPP_SES: 0x8864, LINK_CTL: 0x886c, ATMFATE: 0x8884, PAE: 0x888e, PROFINET: 0x8892, REALTEK: 0x8899, AOE: 0x88a2,
  ETHERCAT: 0x88a4, "8021AD": 0x88a8, "802_EX1": 0x88b5, ERSPAN: 0x88be, PREAUTH: 0x88c7, TIPC: 0x88ca, LLDP: 0x88cc, MRP: 0x88e3, MACSEC: 0x88e5,
  "8021AH": 0x88e7, MVRP: 0x88f5, "1588": 0x88f7, NCSI: 0x88f8, PRP: 0x88fb, CFM: 0x8902, FCOE: 0x8906, TDLS: 0x890d, FIP: 0x8914, IBOE: 0x8915,
  "80221": 0x8917, HSR: 0x892f, NSH: 0x894f, LOOPBACK: 0x9000, QINQ1: 0x9100, QINQ2: 0x9200, QINQ3: 0x9300, EDSA: 0xdada, DSA_8021Q: 0xdadb,
  DSA_A5PSW: 0xe001, IFE: 0xed3e, AF_IUCV: 0xfbfb,
});
