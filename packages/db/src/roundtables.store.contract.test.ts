import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Database } from "./database.ts";
import { isUniqueViolation } from "./violations.ts";
import { createRoundTableStore } from "./roundtables.store.ts";
import { insert, remove } from "./statements.ts";
import { describeEngines } from "./testing/engines.ts";

describeEngines("round table store", (open) => {
  async function seatSession(db: Database, ownerId: string, sessionId: string) {
    const numbers = { lastSeq: 0, messageCount: 0, accToken: 0, createdAtMs: 1, updatedAtMs: 1 };
    const row = {
      sessionId,
      ownerId,
      title: `t-${sessionId}`,
      titleIsDefault: true,
      sessionType: "agent",
      systemPrompt: "own",
      ...numbers,
    };
    await db.write(insert(db.tables.sessions, row));
  }
  async function openTable() {
    const db = await open();
    const tables = createRoundTableStore(db);
    await tables.insert("ann", { roundTableId: "r1", name: "Round", createdAtMs: 1 });
    return { db, tables };
  }
  const message = (messageId: string, content = messageId) => ({
    roundTableId: "r1",
    messageId,
    senderType: "user",
    content,
    isRaiseHand: false,
    createdAtMs: 2,
  });
  const response = (responseId: string, messageId = "m1") => ({
    roundTableId: "r1",
    responseId,
    messageId,
    agentId: "s1",
    content: "…",
    createdAtMs: 3,
  });

  it("seats a session once, and counts seats in the same write", async () => {
    const { db, tables } = await openTable();
    await seatSession(db, "ann", "s1");
    await seatSession(db, "bob", "s2");
    const seat = { roundTableId: "r1", sessionId: "s1", customSystemPrompt: "mine", joinedAtMs: 7 };
    expect(await tables.addParticipant("ann", seat)).toBe(true);
    expect(isUniqueViolation(await tables.addParticipant("ann", seat).catch((error: unknown) => error))).toBe(true);
    expect(await tables.addParticipant("ann", { ...seat, sessionId: "s2" })).toBe(false);
    expect(await tables.addParticipant("bob", { ...seat, sessionId: "s2" })).toBe(false);
    expect(await tables.find("ann", "r1")).toMatchObject({ participantCount: 1, updatedAtMs: 7 });
    expect(await tables.listParticipants("ann", "r1")).toEqual([
      {
        sessionId: "s1",
        joinedAtMs: 7,
        customLlmConfigId: null,
        customSystemPrompt: "mine",
        title: "t-s1",
        name: null,
        avatar: null,
        llmConfigId: null,
        systemPrompt: "own",
        mediaOutputPath: null,
      },
    ]);
    expect(await tables.listParticipants("bob", "r1")).toEqual([]);
  });

  it("changes and frees seats, also when the session goes", async () => {
    const { db, tables } = await openTable();
    for (const [index, sessionId] of ["s1", "s2"].entries()) {
      await seatSession(db, "ann", sessionId);
      await tables.addParticipant("ann", { roundTableId: "r1", sessionId, joinedAtMs: index });
    }
    expect(await tables.updateParticipant("bob", "r1", "s1", { customLlmConfigId: "c" })).toBe(false);
    expect(await tables.updateParticipant("ann", "r1", "s1", { customLlmConfigId: "c" })).toBe(true);
    expect(await tables.findParticipant("ann", "r1", "s1")).toMatchObject({ customLlmConfigId: "c" });
    expect(await tables.removeParticipant("bob", "r1", "s1", 9)).toBe(false);
    expect(await tables.removeParticipant("ann", "r1", "s1", 9)).toBe(true);
    expect(await tables.removeParticipant("ann", "r1", "s1", 9)).toBe(false);
    expect((await tables.find("ann", "r1"))?.participantCount).toBe(1);
    await db.write(
      ...tables.removeSessionSeats("ann", "s2"),
      remove(db.tables.sessions, eq(db.tables.sessions.sessionId, "s2")),
    );
    expect((await tables.find("ann", "r1"))?.participantCount).toBe(0);
  });

  it("numbers messages without gaps when many speak at once", async () => {
    const { tables } = await openTable();
    const ids = Array.from({ length: 25 }, (_, index) => `m${String(index).padStart(2, "0")}`);
    expect(await Promise.all(ids.map((id) => tables.addMessage("ann", message(id))))).toEqual(ids.map(() => true));
    const { messages, total } = await tables.listMessages("ann", "r1", { page: 1, pageSize: 200 });
    expect(messages.map((row) => row.seq)).toEqual(ids.map((_, index) => index + 1));
    expect(messages.map((row) => row.messageId).sort()).toEqual(ids);
    expect(total).toBe(25);
  });

  it("uses up no number when a message is sent twice or to another's table", async () => {
    const { tables } = await openTable();
    await tables.addMessage("ann", message("m1"));
    expect(isUniqueViolation(await tables.addMessage("ann", message("m1")).catch((error: unknown) => error))).toBe(
      true,
    );
    expect(await tables.addMessage("bob", message("m2"))).toBe(false);
    expect(await tables.addMessage("ann", { ...message("m2"), roundTableId: "none" })).toBe(false);
    await tables.addMessage("ann", message("m3"));
    expect((await tables.findMessage("ann", "r1", "m3"))?.seq).toBe(2);
    expect(await tables.findMessage("bob", "r1", "m3")).toBeUndefined();
  });

  it("pages oldest first with the total, and hands the newest to a speaker in order", async () => {
    const { tables } = await openTable();
    for (const id of ["m1", "m2", "m3", "m4", "m5"]) await tables.addMessage("ann", message(id));
    const page = async (number: number) =>
      (await tables.listMessages("ann", "r1", { page: number, pageSize: 2 })).messages.map((row) => row.messageId);
    expect([await page(1), await page(3), await page(4)]).toEqual([["m1", "m2"], ["m5"], []]);
    expect(await tables.listMessages("bob", "r1", { page: 1, pageSize: 2 })).toEqual({ messages: [], total: 0 });
    expect((await tables.latestMessages("ann", "r1", 2)).map((row) => row.messageId)).toEqual(["m4", "m5"]);
  });

  it("keeps at most one response of a message selected, whoever selects at once", async () => {
    const { tables } = await openTable();
    await tables.addMessage("ann", message("m1"));
    await tables.addMessage("ann", message("m2"));
    for (const id of ["a", "b", "c"]) expect(await tables.addResponse("ann", response(id))).toBe(true);
    await tables.addResponse("ann", response("other", "m2"));
    expect(await tables.addResponse("ann", response("x", "none"))).toBe(false);
    expect(await tables.addResponse("bob", response("x"))).toBe(false);
    await tables.select("ann", "r1", "other");
    await Promise.all(["a", "b", "c", "a", "b", "c"].map((id) => tables.select("ann", "r1", id)));
    const responses = await tables.listResponses("ann", "r1", ["m1", "m2"]);
    const selected = responses.filter((row) => row.isSelected).map((row) => row.messageId);
    expect(selected.sort()).toEqual(["m1", "m2"]);
    expect(await tables.select("bob", "r1", "a")).toBe(false);
    expect(await tables.select("ann", "r1", "none")).toBe(false);
    expect(await tables.updateResponse("ann", "r1", "a", { content: "done", toolCalls: [1] })).toBe(true);
    expect(await tables.findResponse("ann", "r1", "a")).toMatchObject({ content: "done", toolCalls: [1] });
  });

  it("removes a table with everything on it, and only its owner's", async () => {
    const { db, tables } = await openTable();
    await seatSession(db, "ann", "s1");
    await tables.addParticipant("ann", { roundTableId: "r1", sessionId: "s1", joinedAtMs: 1 });
    await tables.addMessage("ann", message("m1"));
    await tables.addResponse("ann", response("a"));
    expect(await tables.update("bob", "r1", { status: "closed" })).toBe(false);
    expect(await tables.update("ann", "r1", { status: "closed", updatedAtMs: 5 })).toBe(true);
    expect(await tables.remove("bob", "r1")).toBe(false);
    expect((await tables.listMessages("ann", "r1", { page: 1, pageSize: 5 })).total).toBe(1);
    expect(await tables.remove("ann", "r1")).toBe(true);
    for (const table of [
      db.tables.roundTableParticipants,
      db.tables.roundTableMessages,
      db.tables.roundTableResponses,
    ]) {
      expect(await db.read.select().from(table)).toEqual([]);
    }
    expect(await tables.count("ann")).toBe(0);
  });
});
