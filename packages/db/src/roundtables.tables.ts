import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * round_tables: active ⇄ closed. Participants are sessions; one seat per session. Messages are numbered
 * per table by `lastSeq`. At most one response of a message is selected: the selecting write clears the
 * others in the same transaction.
 */
export function roundTableTables(kit: Kit) {
  const roundTables = kit.table(
    "round_tables",
    {
      roundTableId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      name: kit.label(200).notNull(),
      status: kit.id().notNull(),
      lastSeq: kit.count().notNull(),
      participantCount: kit.count().notNull(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("round_tables_owner_updated").on(t.ownerId, t.updatedAtMs, t.roundTableId)],
  );
  const roundTableParticipants = kit.table(
    "round_table_participants",
    {
      roundTableId: kit.id().notNull(),
      sessionId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      customLlmConfigId: kit.id(),
      customSystemPrompt: kit.body(),
      joinedAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.primaryKey({ columns: [t.roundTableId, t.sessionId] }),
      kit.index("round_table_participants_session").on(t.sessionId),
    ],
  );
  const roundTableMessages = kit.table(
    "round_table_messages",
    {
      roundTableId: kit.id().notNull(),
      seq: kit.count().notNull(),
      messageId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      senderType: kit.id().notNull(),
      senderAgentId: kit.id(),
      content: kit.body().notNull(),
      mentions: kit.freeJson(),
      isRaiseHand: kit.flag().notNull(),
      media: kit.freeJson(),
      replyToMessageId: kit.id(),
      createdAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.primaryKey({ columns: [t.roundTableId, t.seq] }),
      kit.uniqueIndex("round_table_messages_id").on(t.messageId),
    ],
  );
  const roundTableResponses = kit.table(
    "round_table_responses",
    {
      responseId: kit.id().primaryKey(),
      roundTableId: kit.id().notNull(),
      messageId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      agentId: kit.id().notNull(),
      content: kit.body().notNull(),
      thinking: kit.body(),
      toolCalls: kit.freeJson(),
      isSelected: kit.flag().notNull(),
      createdAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("round_table_responses_message").on(t.messageId, t.createdAtMs)],
  );
  return { roundTables, roundTableParticipants, roundTableMessages, roundTableResponses };
}
