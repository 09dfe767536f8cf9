import type { MessageRow, ShownRow } from "@chatee/db/messages.store";
import type { Failure } from "@chatee/shared/failure";
import type { Message, MessageRole, MessageStatus } from "@chatee/shared/messages";
import { estimateTokens } from "../llm/tokens.ts";

/** A row as the world sees it. */
export function toMessage(row: ShownRow | MessageRow): Message {
  return {
    messageId: row.messageId,
    sessionId: row.sessionId,
    parentId: row.parentId,
    seq: row.seq,
    role: row.role as MessageRole,
    status: row.status as MessageStatus,
    content: row.content,
    thinking: row.thinking,
    toolCalls: row.toolCalls,
    tokenCount: row.tokenCount,
    tokenCountEstimated: row.tokenCountEstimated,
    accToken: row.accToken,
    ext: row.ext,
    mcpdetail: row.mcpdetail,
    model: row.model,
    llmConfigId: row.llmConfigId,
    runId: row.runId,
    failure: row.failure as Failure | null,
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
  };
}

/** The same for a row that has no other fields, without the copy. */
export function asMessage(row: ShownRow): Message {
  const message: Omit<Message, "role" | "status" | "failure"> = row;
  return message as Message;
}

const emptyFields = {
  thinking: null,
  toolCalls: null,
  tokenCount: null,
  tokenCountEstimated: false,
  accToken: null,
  ext: null,
  mcpdetail: null,
  model: null,
  llmConfigId: null,
  runId: null,
  providerData: null,
  failure: null,
  parentId: null,
} as const;

/** A complete row from the fields that matter; the rest is empty. */
export function toRow(
  row: Partial<MessageRow> &
    Pick<MessageRow, "messageId" | "sessionId" | "ownerId" | "role" | "content" | "createdAtMs">,
): Omit<MessageRow, "seq"> {
  return { ...emptyFields, status: "completed", active: true, updatedAtMs: row.createdAtMs, ...row };
}

/**
 * Counts of a message that no provider reported. `accToken` goes on from the message before; it stays unknown when
 * that one's is.
 */
export function estimatedCounts(content: string, parent: Pick<MessageRow, "accToken"> | null) {
  const tokenCount = estimateTokens(content);
  return { tokenCount, tokenCountEstimated: true, accToken: accTokenAfter(parent, tokenCount) };
}

export function accTokenAfter(parent: Pick<MessageRow, "accToken"> | null, tokenCount: number): number | null {
  if (parent === null) return tokenCount;
  return parent.accToken === null ? null : parent.accToken + tokenCount;
}

const previewChars = 200;

/** The beginning of a message on one line, for lists. */
export function previewOf(content: string): string {
  const line = content
    .slice(0, previewChars * 4)
    .replace(/\s+/g, " ")
    .trim();
  return [...line].slice(0, previewChars).join("");
}

/** A title from the first thing somebody said: its first line, up to 60 characters, cut between words. */
export function titleOf(content: string): string {
  const line = (content.split("\n").find((part) => part.trim() !== "") ?? "").replace(/^[\s#>*`-]+/, "").trim();
  const chars = [...line];
  if (chars.length <= 60) return line || "New chat";
  const cut = chars.slice(0, 60).join("");
  const space = cut.lastIndexOf(" ");
  return `${space > 30 ? cut.slice(0, space) : cut}…`;
}
