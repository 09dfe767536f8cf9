import { and, asc, desc, eq, gt, inArray, isNull, like, lt, ne, or, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type SessionRow = Tables["sessions"]["$inferSelect"];
export type SummaryRow = Tables["summaries"]["$inferSelect"];
export type SessionChange = SQLiteUpdateSetSource<Tables["sessions"]>;
export type BranchMove = {
  seenLeafId: string | null;
  leafId: string | null;
  seqs: number;
  /** How many more messages the active branch has after it; may be negative. */
  addMessages: number;
  atMs: number;
  set?: SessionChange;
};
export type SessionStore = ReturnType<typeof createSessionStore>;

export function createSessionStore(db: Database) {
  const { sessions: s, summaries, messages, messageExecutions, roundTableParticipants: seats } = db.tables;
  const owned = (ownerId: string, sessionId: string) => and(eq(s.sessionId, sessionId), eq(s.ownerId, ownerId));
  const found = db.prepareRead(
    db.read
      .select()
      .from(s)
      .where(and(eq(s.sessionId, sql.placeholder("sessionId")), eq(s.ownerId, sql.placeholder("ownerId")))),
  );

  return {
    async find(ownerId: string, sessionId: string): Promise<SessionRow | undefined> {
      const [row] = await found({ ownerId, sessionId });
      return row;
    },
    async findMany(ownerId: string, sessionIds: string[]): Promise<SessionRow[]> {
      if (sessionIds.length === 0) return [];
      return await db.read
        .select()
        .from(s)
        .where(and(inArray(s.sessionId, sessionIds), eq(s.ownerId, ownerId)));
    },
    insert: (row: SessionRow): Statement => insert(s, row),
    /** Touches the row only while it is the owner's and every condition holds. */
    change: (ownerId: string, sessionId: string, set: SessionChange): Statement =>
      update(s, set, owned(ownerId, sessionId)),
    /**
     * Takes the session for new messages: raises `lastSeq` by `seqs` and moves the branch. Refused while a run
     * has the session, and when the branch is no longer at `seenLeafId`.
     */
    begin: (ownerId: string, sessionId: string, move: BranchMove): Statement =>
      must(
        update(
          s,
          {
            ...move.set,
            lastSeq: sql`${s.lastSeq} + ${move.seqs}`,
            messageCount: sql`${s.messageCount} + ${move.addMessages}`,
            leafId: move.leafId,
            updatedAtMs: move.atMs,
          },
          and(
            owned(ownerId, sessionId),
            isNull(s.activeRunId),
            move.seenLeafId === null ? isNull(s.leafId) : eq(s.leafId, move.seenLeafId),
          ),
        ),
      ),
    /** A number for a message that joins no branch. */
    oneMoreSeq: { lastSeq: sql`${s.lastSeq} + 1` } as SessionChange,
    /** Gives the session free again; touches nothing when another run has it. */
    endRun: (
      ownerId: string,
      sessionId: string,
      runId: string,
      end: { addTokens: number; previewText: string | null; atMs: number },
    ): Statement =>
      update(
        s,
        {
          activeRunId: null,
          accToken: sql`${s.accToken} + ${end.addTokens}`,
          ...(end.previewText === null ? {} : { previewText: end.previewText }),
          lastMessageAtMs: end.atMs,
          updatedAtMs: end.atMs,
        },
        and(owned(ownerId, sessionId), eq(s.activeRunId, runId)),
      ),
    /** Newest activity first; temporary ones are never listed. `after` is the last row of the page before. */
    async list(
      ownerId: string,
      options: {
        limit: number;
        after?: { updatedAtMs: number; sessionId: string };
        sessionType?: string;
        text?: string;
        sessionIds?: string[];
      },
    ): Promise<SessionRow[]> {
      const { after, limit, sessionType } = options;
      return await db.read
        .select()
        .from(s)
        .where(
          and(
            listed(ownerId, sessionType),
            matching(options),
            after &&
              or(
                lt(s.updatedAtMs, after.updatedAtMs),
                and(eq(s.updatedAtMs, after.updatedAtMs), lt(s.sessionId, after.sessionId)),
              ),
          ),
        )
        .orderBy(desc(s.updatedAtMs), desc(s.sessionId))
        .limit(limit);
    },
    async count(
      ownerId: string,
      options: { sessionType?: string; text?: string; sessionIds?: string[] },
    ): Promise<number> {
      const [row] = await db.read
        .select({ total: sql<number>`count(*)`.mapWith(Number) })
        .from(s)
        .where(and(listed(ownerId, options.sessionType), matching(options)));
      return row?.total ?? 0;
    },
    /** Temporary sessions that nobody touched since `beforeMs`. */
    async expired(beforeMs: number, limit: number): Promise<{ ownerId: string; sessionId: string }[]> {
      return await db.read
        .select({ ownerId: s.ownerId, sessionId: s.sessionId })
        .from(s)
        .where(and(eq(s.sessionType, "temporary"), lt(s.updatedAtMs, beforeMs), isNull(s.activeRunId)))
        .limit(limit);
    },
    /** The session with everything that hangs on it but its event stream and search entries. */
    remove: (ownerId: string, sessionId: string): Statement[] => [
      must(remove(s, owned(ownerId, sessionId))),
      remove(messages, eq(messages.sessionId, sessionId)),
      remove(messageExecutions, eq(messageExecutions.sessionId, sessionId)),
      remove(summaries, eq(summaries.sessionId, sessionId)),
      remove(seats, eq(seats.sessionId, sessionId)),
    ],

    insertSummary: (row: SummaryRow): Statement => insert(summaries, row),
    async summaries(ownerId: string, sessionId: string): Promise<SummaryRow[]> {
      return await db.read
        .select()
        .from(summaries)
        .where(and(eq(summaries.sessionId, sessionId), eq(summaries.ownerId, ownerId)))
        .orderBy(asc(summaries.createdAtMs), asc(summaries.summaryId));
    },
    clearSummaries: (ownerId: string, sessionId: string): Statement =>
      remove(summaries, and(eq(summaries.sessionId, sessionId), eq(summaries.ownerId, ownerId))),
    /** A change at or before a summary's last message makes the summary untrue. */
    clearSummariesFrom: (sessionId: string, seq: number): Statement =>
      remove(summaries, and(eq(summaries.sessionId, sessionId), gt(summaries.lastSeq, seq - 1))),
  };

  function listed(ownerId: string, sessionType: string | undefined) {
    return and(eq(s.ownerId, ownerId), sessionType ? eq(s.sessionType, sessionType) : ne(s.sessionType, "temporary"));
  }
  function matching({ text, sessionIds }: { text?: string; sessionIds?: string[] }) {
    if (text === undefined) return undefined;
    const pattern = `%${text.replace(/[\\%_]/g, "")}%`;
    const byText = or(like(s.title, pattern), like(s.name, pattern));
    return sessionIds && sessionIds.length > 0 ? or(byText, inArray(s.sessionId, sessionIds)) : byText;
  }
}
