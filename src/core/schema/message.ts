/**
 * The second encoding of the description language: protobuf messages (proto2), as plain data.
 *
 * Field names are the format's own. `show` says how a person reads a value; `hint` is the display option that the format's
 * schema itself carries, which its own tool prints by.
 */
import type { Abi } from "./abi.ts";
import type { NameTable, Show, Struct } from "./schema.ts";

export type Scalar =
  | "uint32" | "uint64" | "int32" | "int64" | "sint32" | "sint64" | "fixed64" | "bool" | "enum" | "string" | "bytes";

/** Display options of CRIU's schema (private option 1018 of `images/opts.proto`). */
export type Hint =
  | { readonly as: "hex" }
  | { readonly as: "flags"; readonly table: string }
  | { readonly as: "dev" }
  | { readonly as: "odev" }
  | { readonly as: "dict"; readonly table: string }
  | { readonly as: "ip" }
  | { readonly as: "unix-name" };

export interface MessageField {
  readonly name: string;
  /** Name of the message that it is a field of. */
  readonly of: string;
  readonly number: number;
  readonly label: "required" | "optional" | "repeated";
  readonly type: Scalar | "message";
  /** Of a field of type `message`; a function, since messages may contain themselves. */
  readonly message?: () => Message;
  /** Of a field of type `enum`. */
  readonly names?: NameTable;
  readonly show: Show;
  readonly doc?: string;
  readonly hint?: Hint;
  /** First release of the writer that has the field, as `3.18`. */
  readonly since: string;
  /** A repeated number that its writer packs into one field. */
  readonly isPacked?: boolean;
  /** A `bytes` field holds C structs, which may differ between machines: shown as its children. */
  readonly holds?: Struct | ((abi: Abi) => Struct);
  /** Position among the fields of the message. */
  readonly index: number;
}

export interface Message {
  /** Name in the sources of the format. */
  readonly name: string;
  readonly doc?: string;
  readonly fields: readonly MessageField[];
  readonly byName: ReadonlyMap<string, MessageField>;
  /** In the order of their numbers, as writers write them. */
  readonly byOrder: readonly MessageField[];
  /** Fields with numbers below 64, by number: the common case without a lookup. */
  readonly low: readonly (MessageField | undefined)[];
  readonly byNumber: ReadonlyMap<number, MessageField>;
}

export function fieldOf(message: Message, number: number): MessageField | undefined {
  return number < 64 ? message.low[number] : message.byNumber.get(number);
}

/** Wire type that a field is written with; repeated scalars may also come packed, as length-delimited. */
export function wireType(type: MessageField["type"]): 0 | 1 | 2 {
  if (type === "string" || type === "bytes" || type === "message") return 2;
  return type === "fixed64" ? 1 : 0;
}

type Extra = Partial<Pick<MessageField, "show" | "doc" | "hint" | "holds" | "isPacked">>;
type Draft = Omit<MessageField, "name" | "of" | "index">;

const NUMBER: Show = { as: "number" };
const SHOWS: Partial<Record<MessageField["type"], Show>> = { string: { as: "text" }, bytes: { as: "bytes" }, bool: { as: "yes" } };

type Target = Scalar | NameTable | Message | (() => Message);

function draft(label: MessageField["label"], number: number, target: Target, since: string, extra: Extra): Draft {
  if (typeof target === "string") return { number, label, type: target, since, show: SHOWS[target] ?? NUMBER, ...extra };
  if (typeof target === "function") return { number, label, type: "message", message: target, since, show: NUMBER, ...extra };
  if ("at" in target) return { number, label, type: "enum", names: target, since, show: { as: "name", names: target }, ...extra };
  return { number, label, type: "message", message: () => target, since, show: NUMBER, ...extra };
}

export const required = (number: number, target: Target, since: string, extra: Extra = {}): Draft => draft("required", number, target, since, extra);
export const optional = (number: number, target: Target, since: string, extra: Extra = {}): Draft => draft("optional", number, target, since, extra);
export const repeated = (number: number, target: Target, since: string, extra: Extra = {}): Draft => draft("repeated", number, target, since, extra);

export function message(name: string, drafts: Readonly<Record<string, Draft>>, doc?: string): Message {
  const fields = Object.entries(drafts).map(([fieldName, field], index): MessageField => ({ ...field, name: fieldName, of: name, index }));
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  const low = Array.from({ length: 64 }, (_, number) => byNumber.get(number));
  const byOrder = fields.toSorted((a, b) => a.number - b.number);
  return { name, fields, byName: new Map(fields.map((field) => [field.name, field])), byOrder, low, byNumber, ...(doc === undefined ? {} : { doc }) };
}
