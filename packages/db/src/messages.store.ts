import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, lte, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";
import { createShapes, pick, plainValues } from "./shapes.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

type MessageTable = Tables["messages"];
export type MessageRow = MessageTable["$inferSelect"];
/** What a reader sees of a message, and nothing else. */
export type ShownRow = Omit<MessageRow, HiddenField> & Partial<Record<HiddenField, never>>;
type HiddenField = "ownerId" | "active" | "providerData";
export type ExecutionRow = Tables["messageExecutions"]["$inferSelect"];
export type MessageStore = ReturnType<typeof createMessageStore>;
/**
 * A page, and how its session stood at the very moment it was read: `isDense` when every number given out is on
 * the branch, `headSeq` as the newest of its events.
 */
export type PlacedPage = { rows: ShownRow[]; isDense: boolean; headSeq: number };
/** Numbers from just above `after` up to and including `upTo`, and how many messages of them are read at most. */
export type Stretch = { after: number; upTo: number; limit: number };
/** A new message takes the `back`-th number before the session's `lastSeq`, which its write has raised. */
export type NewMessage = Omit<MessageRow, "seq"> & { back: number };

export function createMessageStore(db: Database) {
  const { messages: m, sessions: s, eventStreams: streams, messageExecutions: executions } = db.tables;
  const slot = sql.placeholder;
  const shaped = createShapes(db);
  const owned = (ownerId: string, messageId: string) => and(eq(m.messageId, messageId), eq(m.ownerId, ownerId));

  const below = () => and(eq(m.sessionId, slot("sessionId")), lt(m.seq, slot("before")), eq(m.active, true));
  const branchBelow = () => and(below(), eq(m.ownerId, slot("ownerId")));
  const { ownerId: _owner, active: _active, providerData: _provider, ...shown } = getTableColumns(m);
  const pageBefore = db.prepareRead(
    db.read.select(shown).from(m).where(branchBelow()).orderBy(desc(m.seq)).limit(slot("limit")),
  );

  const isDense = sql<boolean>`${s.messageCount} = ${s.lastSeq}`.mapWith(Boolean);
  const isSession = and(eq(s.sessionId, slot("sessionId")), eq(s.ownerId, slot("ownerId")));
  const isStream = eq(streams.streamId, slot("sessionId"));
  /** SQLite would look the session up again for every row of a join. */
  const placedBySubquery = () =>
    db.read
      .select({
        message: shown,
        isDense: sql<boolean>`(select ${isDense} from ${s} where ${isSession})`.mapWith(Boolean),
        headSeq: sql<number | null>`(select ${streams.headSeq} from ${streams} where ${isStream})`,
      })
      .from(m)
      .where(branchBelow())
      .orderBy(desc(m.seq))
      .limit(slot("limit"));
  /** MySQL reads the one session, and its owner, first when each table is told its id; subqueries take a third longer. */
  const placedByJoin = () =>
    db.read
      .select({ message: shown, isDense, headSeq: streams.headSeq })
      .from(s)
      .leftJoin(streams, isStream)
      .innerJoin(m, eq(m.sessionId, slot("sessionId")))
      .where(and(isSession, below()))
      .orderBy(desc(m.seq))
      .limit(slot("limit"));
  const placedPageBefore = db.prepareRead(db.engine === "sqlite" ? placedBySubquery() : placedByJoin());
  const found = db.prepareRead(
    db.read
      .select()
      .from(m)
      .where(and(eq(m.messageId, sql.placeholder("messageId")), eq(m.ownerId, sql.placeholder("ownerId"))))
      .limit(1),
  );
  const branchBetween = () =>
    and(
      eq(m.sessionId, slot("sessionId")),
      eq(m.ownerId, slot("ownerId")),
      eq(m.active, true),
      gt(m.seq, slot("after")),
      lte(m.seq, slot("upTo")),
    );
  const branchOf = db.prepareRead(
    db.read.select().from(m).where(branchBetween()).orderBy(asc(m.seq)).limit(slot("limit")),
  );
  const branchEndOf = db.prepareRead(
    db.read.select().from(m).where(branchBetween()).orderBy(desc(m.seq)).limit(slot("limit")),
  );
  const versionsOf = db.prepareRead(
    db.read
      .select({ messageId: m.messageId, updatedAtMs: m.updatedAtMs })
      .from(m)
      .where(branchBetween())
      .orderBy(asc(m.seq))
      .limit(slot("limit")),
  );
  const placeOf = db.prepareRead(
    db.read
      .select({ messageCount: s.messageCount, lastSeq: s.lastSeq, headSeq: streams.headSeq })
      .from(s)
      .leftJoin(streams, eq(streams.streamId, s.sessionId))
      .where(and(eq(s.sessionId, slot("sessionId")), eq(s.ownerId, slot("ownerId")))),
  );

  return {
    async find(ownerId: string, messageId: string): Promise<MessageRow | undefined> {
      const [row] = await found({ ownerId, messageId });
      return row;
    },
    async findMany(ownerId: string, messageIds: string[]): Promise<MessageRow[]> {
      if (messageIds.length === 0) return [];
      return await db.read
        .select()
        .from(m)
        .where(and(inArray(m.messageId, messageIds), eq(m.ownerId, ownerId)));
    },
    /** The active branch below `before`, newest first. */
    page: (ownerId: string, sessionId: string, before: number, limit: number): Promise<ShownRow[]> =>
      pageBefore({ ownerId, sessionId, before, limit }),
    /** The same with the state of the session around it; undefined when the owner has no such session. */
    async placedPage(
      ownerId: string,
      sessionId: string,
      before: number,
      limit: number,
    ): Promise<PlacedPage | undefined> {
      const found = await placedPageBefore({ ownerId, sessionId, before, limit });
      const [first] = found;
      if (first) return { rows: found.map((row) => row.message), isDense: first.isDense, headSeq: first.headSeq ?? 0 };
      // Nothing below `before`. The place comes first: what is said after it comes as an event.
      const [place] = await placeOf({ ownerId, sessionId });
      if (!place) return undefined;
      const { messageCount, lastSeq, headSeq } = place;
      const rows = await pageBefore({ ownerId, sessionId, before, limit });
      return { rows, isDense: messageCount === lastSeq, headSeq: headSeq ?? 0 };
    },
    /** The active branch without its `skip` newest messages, newest first. Costs what it skips. */
    async pageAfterSkipping(ownerId: string, sessionId: string, skip: number, limit: number): Promise<ShownRow[]> {
      return await db.read
        .select(shown)
        .from(m)
        .where(and(eq(m.sessionId, sessionId), eq(m.active, true), eq(m.ownerId, ownerId)))
        .orderBy(desc(m.seq))
        .limit(limit)
        .offset(skip);
    },
    /** The first messages of a stretch of the active branch, oldest first. */
    branch: (ownerId: string, sessionId: string, stretch: Stretch): Promise<MessageRow[]> =>
      branchOf({ ownerId, sessionId, ...stretch }),
    /** The last messages of it, newest first. */
    branchEnd: (ownerId: string, sessionId: string, stretch: Stretch): Promise<MessageRow[]> =>
      branchEndOf({ ownerId, sessionId, ...stretch }),
    /** As `branch`, and only what tells whether a message is still the one that was read. */
    versions: (
      ownerId: string,
      sessionId: string,
      stretch: Stretch,
    ): Promise<Pick<MessageRow, "messageId" | "updatedAtMs">[]> => versionsOf({ ownerId, sessionId, ...stretch }),
    /** How many messages of the active branch lie above `seq`. */
    async countAbove(sessionId: string, seq: number): Promise<number> {
      const [row] = await db.read
        .select({ total: sql<number>`count(*)`.mapWith(Number) })
        .from(m)
        .where(and(eq(m.sessionId, sessionId), gt(m.seq, seq), eq(m.active, true)));
      return row?.total ?? 0;
    },
    /** One page of the whole tree in `seq` order, for export. */
    async tree(ownerId: string, sessionId: string, after: number, limit: number): Promise<MessageRow[]> {
      return await db.read
        .select()
        .from(m)
        .where(and(eq(m.sessionId, sessionId), eq(m.ownerId, ownerId), gt(m.seq, after)))
        .orderBy(asc(m.seq))
        .limit(limit);
    },
    /** The shape of the tree above `after`: what is needed to find a branch, without the text. `isReplaced`: old words of another message. */
    async outline(ownerId: string, sessionId: string, after: number) {
      return await db.read
        .select({
          messageId: m.messageId,
          parentId: m.parentId,
          seq: m.seq,
          active: m.active,
          isReplaced: sql<boolean>`json_extract(${m.ext}, '$.replacedBy') is not null`.mapWith(Boolean),
        })
        .from(m)
        .where(and(eq(m.sessionId, sessionId), eq(m.ownerId, ownerId), gt(m.seq, after)))
        .orderBy(asc(m.seq));
    },
    /** All children of these parents (null: the roots), oldest first. */
    async children(ownerId: string, sessionId: string, parentIds: (string | null)[]) {
      const known = parentIds.filter((id) => id !== null);
      const select = () => db.read.select({ messageId: m.messageId, parentId: m.parentId, seq: m.seq }).from(m);
      const mine = and(eq(m.sessionId, sessionId), eq(m.ownerId, ownerId));
      const below =
        known.length === 0
          ? []
          : await select()
              .where(and(mine, inArray(m.parentId, known)))
              .orderBy(asc(m.seq));
      const roots = parentIds.includes(null)
        ? await select()
            .where(and(mine, isNull(m.parentId)))
            .orderBy(asc(m.seq))
        : [];
      return [...roots, ...below];
    },
    insert({ back, ...row }: NewMessage): Statement {
      return shaped("insert", { ...row, back }, ({ back: slot, ...slots }) => {
        const seq = sql`(select ${s.lastSeq} - ${slot} from ${s} where ${s.sessionId} = ${slots.sessionId})`;
        return insert(m, { ...slots, seq });
      });
    },
    /** The messages of a session that the same write makes, numbered by the caller. */
    insertAll: (rows: MessageRow[]): Statement[] => (rows.length === 0 ? [] : [insert(m, rows)]),
    change(ownerId: string, messageId: string, set: SQLiteUpdateSetSource<MessageTable>): Statement {
      const plain = plainValues(set);
      if (plain === null) return must(update(m, set, owned(ownerId, messageId)));
      return shaped("change", { ofOwner: ownerId, ofMessage: messageId, ...plain }, (slots) =>
        must(
          update(
            m,
            pick(slots, Object.keys(plain)) as SQLiteUpdateSetSource<MessageTable>,
            and(eq(m.messageId, slots.ofMessage), eq(m.ownerId, slots.ofOwner)),
          ),
        ),
      );
    },
    /** As `change`, and refused when the message was changed since it was seen. */
    changeSeen: (ownerId: string, seen: MessageRow, set: SQLiteUpdateSetSource<MessageTable>): Statement =>
      must(update(m, set, and(owned(ownerId, seen.messageId), eq(m.updatedAtMs, seen.updatedAtMs)))),
    /** Sets the end of a message that a run was writing; touches nothing once it has ended. */
    abandon: (
      ownerId: string,
      messageId: string,
      set: Pick<MessageRow, "status" | "failure" | "updatedAtMs"> & Partial<Pick<MessageRow, "content" | "thinking">>,
    ): Statement => update(m, set, and(owned(ownerId, messageId), eq(m.status, "streaming"))),
    /** Takes everything above `seq` off the active branch. */
    cutBranch: (sessionId: string, seq: number): Statement =>
      update(m, { active: false }, and(eq(m.sessionId, sessionId), gt(m.seq, seq), eq(m.active, true))),
    activate: (sessionId: string, messageIds: string[]): Statement[] =>
      chunks(messageIds, 500).map((ids) =>
        update(m, { active: true }, and(eq(m.sessionId, sessionId), inArray(m.messageId, ids))),
      ),
    remove: (ownerId: string, messageId: string): Statement => must(remove(m, owned(ownerId, messageId))),
    /** Hangs the children of one message on another. */
    adopt: (sessionId: string, fromId: string, toId: string | null): Statement =>
      update(m, { parentId: toId }, and(eq(m.sessionId, sessionId), eq(m.parentId, fromId))),

    insertExecution: (row: ExecutionRow): Statement => insert(executions, row),
    async latestExecution(ownerId: string, messageId: string): Promise<ExecutionRow | undefined> {
      const [row] = await db.read
        .select()
        .from(executions)
        .where(and(eq(executions.messageId, messageId), eq(executions.ownerId, ownerId)))
        .orderBy(desc(executions.createdAtMs), desc(executions.executionId))
        .limit(1);
      return row;
    },
    async executions(ownerId: string, sessionId: string): Promise<ExecutionRow[]> {
      return await db.read
        .select()
        .from(executions)
        .where(and(eq(executions.sessionId, sessionId), eq(executions.ownerId, ownerId)))
        .orderBy(desc(executions.createdAtMs), desc(executions.executionId))
        .limit(500);
    },
  };
}

function chunks<TItem>(items: TItem[], size: number): TItem[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
