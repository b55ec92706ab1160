/** Numbers of the notes of ELF cores (include/uapi/linux/elf.h; that of the floating point of i386 from its own header). */
export const NT = {
  PRSTATUS: 1, FPREGSET: 2, PRPSINFO: 3, AUXV: 6, SIGINFO: 0x5349_4749, FILE: 0x4649_4c45,
  PRXFPREG: 0x46e6_2b7f, TLS386: 0x200, XSTATE: 0x202, XSAVE_LAYOUT: 0x205, PPC_VMX: 0x100, PPC_VSX: 0x102,
  S390_SYSTEM_CALL: 0x307, S390_VXRS_LOW: 0x309, S390_VXRS_HIGH: 0x30a, ARM_VFP: 0x400, ARM_TLS: 0x401, ARM_SYSTEM_CALL: 0x404,
} as const;
