import { and, asc, eq, inArray, isNotNull, lte, ne, or, sql } from "drizzle-orm";
import type { Json } from "@chatee/shared/json";
import type { Database } from "./database.ts";
import { createShapes, pick } from "./shapes.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type Run = Tables["runs"]["$inferSelect"];
export type EndStatus = "completed" | "failed" | "cancelled" | "interrupted";
/** What a worker holds: every write it makes is refused once somebody raised the fence. */
export type Claim = { runId: string; fence: number };

export type RunStore = ReturnType<typeof createRunStore>;

const goingStatuses = ["queued", "running", "waiting"];

export function createRunStore(db: Database) {
  const { runs, runSteps } = db.tables;
  const slot = sql.placeholder;
  const shaped = createShapes(db);

  const countAppend = db.prepareWrite(
    must(
      update(
        runs,
        { appends: sql`${runs.appends} + 1`, leaseUntilMs: sql`${slot("leaseUntilMs")}` },
        and(
          eq(runs.runId, slot("runId")),
          eq(runs.fence, slot("fence")),
          eq(runs.status, "running"),
          eq(runs.appends, slot("appends")),
        ),
      ),
    ),
  );
  const keyed = db.prepareRead(
    db.read
      .select()
      .from(runs)
      .where(and(eq(runs.ownerId, slot("ownerId")), eq(runs.idempotencyKey, slot("idempotencyKey"))))
      .limit(1),
  );
  const held = ({ runId, fence }: Claim) =>
    and(eq(runs.runId, runId), eq(runs.fence, fence), eq(runs.status, "running"));

  return {
    insert: (
      run: Omit<Run, "appends" | "attempts" | "cancelRequestedAtMs" | "finishedAtMs" | "output" | "failure">,
    ): Statement => insert(runs, { ...run, appends: 0, attempts: 0 }),

    async find(ownerId: string, runId: string): Promise<Run | undefined> {
      const [row] = await db.read
        .select()
        .from(runs)
        .where(and(eq(runs.runId, runId), eq(runs.ownerId, ownerId)))
        .limit(1);
      return row;
    },
    /** For the worker itself, which acts for the run's owner. */
    async findClaimed(runId: string): Promise<Run | undefined> {
      const [row] = await db.read.select().from(runs).where(eq(runs.runId, runId)).limit(1);
      return row;
    },
    async findByIdempotencyKey(ownerId: string, idempotencyKey: string): Promise<Run | undefined> {
      const [row] = await keyed({ ownerId, idempotencyKey });
      return row;
    },
    /** The newest run that writes this subject. */
    async findBySubject(ownerId: string, subjectId: string): Promise<Run | undefined> {
      const [row] = await db.read
        .select()
        .from(runs)
        .where(and(eq(runs.subjectId, subjectId), eq(runs.ownerId, ownerId)))
        .orderBy(sql`${runs.createdAtMs} desc`)
        .limit(1);
      return row;
    },

    /** Goes before an append: refuses a fenced worker, and a batch that was committed already. Extends the lease. */
    countAppend: (claim: Claim, appends: number, leaseUntilMs: number): Statement =>
      countAppend({ ...claim, appends, leaseUntilMs }),
    /** Refuses a fenced worker; for writes that are not appends. */
    guard: (claim: Claim, leaseUntilMs: number): Statement => must(update(runs, { leaseUntilMs }, held(claim))),
    /** Ends the run; the fence decides between a finish, a cancel and a takeover that come together. */
    finish(claim: Claim, end: { status: EndStatus; output?: Json; failure?: Json; atMs: number }): Statement {
      const { status, output = null, failure = null, atMs: finishedAtMs } = end;
      return shaped("finish", { ...claim, to: status, output, failure, finishedAtMs }, (slots) =>
        must(
          update(
            runs,
            {
              status: sql`${slots.to}`,
              ...(pick(slots, ["output", "failure", "finishedAtMs"]) as object),
              leaseOwner: null,
              leaseUntilMs: null,
            },
            and(eq(runs.runId, slots.runId), eq(runs.fence, slots.fence), eq(runs.status, "running")),
          ),
        ),
      );
    },
    /** True when the run was still going and now knows that it shall stop. */
    async requestCancel(ownerId: string, runId: string, atMs: number): Promise<boolean> {
      const [touched] = await db.write(
        update(
          runs,
          { cancelRequestedAtMs: sql`coalesce(${runs.cancelRequestedAtMs}, ${atMs})` },
          and(eq(runs.runId, runId), eq(runs.ownerId, ownerId), inArray(runs.status, goingStatuses)),
        ),
      );
      return touched === 1;
    },
    /** Removes the runs of a stream that goes, with their journals; a worker that is still at it is refused from then on. */
    removeAll: (streamId: string): Statement[] => [
      remove(
        runSteps,
        inArray(runSteps.runId, db.read.select({ runId: runs.runId }).from(runs).where(eq(runs.streamId, streamId))),
      ),
      remove(runs, eq(runs.streamId, streamId)),
    ],
    /** Of these streams, the ones that a run still writes to, with the oldest number such a run needs. */
    async writtenTo(streamIds: string[]): Promise<{ streamId: string; startSeq: number }[]> {
      if (streamIds.length === 0) return [];
      return await db.read
        .select({ streamId: runs.streamId, startSeq: sql<number>`min(coalesce(${runs.startSeq}, 0))`.mapWith(Number) })
        .from(runs)
        .where(and(inArray(runs.streamId, streamIds), inArray(runs.status, goingStatuses)))
        .groupBy(runs.streamId);
    },
    /** Of these runs, the ones that still go on, and whether they shall stop. */
    async going(runIds: string[]): Promise<{ runId: string; shallStop: boolean }[]> {
      if (runIds.length === 0) return [];
      const rows = await db.read
        .select({ runId: runs.runId, cancelRequestedAtMs: runs.cancelRequestedAtMs })
        .from(runs)
        .where(and(inArray(runs.runId, runIds), eq(runs.status, "running")));
      return rows.map(({ runId, cancelRequestedAtMs }) => ({ runId, shallStop: cancelRequestedAtMs !== null }));
    },
    extendLeases: (runIds: string[], bootId: string, leaseUntilMs: number): Statement =>
      update(
        runs,
        { leaseUntilMs },
        and(inArray(runs.runId, runIds), eq(runs.leaseOwner, bootId), eq(runs.status, "running")),
      ),

    /** Runs that some other process claims to be working on, oldest first. */
    async foreign(bootId: string, limit: number): Promise<Run[]> {
      return await db.read
        .select()
        .from(runs)
        .where(and(eq(runs.status, "running"), or(ne(runs.leaseOwner, bootId), sql`${runs.leaseOwner} is null`)))
        .orderBy(asc(runs.createdAtMs))
        .limit(limit);
    },
    /** Runs that this process claims to be working on, oldest first. */
    async heldBy(bootId: string, limit: number): Promise<Run[]> {
      return await db.read
        .select()
        .from(runs)
        .where(and(eq(runs.status, "running"), eq(runs.leaseOwner, bootId)))
        .orderBy(asc(runs.createdAtMs))
        .limit(limit);
    },
    /** Takes a run over from a dead worker; null when another process was quicker or the run ended. */
    async takeOver(run: Run, bootId: string, leaseUntilMs: number): Promise<Claim | null> {
      const fence = run.fence + 1;
      const [touched] = await db.write(
        update(
          runs,
          { fence, leaseOwner: bootId, leaseUntilMs, appends: 0, attempts: sql`${runs.attempts} + 1` },
          and(eq(runs.runId, run.runId), eq(runs.fence, run.fence), eq(runs.status, "running")),
        ),
      );
      return touched === 1 ? { runId: run.runId, fence } : null;
    },
    /** The oldest runs that wait to be worked on. */
    async due(nowMs: number, limit: number): Promise<Run[]> {
      return await db.read
        .select()
        .from(runs)
        .where(and(inArray(runs.status, ["queued", "waiting"]), isNotNull(runs.wakeAtMs), lte(runs.wakeAtMs, nowMs)))
        .orderBy(asc(runs.wakeAtMs))
        .limit(limit);
    },
    async claim(run: Run, bootId: string, leaseUntilMs: number): Promise<Claim | null> {
      const fence = run.fence + 1;
      const [touched] = await db.write(
        update(
          runs,
          { status: "running", fence, leaseOwner: bootId, leaseUntilMs, wakeAtMs: null, appends: 0 },
          and(eq(runs.runId, run.runId), eq(runs.fence, run.fence), inArray(runs.status, ["queued", "waiting"])),
        ),
      );
      return touched === 1 ? { runId: run.runId, fence } : null;
    },

    startStep: (step: {
      runId: string;
      stepKey: string;
      attempt: number;
      effect: "pure" | "model" | "effect";
      input: Json;
      startedAtMs: number;
    }): Statement => insert(runSteps, step),
    settleStep: (step: {
      runId: string;
      stepKey: string;
      attempt: number;
      output?: Json;
      failure?: Json;
      settledAtMs: number;
    }): Statement =>
      update(
        runSteps,
        { output: step.output ?? null, failure: step.failure ?? null, settledAtMs: step.settledAtMs },
        and(eq(runSteps.runId, step.runId), eq(runSteps.stepKey, step.stepKey), eq(runSteps.attempt, step.attempt)),
      ),
    async steps(runId: string) {
      return await db.read.select().from(runSteps).where(eq(runSteps.runId, runId)).orderBy(asc(runSteps.startedAtMs));
    },
  };
}
