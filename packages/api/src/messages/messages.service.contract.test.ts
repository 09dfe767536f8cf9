import { randomUUID } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describeEngines } from "@chatee/db/testing/engines";
import { DomainError } from "@chatee/shared/failure";
import { fromEventId } from "@chatee/shared/stream-event";
import { applyEvent, toTranscript } from "@chatee/shared/transcript";
import { expect, test } from "vitest";
import { createFolderStorage } from "../files/folder-storage.ts";
import { finish } from "../testing/scripted-provider.ts";
import { openTestServices, watch } from "../testing/test-services.ts";
import type { TestServices } from "../testing/test-services.ts";

async function newSession({ services, ownerId }: TestServices): Promise<string> {
  return (await services.sessions.create(ownerId, { sessionType: "memory" })).sessionId;
}
const text = (content: string) => ({ type: "content" as const, text: content });
const isTerminal = (type: string) => /^run\.(completed|failed|cancelled|interrupted)$/.test(type);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no failure",
    (error: unknown) => (error instanceof DomainError ? error.failure.code : String(error)),
  );

describeEngines("messages", (open) => {
  test("a send is stored before it is answered, and its answer streams to the end", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Hello there" });
    const page = await services.messages.list(ownerId, { sessionId, limit: 50 });
    expect(page.messages.map(({ messageId, role, status, content }) => ({ messageId, role, status, content }))).toEqual(
      [
        { messageId: sent.userMessageId, role: "user", status: "completed", content: "Hello there" },
        { messageId: sent.messageId, role: "assistant", status: "streaming", content: "" },
      ],
    );

    const screen = watch(app, sessionId, page.lastEventId);
    const { request, say } = await model.next();
    expect(request.messages).toEqual([{ role: "user", content: "Hello there" }]);
    say({ type: "thinking", text: "Hm. " }, text("Good "), text("morning"));
    await screen.until(({ event }) => event.type === "message.delta" && event.part === "content");
    say(text("!"), {
      ...finish,
      usage: { inputTokens: 7, outputTokens: 3, thinkingTokens: null, cachedInputTokens: null },
    });
    await screen.until(({ event }) => isTerminal(event.type));

    const stored = await services.messages.get(ownerId, sent.messageId);
    expect(stored).toMatchObject({
      status: "completed",
      content: "Good morning!",
      thinking: "Hm. ",
      tokenCount: 3,
      tokenCountEstimated: false,
      accToken: 10,
    });
    const folded = screen.seen.reduce((transcript, { event }) => applyEvent(transcript, event), toTranscript(page));
    expect(folded.messages.at(-1)).toEqual(stored);
    expect(screen.types().filter(isTerminal)).toEqual(["run.completed"]);
    expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({
      title: "Hello there",
      messageCount: 2,
      activeRunId: null,
      previewText: "Good morning!",
      accToken: 10,
    });
    await screen.stop();
  });

  test("a page read in mid-stream holds the text so far, and events after it continue it without a gap or an overlap", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Count" });
    const first = watch(app, sessionId);
    const { say } = await model.next();
    say(text("one "));
    await first.until(({ event }) => event.type === "message.delta");
    const page = await services.messages.list(ownerId, { sessionId, limit: 50 });
    expect(page.messages.at(-1)).toMatchObject({ content: "one ", status: "streaming" });
    const second = watch(app, sessionId, page.lastEventId);
    say(text("two "), text("three"), finish);
    await second.until(({ event }) => isTerminal(event.type));
    const folded = second.seen.reduce((transcript, { event }) => applyEvent(transcript, event), toTranscript(page));
    expect(folded.messages.at(-1)).toMatchObject({ content: "one two three", status: "completed" });
    const deltas = first.seen.flatMap(({ event }) => (event.type === "message.delta" ? [event.text] : []));
    await first.until(({ event }) => isTerminal(event.type));
    expect(first.seen.flatMap(({ event }) => (event.type === "message.delta" ? [event.text] : [])).join("")).toBe(
      "one two three",
    );
    expect(deltas.length).toBeGreaterThan(0);
    const seqs = first.seen.map(({ eventId }) => fromEventId(sessionId, eventId) ?? -1);
    expect(seqs).toEqual([...seqs.keys()].map((index) => index + 1));
    expect((await services.messages.get(ownerId, sent.messageId)).content).toBe("one two three");
    await Promise.all([first.stop(), second.stop()]);
  });

  test("a send that is asked again is answered again, also when what it named is gone by then", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "chatee-send-"));
    const storage = createFolderStorage(folder.path, randomUUID);
    const files = { storage, maxBytes: 1_000, readPdf: null, makeThumbnail: null };
    await using app = await openTestServices(await open(), { files });
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const content = Readable.from([Buffer.from("a")]);
    const { fileId } = await services.files.upload(ownerId, { name: "a.txt", content });
    const send = () =>
      services.messages.send(ownerId, { sessionId, content: "Look", clientId: "c", fileIds: [fileId] });
    const first = await send();
    (await model.next()).answer("Seen");
    await services.files.remove(ownerId, { fileId, force: true });
    expect(await send()).toEqual(first);
    expect(model.requestCount()).toBe(1);
  });

  test("the same clientId gives one message, one run and one provider call, also for twenty senders at once", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const send = () => services.messages.send(ownerId, { sessionId, content: "Once", clientId: "c-1" });
    const answers = await Promise.all(Array.from({ length: 20 }, send));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const screen = watch(app, sessionId);
    (await model.next()).answer("Yes");
    await screen.until(({ event }) => isTerminal(event.type));
    expect(await send()).toEqual(answers[0]);
    expect(model.requestCount()).toBe(1);
    expect((await services.messages.list(ownerId, { sessionId, limit: 50 })).messages).toHaveLength(2);
    await screen.stop();
  });

  test("a second send while an answer is written is refused and nothing of it is kept", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    await services.messages.send(ownerId, { sessionId, content: "first" });
    expect(await codeOf(services.messages.send(ownerId, { sessionId, content: "second" }))).toBe("session.busy");
    expect((await services.messages.list(ownerId, { sessionId, limit: 50 })).messages).toHaveLength(2);
  });

  test("stop ends the provider's request and keeps the text; continue carries it on beside the stopped one", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Write" });
    const screen = watch(app, sessionId);
    const { say, signal } = await model.next();
    say(text("Half a "));
    await screen.until(({ event }) => event.type === "message.delta");
    expect(await services.messages.stop(ownerId, sent.messageId)).toEqual({ stopped: true });
    await screen.until(({ event }) => event.type === "run.cancelled");
    expect(signal.aborted).toBe(true);
    expect(await services.messages.get(ownerId, sent.messageId)).toMatchObject({
      status: "cancelled",
      content: "Half a ",
    });
    expect(await services.messages.stop(ownerId, sent.messageId)).toEqual({ stopped: false });

    const again = await services.messages.continue(ownerId, { messageId: sent.messageId });
    const second = await model.next();
    expect(second.request.messages.slice(0, 2)).toEqual([
      { role: "user", content: "Write" },
      { role: "assistant", content: "Half a " },
    ]);
    second.answer("sentence.");
    await screen.until(({ event }) => event.type === "run.completed");
    expect(await services.messages.get(ownerId, again.messageId)).toMatchObject({
      status: "completed",
      content: "Half a sentence.",
    });
    const page = await services.messages.list(ownerId, { sessionId, limit: 50 });
    expect(page.messages.map(({ messageId }) => messageId)).toEqual([sent.userMessageId, again.messageId]);
    expect(page.messages[1]?.siblingIds).toEqual([sent.messageId, again.messageId]);
    expect(await services.messages.get(ownerId, sent.messageId)).toMatchObject({ content: "Half a " });
    await screen.stop();
  });

  test("regenerate and edit keep what was there as siblings, and a branch can be chosen again", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    const settle = async (answer: string, runId: string) => {
      (await model.next()).answer(answer);
      await screen.until(({ event }) => "runId" in event && event.runId === runId && isTerminal(event.type));
    };
    const contents = async () =>
      (await services.messages.list(ownerId, { sessionId, limit: 50 })).messages.map((message) => message.content);

    const sent = await services.messages.send(ownerId, { sessionId, content: "Q1" });
    await settle("A1", sent.runId);
    const next = await services.messages.send(ownerId, { sessionId, content: "Q2" });
    await settle("A2", next.runId);
    const again = await services.messages.regenerate(ownerId, { messageId: sent.messageId });
    await settle("A1b", again.runId);
    expect(await contents()).toEqual(["Q1", "A1b"]);
    const edited = await services.messages.edit(ownerId, { messageId: sent.userMessageId, content: "Q1 new" });
    await settle("A new", edited.runId);
    expect(await contents()).toEqual(["Q1 new", "A new"]);
    expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({ messageCount: 2 });

    await services.messages.selectBranch(ownerId, sent.messageId);
    expect(await contents()).toEqual(["Q1", "A1", "Q2", "A2"]);
    expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({ messageCount: 4 });
    await services.messages.selectBranch(ownerId, again.messageId);
    expect(await contents()).toEqual(["Q1", "A1b"]);
    await screen.stop();
  });

  test("a provider's failure ends the run once, with the text so far and a failure a screen can read", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Go" });
    const { say, fail } = await model.next();
    say(text("Some"));
    await screen.until(({ event }) => event.type === "message.delta");
    fail(new DomainError({ code: "llm.overloaded", provider: "openai", retryAfterMs: null }));
    await screen.until(({ event }) => event.type === "run.failed");
    expect(await services.messages.get(ownerId, sent.messageId)).toMatchObject({
      status: "failed",
      content: "Some",
      failure: { code: "llm.overloaded" },
    });
    expect(screen.types().filter(isTerminal)).toEqual(["run.failed"]);
    await screen.stop();
  });

  test("tool calls are in the log before they run, run side by side and go back to the model in order", async () => {
    const events: string[] = [];
    await using app = await openTestServices(await open(), {
      openTools: async () => ({
        definitions: [{ name: "look", description: "", inputSchema: { type: "object" } }],
        call: async ({ arguments: input }) => {
          events.push(`call ${JSON.stringify(input)}`);
          return { output: `saw ${JSON.stringify(input)}`, isError: false };
        },
        async [Symbol.asyncDispose]() {
          events.push("closed");
        },
      }),
    });
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
    const first = await model.next();
    first.say(
      text("Let me look. "),
      { type: "tool_call", call: { toolCallId: "t1", name: "look", input: '{"at":1}' } },
      { type: "tool_call", call: { toolCallId: "t2", name: "look", input: '{"at":2}' } },
      { ...finish, reason: "tool_calls" },
    );
    const second = await model.next();
    expect(
      second.request.messages.slice(1).map((message) => ("output" in message ? message.output : message.content)),
    ).toEqual(["Let me look. ", 'saw {"at":1}', 'saw {"at":2}']);
    second.answer("Done.");
    await screen.until(({ event }) => event.type === "run.completed");
    const message = await services.messages.get(ownerId, sent.messageId);
    expect(message.content).toBe("Let me look. Done.");
    expect(message.toolCalls).toMatchObject([
      { toolCallId: "t1", status: "done", contentOffset: 13, step: 0 },
      { toolCallId: "t2", status: "done", contentOffset: 13, step: 0 },
    ]);
    const types = screen.types().filter((type) => type.startsWith("tool."));
    expect(types.slice(0, 1)).toEqual(["tool.started"]);
    expect(types.toSorted()).toEqual(["tool.finished", "tool.finished", "tool.started", "tool.started"]);
    expect(events).toEqual(['call {"at":1}', 'call {"at":2}', "closed"]);
    await screen.stop();
  });

  test("a run whose process died is closed by the next one, with everything that was seen, and only once", async () => {
    const db = await open();
    const dead = await openTestServices(db);
    const { ownerId } = dead;
    const sessionId = await newSession(dead);
    const sent = await dead.services.messages.send(ownerId, { sessionId, content: "Tell me" });
    const before = watch(dead, sessionId);
    const { say, answer } = await dead.model.next();
    say({ type: "thinking", text: "Let" }, text("Once upon "));
    await before.until(({ event }) => event.type === "message.delta" && event.part === "content");

    await using alive = await openTestServices(db);
    const after = watch(alive, sessionId);
    await after.until(({ event }) => event.type === "run.interrupted");
    expect(await alive.services.messages.get(ownerId, sent.messageId)).toMatchObject({
      status: "interrupted",
      content: "Once upon ",
      thinking: "Let",
    });
    answer("a time");
    await dead[Symbol.asyncDispose]();
    expect(await alive.services.messages.get(ownerId, sent.messageId)).toMatchObject({
      status: "interrupted",
      content: "Once upon ",
    });
    expect(after.types().filter(isTerminal)).toEqual(["run.interrupted"]);
    await Promise.all([before.stop(), after.stop()]);
  });

  test("shutting down keeps the text of every answer and ends each run", async () => {
    const db = await open();
    const app = await openTestServices(db);
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Go" });
    (await model.next()).say(text("partial"));
    await screen.until(({ event }) => event.type === "message.delta");
    await services.drain(5_000);
    expect(await services.messages.get(ownerId, sent.messageId)).toMatchObject({
      status: "interrupted",
      content: "partial",
    });
    await screen.stop();
    await app[Symbol.asyncDispose]();
  });

  test("a message saved as given is idempotent by its id, and the id of another session's message is refused", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const [a, b] = [await newSession(app), await newSession(app)];
    const create = (sessionId: string, content: string) =>
      services.messages.create(ownerId, { sessionId, messageId: "msg-17", role: "user", content });
    const saved = await create(a, "kept");
    expect(await create(a, "other")).toEqual(saved);
    expect(await codeOf(create(b, "other"))).toBe("message.exists");
    const many = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        services.messages.create(ownerId, { sessionId: a, role: "user", content: `m${index}` }),
      ),
    );
    const page = await services.messages.list(ownerId, { sessionId: a, limit: 50 });
    expect(page.messages).toHaveLength(16);
    expect(new Set(page.messages.map(({ seq }) => seq)).size).toBe(16);
    expect(new Set(many.map(({ messageId }) => messageId)).size).toBe(15);
  });

  test("pages walk the whole session backwards, each message once, and refuse a cursor that is none of ours", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    for (let index = 0; index < 23; index++)
      await services.messages.create(ownerId, { sessionId, role: "user", content: `${index}` });
    const seen: string[] = [];
    for (let before: string | null = null; ;) {
      const page = await services.messages.list(ownerId, { sessionId, limit: 10, before });
      seen.unshift(...page.messages.map(({ content }) => content));
      before = page.nextBefore;
      expect(page.hasMore).toBe(before !== null);
      if (before === null) break;
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, index) => `${index}`));
    for (const before of ["x", "m", "m-1", "0", "mzzzzzzzzzzzz"]) {
      expect(await codeOf(services.messages.list(ownerId, { sessionId, limit: 10, before }))).toBe("cursor.invalid");
    }
  });

  test("deleting and updating keep the tree whole, and an update keeps the old words", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    const made = [];
    for (const content of ["a", "b", "c"])
      made.push(await services.messages.create(ownerId, { sessionId, role: "user", content }));
    const [, second, third] = made;
    await services.messages.delete(ownerId, second?.messageId ?? "");
    expect((await services.messages.get(ownerId, third?.messageId ?? "")).parentId).toBe(made[0]?.messageId);
    await services.messages.delete(ownerId, third?.messageId ?? "");
    const added = await services.messages.create(ownerId, { sessionId, role: "user", content: "d" });
    expect(added).toMatchObject({ parentId: made[0]?.messageId, seq: 4 });
    await services.messages.update(ownerId, { messageId: added.messageId, content: "D" });
    const page = await services.messages.list(ownerId, { sessionId, limit: 50 });
    expect(page.messages.map(({ content }) => content)).toEqual(["a", "D"]);
    const [old] = (page.messages[1]?.siblingIds ?? []).filter((id) => id !== added.messageId);
    expect(await services.messages.get(ownerId, old ?? "")).toMatchObject({ content: "d" });
  });

  test("the number that is told of a new message is the number it has, whatever else changes in that moment", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    const { messageId } = await services.messages.create(ownerId, { sessionId, role: "user", content: "first" });
    for (let round = 0; round < 10; round++) {
      const [made] = await Promise.all([
        services.messages.create(ownerId, { sessionId, role: "user", content: `m${round}` }),
        services.messages.update(ownerId, { messageId, content: `first ${round}` }),
        services.sessions.update(ownerId, { sessionId, name: `n${round}` }),
      ]);
      expect(await services.messages.get(ownerId, made.messageId)).toEqual(made);
    }
  });

  test("another owner's session and messages are not there", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    const { messageId } = await services.messages.create(ownerId, { sessionId, role: "user", content: "mine" });
    for (const attempt of [
      () => services.messages.get("stranger", messageId),
      () => services.messages.update("stranger", { messageId, content: "x" }),
      () => services.messages.delete("stranger", messageId),
      () => services.messages.stop("stranger", messageId),
      () => services.messages.regenerate("stranger", { messageId }),
      () => services.messages.selectBranch("stranger", messageId),
    ]) {
      expect(await codeOf(attempt())).toBe("message.not_found");
    }
    expect(await codeOf(services.messages.list("stranger", { sessionId, limit: 5 }))).toBe("session.not_found");
    expect(await codeOf(services.messages.send("stranger", { sessionId, content: "x" }))).toBe("session.not_found");
    const events = services.sessions.events({
      ownerId: "stranger",
      sessionId,
      lastEventId: null,
      signal: AbortSignal.timeout(1_000),
    });
    expect(await codeOf(events.next())).toBe("session.not_found");
  });
});
