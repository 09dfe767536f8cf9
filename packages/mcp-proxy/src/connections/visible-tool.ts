import type { ToolDefinition } from "./catalogue.ts";
import { toVisibleText } from "./visible-text.ts";
import { toVisibleValue } from "./visible-value.ts";

export type VisibleTool = {
  tool: ToolDefinition;
  /** Where characters were that nobody sees, such as `description` or `inputSchema.properties.path.title`. */
  hiddenIn: string[];
};

const exactKeys = new Set(["enum", "const", "default", "pattern", "$ref", "x-mcp-header"]);

/** The definition a model and a user may be shown: every text in it without hidden characters, the name untouched. */
export function toVisibleTool({ name, ...rest }: ToolDefinition): VisibleTool {
  const hiddenIn: string[] = [];
  const onHidden = (path: string) => void hiddenIn.push(path);
  if (toVisibleText(name).hiddenCount > 0) onHidden("name");
  return { tool: { name, ...toVisibleValue(rest, { exactKeys, onHidden }) }, hiddenIn };
}
