import type { Json } from "@chatee/shared/json";
import type { McpCallResult, ToolBlock } from "@chatee/shared/mcp";

/** Of one part: base64 characters of a picture or a sound, characters of a text. What is larger is not stored. */
const maxDataChars = 2_000_000;
const maxTextChars = 200_000;
/** Of all parts of one answer. */
const maxAllChars = 2_500_000;
const maxBlocks = 200;

/** The parts of a tool's answer as they are stored with its call; each that is too large is replaced by a text that says so. */
export function toToolBlocks({ content, structuredContent }: McpCallResult): ToolBlock[] {
  const all: ToolBlock[] = [...content];
  if (structuredContent !== undefined) all.push({ type: "structured", data: structuredContent });
  let leftChars = maxAllChars;
  const blocks = all.slice(0, maxBlocks).map((block): ToolBlock => {
    const sizeChars = JSON.stringify(block).length;
    const isLarge = sizeChars > (isData(block) ? maxDataChars : maxTextChars);
    if (isLarge || sizeChars > leftChars) return { type: "text", text: leftOut(block, sizeChars) };
    leftChars -= sizeChars;
    return block;
  });
  return all.length > maxBlocks
    ? [...blocks, { type: "text", text: `[${all.length - maxBlocks} more parts left out]` }]
    : blocks;
}

function isData(block: ToolBlock): boolean {
  return block.type === "image" || block.type === "audio" || (block.type === "resource" && block.blob !== undefined);
}

function leftOut(block: ToolBlock, sizeChars: number): string {
  const what = "mimeType" in block && block.mimeType !== undefined ? `${block.type}, ${block.mimeType}` : block.type;
  return `[${what}: ${Math.ceil(sizeChars / 1_000)} KB left out]`;
}

/** What a model reads of a tool's answer. Data stands for itself only where there are no words. */
export function toModelText({ content, structuredContent }: McpCallResult): string {
  const texts = content.map(textOf);
  const hasWords = content.some((block) => block.type === "text" || (block.type === "resource" && block.text));
  if (structuredContent !== undefined && !hasWords) texts.push(JSON.stringify(structuredContent satisfies Json));
  return texts.join("\n");
}

function textOf(block: McpCallResult["content"][number]): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "image":
    case "audio":
      return `[${block.type}: ${block.mimeType}, shown to the user]`;
    case "resource_link":
      return `[resource ${block.uri}: ${block.title ?? block.name}]`;
    case "resource":
      return block.text ?? `[resource ${block.uri}${block.mimeType ? `: ${block.mimeType}` : ""}]`;
  }
}
