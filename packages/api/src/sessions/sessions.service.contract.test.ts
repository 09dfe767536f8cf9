import type { Database } from "@chatee/db/database";
import { createMessageStore } from "@chatee/db/messages.store";
import { createRunStore } from "@chatee/db/runs.store";
import { createMessageSearch } from "@chatee/db/search/message-search";
import { createSessionStore } from "@chatee/db/sessions.store";
import { createStreamStore } from "@chatee/db/streams.store";
import { describeEngines } from "@chatee/db/testing/engines";
import type { ImportSession } from "@chatee/shared/session-export";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import { expect, test, vi } from "vitest";
import { codeOf, ended, newSession, say, text } from "../testing/chat.ts";
import { finish } from "../testing/scripted-provider.ts";
import { openTestServices, watch } from "../testing/test-services.ts";

const still = { environment: { now: () => 1_700_000_000_000 } };

/** What is left of a session wherever something of it could be. */
async function leftovers(db: Database, ownerId: string, { sessionId, runId }: { sessionId: string; runId: string }) {
  const [sessions, runs] = [createSessionStore(db), createRunStore(db)];
  return {
    session: await sessions.find(ownerId, sessionId),
    messages: await createMessageStore(db).tree(ownerId, sessionId, 0, 10),
    summaries: await sessions.summaries(ownerId, sessionId),
    run: await runs.find(ownerId, runId),
    hits: await createMessageSearch(db).find({ ownerId, query: "reactor", limit: 10 }),
    events: (await createStreamStore(db).readAfter(sessionId, 0, 10)).map(({ event }) => JSON.parse(event) as unknown),
  };
}
const nothing = (sessionId: string) => ({
  session: undefined,
  messages: [],
  summaries: [],
  run: undefined,
  hits: [],
  events: [{ type: "session.deleted", sessionId }],
});

describeEngines("sessions", (open, engine) => {
  test("a session is made once by its id; another owner's id is refused, and the id of a deleted one stays taken", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const create = (owner: string, title: string) =>
      services.sessions.create(owner, { sessionId: "s-1", sessionType: "memory", title });
    const made = await create(ownerId, "First");
    expect(made).toMatchObject({ sessionId: "s-1", title: "First", messageCount: 0, accToken: 0, activeRunId: null });
    expect(await Promise.all([create(ownerId, "Second"), create(ownerId, "Third")])).toEqual([made, made]);
    expect(await codeOf(create("bob", "Mine"))).toBe("session.exists");
    await services.sessions.delete(ownerId, "s-1");
    expect(await codeOf(create(ownerId, "Again"))).toBe("session.exists");
    expect(await codeOf(services.sessions.get(ownerId, "s-1"))).toBe("session.not_found");
  });

  test("whoever listens hears of every change of the list, and of nobody else's", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const left = new AbortController();
    const heard = { mine: 0, foreign: 0 };
    const listen = async (owner: string, key: keyof typeof heard) => {
      for await (const _ of services.sessions.changes(owner, left.signal)) heard[key]++;
    };
    const listening = Promise.all([listen(ownerId, "mine"), listen("bob", "foreign")]);
    const sessionId = await newSession(app);
    const steps = [
      () => services.sessions.update(ownerId, { sessionId, title: "Renamed" }),
      () => say(app, sessionId, "Hi", text("Hello.")),
      () => services.sessions.delete(ownerId, sessionId),
    ];
    for (const step of steps) {
      const before = heard.mine;
      await step();
      await expect.poll(() => heard.mine).toBeGreaterThan(before);
    }
    left.abort();
    await listening;
    expect(heard.foreign).toBe(0);
  });

  test("a list shows each session once, newest first, also when many have the same time, and never a temporary one", async () => {
    await using app = await openTestServices(await open(), still);
    const { services, ownerId } = app;
    const ids: string[] = [];
    for (const sessionType of ["memory", "agent", "research", "temporary"] as const)
      for (let index = 0; index < 3; index++)
        ids.push(
          (await services.sessions.create(ownerId, { sessionType, title: `${sessionType} ${index}` })).sessionId,
        );
    await services.sessions.create("bob", { sessionType: "memory", title: "not ann's" });
    await services.sessions.update(ownerId, { sessionId: ids[4] ?? "", name: "Touched" });
    const walk = async (limit: number) => {
      const seen: string[] = [];
      for (let cursor: string | null = null; ;) {
        const page = await services.sessions.list(ownerId, { limit, cursor });
        expect(page.total).toBe(9);
        seen.push(...page.sessions.map(({ sessionId }) => sessionId));
        cursor = page.nextCursor;
        if (cursor === null) return seen;
      }
    };
    const all = await walk(300);
    expect(all.toSorted()).toEqual(ids.slice(0, 9).toSorted());
    expect(all[0]).toBe(ids[4]);
    for (const limit of [1, 2, 4, 8, 9]) expect(await walk(limit)).toEqual(all);
    const agents = await services.sessions.list(ownerId, { limit: 50, sessionType: "agent" });
    expect(agents).toMatchObject({ total: 3, nextCursor: null });
    expect(await services.sessions.list(ownerId, { limit: 50, sessionType: "temporary" })).toMatchObject({ total: 0 });
    for (const cursor of ["", "x", "s", "sabc", "s-1.x", "szzzzzzzzzzzz.x", "s1.é"])
      expect(await codeOf(services.sessions.list(ownerId, { limit: 5, cursor }))).toBe("cursor.invalid");
  });

  test("a pin keeps its first time, moves a session nowhere, is listed apart, and is in no export", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) ids.push(await newSession(app));
    const idsOf = async (filter: { pinned?: boolean }) =>
      (await services.sessions.list(ownerId, { limit: 50, ...filter })).sessions.map(({ sessionId }) => sessionId);
    const before = await idsOf({});
    const [first = "", second = ""] = ids;
    const pin = (sessionId: string, pinned: boolean) => services.sessions.update(ownerId, { sessionId, pinned });
    const pinned = await pin(first, true);
    expect(pinned.pinnedAtMs).toBeGreaterThan(0);
    expect((await pin(first, true)).pinnedAtMs).toBe(pinned.pinnedAtMs);
    const renamed = await services.sessions.update(ownerId, { sessionId: second, title: "Kept" });
    expect(renamed.pinnedAtMs).toBeNull();
    await pin(second, true);
    expect(await idsOf({ pinned: false })).toEqual(before.filter((id) => id !== first && id !== second));
    const page = await services.sessions.list(ownerId, { limit: 1, pinned: true });
    const rest = await services.sessions.list(ownerId, { limit: 1, pinned: true, cursor: page.nextCursor });
    expect([page.total, rest.nextCursor]).toEqual([2, null]);
    expect([...page.sessions, ...rest.sessions].map(({ sessionId }) => sessionId).toSorted()).toEqual(
      [first, second].toSorted(),
    );
    expect(await codeOf(services.sessions.list(ownerId, { limit: 1, cursor: page.nextCursor }))).toBe("cursor.invalid");
    expect((await services.sessions.list("bob", { limit: 50, pinned: true })).total).toBe(0);
    expect(await codeOf(services.sessions.update("bob", { sessionId: first, pinned: false }))).toBe(
      "session.not_found",
    );
    const file = await services.sessions.export(ownerId, first);
    expect(JSON.stringify(file)).not.toContain("pinned");
    expect((await services.sessions.import(ownerId, file as ImportSession)).pinnedAtMs).toBeNull();
    expect((await pin(first, false)).pinnedAtMs).toBeNull();
    expect(await idsOf({ pinned: true })).toEqual([second]);
  });

  test("sessions are found by title, name and what was said in them, two Chinese characters included", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const make = async (fields: { title?: string; name?: string }, said: string) => {
      const { sessionId } = await services.sessions.create(ownerId, { sessionType: "memory", ...fields });
      await services.messages.create(ownerId, { sessionId, role: "assistant", content: said });
      return sessionId;
    };
    const titled = await make({ title: "Holidays in Lisbon" }, "nothing");
    const named = await make({ title: "Plain", name: "The Cook" }, "nothing");
    const said = await make({ title: "Plain too" }, "We should restart the reactor");
    const chinese = await make({ title: "Plain three" }, "人工智能正在改变我们的工作方式");
    const find = async (query: string) =>
      (await services.sessions.list(ownerId, { limit: 50, query })).sessions.map(({ sessionId }) => sessionId);
    expect(await find("lisbon")).toEqual([titled]);
    expect(await find("cook")).toEqual([named]);
    expect(await find("reactor")).toEqual([said]);
    expect(await find("智能")).toEqual([chinese]);
    expect(await find("zeppelin")).toEqual([]);
    expect((await services.sessions.list("bob", { limit: 50, query: "reactor" })).total).toBe(0);
    await services.sessions.delete(ownerId, said);
    expect(await find("reactor")).toEqual([]);
    const hits = await services.messages.search(ownerId, { query: "智能", limit: 10 });
    expect(hits).toMatchObject([{ sessionId: chinese, sessionTitle: "Plain three", role: "assistant" }]);
  });

  test("the first message gives a title, unless a person gave one, even in the same moment", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sent = await newSession(app);
    await say(app, sent, "# How do I cook rice?\nQuickly", text("In water"));
    expect(await services.sessions.get(ownerId, sent)).toMatchObject({ title: "How do I cook rice?" });
    await say(app, sent, "And noodles?", text("Too"));
    expect(await services.sessions.get(ownerId, sent)).toMatchObject({ title: "How do I cook rice?" });
    const saved = await newSession(app);
    await services.messages.create(ownerId, { sessionId: saved, role: "user", content: "x".repeat(100) });
    expect((await services.sessions.get(ownerId, saved)).title).toBe(`${"x".repeat(60)}…`);
    for (let round = 0; round < 10; round++) {
      const sessionId = await newSession(app);
      const rename = services.sessions.update(ownerId, { sessionId, title: "By a person" });
      await Promise.all([rename, services.messages.create(ownerId, { sessionId, role: "user", content: "By itself" })]);
      expect((await services.sessions.get(ownerId, sessionId)).title).toBe("By a person");
    }
  });

  test("counts and preview follow the branch on screen", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    const shown = async () => {
      const { messageCount, previewText } = await services.sessions.get(ownerId, sessionId);
      return [messageCount, previewText];
    };
    const first = await say(app, sessionId, "Question", text("Answer\n\nin two   lines"));
    expect(await shown()).toEqual([2, "Answer in two lines"]);
    const saved = await services.messages.create(ownerId, { sessionId, role: "user", content: "Saved" });
    expect(await shown()).toEqual([3, "Saved"]);
    await services.messages.update(ownerId, { messageId: saved.messageId, content: "Changed" });
    expect(await shown()).toEqual([3, "Changed"]);
    const forked = await services.messages.create(ownerId, {
      sessionId,
      parentId: first.userMessageId,
      role: "assistant",
      content: "Another answer",
    });
    expect(forked.parentId).toBe(first.userMessageId);
    expect(await shown()).toEqual([2, "Another answer"]);
    await services.messages.selectBranch(ownerId, first.messageId);
    expect(await shown()).toEqual([3, "Changed"]);
    await services.messages.delete(ownerId, saved.messageId);
    expect(await shown()).toEqual([2, "Answer in two lines"]);
    await services.messages.create(ownerId, {
      sessionId,
      parentId: forked.messageId,
      role: "user",
      content: "Below it",
    });
    expect(await shown()).toEqual([3, "Below it"]);
    expect(
      await codeOf(services.messages.create(ownerId, { sessionId, parentId: "nope", role: "user", content: "" })),
    ).toBe("message.not_found");
  });

  test("every field can be set and cleared, and changes made at the same time all count", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    const fields = {
      title: "Title",
      name: "Name",
      llmConfigId: "c-1",
      avatar: `data:image/png;base64,${"A".repeat(200_000)}`,
      systemPrompt: "Be kind. 请友善",
      ext: { nested: { list: [1, "two", null] } },
      mediaOutputPath: "media/图",
      sessionType: "agent" as const,
    };
    await Promise.all(
      Object.entries(fields).map(([key, value]) => services.sessions.update(ownerId, { sessionId, [key]: value })),
    );
    const stored = await services.sessions.get(ownerId, sessionId);
    expect(stored).toMatchObject(fields);
    const updates = () => screen.seen.flatMap(({ event }) => (event.type === "session.updated" ? [event.session] : []));
    while (updates().length < 8) await app.environment.wait(5);
    // What may be large is in the event of its own change alone, where it is small.
    const { avatar, systemPrompt, ext, ...rest } = stored;
    expect(updates().at(-1)).toMatchObject(rest);
    expect(updates().find((session) => session.systemPrompt === systemPrompt)).not.toHaveProperty("avatar");
    expect(updates().some((session) => JSON.stringify(session.ext) === JSON.stringify(ext))).toBe(true);
    expect(updates().some((session) => session.avatar === avatar)).toBe(false);
    const cleared = {
      name: null,
      llmConfigId: null,
      avatar: null,
      systemPrompt: null,
      ext: null,
      mediaOutputPath: null,
    };
    expect(await services.sessions.update(ownerId, { sessionId, ...cleared })).toMatchObject({
      ...cleared,
      title: "Title",
    });
    expect(await codeOf(services.sessions.update("bob", { sessionId, title: "Mine" }))).toBe("session.not_found");
    await screen.stop();
  });

  test("the newest event about a session is how it is stored, whoever changes it while an answer ends", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    for (let round = 0; round < 15; round++) {
      const { messageId, runId } = await services.messages.send(ownerId, { sessionId, content: `Q${round}` });
      const { answer } = await model.next();
      answer(`A${round}`);
      await Promise.all(
        [1, 2, 3].map((index) => services.sessions.update(ownerId, { sessionId, title: `T${round}.${index}` })),
      );
      await ended(app, messageId);
      await screen.until(({ event }) => event.type === "run.completed" && event.runId === runId);
    }
    const stored = await services.sessions.get(ownerId, sessionId);
    const { avatar: _avatar, systemPrompt: _prompt, ext: _ext, ...now } = stored;
    // A title may have been written after the answer's end, and its event be on its way.
    await screen.until(
      ({ event }) => event.type === "session.updated" && event.session.updatedAtMs === now.updatedAtMs,
    );
    const sessions = screen.seen.flatMap(({ event }) => (event.type === "session.updated" ? [event.session] : []));
    expect(sessions.at(-1)).toEqual(now);
    await screen.stop();
  });

  test("deleting a session while an answer is written ends everything: its followers, its run, its rows", async () => {
    const db = await open();
    await using app = await openTestServices(db);
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    await say(app, sessionId, "Find me", text("reactor"));
    const screen = watch(app, sessionId);
    const { runId } = await services.messages.send(ownerId, { sessionId, content: "Go" });
    const { say: speak, signal } = await model.next();
    speak(text("Half a "));
    await screen.until(({ event }) => event.type === "message.delta");
    await services.sessions.delete(ownerId, sessionId);
    await screen.done;
    expect(screen.types().at(-1)).toBe("session.deleted");
    speak(text("sentence"), finish);
    while (!signal.aborted || services.activeRuns() > 0) await app.environment.wait(5);
    expect(await leftovers(db, ownerId, { sessionId, runId })).toEqual(nothing(sessionId));
    const events = services.sessions.events({
      ownerId,
      sessionId,
      lastEventId: null,
      signal: AbortSignal.timeout(500),
    });
    expect(await codeOf(events.next())).toBe("session.not_found");
    expect(await codeOf(services.messages.send(ownerId, { sessionId, content: "Late" }))).toBe("session.not_found");
    expect(await codeOf(services.sessions.update(ownerId, { sessionId, title: "Late" }))).toBe("session.not_found");
    expect(await codeOf(services.sessions.delete(ownerId, sessionId))).toBe("session.not_found");
  });

  test("only temporary sessions that nothing happened in go by themselves", async () => {
    let nowMs = 1_700_000_000_000;
    await using app = await openTestServices(await open(), {
      environment: { now: () => nowMs },
      temporaryLifetimeMs: 1_000,
    });
    const { services, ownerId } = app;
    const make = async (sessionType: "temporary" | "memory") =>
      (await services.sessions.create(ownerId, { sessionType })).sessionId;
    const [old, kept, used, writing] = [
      await make("temporary"),
      await make("memory"),
      await make("temporary"),
      await make("temporary"),
    ];
    await services.messages.send(ownerId, { sessionId: writing, content: "Go" });
    nowMs += 900;
    await services.messages.create(ownerId, { sessionId: used, role: "user", content: "Still here" });
    nowMs += 200;
    expect(await services.sessions.removeExpired()).toBe(false);
    const left = await Promise.all(
      [old, kept, used, writing].map((sessionId) => codeOf(services.sessions.get(ownerId, sessionId))),
    );
    expect(left).toEqual(["session.not_found", "no failure", "no failure", "no failure"]);
  });

  test("a temporary session that is kept is listed from then on, says so to who follows it, and stays", async () => {
    let nowMs = 1_700_000_000_000;
    await using app = await openTestServices(await open(), {
      environment: { now: () => nowMs },
      temporaryLifetimeMs: 1_000,
    });
    const { services, ownerId } = app;
    const { sessionId } = await services.sessions.create(ownerId, { sessionType: "temporary" });
    const screen = watch(app, sessionId);
    const listed = async () => (await services.sessions.list(ownerId, { limit: 9 })).sessions;
    expect(await listed()).toEqual([]);
    nowMs += 900;
    const kept = await services.sessions.update(ownerId, { sessionId, sessionType: "memory" });
    expect(await listed()).toEqual([kept]);
    await screen.until(({ event }) => event.type === "session.updated" && event.session.sessionType === "memory");
    await screen.stop();
    nowMs += 5_000;
    expect(await services.sessions.removeExpired()).toBe(false);
    expect(await services.sessions.get(ownerId, sessionId)).toEqual(kept);
  });

  test("a large avatar is in the session itself, and neither in lists nor in the events that go to every screen", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const avatar = `data:image/png;base64,${"A".repeat(300_000)}`;
    const { sessionId } = await services.sessions.create(ownerId, { sessionType: "memory", avatar, ext: { mine: 1 } });
    const screen = watch(app, sessionId);
    await services.messages.send(ownerId, { sessionId, content: "Hello" });
    (await model.next()).answer("Hi");
    await screen.until(({ event }) => event.type === "run.completed");
    await services.sessions.update(ownerId, { sessionId, systemPrompt: "Be brief" });
    await services.sessions.update(ownerId, { sessionId, avatar: `${avatar}AA` });
    const { event } = await screen.until(
      (entry) => entry.event.type === "session.updated" && entry.event.session.systemPrompt === "Be brief",
    );
    expect(JSON.stringify(event).length).toBeLessThan(2_000);
    expect(JSON.stringify(screen.seen).length).toBeLessThan(50_000);
    const { sessions } = await services.sessions.list(ownerId, { limit: 9 });
    expect(sessions).toMatchObject([{ sessionId, avatar: null, systemPrompt: "Be brief", ext: { mine: 1 } }]);
    expect((await services.sessions.get(ownerId, sessionId)).avatar).toBe(`${avatar}AA`);
    await screen.stop();
  });

  test("a session goes through a file whole: every branch, every field, as often as one likes", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    await services.sessions.update(ownerId, { sessionId, title: "Tree", systemPrompt: "Be kind", ext: { a: 1 } });
    const first = await say(app, sessionId, "Q1", { type: "thinking", text: "Hm" }, text("A1"));
    await say(app, sessionId, "Q2", text("A2"));
    const again = await services.messages.regenerate(ownerId, { messageId: first.messageId });
    (await app.model.next()).answer("A1b");
    await ended(app, again.messageId);
    await services.messages.update(ownerId, { messageId: first.userMessageId, content: "Q1 changed" });
    await services.messages.create(ownerId, { sessionId, role: "tool", content: "T", toolCalls: { any: ["thing"] } });

    const file = await services.sessions.export(ownerId, sessionId);
    expect(file.messages).toHaveLength(7);
    const text1 = JSON.stringify(file);
    for (const imported of [
      await services.sessions.importFile("bob", text1),
      await services.sessions.importFile("bob", text1),
    ]) {
      expect(imported).toMatchObject({
        title: "Tree",
        systemPrompt: "Be kind",
        ext: { a: 1 },
        messageCount: 3,
        previewText: "T",
      });
      const copy = await services.sessions.export("bob", imported.sessionId);
      const shape = ({ messages }: typeof file) => {
        const places = new Map(messages.map(({ messageId }, index) => [messageId, index]));
        return messages.map(({ messageId, parentId, ...rest }) => ({
          ...rest,
          place: places.get(messageId),
          parent: parentId == null ? null : places.get(parentId),
        }));
      };
      expect(shape(copy)).toEqual(shape(file));
      const page = await services.messages.list("bob", { sessionId: imported.sessionId, limit: 10 });
      expect(page.messages.map(({ content }) => content)).toEqual(["Q1 changed", "A1b", "T"]);
      expect(page.messages[1]?.siblingIds).toHaveLength(2);
      await services.messages.selectBranch("bob", page.messages[1]?.siblingIds?.[0] ?? "");
    }
    expect(await codeOf(services.sessions.export("bob", sessionId))).toBe("session.not_found");
  });

  test("what is written of an answer goes into the file, as interrupted", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    await services.messages.send(ownerId, { sessionId, content: "Go" });
    (await model.next()).say(text("Half a "));
    await screen.until(({ event }) => event.type === "message.delta");
    const file = await services.sessions.export(ownerId, sessionId);
    expect(file.messages.at(-1)).toMatchObject({ content: "Half a ", status: "interrupted" });
    await screen.stop();
  });

  test("a file that is none is refused with what is wrong in it, and leaves nothing", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const message = (messageId: string, parentId: string | null) => ({
      messageId,
      parentId,
      role: "user",
      content: "x",
      createdAtMs: 1,
    });
    const file = (messages: unknown[]) =>
      JSON.stringify({ version: "1.0", exportType: "session", session: { title: "T" }, messages });
    let deep = "[]";
    for (let depth = 0; depth < 5_000; depth++) deep = `[${deep}]`;
    for (const bad of [
      "",
      "{",
      "[]",
      "null",
      deep,
      file([message("a", "b"), message("b", "a")]),
      file([message("a", "a")]),
      file([message("a", null), message("a", null)]),
      file([{ ...message("a", null), role: "robot" }]),
      file([{ ...message("a", null), toolCalls: "deep" }]).replace('"deep"', deep),
    ])
      expect(await codeOf(services.sessions.importFile(ownerId, bad))).toBe("input.invalid");
    expect((await services.sessions.list(ownerId, { limit: 5 })).total).toBe(0);
    expect((await services.sessions.importFile(ownerId, file([]))).messageCount).toBe(0);
  });

  test(
    "ten thousand messages come in with few statements, in seconds, and are found",
    { timeout: 120_000 },
    async () => {
      const db = await open();
      let inserts = 0;
      const counting: Database = {
        ...db,
        write: async (...statements) => {
          inserts += statements.filter((one) => one.kind === "insert").length;
          return await db.write(...statements);
        },
      };
      await using app = await openTestServices(counting);
      const { services, ownerId } = app;
      const messages = Array.from({ length: 10_000 }, (_, index) => ({
        messageId: `m${index}`,
        parentId: index === 0 ? null : `m${index - 1}`,
        role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
        content: `Message ${index} about the weather, the reactor and word${index}.`,
        createdAtMs: index,
      }));
      const startedMs = performance.now();
      const file = JSON.stringify({ version: "1.0", exportType: "session", session: { title: "Large" }, messages });
      const { sessionId, messageCount } = await services.sessions.importFile(ownerId, file);
      expect(performance.now() - startedMs).toBeLessThan(60_000);
      expect(messageCount).toBe(10_000);
      expect(inserts).toBeLessThan(10);
      // While InnoDB moves thousands of new words from its cache to disk, it may overlook some of them for a moment.
      await vi.waitFor(
        async () => {
          const [hit] = await services.messages.search(ownerId, { query: "word7777", limit: 1 });
          expect(hit).toMatchObject({ sessionId, snippet: expect.stringContaining("word7777") });
        },
        { timeout: 10_000, interval: 200 },
      );
      const page = await services.messages.list(ownerId, { sessionId, limit: 3 });
      expect(page.messages.map(({ seq }) => seq)).toEqual([9_998, 9_999, 10_000]);
      if (engine === "sqlite")
        expect((await services.sessions.export(ownerId, sessionId)).messages).toHaveLength(10_000);
    },
  );
});

describeEngines("a session's events", (open) => {
  test("an old id is resumed, and one that cannot be is answered with a resync that says where to go on", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const [sessionId, other] = [await newSession(app), await newSession(app)];
    const events = async (lastEventId: string | null, count: number, owner = ownerId) => {
      const stop = new AbortController();
      const seen: { eventId: string; event: FollowedEvent }[] = [];
      for await (const entry of services.sessions.events({
        ownerId: owner,
        sessionId,
        lastEventId,
        signal: stop.signal,
      })) {
        seen.push(entry);
        if (seen.length === count) break;
      }
      stop.abort();
      return seen;
    };
    for (const content of ["1", "2", "3"])
      await services.messages.create(ownerId, { sessionId, role: "user", content });
    await services.messages.create(ownerId, { sessionId: other, role: "user", content: "elsewhere" });
    const all = await events(null, 3);
    expect(all.map(({ event }) => event.type)).toEqual(["message.created", "message.created", "message.created"]);
    expect(await events(all[0]?.eventId ?? "", 2)).toEqual(all.slice(1));
    const { lastEventId: elsewhere } = await services.messages.list(ownerId, { sessionId: other, limit: 1 });
    const last = all.at(-1)?.eventId ?? "";
    const future = last.replace(/^[^-]+/, "zz");
    for (const [id, reason] of [
      ["junk", "unknown_id"],
      ["", "unknown_id"],
      [elsewhere, "unknown_id"],
      [future, "future_id"],
    ] as const) {
      const [first] = await events(id, 1);
      expect(first).toEqual({ eventId: last, event: { type: "resync", reason } });
    }
    expect(await codeOf(events(last, 1, "bob"))).toBe("session.not_found");
  });
});
