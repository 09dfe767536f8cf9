import { expect, it } from "vitest";
import { wrote } from "./database.ts";
import { createMessageStore } from "./messages.store.ts";
import { createSessionStore } from "./sessions.store.ts";
import { describeEngines } from "./testing/engines.ts";
import { messageRow, sessionRow } from "./testing/rows.ts";
import { isUniqueViolation } from "./violations.ts";

describeEngines("message store", (open) => {
  /** A session of ann's with messages m1…m`count`, each the child of the one before. */
  async function openMessages(count: number) {
    const db = await open();
    const messages = createMessageStore(db);
    const rows = Array.from({ length: count }, (_, index) =>
      messageRow("s1", `m${index + 1}`, { back: count - 1 - index, parentId: index === 0 ? null : `m${index}` }),
    );
    await db.write(createSessionStore(db).insert(sessionRow("s1", { lastSeq: count })), ...rows.map(messages.insert));
    const all = { after: 0, upTo: 1_000, limit: 1_000 };
    const branch = async () => (await messages.branch("ann", "s1", all)).map((row) => row.messageId);
    return { db, messages, branch };
  }

  it("takes the number that its session's write has raised", async () => {
    const { db, messages } = await openMessages(3);
    const { takeSeq } = createSessionStore(db);
    const add = (id: string) => db.write(takeSeq("ann", "s1"), messages.insert(messageRow("s1", id)));
    await Promise.all(["a", "b", "c", "d", "e"].map(add));
    const rows = await messages.tree("ann", "s1", 0, 100);
    expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const withoutNumber = await db.write(messages.insert(messageRow("s1", "f"))).catch((error: unknown) => error);
    expect(isUniqueViolation(withoutNumber)).toBe(true);
    const again = db.write(takeSeq("ann", "s1"), messages.insert(messageRow("s1", "a")));
    expect(isUniqueViolation(await again.catch((error: unknown) => error))).toBe(true);
    await expect(db.write(messages.insert(messageRow("none", "g")))).rejects.toThrow();
  });

  it("pages the shown branch downwards from a number, for its owner alone", async () => {
    const { db, messages } = await openMessages(7);
    await db.write(messages.change("ann", "m4", { active: false }));
    const page = async (before: number) => (await messages.page("ann", "s1", before, 3)).map((row) => row.messageId);
    expect(await page(Number.MAX_SAFE_INTEGER)).toEqual(["m7", "m6", "m5"]);
    expect(await page(5)).toEqual(["m3", "m2", "m1"]);
    expect(await page(1)).toEqual([]);
    expect(await messages.page("bob", "s1", 9, 3)).toEqual([]);
    expect(await messages.page("ann", "S1", 9, 3)).toEqual([]);
  });

  it("finds by id for its owner alone", async () => {
    const { messages } = await openMessages(2);
    expect(await messages.find("ann", "m1")).toMatchObject({ seq: 1, content: "text of m1", parentId: null });
    expect(await messages.find("bob", "m1")).toBeUndefined();
    expect(await messages.find("ann", "M1")).toBeUndefined();
    expect((await messages.findMany("ann", ["m2", "none", "m1"])).map((row) => row.messageId).toSorted()).toEqual([
      "m1",
      "m2",
    ]);
    expect(await messages.findMany("bob", ["m1"])).toEqual([]);
    expect(await messages.findMany("ann", [])).toEqual([]);
  });

  it("refuses a change of what is not the owner's, is gone, or was changed since it was seen", async () => {
    const { db, messages } = await openMessages(1);
    const seen = await messages.find("ann", "m1");
    if (!seen) throw new Error("m1 is not there");
    expect(await wrote(db, messages.change("bob", "m1", { content: "x" }))).toBe(false);
    expect(await wrote(db, messages.change("ann", "none", { content: "x" }))).toBe(false);
    expect(await wrote(db, messages.changeSeen("ann", seen, { content: "new", updatedAtMs: 2 }))).toBe(true);
    expect(await wrote(db, messages.changeSeen("ann", seen, { content: "newer", updatedAtMs: 3 }))).toBe(false);
    expect(await messages.find("ann", "m1")).toMatchObject({ content: "new", updatedAtMs: 2 });
    expect(await wrote(db, messages.remove("bob", "m1"))).toBe(false);
    expect(await wrote(db, messages.remove("ann", "m1"))).toBe(true);
    expect(await wrote(db, messages.remove("ann", "m1"))).toBe(false);
  });

  it("ends a message that a run was writing once", async () => {
    const { db, messages } = await openMessages(1);
    const end = { status: "interrupted", failure: null, updatedAtMs: 5 };
    expect(await db.write(messages.abandon("ann", "m1", end))).toEqual([0]);
    await db.write(messages.change("ann", "m1", { status: "streaming" }));
    expect(await db.write(messages.abandon("bob", "m1", end))).toEqual([0]);
    expect(await db.write(messages.abandon("ann", "m1", end))).toEqual([1]);
    expect(await db.write(messages.abandon("ann", "m1", end))).toEqual([0]);
  });

  it("switches the branch by cutting behind a fork and showing another path", async () => {
    const { db, messages, branch } = await openMessages(5);
    expect(await messages.countAbove("s1", 2)).toBe(3);
    expect(await db.write(messages.cutBranch("s1", 2))).toEqual([3]);
    expect(await branch()).toEqual(["m1", "m2"]);
    expect(await messages.countAbove("s1", 2)).toBe(0);
    const many = Array.from({ length: 1_200 }, (_, index) => `none${index}`);
    await db.write(...messages.activate("s1", ["m3", ...many, "m5"]), ...messages.activate("other", ["m4"]));
    expect(await branch()).toEqual(["m1", "m2", "m3", "m5"]);
  });

  it("reads a stretch of the shown branch from either end, no further than asked, for its owner alone", async () => {
    const { db, messages } = await openMessages(7);
    await db.write(messages.change("ann", "m4", { active: false }), messages.change("ann", "m5", { updatedAtMs: 9 }));
    const ids = (rows: { messageId: string }[]) => rows.map((row) => row.messageId);
    const stretch = { after: 1, upTo: 6, limit: 9 };
    expect(ids(await messages.branch("ann", "s1", stretch))).toEqual(["m2", "m3", "m5", "m6"]);
    expect(ids(await messages.branchEnd("ann", "s1", stretch))).toEqual(["m6", "m5", "m3", "m2"]);
    expect(ids(await messages.branch("ann", "s1", { ...stretch, limit: 2 }))).toEqual(["m2", "m3"]);
    expect(ids(await messages.branchEnd("ann", "s1", { ...stretch, limit: 2 }))).toEqual(["m6", "m5"]);
    expect(await messages.versions("ann", "s1", { ...stretch, after: 3 })).toEqual([
      { messageId: "m5", updatedAtMs: 9 },
      { messageId: "m6", updatedAtMs: expect.any(Number) },
    ]);
    for (const read of [messages.branch, messages.branchEnd, messages.versions])
      expect(await read("bob", "s1", stretch)).toEqual([]);
  });

  it("shows the tree: its pages, its outline, whose children are whose, and what is adopted", async () => {
    const { db, messages } = await openMessages(4);
    await db.write(
      messages.change("ann", "m4", { parentId: "m2", active: false, ext: { replacedBy: "m3" } }),
      messages.change("ann", "m3", { ext: { other: null } }),
    );
    const children = async (parents: (string | null)[]) =>
      (await messages.children("ann", "s1", parents)).map((row) => [row.messageId, row.parentId]);
    expect(await children(["m2", null])).toEqual([
      ["m1", null],
      ["m3", "m2"],
      ["m4", "m2"],
    ]);
    expect(await children([])).toEqual([]);
    expect(await messages.children("bob", "s1", ["m2", null])).toEqual([]);
    expect((await messages.tree("ann", "s1", 1, 2)).map((row) => row.messageId)).toEqual(["m2", "m3"]);
    expect(await messages.outline("ann", "s1", 1)).toEqual([
      { messageId: "m2", parentId: "m1", seq: 2, active: true, isReplaced: false },
      { messageId: "m3", parentId: "m2", seq: 3, active: true, isReplaced: false },
      { messageId: "m4", parentId: "m2", seq: 4, active: false, isReplaced: true },
    ]);
    await db.write(messages.adopt("s1", "m2", "m1"), messages.remove("ann", "m2"));
    expect(await children(["m1"])).toEqual([
      ["m3", "m1"],
      ["m4", "m1"],
    ]);
  });

  it("takes the messages of a session in one go, numbered by the caller", async () => {
    const { db, messages, branch } = await openMessages(0);
    const rows = Array.from({ length: 1_300 }, (_, index) => {
      const { back: _back, ...row } = messageRow("s1", `m${index}`);
      return { ...row, seq: index + 1 };
    });
    await db.write(...messages.insertAll(rows), ...messages.insertAll([]));
    expect(await branch()).toEqual(rows.slice(0, 1_000).map((row) => row.messageId));
  });

  it("remembers the runs of a message's component, the newest first", async () => {
    const { db, messages } = await openMessages(1);
    const execution = (executionId: string, createdAtMs: number, ownerId = "ann") => ({
      executionId,
      ownerId,
      messageId: "m1",
      sessionId: "s1",
      componentType: "mcp",
      componentId: "c1",
      componentName: null,
      llmConfigId: null,
      input: { a: 1 },
      result: null,
      rawResult: null,
      logs: null,
      status: "running",
      errorMessage: null,
      createdAtMs,
      updatedAtMs: createdAtMs,
    });
    await db.write(
      ...[execution("e1", 5), execution("e3", 5), execution("e2", 4), execution("e9", 9, "bob")].map(
        messages.insertExecution,
      ),
    );
    expect((await messages.executions("ann", "s1")).map((row) => row.executionId)).toEqual(["e3", "e1", "e2"]);
    expect(await messages.latestExecution("ann", "m1")).toEqual(execution("e3", 5));
    expect(await messages.latestExecution("ann", "none")).toBeUndefined();
  });
});
