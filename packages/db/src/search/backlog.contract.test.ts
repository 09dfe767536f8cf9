import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Database } from "../database.ts";
import { createMessageStore } from "../messages.store.ts";
import { createSessionStore } from "../sessions.store.ts";
import { insert, raw } from "../statements.ts";
import { createEmptyDatabase, migrationsUpTo } from "../testing/earlier-version.ts";
import { describeEngines } from "../testing/engines.ts";
import { messageRow, sessionRow } from "../testing/rows.ts";
import { createMessageSearch } from "./message-search.ts";

describeEngines("search in messages from before the index", (open, engine) => {
  /** `count` messages in each of these sessions, none of them indexed. */
  async function fill(db: Database, count: number, ...sessionIds: string[]) {
    const [sessions, messages] = [createSessionStore(db), createMessageStore(db)];
    for (const sessionId of sessionIds) {
      const rows = Array.from({ length: count }, (_, index) =>
        messageRow(sessionId, `${sessionId}-${index}`, { content: `relic number ${index}`, back: count - 1 - index }),
      );
      await db.write(sessions.insert(sessionRow(sessionId, { lastSeq: count })), ...rows.map(messages.insert));
    }
    const { messageSearchBacklog: backlog } = db.tables;
    const total = count * sessionIds.length;
    await db.write(insert(backlog, { backlogId: "messages", sessionId: "", seq: 0, indexed: 0, total }));
  }
  async function found(db: Database, query: string) {
    const hits = await createMessageSearch(db).find({ ownerId: "ann", query, limit: 300 });
    return hits.map((hit) => hit.messageId).toSorted();
  }

  it("begins by itself when a database with messages is upgraded, and only then", async () => {
    const { open: openVersion } = await createEmptyDatabase(engine);
    const old = await openVersion(await migrationsUpTo(engine, 0));
    const { insert: insertMessage } = createMessageStore(old);
    // As that version wrote it: later columns are not there yet.
    const session = sql`insert into sessions (session_id, owner_id, title, title_is_default, session_type, last_seq,
      message_count, acc_token, created_at_ms, updated_at_ms) values ('s1', 'ann', 'Old', true, 'memory', 1, 1, 0, 1, 1)`;
    await old.write(raw(session), insertMessage(messageRow("s1", "m1", { content: "an old relic" })));
    await old[Symbol.asyncDispose]();
    await using upgraded = await openVersion();
    const { indexBacklog } = createMessageSearch(upgraded);
    expect(await indexBacklog()).toEqual({ indexed: 1, total: 1 });
    expect(await indexBacklog()).toBeNull();
    expect(await found(upgraded, "relics")).toEqual(["m1"]);

    expect(await createMessageSearch(await open()).indexBacklog()).toBeNull();
  });

  it("reaches every message of every session in steps, and says how far it is", async () => {
    const db = await open();
    await fill(db, 7, "s1", "s2", "s3");
    const { indexBacklog } = createMessageSearch(db);
    const steps: unknown[] = [];
    for (let step = await indexBacklog(5); step; step = await indexBacklog(5)) steps.push(step.indexed);
    expect(steps).toEqual([5, 10, 15, 20, 21]);
    expect(await found(db, "relic")).toHaveLength(21);
  });

  it("neither overwrites nor brings back what changed or went while it was at work", async () => {
    const db = await open();
    await fill(db, 3, "s1");
    const search = createMessageSearch(db);
    const messages = createMessageStore(db);
    const ids = { sessionId: "s1", ownerId: "ann" };
    // What another request does between the step's reading and its writing.
    const meddling: Database = {
      ...db,
      async write(...statements) {
        await db.write(
          messages.change("ann", "s1-0", { content: "novelty", updatedAtMs: 2 }),
          ...search.index({ ...ids, messageId: "s1-0", text: "novelty" }),
          messages.remove("ann", "s1-1"),
          ...search.remove("s1-1"),
        );
        return await db.write(...statements);
      },
    };
    await createMessageSearch(meddling).indexBacklog();
    expect(await found(db, "relic")).toEqual(["s1-2"]);
    expect(await found(db, "novelty")).toEqual(["s1-0"]);
  });

  it("can be worked on by two processes at once", async () => {
    const db = await open();
    await fill(db, 40, "s1");
    const work = async () => {
      const { indexBacklog } = createMessageSearch(db);
      while (await indexBacklog(3));
    };
    await Promise.all([work(), work(), work()]);
    expect(await found(db, "relic")).toHaveLength(40);
    expect(await db.query(sql`select count(*) as n from message_search_backlog`)).toEqual([{ n: 0 }]);
  });

  it("passes messages without words", async () => {
    const db = await open();
    await fill(db, 2, "s1");
    await db.write(raw(sql`update messages set content = '' where message_id = 's1-0'`));
    const { indexBacklog } = createMessageSearch(db);
    while (await indexBacklog());
    expect(await found(db, "relic")).toEqual(["s1-1"]);
  });
});
