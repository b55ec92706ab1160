/** A JSON text as a tree of fields: each member with its key and the comma behind it, so that the children of every node tile it. */
import type { FieldNode } from "../inspector.ts";
import type { ExplainContext } from "./explain.ts";
import { childPaths, type JsonText, type JsonValue } from "./json.ts";
import { escapeText } from "./show.ts";

const SMALL = 40;
const SMALL_DEPTH = 3;
const GROUP = 256;

/** `base` is the file position of the text's first byte; `end` one past its last; `path` that of the field which holds the text. */
export function explainJson(text: JsonText, base: number, end: number, context: Omit<ExplainContext, "loaded">, path = ""): FieldNode[] {
  const nodes: FieldNode[] = [];
  const at = (position: number): number => base + position;
  const { root } = text;
  if (root !== undefined) {
    if (root.start > 0) nodes.push(frame(join(path, "@space"), "space", at(0), at(root.start), context));
    nodes.push(...valueNodes(root, path, at(root.valueStart), at(root.end), base, context, 0));
  }
  const stop = at(root?.end ?? 0);
  // White space at the end is no problem; anything else is.
  if (at(text.end) > stop || (text.problem === undefined && stop < end)) nodes.push(frame(join(path, "@end"), "space", stop, text.problem === undefined ? end : at(text.end), context));
  const used = nodes.at(-1)?.span.end ?? base;
  if (used < end) nodes.push({ ...leaf("not JSON", join(path, "@rest"), used, end, "bytes", context), text: text.problem ?? "", role: "unknown" });
  return nodes;
}

/** What stands in [start, end): for a container a node for each bracket and member. */
function valueNodes(value: JsonValue, path: string, start: number, end: number, base: number, context: Omit<ExplainContext, "loaded">, depth: number): FieldNode[] {
  if (value.kind !== "object" && value.kind !== "array") return [{ ...leaf("value", join(path, "@value"), start, end, value.kind, context), value: value.value ?? null, text: shown(value) }];
  const open = base + value.valueStart + 1;
  const nodes: FieldNode[] = [frame(join(path, "@open"), value.kind === "object" ? "{" : "[", start, open, context)];
  const ends = value.children.map((_, index) => (index + 1 < value.children.length ? base + value.children[index + 1]!.start : base + value.children[index]!.end));
  const paths = childPaths(value, path);
  const members = (from: number, to: number): FieldNode[] => {
    const list: FieldNode[] = [];
    for (let index = from; index < to; index++) {
      const child = value.children[index]!;
      const first = index === 0 ? open : base + child.start;
      list.push(memberNode(child, paths[index]!, child.key ?? `[${index}]`, first, ends[index]!, base, context, depth + 1));
    }
    return list;
  };
  const count = value.children.length;
  if (count <= GROUP) nodes.push(...members(0, count));
  else {
    for (let from = 0; from < count; from += GROUP) {
      const to = Math.min(from + GROUP, count);
      const first = from === 0 ? open : base + value.children[from]!.start;
      const group = { ...leaf(`[${from} … ${to - 1}]`, join(path, `${from}-${to - 1}`), first, ends[to - 1]!, "group", context), text: String(to - from) };
      nodes.push(context.open(group.path, group.span.start, group.span.end) ? { ...group, children: members(from, to) } : { ...group, more: true });
    }
  }
  const used = nodes.at(-1)!.span.end;
  if (used < end) nodes.push(frame(join(path, "@close"), value.kind === "object" ? "}" : "]", used, end, context));
  return nodes;
}

function memberNode(value: JsonValue, path: string, name: string, start: number, end: number, base: number, context: Omit<ExplainContext, "loaded">, depth: number): FieldNode {
  const node = leaf(name, path, start, end, value.kind, context);
  if (value.kind !== "object" && value.kind !== "array") return { ...node, value: value.value ?? null, text: shown(value) };
  const text = `${value.children.length}`;
  if (value.children.length > 0 && !(value.children.length <= SMALL && depth < SMALL_DEPTH) && !context.open(path, start, end)) return { ...node, text, more: true };
  return { ...node, text, children: valueNodes(value, path, start, end, base, context, depth) };
}

function shown({ value }: JsonValue): string {
  return typeof value === "string" ? `"${escapeText(value)}"` : String(value);
}

function frame(path: string, name: string, start: number, end: number, context: Omit<ExplainContext, "loaded">): FieldNode {
  return { ...leaf(name, path, start, end, "text", context), role: "frame" };
}

function leaf(name: string, path: string, start: number, end: number, type: string, context: Omit<ExplainContext, "loaded">): FieldNode {
  return { name, path, span: { file: context.file, start, end }, type, text: "", value: null };
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
