import type { Database } from "../database.ts";
import type { Statement } from "../statements.ts";
import { createBacklog } from "./backlog.ts";
import type { Hit } from "./token-index.ts";
import { createMysqlTokenIndex } from "./token-index.mysql.ts";
import { createSqliteTokenIndex } from "./token-index.sqlite.ts";
import { createTokenizer } from "./tokens.ts";

export type MessageSearch = ReturnType<typeof createMessageSearch>;

/**
 * Full-text search over messages. A text is found by any of its words, whatever their English ending, case or
 * width; in scripts without spaces also by any two neighbouring characters. Of a long text only the first
 * `maxIndexedChars` are found.
 */
export function createMessageSearch(db: Database) {
  const index = db.engine === "sqlite" ? createSqliteTokenIndex(db) : createMysqlTokenIndex(db);

  return {
    /** Replaces what was indexed of this message; without a word in it, it leaves the index. */
    index({ text, ...ids }: { messageId: string; sessionId: string; ownerId: string; text: string }): Statement[] {
      const tokens = createTokenizer(ids.ownerId).textTokens(text);
      return tokens.length === 0 ? index.remove(ids.messageId) : index.put({ ...ids, tokens });
    },
    remove: (messageId: string): Statement[] => index.remove(messageId),
    removeSession: (sessionId: string): Statement[] => index.removeSession(sessionId),
    /**
     * The owner's messages that hold any word of the query, best first; at most `limit`, and never more than
     * `maxHits`. Any text is a query; one without a letter or digit finds nothing.
     */
    async find(query: { ownerId: string; query: string; sessionId?: string; limit: number }): Promise<Hit[]> {
      const tokens = createTokenizer(query.ownerId).queryTokens(query.query);
      if (tokens.length === 0) return [];
      const hits = await index.find({ ownerId: query.ownerId, tokens, sessionId: query.sessionId });
      return hits.sort(byScore).slice(0, query.limit);
    },
    indexBacklog: createBacklog(db, index),
  };
}

/** Equal ones in a fixed order, the newer first as far as ids tell. */
function byScore(a: Hit, b: Hit): number {
  if (a.score !== b.score) return b.score - a.score;
  return a.messageId < b.messageId ? 1 : -1;
}
