/** Names of sysctls that images store by position; shorter lists come from older versions (criu/net.c). */
const list = (words: string): readonly string[] => words.split(/\s+/);

export const CONF4 = list(
  `accept_local accept_redirects accept_source_route arp_accept arp_announce arp_filter arp_ignore arp_notify bootp_relay disable_policy
  disable_xfrm force_igmp_version forwarding igmpv2_unsolicited_report_interval igmpv3_unsolicited_report_interval log_martians medium_id
  promote_secondaries proxy_arp proxy_arp_pvlan route_localnet rp_filter secure_redirects send_redirects shared_media src_valid_mark tag
  ignore_routes_with_linkdown drop_gratuitous_arp drop_unicast_in_l2_multicast`,
);
export const CONF6 = list(
  `accept_dad accept_ra accept_ra_defrtr accept_ra_from_local accept_ra_min_hop_limit accept_ra_mtu accept_ra_pinfo
  accept_ra_rt_info_max_plen accept_ra_rtr_pref accept_redirects accept_source_route autoconf dad_transmits disable_ipv6
  drop_unicast_in_l2_multicast drop_unsolicited_na force_mld_version force_tllao forwarding hop_limit ignore_routes_with_linkdown
  keep_addr_on_down max_addresses max_desync_factor mldv1_unsolicited_report_interval mldv2_unsolicited_report_interval mtu ndisc_notify
  optimistic_dad proxy_ndp regen_max_retry router_probe_interval router_solicitation_delay router_solicitation_interval
  router_solicitations stable_secret suppress_frag_ndisc temp_prefered_lft temp_valid_lft use_oif_addrs_only use_optimistic use_tempaddr`,
);
export const UNIX_CONF = list("max_dgram_qlen");
export const IPV4_SYSCTL = list("ping_group_range");
/** Fields of `ipc_var_entry` with the names of the sysctls under kernel/ and fs/mqueue/. */
export const IPC_NAMES: Readonly<Record<string, string>> = {
  sem_ctls: "kernel.sem", msg_ctlmax: "kernel.msgmax", msg_ctlmnb: "kernel.msgmnb", msg_ctlmni: "kernel.msgmni", auto_msgmni: "kernel.auto_msgmni", shm_ctlmax: "kernel.shmmax",
  shm_ctlall: "kernel.shmall", shm_ctlmni: "kernel.shmmni", shm_rmid_forced: "kernel.shm_rmid_forced", mq_queues_max: "fs.mqueue.queues_max", mq_msg_max: "fs.mqueue.msg_max",
  mq_msgsize_max: "fs.mqueue.msgsize_max", mq_msg_default: "fs.mqueue.msg_default", mq_msgsize_default: "fs.mqueue.msgsize_default", msg_next_id: "kernel.msg_next_id",
  sem_next_id: "kernel.sem_next_id", shm_next_id: "kernel.shm_next_id",
};
