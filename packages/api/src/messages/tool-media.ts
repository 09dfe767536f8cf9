import type { LlmConfig } from "@chatee/shared/llm";
import type { ToolBlock } from "@chatee/shared/mcp";
import type { ModelMessage, ToolMedia } from "../llm/provider.ts";

/** What model APIs take of pictures and sounds. */
const readable = /^(image\/(png|jpeg|gif|webp)|audio\/(wav|x-wav|mpeg|mp3|ogg|flac|aac|aiff))$/;
/** Of one request; the oldest stay behind as the words that stand for them. */
const maxParts = 10;
const maxDataChars = 6_000_000;

/** The pictures and sounds among a tool's parts, as a field of what a model reads. */
export function mediaPart(blocks: readonly ToolBlock[] | undefined): { media?: ToolMedia[] } {
  const media = (blocks ?? []).flatMap((block): ToolMedia[] => {
    const isMedia = block.type === "image" || block.type === "audio";
    const data = isMedia ? block.data : block.type === "resource" ? block.blob : undefined;
    const mimeType = isMedia || block.type === "resource" ? block.mimeType?.toLowerCase() : undefined;
    if (data === undefined || mimeType === undefined || !readable.test(mimeType)) return [];
    return [{ type: mimeType.startsWith("image/") ? "image" : "audio", mimeType, data }];
  });
  return media.length > 0 ? { media } : {};
}

/**
 * The conversation with what this model can see and hear, the newest first, and no more than a request can hold. What is
 * left out stands in the result's text anyway.
 */
export function withFittingMedia(messages: readonly ModelMessage[], config: LlmConfig): ModelMessage[] {
  const senses = { image: config.capabilities.vision === true, audio: config.provider === "gemini" };
  let leftParts = maxParts;
  let leftChars = maxDataChars;
  const fits = ({ type, data }: ToolMedia): boolean => {
    if (!senses[type] || leftParts === 0 || data.length > leftChars) return false;
    leftParts--;
    leftChars -= data.length;
    return true;
  };
  return messages
    .toReversed()
    .map((message) => (hasMedia(message) ? { ...message, media: message.media?.filter(fits) ?? [] } : message))
    .toReversed();
}

export function withoutMedia(messages: readonly ModelMessage[]): ModelMessage[] {
  return messages.map((message) => (hasMedia(message) ? { ...message, media: [] } : message));
}

function hasMedia(message: ModelMessage): message is Extract<ModelMessage, { role: "tool" | "user" }> {
  return (
    (message.role === "tool" || message.role === "user") && message.media !== undefined && message.media.length > 0
  );
}
