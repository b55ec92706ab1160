import { RLIMITS } from "../../../model/linux.ts";

/** Resource limits in the order of their numbers: MIPS numbers five of them its own way (arch/mips/include/uapi/asm/resource.h). */
export function limitNames(architecture: string): readonly string[] {
  if (!architecture.startsWith("mips")) return RLIMITS;
  const own: Readonly<Record<number, string>> = { 5: "nofile", 6: "as", 7: "rss", 8: "nproc", 9: "memlock" };
  return RLIMITS.map((name, index) => own[index] ?? name);
}
