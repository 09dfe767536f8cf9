import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { createMessageStore } from "./messages.store.ts";
import { createRunStore } from "./runs.store.ts";
import { createSessionStore } from "./sessions.store.ts";
import { insert, raw } from "./statements.ts";
import { createStreamStore } from "./streams.store.ts";
import type { Database } from "./database.ts";
import { describeEngines } from "./testing/engines.ts";
import { explain, recordReads } from "./testing/explain.ts";
import { messageRow, sessionRow } from "./testing/rows.ts";

describeEngines("frequent reads", (open) => {
  /** Thirty sessions of a hundred messages each, and what the optimizer wants to know of them. */
  async function fill(db: Database): Promise<void> {
    const { insertAll } = createMessageStore(db);
    const { append } = createStreamStore(db);
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    const sessionIds = numbers.slice(0, 30).map((number) => `s${number}`);
    await db.write(
      insert(
        db.tables.sessions,
        sessionIds.map((id, index) => sessionRow(id, { updatedAtMs: index, pinnedAtMs: index < 3 ? index : null })),
      ),
    );
    for (const id of sessionIds) {
      const rows = numbers.map((seq) => {
        const { back: _, ...row } = messageRow(id, `${id}-${seq}`, { parentId: seq === 0 ? null : `${id}-${seq - 1}` });
        return { ...row, seq };
      });
      const events = numbers.map((number) => ({ event: `{"n":${number}}` }));
      await db.write(...insertAll(rows), ...append(id, events, 1));
    }
    await gatherStatistics(db, "messages, sessions, event_log");
  }

  const gatherStatistics = (db: Database, tables: string) =>
    db.engine === "sqlite" ? db.write(raw(sql`analyze`)) : db.query(sql.raw(`analyze table ${tables}`));

  it("walk an index to their rows and sort nothing", { timeout: 120_000 }, async () => {
    const real = await open();
    await fill(real);
    const { db, reads } = recordReads(real);
    const [sessions, messages, streams] = [createSessionStore(db), createMessageStore(db), createStreamStore(db)];
    const after = { updatedAtMs: 20, sessionId: "s20" };
    const stretch = { after: 10, upTo: 40, limit: 20 };
    const between = /PRIMARY|autoindex_messages_1 \(session_id=\? AND seq>\? AND seq<\?\)/;
    const calls: [call: () => Promise<unknown>, index: RegExp][] = [
      [() => messages.page("ann", "s5", 60, 20), /PRIMARY|autoindex_messages_1 \(session_id=\? AND seq<\?\)/],
      [() => messages.branch("ann", "s5", stretch), between],
      [() => messages.branchEnd("ann", "s5", stretch), between],
      [() => messages.versions("ann", "s5", stretch), between],
      [() => messages.tree("ann", "s5", 10, 50), /PRIMARY|autoindex_messages_1 \(session_id=\? AND seq>\?\)/],
      [() => messages.outline("ann", "s5", 10), /PRIMARY|autoindex_messages_1 \(session_id=\? AND seq>\?\)/],
      [() => messages.countAbove("s5", 50), /PRIMARY|autoindex_messages_1 \(session_id=\? AND seq>\?\)/],
      [() => messages.find("ann", "s5-5"), /messages_id/],
      [() => sessions.find("ann", "s5"), /PRIMARY|autoindex_sessions_1/],
      [() => sessions.list("ann", { limit: 10 }), /sessions_owner_updated/],
      [
        () => sessions.list("ann", { limit: 10, after }),
        /sessions_owner_updated( \(owner_id=\? AND updated_at_ms<\?\))?/,
      ],
      [() => sessions.list("ann", { limit: 10, text: "chat" }), /sessions_owner_updated/],
      [() => sessions.list("ann", { limit: 10, pinned: true }), /sessions_owner_pinned/],
      [() => sessions.list("ann", { limit: 10, pinned: false }), /sessions_owner_updated/],
      [() => sessions.count("ann", {}), /COVERING INDEX sessions_owner_type|sessions_owner_type \| .*Using index/],
      [() => sessions.expired(10, 10), /sessions_type_updated/],
      [() => sessions.summariesBelow("ann", "s5", 50, 8), /summaries_session_seq/],
      [() => streams.readAfter("s5", 10, 20), /PRIMARY|autoindex_event_log_1 \(stream_id=\? AND seq>\?\)/],
      [() => streams.bounds("s5"), /PRIMARY|autoindex_event_streams_1/],
    ];
    for (const [call, index] of calls) {
      reads.length = 0;
      await call();
      const plans = await Promise.all(reads.map((asked) => explain(real, asked)));
      expect(plans, String(call)).toHaveLength(1);
      expect(plans[0], String(call)).toHaveLength(1);
      expect(plans[0]?.[0], String(call)).toMatch(index);
      expect(plans[0]?.[0], String(call)).not.toMatch(/SCAN|TEMP B-TREE|\| ALL \||filesort|temporary/);
    }
  });

  it(
    "reads a page and the place of its session in one statement, by keys, without a sort",
    { timeout: 120_000 },
    async () => {
      const real = await open();
      await fill(real);
      const { db, reads } = recordReads(real);
      await createMessageStore(db).placedPage("ann", "s5", 60, 20);
      expect(reads).toHaveLength(1);
      const plan = reads[0] ? await explain(real, reads[0]) : [];
      expect(plan.join("; ")).toMatch(
        /m \| range \| PRIMARY|messages_1 \(session_id=\? AND seq<\?\)|messages \| range \| PRIMARY/,
      );
      expect(plan.join("; ")).not.toMatch(/SCAN|TEMP B-TREE|\| ALL \||filesort|temporary/);
    },
  );

  it("find what hangs on a few messages, and a run, without walking a whole table", { timeout: 120_000 }, async () => {
    const real = await open();
    await fill(real);
    const { db, reads } = recordReads(real);
    const [messages, runs] = [createMessageStore(db), createRunStore(db)];
    const run = { ownerId: "ann", kind: "chat", status: "running", fence: 1, appends: 0, attempts: 0, createdAtMs: 1 };
    const rows = Array.from({ length: 200 }, (_, index) => ({
      ...run,
      runId: `r${index}`,
      streamId: `s${index}`,
      subjectId: `m${index}`,
      idempotencyKey: `k${index}`,
      status: index < 5 ? "running" : "completed",
      leaseOwner: "b1",
    }));
    await db.write(insert(db.tables.runs, rows));
    await gatherStatistics(db, "runs");
    const calls: [call: () => Promise<unknown>, index: RegExp][] = [
      [() => messages.children("ann", "s5", ["s5-1", "s5-2"]), /messages_parent/],
      [() => runs.find("ann", "r1"), /PRIMARY|autoindex_runs_1/],
      [() => runs.findBySubject("ann", "m1"), /runs_subject/],
      [() => runs.findByIdempotencyKey("ann", "k1"), /runs_idempotency/],
      [() => runs.foreign("b2", 10), /runs_status_lease/],
      [() => runs.due(10, 10), /runs_status_lease/],
    ];
    for (const [call, index] of calls) {
      reads.length = 0;
      await call();
      for (const asked of reads) {
        const [first = ""] = await explain(real, asked);
        expect(first, String(call)).toMatch(index);
        expect(first, String(call)).not.toMatch(/SCAN|\| ALL \|/);
      }
      expect(reads.length, String(call)).toBeGreaterThan(0);
    }
  });
});
