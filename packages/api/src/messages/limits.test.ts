import { createRunStore } from "@chatee/db/runs.store";
import { openTestDatabase } from "@chatee/db/testing/engines";
import { expect, test } from "vitest";
import { estimateTokens } from "../llm/tokens.ts";
import { call, counted, createTestTools, ended, newSession, say, text } from "../testing/chat.ts";
import { finish } from "../testing/scripted-provider.ts";
import { createFaultyDatabase, refusal } from "../testing/faulty-database.ts";
import { openTestServices, watch } from "../testing/test-services.ts";

const wantsTools = { ...finish, reason: "tool_calls" as const };
const tools = createTestTools(() => ({ output: "ok", isError: false }));

type Options = NonNullable<Parameters<typeof openTestServices>[1]>;

async function openApp(budget: Options["budget"], options: Options = {}) {
  return await openTestServices(await openTestDatabase("sqlite"), { openTools: tools.openTools, budget, ...options });
}
const exceeded = (limit: string) => ({ status: "failed", failure: { code: "run.budget_exceeded", limit } });

test("a turn makes no more model steps than it may, and keeps what it has", async () => {
  await using app = await openApp({ maxSteps: 2 });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  for (const word of ["one ", "two "]) (await app.model.next()).say(text(word), call(word.trim()), wantsTools);
  expect(await ended(app, messageId)).toMatchObject({ ...exceeded("2 model steps"), content: "one two " });
  expect(app.model.requestCount()).toBe(2);
});

test("a turn is given no more output than it may use, and ends when the provider counts more all the same", async () => {
  await using app = await openApp({ maxOutputTokens: 100 });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  const first = await app.model.next();
  expect(first.request.maxOutputTokens).toBe(100);
  first.say(text("one "), call("t"), { ...counted(10, 70), reason: "tool_calls" } as typeof wantsTools);
  const second = await app.model.next();
  expect(second.request.maxOutputTokens).toBe(30);
  second.say(text("two "), call("u"), { ...counted(10, 31), reason: "tool_calls" } as typeof wantsTools);
  expect(await ended(app, messageId)).toMatchObject({
    ...exceeded("100 output tokens"),
    content: "one two ",
    tokenCount: 101,
  });
});

test("a turn costs no more than it may, by the price of its model, and is given no more output than that pays for", async () => {
  const db = await openTestDatabase("sqlite");
  await using app = await openTestServices(db, { openTools: tools.openTools, budget: { maxCostUsd: 0.001 } });
  const { services, ownerId } = app;
  const { configId } = await services.llm.create(ownerId, {
    name: "priced",
    provider: "openai-compatible",
    model: "own",
    apiUrl: "http://127.0.0.1:1/v1",
    enabled: true,
    tags: [],
    metadata: { pricing: { input: 1, output: 4 } },
  });
  const sessionId = await newSession(app);
  await services.sessions.update(ownerId, { sessionId, llmConfigId: configId });
  const { messageId, runId } = await services.messages.send(ownerId, { sessionId, content: "Go" });
  const first = await app.model.next();
  expect(first.request.maxOutputTokens).toBe(250);
  first.say(text("one "), call("t"), { ...counted(200, 100), reason: "tool_calls" } as typeof wantsTools);
  const second = await app.model.next();
  expect(second.request.maxOutputTokens).toBe(100);
  second.say(text("two "), call("u"), { ...counted(300, 80), reason: "tool_calls" } as typeof wantsTools);
  expect(await ended(app, messageId)).toMatchObject({ ...exceeded("0.001 US dollars"), content: "one two " });
  expect((await createRunStore(db).find(ownerId, runId))?.budget).toMatchObject({ maxCostUsd: 0.001, maxSteps: 25 });
});

test("a step fans out to no more calls than it may; of the rest the model is told", async () => {
  await using app = await openApp({ maxCallsPerStep: 2 });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  (await app.model.next()).say(call("a"), call("b"), call("c"), wantsTools);
  const { request, answer } = await app.model.next();
  expect(request.messages.filter(({ role }) => role === "tool")).toMatchObject([
    { isError: false },
    { isError: false },
    { isError: true, output: "Only 2 calls are made at once; this one was not made." },
  ]);
  answer("Done");
  expect((await ended(app, messageId)).toolCalls).toMatchObject([{}, {}, { status: "denied" }]);
});

test("a turn takes no longer than it may, even of a model that never stops", async () => {
  await using app = await openApp({ maxDurationMs: 300 });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  const { say: speak, signal } = await app.model.next();
  speak(text("and on "));
  expect(await ended(app, messageId)).toMatchObject({ ...exceeded("0.005 minutes"), content: "and on " });
  expect(signal.aborted).toBe(true);
});

test("the time in which a person is asked does not count", async () => {
  const yes = Promise.withResolvers<"allow">();
  await using app = await openApp({ maxDurationMs: 400 }, { approve: () => yes.promise });
  const sessionId = await newSession(app);
  const screen = watch(app, sessionId);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  (await app.model.next()).say(call("t"), wantsTools);
  await screen.until(({ event }) => event.type === "tool.started");
  await app.environment.wait(800);
  yes.resolve("allow");
  (await app.model.next()).answer("Done");
  expect((await ended(app, messageId)).status).toBe("completed");
  await screen.stop();
});

test("an answer grows no larger than one message may be", async () => {
  await using app = await openApp({}, { limits: { maxAnswerChars: 1_000 } });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  const { say: speak, signal } = await app.model.next();
  for (let index = 0; index < 30; index++) speak(text("x".repeat(100)));
  const message = await ended(app, messageId);
  expect(message).toMatchObject(exceeded("1000 characters"));
  expect(message.content.length).toBeLessThanOrEqual(1_200);
  expect(signal.aborted).toBe(true);
});

test("nor do the arguments of its calls", async () => {
  await using app = await openApp({}, { limits: { maxAnswerChars: 1_000 } });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  (await app.model.next()).say(call("t", "x".repeat(2_000)), wantsTools);
  expect(await ended(app, messageId)).toMatchObject({ ...exceeded("1000 characters"), toolCalls: null });
});

test("an end that cannot be stored as it is still keeps the text and frees the session", async () => {
  const faulty = createFaultyDatabase(await openTestDatabase("sqlite"));
  await using app = await openTestServices(faulty.db, { openTools: tools.openTools });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const screen = watch(app, sessionId);
  const { messageId } = await services.messages.send(ownerId, { sessionId, content: "Go" });
  const { say: speak } = await model.next();
  speak(text("Not lost"));
  await screen.until(({ event }) => event.type === "message.delta");
  faulty.next(...Array.from({ length: 5 }, () => refusal));
  speak(finish);
  expect(await ended(app, messageId)).toMatchObject({
    status: "failed",
    content: "Not lost",
    failure: { code: "run.internal_error" },
  });
  await screen.until(({ event }) => event.type === "run.failed");
  expect((await services.sessions.get(ownerId, sessionId)).activeRunId).toBeNull();
  await screen.stop();
  expect((await say(app, sessionId, "Again", text("Yes"))).answer.status).toBe("completed");
});

test("a clock that jumps by a day neither stalls a model nor ends a turn", async () => {
  let skewMs = 0;
  await using app = await openApp({}, { environment: { now: () => Date.now() + skewMs } });
  const sessionId = await newSession(app);
  const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "Go" });
  const { say: speak } = await app.model.next();
  for (const skew of [86_400_000, -86_400_000, 0]) {
    speak(text("."));
    skewMs = skew;
    await app.environment.wait(50);
  }
  speak(finish);
  expect(await ended(app, messageId)).toMatchObject({ status: "completed", content: "..." });
});

test("counts: of a message what it holds, of a conversation what the model saw, of a session all that was used", async () => {
  await using app = await openApp({});
  const { services, ownerId } = app;
  const sessionId = await newSession(app);
  const first = await say(app, sessionId, "Hello there", text("Hi"), counted(12, 3));
  const asked = await services.messages.get(ownerId, first.userMessageId);
  const said = estimateTokens("Hello there");
  expect(asked).toMatchObject({ tokenCount: said, tokenCountEstimated: true, accToken: said });
  expect(first.answer).toMatchObject({ tokenCount: 3, tokenCountEstimated: false, accToken: 15 });

  const second = await services.messages.send(ownerId, { sessionId, content: "Look" });
  expect(await services.messages.get(ownerId, second.userMessageId)).toMatchObject({
    accToken: 15 + estimateTokens("Look"),
  });
  (await app.model.next()).say(text("I look. "), call("t"), {
    ...counted(20, 5),
    reason: "tool_calls",
  } as typeof wantsTools);
  (await app.model.next()).say(text("Seen."), counted(30, 4));
  expect(await ended(app, second.messageId)).toMatchObject({ tokenCount: 9, accToken: 34, tokenCountEstimated: false });
  expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({ accToken: 15 + 25 + 34 });

  const again = await services.messages.regenerate(ownerId, { messageId: second.messageId });
  (await app.model.next()).say(text("No."), counted(21, 2));
  expect(await ended(app, again.messageId)).toMatchObject({ tokenCount: 2, accToken: 23 });
  expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({ accToken: 15 + 25 + 34 + 23 });

  const uncounted = await say(app, sessionId, "More", text("Yes, more."));
  expect(uncounted.answer).toMatchObject({ tokenCount: estimateTokens("Yes, more."), tokenCountEstimated: true });
  expect(uncounted.answer.accToken).toBeGreaterThan(uncounted.answer.tokenCount ?? 0);

  const saved = await services.messages.create(ownerId, { sessionId, role: "user", content: "Saved as given" });
  expect(saved.accToken).toBe((uncounted.answer.accToken ?? 0) + estimateTokens("Saved as given"));
  const stopped = await services.messages.send(ownerId, { sessionId, content: "Stop" });
  await app.model.next();
  await services.messages.stop(ownerId, stopped.messageId);
  expect(await ended(app, stopped.messageId)).toMatchObject({
    tokenCount: 0,
    accToken: (saved.accToken ?? 0) + estimateTokens("Stop"),
  });
});
