import { and, asc, eq, gt, sql } from "drizzle-orm";
import { wrote } from "../database.ts";
import type { Database } from "../database.ts";
import { must, remove, update } from "../statements.ts";
import type { TokenIndex } from "./token-index.ts";
import { createTokenizer, maxIndexedChars } from "./tokens.ts";

export type BacklogProgress = { indexed: number; total: number };

/**
 * Indexes the messages that are older than the index, some in each call: call it until it answers null. Stands
 * where it stood after a crash, may run while messages change, and in several processes at once.
 */
export function createBacklog(db: Database, index: TokenIndex) {
  const { messageSearchBacklog: backlog, messages: m } = db.tables;

  const page = (limit: number) =>
    db.read
      .select({
        sessionId: m.sessionId,
        seq: m.seq,
        messageId: m.messageId,
        ownerId: m.ownerId,
        text: sql<string>`substr(${m.content}, 1, ${maxIndexedChars})`,
        updatedAtMs: m.updatedAtMs,
      })
      .from(m)
      .orderBy(asc(m.sessionId), asc(m.seq))
      .limit(limit);

  /** Two ranges of the primary key: the rest of the session, then the sessions behind it. */
  async function readAfter(sessionId: string, seq: number, limit: number) {
    const rest = await page(limit).where(and(eq(m.sessionId, sessionId), gt(m.seq, seq)));
    return rest.length === limit
      ? rest
      : [...rest, ...(await page(limit - rest.length).where(gt(m.sessionId, sessionId)))];
  }

  return async (limit = 50): Promise<BacklogProgress | null> => {
    const [at] = await db.read.select().from(backlog);
    if (!at) return null;
    const rows = await readAfter(at.sessionId, at.seq, limit);
    const here = and(eq(backlog.backlogId, at.backlogId), eq(backlog.sessionId, at.sessionId), eq(backlog.seq, at.seq));
    const last = rows.at(-1);
    if (!last) {
      await db.write(remove(backlog, here));
      return null;
    }
    const indexed = at.indexed + rows.length;
    await wrote(
      db,
      must(update(backlog, { sessionId: last.sessionId, seq: last.seq, indexed }, here)),
      ...rows.flatMap(({ messageId, sessionId, ownerId, text, updatedAtMs }) => {
        const tokens = createTokenizer(ownerId).textTokens(text);
        return tokens.length === 0 ? [] : index.putIfUnchanged({ messageId, sessionId, ownerId, tokens }, updatedAtMs);
      }),
    );
    return { indexed, total: Math.max(indexed, at.total) };
  };
}
