import { and, asc, desc, eq, getTableColumns, gt, inArray, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";
import { olderThan } from "./keyset.ts";
import { createShapes, pick } from "./shapes.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type SessionRow = Tables["sessions"]["$inferSelect"];
export type SummaryRow = Tables["summaries"]["$inferSelect"];
export type SessionChange = SQLiteUpdateSetSource<Tables["sessions"]>;
/** A session as its writer saw it; `updatedAtMs` grows with each change and so is its version. */
export type SeenSession = Pick<SessionRow, "updatedAtMs">;
export type BranchMove = {
  seen: SeenSession & Pick<SessionRow, "leafId">;
  leafId: string | null;
  seqs: number;
  /** How many more messages the active branch has after it; may be negative. */
  addMessages: number;
  atMs: number;
  set?: Partial<SessionRow>;
};
const maxListedBytes = 64 * 1024;

export type SessionStore = ReturnType<typeof createSessionStore>;

export function createSessionStore(db: Database) {
  const {
    sessions: s,
    summaries,
    messages,
    messageExecutions,
    messageFiles,
    roundTableParticipants: seats,
  } = db.tables;
  const shaped = createShapes(db);
  const owned = (ownerId: string, sessionId: string) => and(eq(s.sessionId, sessionId), eq(s.ownerId, ownerId));
  /** Hundreds are listed together, and one avatar may be megabytes. */
  const unlessLarge = (column: typeof s.avatar | typeof s.systemPrompt) =>
    sql<string | null>`case when octet_length(${column}) <= ${maxListedBytes} then ${column} end`;
  const shownInLists = {
    ...getTableColumns(s),
    avatar: unlessLarge(s.avatar),
    systemPrompt: unlessLarge(s.systemPrompt),
  };
  const found = db.prepareRead(
    db.read
      .select()
      .from(s)
      .where(and(eq(s.sessionId, sql.placeholder("sessionId")), eq(s.ownerId, sql.placeholder("ownerId")))),
  );

  const summariesOf = db.prepareRead(
    db.read
      .select()
      .from(summaries)
      .where(
        and(eq(summaries.sessionId, sql.placeholder("sessionId")), eq(summaries.ownerId, sql.placeholder("ownerId"))),
      )
      .orderBy(asc(summaries.createdAtMs), asc(summaries.summaryId)),
  );
  const summariesEndingBelow = db.prepareRead(
    db.read
      .select()
      .from(summaries)
      .where(
        and(
          eq(summaries.sessionId, sql.placeholder("sessionId")),
          eq(summaries.ownerId, sql.placeholder("ownerId")),
          lt(summaries.lastSeq, sql.placeholder("before")),
        ),
      )
      .orderBy(desc(summaries.lastSeq))
      .limit(sql.placeholder("limit")),
  );
  const ownSummary = (ownerId: string, summaryId: string) =>
    and(eq(summaries.summaryId, summaryId), eq(summaries.ownerId, ownerId));

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
    /** Refused when the session is gone or was changed since it was seen. */
    change: (ownerId: string, sessionId: string, seen: SeenSession, set: SessionChange): Statement =>
      must(update(s, set, and(owned(ownerId, sessionId), eq(s.updatedAtMs, seen.updatedAtMs)))),
    /**
     * Takes the session for new messages: raises `lastSeq` by `seqs` and moves the branch. Refused while a run
     * has the session, and when it was changed since it was seen.
     */
    begin(
      ownerId: string,
      sessionId: string,
      { seen, leafId, seqs, addMessages, atMs, set = {} }: BranchMove,
    ): Statement {
      const before = seen.leafId === null ? {} : { seenLeafId: seen.leafId };
      const where = { ofOwner: ownerId, ofSession: sessionId, seenAtMs: seen.updatedAtMs, ...before };
      const values = { ...where, seqs, addMessages, leafId, updatedAtMs: atMs, ...set };
      return shaped("begin", values, (slots) =>
        must(
          update(
            s,
            {
              ...(pick(slots, Object.keys(set)) as SessionChange),
              lastSeq: sql`${s.lastSeq} + ${slots.seqs}`,
              messageCount: sql`${s.messageCount} + ${slots.addMessages}`,
              leafId: sql`${slots.leafId}`,
              updatedAtMs: sql`${slots.updatedAtMs}`,
            },
            and(
              eq(s.sessionId, slots.ofSession),
              eq(s.ownerId, slots.ofOwner),
              isNull(s.activeRunId),
              seen.leafId === null ? isNull(s.leafId) : eq(s.leafId, sql.placeholder("seenLeafId")),
              eq(s.updatedAtMs, slots.seenAtMs),
            ),
          ),
        ),
      );
    },
    /** Takes a number for a message that joins no branch. */
    takeSeq: (ownerId: string, sessionId: string): Statement =>
      must(
        update(
          s,
          { lastSeq: sql`${s.lastSeq} + 1`, updatedAtMs: sql`${s.updatedAtMs} + 1` },
          owned(ownerId, sessionId),
        ),
      ),
    /** Refuses the whole write when a message was added, or changed its words, since `lastSeq` was read. */
    unlessGrown: (ownerId: string, sessionId: string, lastSeq: number): Statement =>
      must(update(s, { lastSeq }, and(owned(ownerId, sessionId), eq(s.lastSeq, lastSeq)))),
    /** Gives the session free again. Refused when another run has it, and when it was changed since it was seen. */
    endRun: (
      ownerId: string,
      sessionId: string,
      runId: string,
      end: { seen: SeenSession; addTokens: number; previewText: string | null; atMs: number; updatedAtMs: number },
    ): Statement => {
      const { seen, addTokens, previewText, atMs, updatedAtMs } = end;
      const values = {
        ownerId,
        sessionId,
        runId,
        seenAtMs: seen.updatedAtMs,
        addTokens,
        previewText,
        atMs,
        updatedAtMs,
      };
      return shaped("end", values, (slots) =>
        must(
          update(
            s,
            {
              activeRunId: null,
              accToken: sql`${s.accToken} + ${slots.addTokens}`,
              previewText: sql`coalesce(${slots.previewText}, ${s.previewText})`,
              lastMessageAtMs: sql`${slots.atMs}`,
              updatedAtMs: sql`${slots.updatedAtMs}`,
            },
            and(
              eq(s.sessionId, slots.sessionId),
              eq(s.ownerId, slots.ownerId),
              eq(s.activeRunId, slots.runId),
              eq(s.updatedAtMs, slots.seenAtMs),
            ),
          ),
        ),
      );
    },
    /** Sets the preview while this message is the newest of the branch. */
    setPreview: (ownerId: string, sessionId: string, leafId: string, previewText: string | null): Statement =>
      update(
        s,
        { previewText, updatedAtMs: sql`${s.updatedAtMs} + 1` },
        and(owned(ownerId, sessionId), eq(s.leafId, leafId)),
      ),
    /** Gives the session free again, whatever else it looks like; touches nothing when another run has it. */
    freeRun: (ownerId: string, sessionId: string, runId: string): Statement =>
      update(
        s,
        { activeRunId: null, updatedAtMs: sql`${s.updatedAtMs} + 1` },
        and(owned(ownerId, sessionId), eq(s.activeRunId, runId)),
      ),
    /**
     * Newest activity first; temporary ones are never listed. `after` is the last row of the page before. With
     * `text`, those whose title or name holds it in any case, and those of `sessionIds`. With `pinned`, those that are
     * pinned, the last one pinned first, or those that are not. A large avatar or prompt is null here.
     */
    async list(
      ownerId: string,
      options: {
        limit: number;
        after?: Pick<SessionRow, "updatedAtMs" | "sessionId"> & Partial<Pick<SessionRow, "pinnedAtMs">>;
        sessionType?: string;
        pinned?: boolean;
        text?: string;
        sessionIds?: string[];
      },
    ): Promise<SessionRow[]> {
      const { after, limit, pinned } = options;
      const time = pinned ? s.pinnedAtMs : s.updatedAtMs;
      const atMs = pinned ? after?.pinnedAtMs : after?.updatedAtMs;
      return await db.read
        .select(shownInLists)
        .from(s)
        .where(
          and(
            listed(ownerId, options),
            matching(options),
            olderThan(time, s.sessionId, after && { atMs: atMs ?? 0, id: after.sessionId }),
          ),
        )
        .orderBy(desc(time), desc(s.sessionId))
        .limit(limit);
    },
    async count(
      ownerId: string,
      options: { sessionType?: string; pinned?: boolean; text?: string; sessionIds?: string[] },
    ): Promise<number> {
      const [row] = await db.read
        .select({ total: sql<number>`count(*)`.mapWith(Number) })
        .from(s)
        .where(and(listed(ownerId, options), matching(options)));
      return row?.total ?? 0;
    },
    /** When any session of theirs was changed last; null when there is none. */
    async newestChange(ownerId: string): Promise<number | null> {
      const [row] = await db.read
        .select({ atMs: s.updatedAtMs })
        .from(s)
        .where(eq(s.ownerId, ownerId))
        .orderBy(desc(s.updatedAtMs))
        .limit(1);
      return row?.atMs ?? null;
    },
    /** Temporary sessions that nobody touched since `beforeMs`. */
    async expired(
      beforeMs: number,
      limit: number,
    ): Promise<{ ownerId: string; sessionId: string; updatedAtMs: number }[]> {
      return await db.read
        .select({ ownerId: s.ownerId, sessionId: s.sessionId, updatedAtMs: s.updatedAtMs })
        .from(s)
        .where(and(eq(s.sessionType, "temporary"), lt(s.updatedAtMs, beforeMs), isNull(s.activeRunId)))
        .limit(limit);
    },
    /**
     * The session with everything that hangs on it but its runs, its event stream and its search entries. With
     * `seen`, refused when it was changed since then.
     */
    remove: (ownerId: string, sessionId: string, seen?: SeenSession): Statement[] => [
      must(remove(s, and(owned(ownerId, sessionId), seen && eq(s.updatedAtMs, seen.updatedAtMs)))),
      remove(messages, eq(messages.sessionId, sessionId)),
      remove(messageExecutions, eq(messageExecutions.sessionId, sessionId)),
      remove(messageFiles, eq(messageFiles.sessionId, sessionId)),
      remove(summaries, eq(summaries.sessionId, sessionId)),
      remove(seats, eq(seats.sessionId, sessionId)),
    ],

    insertSummary: (row: SummaryRow): Statement => insert(summaries, row),
    /** Has a summary say and cover more. Refuses the whole write when it was forgotten since it was read. */
    growSummary: ({ summaryId, ownerId, sessionId: _sessionId, ...set }: SummaryRow): Statement =>
      must(update(summaries, set, ownSummary(ownerId, summaryId))),
    /** Refuses the whole write as `growSummary` does. */
    unlessForgotten: ({ summaryId, ownerId }: Pick<SummaryRow, "summaryId" | "ownerId">): Statement =>
      must(update(summaries, { lastSeq: sql`${summaries.lastSeq}` }, ownSummary(ownerId, summaryId))),
    /** Those that end below `before`, the farthest first. */
    summariesBelow: (ownerId: string, sessionId: string, before: number, limit: number): Promise<SummaryRow[]> =>
      summariesEndingBelow({ ownerId, sessionId, before, limit }),
    summaries: (ownerId: string, sessionId: string): Promise<SummaryRow[]> => summariesOf({ ownerId, sessionId }),
    clearSummaries: (ownerId: string, sessionId: string): Statement =>
      remove(summaries, and(eq(summaries.sessionId, sessionId), eq(summaries.ownerId, ownerId))),
    /** A change at or before a summary's last message makes the summary untrue. */
    clearSummariesFrom: (sessionId: string, seq: number): Statement =>
      remove(summaries, and(eq(summaries.sessionId, sessionId), gt(summaries.lastSeq, seq - 1))),
  };

  function listed(ownerId: string, { sessionType, pinned }: { sessionType?: string; pinned?: boolean }) {
    return and(
      eq(s.ownerId, ownerId),
      ne(s.sessionType, "temporary"),
      sessionType ? eq(s.sessionType, sessionType) : undefined,
      pinned === true ? isNotNull(s.pinnedAtMs) : undefined,
      // No bare `is null`: nearly all are unpinned, and the index of pins would have them sorted.
      pinned === false ? sql`coalesce(${s.pinnedAtMs}, -1) = -1` : undefined,
    );
  }
  function matching({ text, sessionIds }: { text?: string; sessionIds?: string[] }) {
    if (text === undefined) return undefined;
    const wanted = text.toLowerCase();
    const byText = or(sql`instr(lower(${s.title}), ${wanted}) > 0`, sql`instr(lower(${s.name}), ${wanted}) > 0`);
    return sessionIds && sessionIds.length > 0 ? or(byText, inArray(s.sessionId, sessionIds)) : byText;
  }
}
