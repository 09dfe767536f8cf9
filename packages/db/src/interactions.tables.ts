import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * interactions: questions to the owner that a run, or somebody's call, waits on.
 *
 * | status | next |
 * |---|---|
 * | open | answered (by the owner, once), expired (with its run, at `expiresAtMs`, or when nobody waits) |
 * | answered, expired | – |
 */
export function interactionTables(kit: Kit) {
  const interactions = kit.table(
    "interactions",
    {
      interactionId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      sessionId: kit.id(),
      messageId: kit.id(),
      runId: kit.id(),
      toolCallId: kit.label(255),
      serverId: kit.id(),
      kind: kit.id().notNull(),
      request: kit.freeJson().notNull(),
      response: kit.freeJson(),
      status: kit.id().notNull(),
      createdAtMs: kit.instantMs().notNull(),
      answeredAtMs: kit.instantMs(),
      expiresAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.index("interactions_owner_status").on(t.ownerId, t.status, t.createdAtMs),
      kit.index("interactions_run").on(t.runId),
      kit.index("interactions_session").on(t.sessionId),
    ],
  );
  return { interactions };
}
