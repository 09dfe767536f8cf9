import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * runs: one unit of durable work.
 *
 * | status | leaseOwner | next |
 * |---|---|---|
 * | queued | null | running (claimed: fence + 1) |
 * | running | the boot that works on it | waiting, completed, failed, cancelled, interrupted |
 * | waiting | null | queued (at `wakeAtMs`, or when answered) |
 * | completed, failed, cancelled, interrupted | null | – |
 *
 * Every write of a worker is conditional on (run, fence, running): a late one touches nothing.
 * `appends` counts the log batches of this fence, so that a batch whose commit was in doubt is not sent twice.
 *
 * run_steps: the journal. `settledAtMs` null on a started step of a dead run means: it may have happened.
 */
export function runTables(kit: Kit) {
  const runs = kit.table(
    "runs",
    {
      runId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      kind: kit.id().notNull(),
      streamId: kit.id().notNull(),
      /** What the run writes: a message for a chat turn. */
      subjectId: kit.id(),
      status: kit.id().notNull(),
      input: kit.freeJson(),
      output: kit.freeJson(),
      failure: kit.freeJson(),
      budget: kit.freeJson(),
      idempotencyKey: kit.label(250),
      fence: kit.count().notNull(),
      appends: kit.count().notNull(),
      attempts: kit.count().notNull(),
      leaseOwner: kit.id(),
      leaseUntilMs: kit.instantMs(),
      wakeAtMs: kit.instantMs(),
      cancelRequestedAtMs: kit.instantMs(),
      parentRunId: kit.id(),
      parentStepKey: kit.id(),
      /** The head of the stream before the run: its events lie above. */
      startSeq: kit.count(),
      createdAtMs: kit.instantMs().notNull(),
      finishedAtMs: kit.instantMs(),
    },
    (t) => [
      kit.uniqueIndex("runs_idempotency").on(t.ownerId, t.idempotencyKey),
      kit.index("runs_status_lease").on(t.status, t.leaseUntilMs),
      kit.index("runs_subject").on(t.subjectId),
      kit.index("runs_stream").on(t.streamId, t.createdAtMs),
    ],
  );
  const runSteps = kit.table(
    "run_steps",
    {
      runId: kit.id().notNull(),
      stepKey: kit.id().notNull(),
      attempt: kit.count().notNull(),
      /** pure | model | effect: whether it may be repeated without asking. */
      effect: kit.id().notNull(),
      input: kit.freeJson(),
      output: kit.freeJson(),
      failure: kit.freeJson(),
      startedAtMs: kit.instantMs().notNull(),
      settledAtMs: kit.instantMs(),
    },
    (t) => [kit.primaryKey({ columns: [t.runId, t.stepKey, t.attempt] })],
  );
  return { runs, runSteps };
}
