import type { Kit } from "../dialect/kit.sqlite.ts";

/**
 * message_search: the full-text index, of another kind on each engine; its migrations are written by hand.
 *
 * message_search_backlog: one row while messages from before the index wait for it. Those up to
 * (`sessionId`, `seq`) are done, `indexed` of `total`; the row goes with the last one.
 */
export function messageSearchTables(kit: Kit) {
  const messageSearchBacklog = kit.table("message_search_backlog", {
    backlogId: kit.id().primaryKey(),
    sessionId: kit.id().notNull(),
    seq: kit.count().notNull(),
    indexed: kit.count().notNull(),
    total: kit.count().notNull(),
  });
  return { messageSearchBacklog };
}
