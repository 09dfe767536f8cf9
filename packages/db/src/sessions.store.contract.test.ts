import { expect, it } from "vitest";
import { wrote } from "./database.ts";
import { createMessageStore } from "./messages.store.ts";
import { createSessionStore } from "./sessions.store.ts";
import type { BranchMove, SessionRow } from "./sessions.store.ts";
import { insert } from "./statements.ts";
import { describeEngines } from "./testing/engines.ts";
import { messageRow, sessionRow } from "./testing/rows.ts";

describeEngines("session store", (open) => {
  async function openSessions(...rows: SessionRow[]) {
    const db = await open();
    const sessions = createSessionStore(db);
    await db.write(...rows.map(sessions.insert));
    const find = async (sessionId = "s1"): Promise<SessionRow> => {
      const row = await sessions.find("ann", sessionId);
      if (!row) throw new Error(`${sessionId} is not there`);
      return row;
    };
    return { db, sessions, find };
  }
  const move = (seen: SessionRow, values: Partial<BranchMove> = {}): BranchMove => ({
    seen,
    leafId: "m1",
    seqs: 2,
    addMessages: 2,
    atMs: seen.updatedAtMs + 1,
    ...values,
  });
  const summary = (summaryId: string, lastSeq: number) => ({
    summaryId,
    sessionId: "s1",
    ownerId: "ann",
    summaryContent: "short",
    lastMessageId: `m${lastSeq}`,
    lastSeq,
    tokenCountBefore: 9,
    tokenCountAfter: 1,
    createdAtMs: lastSeq,
  });

  it("hands a session to its owner alone, byte for byte", async () => {
    const row = sessionRow("s1", { title: "Über 数🦀", ext: { a: [1, null] }, systemPrompt: "x".repeat(70_000) });
    const { sessions } = await openSessions(row, sessionRow("S1", { ownerId: "bob" }));
    expect(await sessions.find("ann", "s1")).toEqual(row);
    expect(await sessions.find("bob", "s1")).toBeUndefined();
    expect(await sessions.find("ann", "S1")).toBeUndefined();
    expect((await sessions.findMany("ann", ["s1", "S1", "none"])).map((one) => one.sessionId)).toEqual(["s1"]);
    expect(await sessions.findMany("ann", [])).toEqual([]);
  });

  it("changes what its caller has seen, and nothing after somebody else changed it", async () => {
    const { db, sessions, find } = await openSessions(sessionRow("s1"));
    const seen = await find();
    expect(await wrote(db, sessions.change("bob", "s1", seen, { title: "stolen", updatedAtMs: 2 }))).toBe(false);
    expect(await wrote(db, sessions.change("ann", "s1", seen, { title: "new", updatedAtMs: 2 }))).toBe(true);
    expect(await wrote(db, sessions.change("ann", "s1", seen, { title: "newer", updatedAtMs: 3 }))).toBe(false);
    expect(await find()).toMatchObject({ title: "new", updatedAtMs: 2 });
  });

  it("lets one of several callers take it for new messages, and none while an answer is written", async () => {
    const { db, sessions, find } = await openSessions(sessionRow("s1"));
    const seen = await find();
    const begin = (runId: string) =>
      wrote(db, sessions.begin("ann", "s1", move(seen, { leafId: runId, set: { activeRunId: runId } })));
    const won = await Promise.all(["r1", "r2", "r3", "r4"].map(begin));
    expect(won.filter(Boolean)).toHaveLength(1);
    const taken = await find();
    expect(taken).toMatchObject({ lastSeq: 2, messageCount: 2, leafId: taken.activeRunId });
    expect(await wrote(db, sessions.begin("ann", "s1", move(taken)))).toBe(false);
    expect(await wrote(db, sessions.begin("bob", "s1", move({ ...taken, activeRunId: null })))).toBe(false);
  });

  it("is given free by the run that has it, and by no other", async () => {
    const { db, sessions, find } = await openSessions(sessionRow("s1", { activeRunId: "r1", accToken: 5 }));
    const seen = await find();
    const end = { seen, addTokens: 3, previewText: "bye", atMs: 7, updatedAtMs: 8 };
    expect(await wrote(db, sessions.endRun("ann", "s1", "r2", end))).toBe(false);
    expect(await wrote(db, sessions.endRun("ann", "s1", "r1", { ...end, seen: { updatedAtMs: 0 } }))).toBe(false);
    expect(await wrote(db, sessions.endRun("ann", "s1", "r1", end))).toBe(true);
    expect(await find()).toMatchObject({ activeRunId: null, accToken: 8, previewText: "bye", lastMessageAtMs: 7 });
    expect(await wrote(db, sessions.endRun("ann", "s1", "r1", end))).toBe(false);
    expect(await db.write(sessions.freeRun("ann", "s1", "r1"))).toEqual([0]);
  });

  it("gives each message its own number, also those outside the branch", async () => {
    const { db, sessions, find } = await openSessions(sessionRow("s1", { lastSeq: 4 }));
    await Promise.all(Array.from({ length: 10 }, () => db.write(sessions.takeSeq("ann", "s1"))));
    expect((await find()).lastSeq).toBe(14);
    expect(await wrote(db, sessions.takeSeq("bob", "s1"))).toBe(false);
    expect(await wrote(db, sessions.unlessGrown("ann", "s1", 4))).toBe(false);
    expect(await wrote(db, sessions.unlessGrown("ann", "s1", 14))).toBe(true);
  });

  it("lists the newest first, page by page through equal times, never another's and never a temporary one", async () => {
    const { sessions } = await openSessions(
      ...["a", "b", "C", "d"].map((id) => sessionRow(id, { updatedAtMs: 5 })),
      sessionRow("e", { updatedAtMs: 6, sessionType: "agent" }),
      sessionRow("f", { updatedAtMs: 4 }),
      sessionRow("t", { updatedAtMs: 7, sessionType: "temporary" }),
      sessionRow("x", { updatedAtMs: 8, ownerId: "bob" }),
    );
    const seen: string[] = [];
    for (let page = await sessions.list("ann", { limit: 2 }); page.length > 0;) {
      seen.push(...page.map((row) => row.sessionId));
      const after = page.at(-1);
      page = await sessions.list("ann", { limit: 2, ...(after ? { after } : {}) });
    }
    expect(seen).toEqual(["e", "d", "b", "a", "C", "f"]);
    expect(await sessions.count("ann", {})).toBe(6);
    expect((await sessions.list("ann", { limit: 9, sessionType: "agent" })).map((row) => row.sessionId)).toEqual(["e"]);
    expect(await sessions.list("ann", { limit: 9, sessionType: "temporary" })).toEqual([]);
    expect(await sessions.count("ann", { sessionType: "agent" })).toBe(1);
  });

  it("finds a title or a name by any part of it, in any case, and takes no sign for a wildcard", async () => {
    const { sessions } = await openSessions(
      sessionRow("s1", { title: "Über 100%_sure \\ it's" }),
      sessionRow("s2", { title: "other", name: "Notes on BACKUPS 数据库" }),
      sessionRow("s3", { title: "100 sure" }),
    );
    const found = async (text: string, sessionIds: string[] = []) => {
      const rows = await sessions.list("ann", { limit: 9, text, sessionIds });
      expect(await sessions.count("ann", { text, sessionIds })).toBe(rows.length);
      return rows.map((row) => row.sessionId).toSorted();
    };
    expect(await found("über")).toEqual(["s1"]);
    expect(await found("ÜBER")).toEqual(["s1"]);
    expect(await found("%")).toEqual(["s1"]);
    expect(await found("0%_S")).toEqual(["s1"]);
    expect(await found("_")).toEqual(["s1"]);
    expect(await found("\\")).toEqual(["s1"]);
    expect(await found("'s")).toEqual(["s1"]);
    expect(await found("backups")).toEqual(["s2"]);
    expect(await found("据库")).toEqual(["s2"]);
    expect(await found("absent")).toEqual([]);
    expect(await found("absent", ["s3"])).toEqual(["s3"]);
    expect(await found("over", ["s3"])).toEqual(["s3"]);
  });

  it("goes with its messages, summaries and seats, for its owner alone", async () => {
    const { db, sessions } = await openSessions(sessionRow("s1", { lastSeq: 1 }), sessionRow("s2", { lastSeq: 1 }));
    const messages = createMessageStore(db);
    const seat = {
      roundTableId: "t",
      ownerId: "ann",
      customLlmConfigId: null,
      customSystemPrompt: null,
      joinedAtMs: 1,
    };
    await db.write(
      messages.insert(messageRow("s1", "m1")),
      messages.insert(messageRow("s2", "m2")),
      sessions.insertSummary(summary("u1", 1)),
      insert(db.tables.roundTableParticipants, [
        { ...seat, sessionId: "s1" },
        { ...seat, sessionId: "s2" },
      ]),
    );
    expect(await wrote(db, ...sessions.remove("bob", "s1"))).toBe(false);
    expect(await wrote(db, ...sessions.remove("ann", "s1", { updatedAtMs: 0 }))).toBe(false);
    expect(await messages.find("ann", "m1")).toBeDefined();
    expect(await wrote(db, ...sessions.remove("ann", "s1", { updatedAtMs: 1 }))).toBe(true);
    expect(await messages.find("ann", "m1")).toBeUndefined();
    expect(await messages.find("ann", "m2")).toBeDefined();
    expect(await sessions.summaries("ann", "s1")).toEqual([]);
    const seats = await db.read.select().from(db.tables.roundTableParticipants);
    expect(seats.map((row) => row.sessionId)).toEqual(["s2"]);
    expect(await wrote(db, ...sessions.remove("ann", "s1"))).toBe(false);
  });

  it("drops the summaries that a change makes untrue and keeps those before it", async () => {
    const { db, sessions } = await openSessions(sessionRow("s1"));
    await db.write(...[2, 4, 6].map((lastSeq) => sessions.insertSummary(summary(`u${lastSeq}`, lastSeq))));
    const kept = async () => (await sessions.summaries("ann", "s1")).map((row) => row.lastSeq);
    await db.write(sessions.clearSummariesFrom("s1", 5));
    expect(await kept()).toEqual([2, 4]);
    await db.write(sessions.clearSummariesFrom("s1", 4));
    expect(await kept()).toEqual([2]);
    await db.write(sessions.clearSummaries("bob", "s1"));
    expect(await kept()).toEqual([2]);
    await db.write(sessions.clearSummaries("ann", "s1"));
    expect(await kept()).toEqual([]);
  });

  it("has a summary grow, or be built on, only while it is there and its owner's", async () => {
    const { db, sessions } = await openSessions(sessionRow("s1"));
    const first = summary("u1", 2);
    const kept = async () => (await sessions.summaries("ann", "s1")).map((row) => [row.summaryId, row.lastSeq]);
    await db.write(sessions.insertSummary(first));
    expect(await wrote(db, sessions.growSummary({ ...first, ownerId: "bob", lastSeq: 4 }))).toBe(false);
    expect(await wrote(db, sessions.unlessForgotten({ ...first, ownerId: "bob" }))).toBe(false);
    expect(await wrote(db, sessions.growSummary({ ...first, lastSeq: 4, summaryContent: "More" }))).toBe(true);
    expect(await sessions.summaries("ann", "s1")).toMatchObject([{ summaryContent: "More", lastSeq: 4 }]);
    expect(await wrote(db, sessions.unlessForgotten(first), sessions.insertSummary(summary("u2", 6)))).toBe(true);
    expect(await kept()).toEqual([
      ["u1", 4],
      ["u2", 6],
    ]);
    await db.write(sessions.clearSummaries("ann", "s1"));
    const late = sessions.insertSummary(summary("u3", 8));
    expect(await wrote(db, sessions.growSummary(first), late)).toBe(false);
    expect(await wrote(db, sessions.unlessForgotten(first), late)).toBe(false);
    expect(await kept()).toEqual([]);
  });

  it("gives the summaries that end below a number, the farthest first", async () => {
    const { db, sessions } = await openSessions(sessionRow("s1"));
    await db.write(...[4, 2, 8, 6].map((lastSeq) => sessions.insertSummary(summary(`u${lastSeq}`, lastSeq))));
    const below = async (before: number, limit: number, ownerId = "ann") =>
      (await sessions.summariesBelow(ownerId, "s1", before, limit)).map((row) => row.lastSeq);
    expect(await below(Number.MAX_SAFE_INTEGER, 2)).toEqual([8, 6]);
    expect(await below(6, 9)).toEqual([4, 2]);
    expect(await below(9, 9, "bob")).toEqual([]);
  });

  it("tells which temporary ones nobody uses any more", async () => {
    const temporary = (id: string, updatedAtMs: number, activeRunId: string | null = null) =>
      sessionRow(id, { sessionType: "temporary", updatedAtMs, activeRunId });
    const { sessions } = await openSessions(
      temporary("old", 1),
      temporary("busy", 1, "r1"),
      temporary("new", 9),
      sessionRow("kept", { updatedAtMs: 1 }),
    );
    expect((await sessions.expired(5, 10)).map((row) => row.sessionId)).toEqual(["old"]);
  });
});
