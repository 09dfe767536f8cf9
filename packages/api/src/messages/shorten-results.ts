import type { ModelMessage } from "../llm/provider.ts";
import { clip } from "./clip.ts";

/** Of each tool result, what is left when the provider says that all of it is too long. */
const shortResultChars = 4_000;

/** The same conversation with shorter tool results, and none of their pictures and sounds; null when none can become shorter. */
export function shortenResults(messages: readonly ModelMessage[]): ModelMessage[] | null {
  let isShorter = false;
  const shortened = messages.map((message) => {
    if (message.role !== "tool") return message;
    const isLong = message.output.length > shortResultChars * 1.1;
    if (!isLong && (message.media?.length ?? 0) === 0) return message;
    isShorter = true;
    return { ...message, output: isLong ? clip(message.output, shortResultChars) : message.output, media: [] };
  });
  return isShorter ? shortened : null;
}
