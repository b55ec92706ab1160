/** Credentials: of each thread, or of each task in an image of its own before 2.0. */
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { CriuSet } from "../criu-set.ts";

/** Capabilities come as two words, the low one first. */
function capabilities(creds: MessageValue | undefined, field: string): bigint | undefined {
  const words = creds?.numbers(field) ?? [];
  if (words.length === 0) return undefined;
  return BigInt(words[0]!) | (BigInt(words[1] ?? 0) << 32n);
}

function credentialMapping(within: string): Mapping {
  const at = (field: string): string => (within === "" ? field : `${within}.${field}`);
  const inside = (message: MessageValue): MessageValue | undefined => {
    let current: MessageValue | undefined = message;
    for (const step of within === "" ? [] : within.split(".")) current = current?.sub(step);
    return current;
  };
  const ids = ["uid", "euid", "suid", "fsuid", "gid", "egid", "sgid", "fsgid"];
  const sets = [["effective", "cap_eff"], ["permitted", "cap_prm"], ["inheritable", "cap_inh"], ["bounding", "cap_bnd"], ["ambient", "cap_amb"]] as const;
  return mapping("credentials", {
    ...Object.fromEntries(ids.map((id) => [id, at(id)])),
    ...Object.fromEntries(sets.map(([column, field]) => [column, worked(at(field), "two words, low and high", (message) => capabilities(inside(message), field))])),
    tid: worked("", "number in the name of the image", () => undefined),
    groups: worked(at("groups"), "in the order of the list", (message) => groupsText(inside(message))),
    securebits: at("secbits"),
    no_new_privs: worked(at("no_new_privs"), "1 is yes", (message) => (inside(message)?.has("no_new_privs") === true ? inside(message)!.number("no_new_privs") !== 0 : undefined)),
    label: at("lsm_profile"),
  });
}

function groupsText(creds: MessageValue | undefined): string | undefined {
  const groups = creds?.numbers("groups") ?? [];
  return groups.length === 0 ? undefined : groups.join(" ");
}

const OF_THREAD = credentialMapping("thread_core.creds");
const OF_TASK = credentialMapping("");

/** Row of a thread's credentials, or -1 when none were saved. */
export function credentialRow(set: CriuSet, core: MessageValue, record: number, tid: number, pid: number): number {
  const { reader } = set;
  if (core.sub("thread_core")?.sub("creds") !== undefined) {
    const row = reader.row(OF_THREAD, core, record);
    reader.table("credentials").set(row, "tid", tid);
    return row;
  }
  const known = set.credentialsOfTask.get(pid);
  if (known !== undefined) return known;
  const entry = set.top.entry("CREDS", pid);
  if (entry === undefined) return -1;
  const row = reader.row(OF_TASK, entry.value, entry.record);
  reader.table("credentials").set(row, "tid", pid);
  set.credentialsOfTask.set(pid, row);
  return row;
}
