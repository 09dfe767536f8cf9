import { and, asc, eq, gt, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { insert, remove, update, upsert } from "./statements.ts";
import type { Statement } from "./statements.ts";

export type NewEvent = {
  /** The event as JSON text. */
  event: string;
  /** Set for passing events: the terminal write of this run removes them. */
  pruneRunId?: string | null;
};
export type LogEntry = { seq: number; event: string };
export type StreamBounds = { headSeq: number; tailSeq: number };

export type StreamStore = ReturnType<typeof createStreamStore>;

/** Largest first; the last one makes any count possible. */
const batchSizes = [16, 8, 4, 2, 1];

/** The event log. Ownership is that of the stream's session: callers check it before they read. */
export function createStreamStore(db: Database) {
  const { eventStreams: streams, eventLog: log } = db.tables;
  const slot = sql.placeholder;

  const raiseHead = db.prepareWrite(
    upsert(
      streams,
      { streamId: slot("streamId"), headSeq: slot("count"), tailSeq: 0, updatedAtMs: slot("atMs") },
      { headSeq: sql`${streams.headSeq} + ${slot("count")}`, updatedAtMs: sql`${slot("atMs")}` },
    ),
  );
  /** One insert for so many events of one stream: on MySQL each statement of a write is a round trip. */
  const addEvents = batchSizes.map((size) => {
    // The stream and the time of all, then three values of each.
    const [streamId, atMs] = [slot("0"), slot("1")];
    const rows = Array.from({ length: size }, (_, index) => {
      const [back, event, pruneRunId] = [2, 3, 4].map((place) => slot(String(place + index * 3)));
      const seq = sql`(select ${streams.headSeq} - ${back} from ${streams} where ${streams.streamId} = ${streamId})`;
      return { streamId, seq, event, pruneRunId, atMs };
    });
    return { size, add: db.prepareWrite(insert(log, rows as never)) };
  });
  const pageAfter = db.prepareRead(
    db.read
      .select({ seq: log.seq, event: log.event })
      .from(log)
      .where(and(eq(log.streamId, slot("streamId")), gt(log.seq, slot("after"))))
      .orderBy(asc(log.seq))
      .limit(slot("limit")),
  );
  const prune = db.prepareWrite(
    remove(
      log,
      and(eq(log.streamId, slot("streamId")), gt(log.seq, slot("afterSeq")), eq(log.pruneRunId, slot("runId"))),
    ),
  );
  const boundsOf = db.prepareRead(
    db.read
      .select({ headSeq: streams.headSeq, tailSeq: streams.tailSeq })
      .from(streams)
      .where(eq(streams.streamId, slot("streamId"))),
  );

  return {
    /** Begins a stream; refused (a taken key) when there ever was one of this id. */
    create: (streamId: string, atMs: number): Statement =>
      insert(streams, { streamId, headSeq: 0, tailSeq: 0, updatedAtMs: atMs }),
    /**
     * The statements that append `events` in order, numbered on from the stream's head. The head row is
     * locked by the write, so numbers become visible in their order and none is given out twice.
     */
    append(streamId: string, events: NewEvent[], atMs: number): Statement[] {
      const count = events.length;
      if (count === 0) return [];
      const statements = [raiseHead({ streamId, count, atMs })];
      let next = 0;
      for (const { size, add } of addEvents) {
        while (count - next >= size) {
          const values: unknown[] = [streamId, atMs];
          for (const { event, pruneRunId = null } of events.slice(next, next + size))
            values.push(count - ++next, event, pruneRunId);
          statements.push(add(values));
        }
      }
      return statements;
    },
    /** Events with a number above `after`, oldest first; pruned numbers are simply missing. */
    readAfter(streamId: string, after: number, limit: number): Promise<LogEntry[]> {
      return pageAfter({ streamId, after, limit });
    },
    /** A stream that nothing was appended to has head and tail 0. */
    async bounds(streamId: string): Promise<StreamBounds> {
      const [row] = await boundsOf({ streamId });
      return row ?? { headSeq: 0, tailSeq: 0 };
    },
    async heads(streamIds: string[]): Promise<{ streamId: string; headSeq: number }[]> {
      if (streamIds.length === 0) return [];
      return await db.read
        .select({ streamId: streams.streamId, headSeq: streams.headSeq })
        .from(streams)
        .where(inArray(streams.streamId, streamIds));
    },
    /** Removes the passing events of a run; they lie above `afterSeq`. */
    pruneRun: (streamId: string, runId: string, afterSeq: number): Statement => prune({ streamId, runId, afterSeq }),
    /** Forgets everything up to `seq`; whoever resumes from before it is told to start again. */
    forget(streamId: string, seq: number): Statement[] {
      return [
        update(streams, { tailSeq: seq }, and(eq(streams.streamId, streamId), sql`${streams.tailSeq} < ${seq}`)),
        remove(log, and(eq(log.streamId, streamId), lte(log.seq, seq))),
      ];
    },
    removeStream(streamId: string): Statement[] {
      return [remove(log, eq(log.streamId, streamId)), remove(streams, eq(streams.streamId, streamId))];
    },
    /** Up to `limit` streams that hold more than `maxEvents` numbers since their tail. */
    async overlong(maxEvents: number, limit: number): Promise<{ streamId: string; headSeq: number }[]> {
      return await db.read
        .select({ streamId: streams.streamId, headSeq: streams.headSeq })
        .from(streams)
        .where(sql`${streams.headSeq} - ${streams.tailSeq} > ${maxEvents}`)
        .limit(limit);
    },
  };
}
