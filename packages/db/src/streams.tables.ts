import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * event_streams: `headSeq` is the newest number given out and never goes down, whatever is pruned;
 * events up to `tailSeq` were removed by retention, so a reader behind it must start again.
 *
 * event_log: what happened, clustered by (stream_id, seq). Rows with `pruneRunId` are passing (deltas):
 * the terminal write of that run removes them.
 */
export function streamTables(kit: Kit) {
  const eventStreams = kit.table("event_streams", {
    streamId: kit.id().primaryKey(),
    headSeq: kit.count().notNull(),
    tailSeq: kit.count().notNull(),
    updatedAtMs: kit.instantMs().notNull(),
  });
  const eventLog = kit.table(
    "event_log",
    {
      streamId: kit.id().notNull(),
      seq: kit.count().notNull(),
      event: kit.body().notNull(),
      pruneRunId: kit.id(),
      atMs: kit.instantMs().notNull(),
    },
    (t) => [kit.primaryKey({ columns: [t.streamId, t.seq] })],
  );
  return { eventStreams, eventLog };
}
