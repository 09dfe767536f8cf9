import { estimateTokenCount } from "tokenx";
import type { ModelMessage } from "./provider.ts";

/** Role, separators and the like, which every message costs on top of its text. */
const tokensPerMessage = 4;

/** A guess without a tokenizer, typically within 15 %. Show it as an estimate, never next to reported usage unmarked. */
export function estimateTokens(text: string): number {
  return estimateTokenCount(text);
}

/** What a conversation costs to send: texts, tool calls and results. Thinking is not counted, it is mostly not sent back. */
export function estimateMessagesTokens(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + tokensPerMessage + estimateTokens(textOf(message)), 0);
}

function textOf(message: ModelMessage): string {
  switch (message.role) {
    case "system":
    case "user":
      return message.content;
    case "assistant":
      return [message.content, ...(message.toolCalls ?? []).map((call) => `${call.name} ${call.input}`)].join("\n");
    case "tool":
      return `${message.name}\n${message.output}`;
  }
}
