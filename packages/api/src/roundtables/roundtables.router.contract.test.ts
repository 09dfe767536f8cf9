import type { Database } from "@chatee/db/database";
import { createRoundTableStore } from "@chatee/db/roundtables.store";
import { createSessionStore } from "@chatee/db/sessions.store";
import type { SessionRow } from "@chatee/db/sessions.store";
import { describeEngines } from "@chatee/db/testing/engines";
import { expect, test } from "vitest";
import { callContext, createStillEnvironment } from "../testing/call-context.ts";
import { createCallerFactory } from "../trpc.ts";
import { roundtablesRouter } from "./roundtables.router.ts";
import { createRoundTableService } from "./roundtables.service.ts";

function setUp(db: Database) {
  const { environment, advance } = createStillEnvironment();
  const sessions = createSessionStore(db);
  const roundtables = createRoundTableService({ store: createRoundTableStore(db), sessions, environment });
  const as = (ownerId: string) => createCallerFactory(roundtablesRouter)(callContext(ownerId, { roundtables }));
  const seat = (ownerId: string, sessionId: string, with_: Partial<SessionRow> = {}) =>
    db.write(sessions.insert({ ...emptySession, ownerId, sessionId, title: sessionId, ...with_ }));
  return { ann: as("ann"), bob: as("bob"), seat, advance };
}

const emptySession: SessionRow = {
  sessionId: "",
  ownerId: "",
  title: "",
  titleIsDefault: true,
  name: null,
  sessionType: "agent",
  llmConfigId: null,
  avatar: null,
  systemPrompt: null,
  ext: null,
  mediaOutputPath: null,
  roleId: null,
  roleVersionId: null,
  currentRoleVersionId: null,
  lastSeq: 0,
  leafId: null,
  activeRunId: null,
  messageCount: 0,
  accToken: 0,
  previewText: null,
  lastMessageAtMs: null,
  pinnedAtMs: null,
  createdAtMs: 1,
  updatedAtMs: 1,
};

const failing = (code: string) => ({ cause: { failure: { code } } });
const table = { roundTableId: "t1" };

describeEngines("round tables", (open) => {
  test("a table is made, renamed, closed, opened and removed; a retried create is harmless", async () => {
    const { ann, bob, advance } = setUp(await open());
    const made = await ann.create({ ...table, name: "Council" });
    expect(made).toMatchObject({ name: "Council", status: "active", participantCount: 0 });
    advance(1);
    expect(await ann.create({ ...table, name: "Council" })).toEqual(made);
    await expect(ann.create({ ...table, name: "Other" })).rejects.toMatchObject(failing("roundtable.exists"));
    await expect(bob.create({ ...table, name: "Council" })).rejects.toMatchObject(failing("roundtable.exists"));
    expect(await ann.update({ ...table, status: "closed" })).toMatchObject({ name: "Council", status: "closed" });
    expect(await ann.list()).toMatchObject({ roundTables: [{ ...table, status: "closed" }], total: 1 });
    expect(await ann.delete(table)).toEqual({ success: true });
    await expect(ann.get(table)).rejects.toMatchObject(failing("roundtable.not_found"));
  });

  test("a seat shows what its session uses there: the seat's own word first, then the session's", async () => {
    const { ann, seat, advance } = setUp(await open());
    await seat("ann", "s1", {
      name: "Ada",
      avatar: "data:a",
      llmConfigId: "c1",
      systemPrompt: "Be Ada",
      mediaOutputPath: "m",
    });
    await seat("ann", "s2", { title: "Untitled" });
    await ann.create({ ...table, name: "Council" });
    const { participant } = await ann.addParticipant({ ...table, sessionId: "s1" });
    expect(participant).toEqual({
      sessionId: "s1",
      name: "Ada",
      avatar: "data:a",
      joinedAtMs: 1_700_000_000_000,
      llmConfigId: "c1",
      systemPrompt: "Be Ada",
      mediaOutputPath: "m",
      customLlmConfigId: null,
      customSystemPrompt: null,
    });
    advance(1);
    await ann.addParticipant({ ...table, sessionId: "s2", customSystemPrompt: "Doubt" });
    const custom = await ann.updateParticipant({ ...table, sessionId: "s1", customLlmConfigId: "c9" });
    expect(custom.participant).toMatchObject({ llmConfigId: "c9", customLlmConfigId: "c9", systemPrompt: "Be Ada" });
    const cleared = await ann.updateParticipant({ ...table, sessionId: "s1", customLlmConfigId: null });
    expect(cleared.participant).toMatchObject({ llmConfigId: "c1", customLlmConfigId: null });
    expect(await ann.updateParticipant({ ...table, sessionId: "s1" })).toEqual(cleared);
    const { participants, participantCount } = await ann.get(table);
    expect(participants.map(({ name, systemPrompt }) => [name, systemPrompt])).toEqual([
      ["Ada", "Be Ada"],
      ["Untitled", "Doubt"],
    ]);
    expect(participantCount).toBe(2);
  });

  test("a session sits down once, and only at a table and with a session of the same owner", async () => {
    const { ann, bob, seat } = setUp(await open());
    await seat("ann", "s1");
    await seat("bob", "s9");
    await ann.create({ ...table, name: "Council" });
    await ann.addParticipant({ ...table, sessionId: "s1" });
    const cases: [() => Promise<unknown>, string][] = [
      [() => ann.addParticipant({ ...table, sessionId: "s1" }), "participant.exists"],
      [() => ann.addParticipant({ ...table, sessionId: "s9" }), "session.not_found"],
      [() => bob.addParticipant({ ...table, sessionId: "s9" }), "roundtable.not_found"],
      [() => bob.removeParticipant({ ...table, sessionId: "s1" }), "roundtable.not_found"],
      [() => ann.updateParticipant({ ...table, sessionId: "s9", customSystemPrompt: "x" }), "participant.not_found"],
      [() => ann.removeParticipant({ ...table, sessionId: "s9" }), "participant.not_found"],
    ];
    for (const [attempt, code] of cases) await expect(attempt(), code).rejects.toMatchObject(failing(code));
    expect((await ann.get(table)).participantCount).toBe(1);
    await ann.removeParticipant({ ...table, sessionId: "s1" });
    expect(await ann.get(table)).toMatchObject({ participantCount: 0, participants: [] });
  });

  test("messages are paged oldest first, with the sender's name and face, and a page past the end is empty", async () => {
    const { ann, seat } = setUp(await open());
    await seat("ann", "s1", { name: "Ada", avatar: "data:small" });
    await seat("ann", "s2", { name: "Big", avatar: "x".repeat(70_000) });
    await ann.create({ ...table, name: "Council" });
    await ann.send({ ...table, messageId: "m1", content: "Why?", mentions: ["s1"], media: { url: "a" } });
    await ann.send({
      ...table,
      messageId: "m2",
      senderType: "agent",
      senderAgentId: "s1",
      content: "Because",
      replyToMessageId: "m1",
    });
    await ann.send({
      ...table,
      messageId: "m3",
      senderType: "agent",
      senderAgentId: "s2",
      content: "No",
      isRaiseHand: true,
    });
    const page = await ann.messages({ ...table, pageSize: 2 });
    expect(page).toMatchObject({ total: 3, page: 1, pageSize: 2, totalPages: 2 });
    expect(page.messages).toMatchObject([
      { messageId: "m1", senderType: "user", agentName: null, mentions: ["s1"], media: { url: "a" }, responses: [] },
      {
        messageId: "m2",
        senderType: "agent",
        agentName: "Ada",
        agentAvatar: "data:small",
        replyToMessageId: "m1",
        mentions: null,
      },
    ]);
    const [last] = (await ann.messages({ ...table, page: 2, pageSize: 2 })).messages;
    expect(last).toMatchObject({ messageId: "m3", agentName: "Big", agentAvatar: null, isRaiseHand: true });
    expect(await ann.messages({ ...table, page: 9 })).toMatchObject({ messages: [], total: 3, totalPages: 1 });
  });

  test("a message sent again is stored once; an id of another table is refused", async () => {
    const { ann, bob } = setUp(await open());
    await ann.create({ ...table, name: "Council" });
    await bob.create({ roundTableId: "t9", name: "Council" });
    const first = await ann.send({ ...table, messageId: "m1", content: "Hello" });
    expect(await ann.send({ ...table, messageId: "m1", content: "Hello" })).toEqual(first);
    expect((await ann.messages(table)).total).toBe(1);
    await expect(bob.send({ roundTableId: "t9", messageId: "m1", content: "x" })).rejects.toMatchObject(
      failing("message.exists"),
    );
    const dangling = ann.send({ ...table, content: "x", replyToMessageId: "nope" });
    await expect(dangling).rejects.toMatchObject(failing("roundtable.message_not_found"));
    expect((await bob.messages({ roundTableId: "t9" })).total).toBe(0);
  });

  test("a message has any number of responses and at most one selected", async () => {
    const { ann, seat, advance } = setUp(await open());
    await seat("ann", "s1", { name: "Ada" });
    await ann.create({ ...table, name: "Council" });
    await ann.send({ ...table, messageId: "m1", content: "Why?" });
    const given = {
      ...table,
      messageId: "m1",
      agentId: "s1",
      responseId: "r1",
      content: "So",
      thinking: "hm",
      toolCalls: [{ a: 1 }],
    };
    const first = await ann.respond(given);
    expect(first).toMatchObject({
      agentName: "Ada",
      content: "So",
      thinking: "hm",
      toolCalls: [{ a: 1 }],
      isSelected: false,
    });
    expect(await ann.respond(given)).toEqual(first);
    advance(1);
    await ann.respond({ ...table, messageId: "m1", agentId: "gone", responseId: "r2", content: "Thus" });
    expect(await ann.select({ ...table, responseId: "r1" })).toMatchObject({ isSelected: true });
    expect(await ann.select({ ...table, responseId: "r2" })).toMatchObject({ isSelected: true, agentName: null });
    const [message] = (await ann.messages(table)).messages;
    expect(message?.responses.map((one) => [one.responseId, one.isSelected])).toEqual([
      ["r1", false],
      ["r2", true],
    ]);
  });

  test("responses of unknown messages, taken ids and other owners are refused", async () => {
    const { ann, bob } = setUp(await open());
    await ann.create({ ...table, name: "Council" });
    await ann.send({ ...table, messageId: "m1", content: "Why?" });
    await ann.send({ ...table, messageId: "m2", content: "And?" });
    const response = { ...table, messageId: "m1", agentId: "s1", responseId: "r1", content: "So" };
    await ann.respond(response);
    const cases: [() => Promise<unknown>, string][] = [
      [() => ann.respond({ ...response, messageId: "nope" }), "roundtable.message_not_found"],
      [() => ann.respond({ ...response, messageId: "m2" }), "input.invalid"],
      [() => ann.select({ ...table, responseId: "nope" }), "roundtable.response_not_found"],
      [() => bob.respond(response), "roundtable.not_found"],
      [() => bob.select({ ...table, responseId: "r1" }), "roundtable.not_found"],
      [() => bob.messages(table), "roundtable.not_found"],
      [() => bob.send({ ...table, content: "x" }), "roundtable.not_found"],
      [() => bob.get(table), "roundtable.not_found"],
      [() => bob.update({ ...table, name: "x" }), "roundtable.not_found"],
      [() => bob.delete(table), "roundtable.not_found"],
    ];
    for (const [attempt, code] of cases) await expect(attempt(), code).rejects.toMatchObject(failing(code));
    expect((await ann.messages(table)).messages[1]?.responses).toEqual([]);
  });
});
