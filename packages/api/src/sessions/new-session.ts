import type { SessionRow } from "@chatee/db/sessions.store";
import type { CreateSession } from "@chatee/shared/sessions";

export const defaultTitle = "New chat";

/** A session nobody has said anything in yet. */
export function newSessionRow(
  from: Partial<CreateSession> & { ownerId: string; sessionId: string; atMs: number },
): SessionRow {
  return {
    sessionId: from.sessionId,
    ownerId: from.ownerId,
    title: from.title ?? from.name ?? defaultTitle,
    titleIsDefault: (from.title ?? from.name) == null,
    name: from.name ?? null,
    sessionType: from.sessionType ?? "memory",
    llmConfigId: from.llmConfigId ?? null,
    avatar: from.avatar ?? null,
    systemPrompt: from.systemPrompt ?? null,
    ext: from.ext ?? null,
    mediaOutputPath: null,
    roleId: from.sourceRoleId ?? null,
    roleVersionId: from.sourceRoleVersionId ?? null,
    currentRoleVersionId: from.sourceRoleVersionId ?? null,
    lastSeq: 0,
    leafId: null,
    activeRunId: null,
    messageCount: 0,
    accToken: 0,
    previewText: null,
    lastMessageAtMs: null,
    pinnedAtMs: null,
    createdAtMs: from.atMs,
    updatedAtMs: from.atMs,
  };
}
