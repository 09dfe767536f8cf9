import { jsonObject } from "@chatee/shared/json";
import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * sessions: a conversation. `lastSeq` numbers its messages and only grows. `leafId` is the newest message
 * of the active branch. `activeRunId` is set in the write that starts an answer and cleared in the write
 * that ends it: one answer at a time, decided by the condition on this column.
 *
 * summaries: what a model made of the messages up to and including `lastMessageId`; the transcript stays whole.
 */
export function sessionTables(kit: Kit) {
  const sessions = kit.table(
    "sessions",
    {
      sessionId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      title: kit.label(200).notNull(),
      /** True until a person names the session: an automatic title may replace it. */
      titleIsDefault: kit.flag().notNull(),
      name: kit.label(200),
      sessionType: kit.id().notNull(),
      llmConfigId: kit.id(),
      avatar: kit.body(),
      systemPrompt: kit.body(),
      ext: kit.json(jsonObject),
      mediaOutputPath: kit.label(1000),
      roleId: kit.id(),
      roleVersionId: kit.id(),
      currentRoleVersionId: kit.id(),
      lastSeq: kit.count().notNull(),
      leafId: kit.id(),
      activeRunId: kit.id(),
      messageCount: kit.count().notNull(),
      accToken: kit.count().notNull(),
      previewText: kit.label(200),
      lastMessageAtMs: kit.instantMs(),
      /** Since when its owner keeps it at hand, above all others. */
      pinnedAtMs: kit.instantMs(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.index("sessions_owner_updated").on(t.ownerId, t.updatedAtMs, t.sessionId),
      kit.index("sessions_owner_pinned").on(t.ownerId, t.pinnedAtMs, t.sessionId),
      kit.index("sessions_owner_type").on(t.ownerId, t.sessionType),
      kit.index("sessions_type_updated").on(t.sessionType, t.updatedAtMs),
    ],
  );
  const summaries = kit.table(
    "summaries",
    {
      summaryId: kit.id().primaryKey(),
      sessionId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      summaryContent: kit.body().notNull(),
      lastMessageId: kit.id().notNull(),
      lastSeq: kit.count().notNull(),
      tokenCountBefore: kit.count().notNull(),
      tokenCountAfter: kit.count().notNull(),
      createdAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("summaries_session_seq").on(t.sessionId, t.lastSeq)],
  );
  return { sessions, summaries };
}
