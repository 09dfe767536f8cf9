import { createHash } from "node:crypto";
import type { ToolDefinition } from "./catalogue.ts";
import { diffText } from "./text-diff.ts";
import type { TextChange } from "./text-diff.ts";

/** The parts of a definition that steer a model or a user. What they approve is exactly this. */
type PinnedPart = "title" | "description" | "inputSchema" | "annotations";
const pinnedParts: readonly PinnedPart[] = ["title", "description", "inputSchema", "annotations"];

/** One difference, in a place a person finds: `description`, `inputSchema.properties.path.type`. */
export type ToolChange = { path: string } & (
  | { kind: "added"; after: string }
  | { kind: "removed"; before: string }
  | { kind: "changed"; text: TextChange[] }
);

export type ToolComparison = {
  unchanged: string[];
  changed: { name: string; changes: ToolChange[] }[];
  added: string[];
  removed: string[];
  /** The same tool under another name; as suspicious as a changed one. */
  renamed: { from: string; to: string }[];
};

/** SHA-256, hex, of what is pinned. The order of keys and of `required` does not matter; everything else does. */
export function toolPin(tool: ToolDefinition): string {
  return createHash("sha256")
    .update(JSON.stringify([tool.name, contentOf(tool)]))
    .digest("hex");
}

/** What an approval of `pinned` says about `current`, name by name. */
export function compareTools(pinned: readonly ToolDefinition[], current: readonly ToolDefinition[]): ToolComparison {
  const before = new Map(pinned.map((tool) => [tool.name, tool]));
  const after = new Map(current.map((tool) => [tool.name, tool]));
  const comparison: ToolComparison = { unchanged: [], changed: [], added: [], removed: [], renamed: [] };
  for (const [name, tool] of after) {
    const old = before.get(name);
    if (old === undefined) comparison.added.push(name);
    else if (toolPin(old) === toolPin(tool)) comparison.unchanged.push(name);
    else comparison.changed.push({ name, changes: diffTools(old, tool) });
  }
  comparison.removed = [...before.keys()].filter((name) => !after.has(name));
  takeRenamed(comparison, before, after);
  return comparison;
}

function takeRenamed(
  comparison: ToolComparison,
  before: ReadonlyMap<string, ToolDefinition>,
  after: ReadonlyMap<string, ToolDefinition>,
): void {
  const content = (tool: ToolDefinition | undefined) => (tool === undefined ? "" : JSON.stringify(contentOf(tool)));
  const gone = new Map(comparison.removed.map((name) => [content(before.get(name)), name]));
  comparison.added = comparison.added.filter((to) => {
    const key = content(after.get(to));
    const from = gone.get(key);
    if (from === undefined) return true;
    gone.delete(key);
    comparison.renamed.push({ from, to });
    comparison.removed = comparison.removed.filter((name) => name !== from);
    return false;
  });
}

/** Every place where two definitions of a tool differ, in the order of the parts. */
export function diffTools(before: ToolDefinition, after: ToolDefinition): ToolChange[] {
  return pinnedParts.flatMap((part) => diffValues(part, canonical(before[part]), canonical(after[part])));
}

function diffValues(path: string, before: unknown, after: unknown): ToolChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (before === undefined) return [{ path, kind: "added", after: shown(after) }];
  if (after === undefined) return [{ path, kind: "removed", before: shown(before) }];
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => diffValues(`${path}.${key}`, before[key], after[key]));
  }
  return [{ path, kind: "changed", text: diffText(shown(before), shown(after)) }];
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function contentOf(tool: ToolDefinition): unknown {
  return pinnedParts.map((part) => canonical(tool[part]) ?? null);
}

function canonical(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((one) => canonical(one));
    return key === "required" && value.every((one) => typeof one === "string") ? value.toSorted() : entries;
  }
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((one) => [one, canonical(value[one], one)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
