import { jsonObject } from "@chatee/shared/json";
import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * messages: a tree per session, clustered by (session_id, seq). `active` marks the branch on screen; a
 * child's `seq` is above its parent's, so the branch is its active rows in `seq` order. A row written by
 * a run is `streaming` until the run's terminal write; its text lives in the event log until then.
 *
 * message_executions: each time the component a message carries was run.
 */
export function messageTables(kit: Kit) {
  const messages = kit.table(
    "messages",
    {
      sessionId: kit.id().notNull(),
      seq: kit.count().notNull(),
      messageId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      parentId: kit.id(),
      active: kit.flag().notNull(),
      role: kit.id().notNull(),
      status: kit.id().notNull(),
      content: kit.body().notNull(),
      thinking: kit.body(),
      toolCalls: kit.freeJson(),
      tokenCount: kit.count(),
      tokenCountEstimated: kit.flag().notNull(),
      accToken: kit.count(),
      ext: kit.json(jsonObject),
      mcpdetail: kit.freeJson(),
      model: kit.label(200),
      llmConfigId: kit.id(),
      runId: kit.id(),
      /** What the provider must get back verbatim, per step; never shown. */
      providerData: kit.freeJson(),
      failure: kit.freeJson(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.primaryKey({ columns: [t.sessionId, t.seq] }),
      kit.uniqueIndex("messages_id").on(t.messageId),
      kit.index("messages_parent").on(t.sessionId, t.parentId),
    ],
  );
  const messageExecutions = kit.table(
    "message_executions",
    {
      executionId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      messageId: kit.id().notNull(),
      sessionId: kit.id().notNull(),
      componentType: kit.id().notNull(),
      componentId: kit.id().notNull(),
      componentName: kit.label(200),
      llmConfigId: kit.id(),
      input: kit.freeJson(),
      result: kit.body(),
      rawResult: kit.freeJson(),
      logs: kit.freeJson(),
      status: kit.id().notNull(),
      errorMessage: kit.body(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.index("message_executions_message").on(t.messageId, t.createdAtMs),
      kit.index("message_executions_session").on(t.sessionId, t.createdAtMs),
    ],
  );
  return { messages, messageExecutions };
}
