import type { NewMessage } from "../messages.store.ts";
import type { SessionRow } from "../sessions.store.ts";

/** A session of ann's as a new one is stored. */
export function sessionRow(sessionId: string, values: Partial<SessionRow> = {}): SessionRow {
  return {
    sessionId,
    ownerId: "ann",
    title: "New chat",
    titleIsDefault: true,
    name: null,
    sessionType: "chat",
    llmConfigId: null,
    avatar: null,
    systemPrompt: null,
    ext: null,
    mediaOutputPath: null,
    roleId: null,
    roleVersionId: null,
    currentRoleVersionId: null,
    lastSeq: 0,
    leafId: null,
    activeRunId: null,
    messageCount: 0,
    accToken: 0,
    previewText: null,
    lastMessageAtMs: null,
    pinnedAtMs: null,
    createdAtMs: 1,
    updatedAtMs: 1,
    ...values,
  };
}

/** A message of ann's that takes the session's newest number. */
export function messageRow(sessionId: string, messageId: string, values: Partial<NewMessage> = {}): NewMessage {
  return {
    sessionId,
    messageId,
    ownerId: "ann",
    parentId: null,
    active: true,
    role: "user",
    status: "done",
    content: `text of ${messageId}`,
    thinking: null,
    toolCalls: null,
    tokenCount: 3,
    tokenCountEstimated: true,
    accToken: null,
    ext: null,
    mcpdetail: null,
    model: null,
    llmConfigId: null,
    runId: null,
    providerData: null,
    failure: null,
    createdAtMs: 1,
    updatedAtMs: 1,
    back: 0,
    ...values,
  };
}
