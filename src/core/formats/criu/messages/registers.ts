/** Registers of every architecture (images/core-*.proto). Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { address, hex } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { X86_MODE } from "./enums.ts";

export const pacAddressKeys: Message = message("pac_address_keys", {
  apiakey_lo: required(1, "uint64", "4.1", { show: hex }),
  apiakey_hi: required(2, "uint64", "4.1", { show: hex }),
  apibkey_lo: required(3, "uint64", "4.1", { show: hex }),
  apibkey_hi: required(4, "uint64", "4.1", { show: hex }),
  apdakey_lo: required(5, "uint64", "4.1", { show: hex }),
  apdakey_hi: required(6, "uint64", "4.1", { show: hex }),
  apdbkey_lo: required(7, "uint64", "4.1", { show: hex }),
  apdbkey_hi: required(8, "uint64", "4.1", { show: hex }),
  pac_enabled_key: required(9, "uint64", "4.1", { show: hex }),
});

export const pacGenericKeys: Message = message("pac_generic_keys", {
  apgakey_lo: required(1, "uint64", "4.1", { show: hex }),
  apgakey_hi: required(2, "uint64", "4.1", { show: hex }),
});

export const pacKeys: Message = message("pac_keys", {
  pac_address_keys: optional(6, pacAddressKeys, "4.1"),
  pac_generic_keys: optional(7, pacGenericKeys, "4.1"),
});

export const userAarch64RegsEntry: Message = message("user_aarch64_regs_entry", {
  regs: repeated(1, "uint64", "1.3", { show: hex }),
  sp: required(2, "uint64", "1.3", { show: hex }),
  pc: required(3, "uint64", "1.3", { show: hex }),
  pstate: required(4, "uint64", "1.3", { show: hex }),
});

export const userAarch64FpsimdContextEntry: Message = message("user_aarch64_fpsimd_context_entry", {
  vregs: repeated(1, "uint64", "1.3", { show: hex }),
  fpsr: required(2, "uint32", "1.3", { show: hex }),
  fpcr: required(3, "uint32", "1.3", { show: hex }),
});

export const userAarch64GcsEntry: Message = message("user_aarch64_gcs_entry", {
  gcspr_el0: required(1, "uint64", "4.3", { show: address }),
  features_enabled: required(2, "uint64", "4.3", { show: hex }),
}, "Guarded control stack");

export const threadInfoAarch64: Message = message("thread_info_aarch64", {
  clear_tid_addr: required(1, "uint64", "1.3", { show: address, hint: { as: "hex" } }),
  tls: required(2, "uint64", "1.3", { show: address }),
  gpregs: required(3, userAarch64RegsEntry, "1.3", { show: hex, hint: { as: "hex" } }),
  fpsimd: required(4, userAarch64FpsimdContextEntry, "1.3"),
  pac_keys: optional(5, pacKeys, "4.1"),
  gcs: optional(6, userAarch64GcsEntry, "4.3"),
});

export const userArmRegsEntry: Message = message("user_arm_regs_entry", {
  r0: required(1, "uint32", "0.4", { show: hex }),
  r1: required(2, "uint32", "0.4", { show: hex }),
  r2: required(3, "uint32", "0.4", { show: hex }),
  r3: required(4, "uint32", "0.4", { show: hex }),
  r4: required(5, "uint32", "0.4", { show: hex }),
  r5: required(6, "uint32", "0.4", { show: hex }),
  r6: required(7, "uint32", "0.4", { show: hex }),
  r7: required(8, "uint32", "0.4", { show: hex }),
  r8: required(9, "uint32", "0.4", { show: hex }),
  r9: required(10, "uint32", "0.4", { show: hex }),
  r10: required(11, "uint32", "0.4", { show: hex }),
  fp: required(12, "uint32", "0.4", { show: hex }),
  ip: required(13, "uint32", "0.4", { show: hex }),
  sp: required(14, "uint32", "0.4", { show: hex }),
  lr: required(15, "uint32", "0.4", { show: hex }),
  pc: required(16, "uint32", "0.4", { show: hex }),
  cpsr: required(17, "uint32", "0.4", { show: hex }),
  orig_r0: required(18, "uint32", "0.4", { show: hex }),
});

export const userArmVfpstateEntry: Message = message("user_arm_vfpstate_entry", {
  vfp_regs: repeated(1, "uint64", "0.4", { show: hex }),
  fpscr: required(2, "uint32", "0.4", { show: hex }),
  fpexc: required(3, "uint32", "0.4", { show: hex }),
  fpinst: required(4, "uint32", "0.4", { show: hex }),
  fpinst2: required(5, "uint32", "0.4", { show: hex }),
});

export const threadInfoArm: Message = message("thread_info_arm", {
  clear_tid_addr: required(1, "uint64", "0.4", { show: address, hint: { as: "hex" } }),
  tls: required(2, "uint32", "0.4", { show: address }),
  gpregs: required(3, userArmRegsEntry, "0.4", { show: hex, hint: { as: "hex" } }),
  fpstate: required(4, userArmVfpstateEntry, "0.4"),
});

export const userLoongarch64GpregsEntry: Message = message("user_loongarch64_gpregs_entry", {
  regs: repeated(1, "uint64", "3.19", { show: hex }),
  pc: required(2, "uint64", "3.19", { show: hex }),
});

export const userLoongarch64FpregsEntry: Message = message("user_loongarch64_fpregs_entry", {
  regs: repeated(1, "uint64", "3.19", { show: hex }),
  fcc: required(2, "uint64", "3.19", { show: hex }),
  fcsr: required(3, "uint32", "3.19", { show: hex }),
}, "CRIU 4.2 writes these uninitialised: the values are garbage");

export const threadInfoLoongarch64: Message = message("thread_info_loongarch64", {
  clear_tid_addr: required(1, "uint64", "3.19", { show: address, hint: { as: "hex" } }),
  tls: required(2, "uint64", "3.19", { show: address }),
  gpregs: required(3, userLoongarch64GpregsEntry, "3.19", { show: hex, hint: { as: "hex" } }),
  fpregs: required(4, userLoongarch64FpregsEntry, "3.19", { show: hex, hint: { as: "hex" } }),
});

export const userMipsRegsEntry: Message = message("user_mips_regs_entry", {
  r0: required(1, "uint64", "3.15", { show: hex }),
  r1: required(2, "uint64", "3.15", { show: hex }),
  r2: required(3, "uint64", "3.15", { show: hex }),
  r3: required(4, "uint64", "3.15", { show: hex }),
  r4: required(5, "uint64", "3.15", { show: hex }),
  r5: required(6, "uint64", "3.15", { show: hex }),
  r6: required(7, "uint64", "3.15", { show: hex }),
  r7: required(8, "uint64", "3.15", { show: hex }),
  r8: required(9, "uint64", "3.15", { show: hex }),
  r9: required(10, "uint64", "3.15", { show: hex }),
  r10: required(11, "uint64", "3.15", { show: hex }),
  r11: required(12, "uint64", "3.15", { show: hex }),
  r12: required(13, "uint64", "3.15", { show: hex }),
  r13: required(14, "uint64", "3.15", { show: hex }),
  r14: required(15, "uint64", "3.15", { show: hex }),
  r15: required(16, "uint64", "3.15", { show: hex }),
  r16: required(17, "uint64", "3.15", { show: hex }),
  r17: required(18, "uint64", "3.15", { show: hex }),
  r18: required(19, "uint64", "3.15", { show: hex }),
  r19: required(20, "uint64", "3.15", { show: hex }),
  r20: required(21, "uint64", "3.15", { show: hex }),
  r21: required(22, "uint64", "3.15", { show: hex }),
  r22: required(23, "uint64", "3.15", { show: hex }),
  r23: required(24, "uint64", "3.15", { show: hex }),
  r24: required(25, "uint64", "3.15", { show: hex }),
  r25: required(26, "uint64", "3.15", { show: hex }),
  r26: required(27, "uint64", "3.15", { show: hex }),
  r27: required(28, "uint64", "3.15", { show: hex }),
  r28: required(29, "uint64", "3.15", { show: hex }),
  r29: required(30, "uint64", "3.15", { show: hex }),
  r30: required(31, "uint64", "3.15", { show: hex }),
  r31: required(32, "uint64", "3.15", { show: hex }),
  lo: required(33, "uint64", "3.15", { show: hex }),
  hi: required(34, "uint64", "3.15", { show: hex }),
  cp0_epc: required(35, "uint64", "3.15", { show: hex }),
  cp0_badvaddr: required(36, "uint64", "3.15", { show: hex }),
  cp0_status: required(37, "uint64", "3.15", { show: hex }),
  cp0_cause: required(38, "uint64", "3.15", { show: hex }),
});

export const userMipsFpregsEntry: Message = message("user_mips_fpregs_entry", {
  r0: required(1, "uint64", "3.15", { show: hex }),
  r1: required(2, "uint64", "3.15", { show: hex }),
  r2: required(3, "uint64", "3.15", { show: hex }),
  r3: required(4, "uint64", "3.15", { show: hex }),
  r4: required(5, "uint64", "3.15", { show: hex }),
  r5: required(6, "uint64", "3.15", { show: hex }),
  r6: required(7, "uint64", "3.15", { show: hex }),
  r7: required(8, "uint64", "3.15", { show: hex }),
  r8: required(9, "uint64", "3.15", { show: hex }),
  r9: required(10, "uint64", "3.15", { show: hex }),
  r10: required(11, "uint64", "3.15", { show: hex }),
  r11: required(12, "uint64", "3.15", { show: hex }),
  r12: required(13, "uint64", "3.15", { show: hex }),
  r13: required(14, "uint64", "3.15", { show: hex }),
  r14: required(15, "uint64", "3.15", { show: hex }),
  r15: required(16, "uint64", "3.15", { show: hex }),
  r16: required(17, "uint64", "3.15", { show: hex }),
  r17: required(18, "uint64", "3.15", { show: hex }),
  r18: required(19, "uint64", "3.15", { show: hex }),
  r19: required(20, "uint64", "3.15", { show: hex }),
  r20: required(21, "uint64", "3.15", { show: hex }),
  r21: required(22, "uint64", "3.15", { show: hex }),
  r22: required(23, "uint64", "3.15", { show: hex }),
  r23: required(24, "uint64", "3.15", { show: hex }),
  r24: required(25, "uint64", "3.15", { show: hex }),
  r25: required(26, "uint64", "3.15", { show: hex }),
  r26: required(27, "uint64", "3.15", { show: hex }),
  r27: required(28, "uint64", "3.15", { show: hex }),
  r28: required(29, "uint64", "3.15", { show: hex }),
  r29: required(30, "uint64", "3.15", { show: hex }),
  r30: required(31, "uint64", "3.15", { show: hex }),
  r31: required(32, "uint64", "3.15", { show: hex }),
  lo: required(33, "uint64", "3.15", { show: hex }),
  hi: required(34, "uint64", "3.15", { show: hex }),
  fpu_fcr31: required(35, "uint32", "3.15", { show: hex }),
  fpu_id: required(36, "uint32", "3.15", { show: hex }),
});

export const threadInfoMips: Message = message("thread_info_mips", {
  clear_tid_addr: required(1, "uint64", "3.15", { show: address, hint: { as: "hex" } }),
  tls: required(2, "uint64", "3.15", { show: address }),
  gpregs: required(3, userMipsRegsEntry, "3.15", { show: hex, hint: { as: "hex" } }),
  fpregs: required(4, userMipsFpregsEntry, "3.15", { show: hex, hint: { as: "hex" } }),
});

export const userPpc64RegsEntry: Message = message("user_ppc64_regs_entry", {
  gpr: repeated(1, "uint64", "1.6", { show: hex }),
  nip: required(2, "uint64", "1.6", { show: hex }),
  msr: required(3, "uint64", "1.6", { show: hex }),
  orig_gpr3: required(4, "uint64", "1.6", { show: hex }),
  ctr: required(5, "uint64", "1.6", { show: hex }),
  link: required(6, "uint64", "1.6", { show: hex }),
  xer: required(7, "uint64", "1.6", { show: hex }),
  ccr: required(8, "uint64", "1.6", { show: hex }),
  trap: required(9, "uint64", "1.6", { show: hex }),
  texasr: optional(10, "uint64", "2.6", { show: hex }),
  tfhar: optional(11, "uint64", "2.6", { show: hex }),
  tfiar: optional(12, "uint64", "2.6", { show: hex }),
});

export const userPpc64FpstateEntry: Message = message("user_ppc64_fpstate_entry", {
  fpregs: repeated(1, "uint64", "1.6", { show: hex }),
});

export const userPpc64VrstateEntry: Message = message("user_ppc64_vrstate_entry", {
  vrregs: repeated(1, "uint64", "1.7", { show: hex }),
  vrsave: required(2, "uint32", "1.7", { show: hex }),
});

export const userPpc64VsxstateEntry: Message = message("user_ppc64_vsxstate_entry", {
  vsxregs: repeated(1, "uint64", "1.7", { show: hex }),
});

export const userPpc64TmRegsEntry: Message = message("user_ppc64_tm_regs_entry", {
  gpregs: required(1, userPpc64RegsEntry, "2.6"),
  fpstate: optional(2, userPpc64FpstateEntry, "2.6"),
  vrstate: optional(3, userPpc64VrstateEntry, "2.6"),
  vsxstate: optional(4, userPpc64VsxstateEntry, "2.6"),
});

export const threadInfoPpc64: Message = message("thread_info_ppc64", {
  clear_tid_addr: required(1, "uint64", "1.6", { show: address, hint: { as: "hex" } }),
  gpregs: required(2, userPpc64RegsEntry, "1.6", { show: hex, hint: { as: "hex" } }),
  fpstate: optional(3, userPpc64FpstateEntry, "1.6"),
  vrstate: optional(4, userPpc64VrstateEntry, "1.7"),
  vsxstate: optional(5, userPpc64VsxstateEntry, "1.7"),
  tmstate: optional(6, userPpc64TmRegsEntry, "2.6"),
});

export const userRiscv64RegsEntry: Message = message("user_riscv64_regs_entry", {
  pc: required(1, "uint64", "4.1", { show: hex }),
  ra: required(2, "uint64", "4.1", { show: hex }),
  sp: required(3, "uint64", "4.1", { show: hex }),
  gp: required(4, "uint64", "4.1", { show: hex }),
  tp: required(5, "uint64", "4.1", { show: hex }),
  t0: required(6, "uint64", "4.1", { show: hex }),
  t1: required(7, "uint64", "4.1", { show: hex }),
  t2: required(8, "uint64", "4.1", { show: hex }),
  s0: required(9, "uint64", "4.1", { show: hex }),
  s1: required(10, "uint64", "4.1", { show: hex }),
  a0: required(11, "uint64", "4.1", { show: hex }),
  a1: required(12, "uint64", "4.1", { show: hex }),
  a2: required(13, "uint64", "4.1", { show: hex }),
  a3: required(14, "uint64", "4.1", { show: hex }),
  a4: required(15, "uint64", "4.1", { show: hex }),
  a5: required(16, "uint64", "4.1", { show: hex }),
  a6: required(17, "uint64", "4.1", { show: hex }),
  a7: required(18, "uint64", "4.1", { show: hex }),
  s2: required(19, "uint64", "4.1", { show: hex }),
  s3: required(20, "uint64", "4.1", { show: hex }),
  s4: required(21, "uint64", "4.1", { show: hex }),
  s5: required(22, "uint64", "4.1", { show: hex }),
  s6: required(23, "uint64", "4.1", { show: hex }),
  s7: required(24, "uint64", "4.1", { show: hex }),
  s8: required(25, "uint64", "4.1", { show: hex }),
  s9: required(26, "uint64", "4.1", { show: hex }),
  s10: required(27, "uint64", "4.1", { show: hex }),
  s11: required(28, "uint64", "4.1", { show: hex }),
  t3: required(29, "uint64", "4.1", { show: hex }),
  t4: required(30, "uint64", "4.1", { show: hex }),
  t5: required(31, "uint64", "4.1", { show: hex }),
  t6: required(32, "uint64", "4.1", { show: hex }),
});

export const userRiscv64DExtEntry: Message = message("user_riscv64_d_ext_entry", {
  f: repeated(1, "uint64", "4.1", { show: hex }),
  fcsr: required(2, "uint32", "4.1", { show: hex }),
});

export const threadInfoRiscv64: Message = message("thread_info_riscv64", {
  clear_tid_addr: required(1, "uint64", "4.1", { show: address, hint: { as: "hex" } }),
  tls: required(2, "uint64", "4.1", { show: address }),
  gpregs: required(3, userRiscv64RegsEntry, "4.1", { show: hex, hint: { as: "hex" } }),
  fpsimd: required(4, userRiscv64DExtEntry, "4.1"),
});

export const userS390RegsEntry: Message = message("user_s390_regs_entry", {
  psw_mask: required(1, "uint64", "3.4", { show: hex }),
  psw_addr: required(2, "uint64", "3.4", { show: hex }),
  gprs: repeated(3, "uint64", "3.4", { show: hex }),
  acrs: repeated(4, "uint32", "3.4", { show: hex }),
  orig_gpr2: required(5, "uint64", "3.4", { show: hex }),
  system_call: required(6, "uint32", "3.4", { show: hex }),
});

export const userS390FpregsEntry: Message = message("user_s390_fpregs_entry", {
  fpc: required(1, "uint32", "3.4", { show: hex }),
  fprs: repeated(2, "uint64", "3.4", { show: hex }),
});

export const userS390VxrsLowEntry: Message = message("user_s390_vxrs_low_entry", {
  regs: repeated(1, "uint64", "3.4", { show: hex }),
});

export const userS390VxrsHighEntry: Message = message("user_s390_vxrs_high_entry", {
  regs: repeated(1, "uint64", "3.4", { show: hex }),
});

export const userS390GsCbEntry: Message = message("user_s390_gs_cb_entry", {
  regs: repeated(1, "uint64", "3.6", { show: hex }),
});

export const userS390RiEntry: Message = message("user_s390_ri_entry", {
  ri_on: required(1, "uint32", "3.6", { show: hex }),
  regs: repeated(2, "uint64", "3.6", { show: hex }),
});

export const threadInfoS390: Message = message("thread_info_s390", {
  clear_tid_addr: required(1, "uint64", "3.4", { show: address, hint: { as: "hex" } }),
  gpregs: required(2, userS390RegsEntry, "3.4", { show: hex, hint: { as: "hex" } }),
  fpregs: required(3, userS390FpregsEntry, "3.4", { show: hex, hint: { as: "hex" } }),
  vxrs_low: optional(4, userS390VxrsLowEntry, "3.4", { show: hex, hint: { as: "hex" } }),
  vxrs_high: optional(5, userS390VxrsHighEntry, "3.4", { show: hex, hint: { as: "hex" } }),
  gs_cb: optional(6, userS390GsCbEntry, "3.6", { show: hex, hint: { as: "hex" } }),
  gs_bc: optional(7, userS390GsCbEntry, "3.6", { show: hex, hint: { as: "hex" } }),
  ri_cb: optional(8, userS390RiEntry, "3.6", { show: hex, hint: { as: "hex" } }),
});

export const userX86RegsEntry: Message = message("user_x86_regs_entry", {
  r15: required(1, "uint64", "0.1", { show: hex }),
  r14: required(2, "uint64", "0.1", { show: hex }),
  r13: required(3, "uint64", "0.1", { show: hex }),
  r12: required(4, "uint64", "0.1", { show: hex }),
  bp: required(5, "uint64", "0.1", { show: hex }),
  bx: required(6, "uint64", "0.1", { show: hex }),
  r11: required(7, "uint64", "0.1", { show: hex }),
  r10: required(8, "uint64", "0.1", { show: hex }),
  r9: required(9, "uint64", "0.1", { show: hex }),
  r8: required(10, "uint64", "0.1", { show: hex }),
  ax: required(11, "uint64", "0.1", { show: hex }),
  cx: required(12, "uint64", "0.1", { show: hex }),
  dx: required(13, "uint64", "0.1", { show: hex }),
  si: required(14, "uint64", "0.1", { show: hex }),
  di: required(15, "uint64", "0.1", { show: hex }),
  orig_ax: required(16, "uint64", "0.1", { show: hex, doc: "Number of the system call that the thread was in" }),
  ip: required(17, "uint64", "0.1", { show: hex }),
  cs: required(18, "uint64", "0.1", { show: hex }),
  flags: required(19, "uint64", "0.1", { show: hex }),
  sp: required(20, "uint64", "0.1", { show: hex }),
  ss: required(21, "uint64", "0.1", { show: hex }),
  fs_base: required(22, "uint64", "0.1", { show: hex }),
  gs_base: required(23, "uint64", "0.1", { show: hex }),
  ds: required(24, "uint64", "0.1", { show: hex }),
  es: required(25, "uint64", "0.1", { show: hex }),
  fs: required(26, "uint64", "0.1", { show: hex }),
  gs: required(27, "uint64", "0.1", { show: hex }),
  mode: optional(28, X86_MODE, "3.0", { doc: "Compat: a 32-bit task, whose r8 to r15 mean nothing" }),
});

export const userX86CetEntry: Message = message("user_x86_cet_entry", {
  cet: required(1, "uint64", "4.0", { show: hex, hint: { as: "hex" } }),
  ssp: required(2, "uint64", "4.0", { show: hex, hint: { as: "hex" } }),
});

export const userX86XsaveEntry: Message = message("user_x86_xsave_entry", {
  xstate_bv: required(1, "uint64", "0.4", { show: hex }),
  ymmh_space: repeated(2, "uint32", "0.4", { show: hex }),
  bndreg_state: repeated(3, "uint64", "3.11", { show: hex }),
  bndcsr_state: repeated(4, "uint64", "3.11", { show: hex }),
  opmask_reg: repeated(5, "uint64", "3.11", { show: hex }),
  zmm_upper: repeated(6, "uint64", "3.11", { show: hex }),
  hi16_zmm: repeated(7, "uint64", "3.11", { show: hex }),
  pkru: repeated(8, "uint32", "3.11", { show: hex }),
  cet: optional(9, userX86CetEntry, "4.0"),
});

export const userX86FpregsEntry: Message = message("user_x86_fpregs_entry", {
  cwd: required(1, "uint32", "0.1", { show: hex }),
  swd: required(2, "uint32", "0.1", { show: hex }),
  twd: required(3, "uint32", "0.1", { show: hex }),
  fop: required(4, "uint32", "0.1", { show: hex }),
  rip: required(5, "uint64", "0.1", { show: hex }),
  rdp: required(6, "uint64", "0.1", { show: hex }),
  mxcsr: required(7, "uint32", "0.1", { show: hex }),
  mxcsr_mask: required(8, "uint32", "0.1", { show: hex }),
  st_space: repeated(9, "uint32", "0.1", { show: hex }),
  xmm_space: repeated(10, "uint32", "0.1", { show: hex }),
  padding: repeated(11, "uint32", "0.1", { show: hex }),
  xsave: optional(13, userX86XsaveEntry, "0.4"),
});

export const userDescT: Message = message("user_desc_t", {
  entry_number: required(1, "uint32", "3.0"),
  base_addr: required(2, "uint32", "3.0", { show: address }),
  limit: required(3, "uint32", "3.0", { show: hex }),
  seg_32bit: required(4, "bool", "3.0"),
  contents_h: required(5, "bool", "3.0"),
  contents_l: required(6, "bool", "3.0"),
  read_exec_only: required(7, "bool", "3.0"),
  limit_in_pages: required(8, "bool", "3.0"),
  seg_not_present: required(9, "bool", "3.0"),
  usable: required(10, "bool", "3.0"),
});

export const threadInfoX86: Message = message("thread_info_x86", {
  clear_tid_addr: required(1, "uint64", "0.1", { show: address, hint: { as: "hex" }, doc: "Word that the kernel clears when the thread ends" }),
  gpregs: required(2, userX86RegsEntry, "0.1", { show: hex, hint: { as: "hex" } }),
  fpregs: required(3, userX86FpregsEntry, "0.1"),
  tls: repeated(4, userDescT, "3.0", { show: address }),
});
