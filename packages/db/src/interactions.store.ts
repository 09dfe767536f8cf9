import { and, asc, eq, gt, inArray, isNull, lt, sql } from "drizzle-orm";
import type { Json } from "@chatee/shared/json";
import type { Database } from "./database.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type InteractionRow = Tables["interactions"]["$inferSelect"];
export type NewInteraction = Omit<InteractionRow, "status" | "response" | "answeredAtMs">;
export type InteractionStore = ReturnType<typeof createInteractionStore>;

export function createInteractionStore(db: Database) {
  const { interactions: t, runs } = db.tables;
  // Asked for at the end of every run.
  const expireRun = db.prepareWrite(
    update(
      t,
      { status: "expired", answeredAtMs: sql`${sql.placeholder("atMs")}` },
      and(eq(t.runId, sql.placeholder("runId")), eq(t.status, "open")),
    ),
  );
  const openOf = db.prepareRead(
    db.read
      .select()
      .from(t)
      .where(and(eq(t.runId, sql.placeholder("runId")), eq(t.status, "open")))
      .orderBy(asc(t.createdAtMs), asc(t.interactionId)),
  );

  return {
    /** Asks; refused (`NothingTouched`) when its run has ended, so that no question outlives who waits for its answer. */
    open: (row: NewInteraction): Statement[] => [
      ...(row.runId === null
        ? []
        : [must(update(runs, { status: "running" }, and(eq(runs.runId, row.runId), eq(runs.status, "running"))))]),
      insert(t, { ...row, status: "open", response: null, answeredAtMs: null }),
    ],
    /** Settles an open question; refused when it is not open any more: the first answer counts. */
    settle: (
      ownerId: string,
      interactionId: string,
      end: { status: "answered" | "expired"; response: Json; atMs: number },
    ): Statement =>
      must(
        update(
          t,
          { status: end.status, response: end.response, answeredAtMs: end.atMs },
          and(eq(t.interactionId, interactionId), eq(t.ownerId, ownerId), eq(t.status, "open")),
        ),
      ),
    /** Settles what a run that ends still asks; touches nothing when it asks nothing. */
    expireRun: (runId: string, atMs: number): Statement => expireRun({ runId, atMs }),
    removeSession: (sessionId: string): Statement => remove(t, eq(t.sessionId, sessionId)),
    /** An owner's settled questions that belong to no session and were asked before an instant. */
    removeSettled: (ownerId: string, beforeMs: number): Statement =>
      remove(
        t,
        and(
          eq(t.ownerId, ownerId),
          inArray(t.status, ["answered", "expired"]),
          lt(t.createdAtMs, beforeMs),
          isNull(t.sessionId),
        ),
      ),

    async find(ownerId: string, interactionId: string): Promise<InteractionRow | undefined> {
      const [row] = await db.read
        .select()
        .from(t)
        .where(and(eq(t.interactionId, interactionId), eq(t.ownerId, ownerId)))
        .limit(1);
      return row;
    },
    /** What waits for an answer at this instant, oldest first. */
    async listOpen(ownerId: string, nowMs: number, sessionId?: string, limit = 500): Promise<InteractionRow[]> {
      return await db.read
        .select()
        .from(t)
        .where(
          and(
            eq(t.ownerId, ownerId),
            eq(t.status, "open"),
            gt(t.expiresAtMs, nowMs),
            sessionId === undefined ? undefined : eq(t.sessionId, sessionId),
          ),
        )
        .orderBy(asc(t.createdAtMs), asc(t.interactionId))
        .limit(limit);
    },
    openOfRun: (runId: string): Promise<InteractionRow[]> => openOf({ runId }),
  };
}
