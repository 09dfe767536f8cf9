import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/client";

/** One piece of a tool's answer. Data of the server: texts may lie, addresses are not to be fetched unguarded. */
export type ToolContent =
  | { type: "text"; text: string }
  /** Base64. */
  | { type: "image" | "audio"; data: string; mimeType: string }
  | { type: "resource_link"; uri: string; name: string; title?: string; description?: string; mimeType?: string }
  | ({ type: "resource" } & ResourceContent);

/** Text, or base64 in `blob`; never both. */
export type ResourceContent = { uri: string; mimeType?: string; text?: string; blob?: string };

export type ToolResult = {
  content: ToolContent[];
  /** Present when the tool answered with data (2025-06-18 server/tools, Structured Content); any JSON value. */
  structuredContent?: unknown;
  /** The tool ran and says that it failed; the model may read why in `content`. */
  isError: boolean;
};

/** The result of either era in one shape; kinds of content from a future revision become text that names them. */
export function toToolResult(result: CallToolResult): ToolResult {
  return {
    content: (result.content ?? []).map(toContent),
    ...(result.structuredContent === undefined ? {} : { structuredContent: result.structuredContent }),
    isError: result.isError === true,
  };
}

function toContent(block: ContentBlock): ToolContent {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "image":
    case "audio":
      return { type: block.type, data: block.data, mimeType: block.mimeType };
    case "resource_link": {
      const { uri, name, title, description, mimeType } = block;
      return { type: "resource_link", uri, name, ...defined({ title, description, mimeType }) };
    }
    case "resource":
      return { type: "resource", ...toResourceContent(block.resource) };
    default:
      return { type: "text", text: `[content of the kind ${String((block as { type: unknown }).type).slice(0, 64)}]` };
  }
}

export function toResourceContent(
  contents: { uri: string; mimeType?: string | undefined } & ({ text: string } | { blob: string }),
): ResourceContent {
  const { uri, mimeType } = contents;
  return { uri, ...defined({ mimeType }), ...("text" in contents ? { text: contents.text } : { blob: contents.blob }) };
}

function defined<T extends Record<string, unknown>>(record: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
