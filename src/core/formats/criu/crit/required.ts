/** Which required fields a message cannot be without. */
import type { Message, MessageField } from "../../../schema/message.ts";

function releaseNumber(since: string): number {
  const [major = 0, minor = 0, patch = 0] = since.split(".").map(Number);
  return (major * 1000 + minor) * 1000 + patch;
}

const firsts = new WeakMap<Message, number>();

/** Release that wrote the message first. */
function firstRelease(message: Message): number {
  let first = firsts.get(message);
  if (first === undefined) firsts.set(message, (first = Math.min(...message.fields.map(({ since }) => releaseNumber(since)))));
  return first;
}

/**
 * True for a required field that every release writes. Some fields became required long after the message was first written
 * (`dump_stats_entry.pages_lazy`), and images of older releases lack them rightly.
 */
export function isAlwaysThere(message: Message, field: MessageField): boolean {
  return field.label === "required" && releaseNumber(field.since) === firstRelease(message);
}
