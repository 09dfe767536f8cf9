import type { MessageRow } from "@chatee/db/messages.store";
import { toolCallsOf } from "@chatee/shared/transcript";
import { estimateMessagesTokens } from "../llm/tokens.ts";
import { toModelMessages } from "./model-context.ts";

/** What a message costs to send. A count that its text cannot have (a client's word) is not believed. */
export function rowTokens(row: MessageRow): number {
  const sendsLess = row.role === "assistant" && ((row.thinking ?? "") !== "" || toolCallsOf(row).length > 0);
  if (!sendsLess && row.tokenCount !== null && row.tokenCount >= row.content.length / 8) return row.tokenCount;
  return estimateMessagesTokens(toModelMessages([row]));
}
