import type { ToolDefinition } from "./catalogue.ts";
import { toVisibleText } from "./visible-text.ts";

export type VisibleTool = {
  tool: ToolDefinition;
  /** Where characters were that nobody sees, such as `description` or `inputSchema.properties.path.title`. */
  hiddenIn: string[];
};

/** Values that a program compares rather than a reader reads: they stay as they are, and are reported. */
const exactKeys = new Set(["enum", "const", "default", "pattern", "$ref", "x-mcp-header"]);
const maxDepth = 32;

/** The definition a model and a user may be shown: every text in it without hidden characters, the name untouched. */
export function toVisibleTool(definition: ToolDefinition): VisibleTool {
  const hiddenIn: string[] = [];

  function visible(value: unknown, path: string, isExact: boolean, depth: number): unknown {
    if (typeof value === "string") {
      const { text, hiddenCount } = toVisibleText(value);
      if (hiddenCount > 0) hiddenIn.push(path);
      return isExact ? value : text;
    }
    if (typeof value !== "object" || value === null) return value;
    // Deeper than any schema a person wrote; what nobody can check is not shown.
    if (depth > maxDepth) return Array.isArray(value) ? [] : {};
    if (Array.isArray(value)) return value.map((one) => visible(one, path, isExact, depth + 1));
    const entries = Object.entries(value).map(([key, one]) => {
      const inner = path === "" ? key : `${path}.${key}`;
      if (toVisibleText(key).hiddenCount > 0) hiddenIn.push(inner);
      return [key, visible(one, inner, isExact || exactKeys.has(key), depth + 1)];
    });
    return Object.fromEntries(entries);
  }

  const { name, ...rest } = definition;
  if (toVisibleText(name).hiddenCount > 0) hiddenIn.push("name");
  return { tool: { name, ...(visible(rest, "", false, 0) as Omit<ToolDefinition, "name">) }, hiddenIn };
}
