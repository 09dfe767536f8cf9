import type { ModelMessage } from "../llm/provider.ts";
import { clip } from "./clip.ts";

/** Of each tool result, what is left when the provider says that all of it is too long. */
const shortResultChars = 4_000;

/** The same conversation with shorter tool results; null when none of them can become shorter. */
export function shortenResults(messages: readonly ModelMessage[]): ModelMessage[] | null {
  let isShorter = false;
  const shortened = messages.map((message) => {
    if (message.role !== "tool" || message.output.length <= shortResultChars * 1.1) return message;
    isShorter = true;
    return { ...message, output: clip(message.output, shortResultChars) };
  });
  return isShorter ? shortened : null;
}
