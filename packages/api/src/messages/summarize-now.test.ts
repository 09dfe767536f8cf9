import { openTestDatabase } from "@chatee/db/testing/engines";
import { recordReads } from "@chatee/db/testing/explain";
import { createUsageStore } from "@chatee/db/usage.store";
import { DomainError } from "@chatee/shared/failure";
import { expect, test } from "vitest";
import { codeOf, ended, newSession } from "../testing/chat.ts";
import type { Conversation } from "../testing/scripted-provider.ts";
import { openTestServices } from "../testing/test-services.ts";
import type { TestServices } from "../testing/test-services.ts";

type Options = Parameters<typeof openTestServices>[1];
const stays = () => new AbortController().signal;
const openApp = async (options: Options = {}) => await openTestServices(await openTestDatabase("sqlite"), options);

/** A session of ten messages, of which a round of its model takes two. */
async function setUp(app: TestServices) {
  const { services, ownerId } = app;
  const { configId } = await services.llm.create(ownerId, {
    name: "Small",
    provider: "openai-compatible",
    apiUrl: "http://127.0.0.1:1/v1",
    model: "small",
    enabled: true,
    tags: [],
    metadata: { capabilities: { contextWindowTokens: 2_000 } },
  });
  const sessionId = await newSession(app);
  await services.sessions.update(ownerId, { sessionId, llmConfigId: configId });
  const saved: string[] = [];
  for (let index = 0; index < 10; index++) {
    const content = `${index}: ${"lorem ipsum ".repeat(230)}`;
    const role = index % 2 === 0 ? "user" : "assistant";
    saved.push((await services.messages.create(ownerId, { sessionId, role, content })).messageId);
  }
  const summarize = (signal = stays()) => services.sessions.summarize(ownerId, sessionId, null, signal);
  const summaries = () => services.sessions.summaries(ownerId, sessionId);
  return { sessionId, saved, summarize, summaries };
}
const contents = ({ request }: Conversation) =>
  request.messages.map((message) => ("content" in message ? message.content : ""));
/** The numbers of the messages that a round was given. */
const given = (conversation: Conversation) =>
  contents(conversation).flatMap((content) => (/^\d+: /.test(content) ? [Number.parseInt(content, 10)] : []));
const runningSummary = (conversation: Conversation) =>
  /^Summary of the conversation so far:\n(.*)$/.exec(contents(conversation)[0] ?? "")?.[1];

test("goes on when its caller leaves; who comes meanwhile gets the same, and each round is stored as it ends", async () => {
  await using app = await openApp();
  const { model } = app;
  const { saved, summarize, summaries } = await setUp(app);
  const leaving = new AbortController();
  const left = summarize(leaving.signal);
  const first = await model.next();
  expect(given(first)).toEqual([0, 1]);
  leaving.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  expect(first.signal.aborted).toBe(false);
  first.answer("0 and 1");

  const second = await model.next();
  expect(await summaries()).toMatchObject([{ summaryContent: "0 and 1", lastMessageId: saved[1] }]);
  expect([runningSummary(second), ...given(second)]).toEqual(["0 and 1", 2, 3]);
  const joined = [summarize(), summarize()];
  second.answer("0 to 3");
  for (const upTo of [5, 7, 9]) {
    const next = await model.next();
    expect(given(next)).toEqual([upTo - 1, upTo]);
    next.answer(`0 to ${upTo}`);
  }
  const [made, same] = await Promise.all(joined);
  expect(made).toMatchObject({ summaryContent: "0 to 9", lastMessageId: saved[9] });
  expect(same).toEqual(made);
  expect(await summaries()).toEqual([made]);
  expect(model.requestCount()).toBe(5);
  expect(await codeOf(summarize())).toBe("session.nothing_to_summarize");
});

test("goes on where it was when a round fails, and every round is in the ledger once", async () => {
  const db = await openTestDatabase("sqlite");
  await using app = await openTestServices(db);
  const { model, ownerId } = app;
  const { saved, summarize, summaries } = await setUp(app);
  const failing = summarize();
  (await model.next()).answer("0 and 1");
  (await model.next()).fail(new DomainError({ code: "llm.quota_exhausted", provider: "openai-compatible" }));
  expect(await codeOf(failing)).toBe("llm.quota_exhausted");
  expect(await summaries()).toMatchObject([{ lastMessageId: saved[1] }]);

  const again = summarize();
  const next = await model.next();
  expect([runningSummary(next), ...given(next)]).toEqual(["0 and 1", 2, 3]);
  for (let round = next; ; round = await model.next()) {
    round.answer(`0 to ${given(round).at(-1)}`);
    if (given(round).at(-1) === 9) break;
  }
  expect(await again).toMatchObject({ summaryContent: "0 to 9" });
  expect((await summaries()).map(({ summaryContent }) => summaryContent)).toEqual(["0 and 1", "0 to 9"]);
  const [used] = await createUsageStore(db).byModel(ownerId, { fromMs: 0, toMs: Date.now() + 1_000 });
  expect(used).toMatchObject({ entries: 5 });
});

test("a server that stops ends it, and keeps the rounds that were done; a failure that nobody hears is logged", async () => {
  await using app = await openApp();
  const { model, services, reported } = app;
  const { saved, summarize, summaries } = await setUp(app);
  const leaving = new AbortController();
  const left = codeOf(summarize(leaving.signal));
  (await model.next()).answer("0 and 1");
  const second = await model.next();
  leaving.abort(new Error("left"));
  expect(await left).toBe("Error: left");
  second.fail(new DomainError({ code: "llm.quota_exhausted", provider: "openai-compatible" }));
  await expect
    .poll(() => reported.map(({ phrase }) => phrase))
    .toEqual(["a summary failed that nobody waited for any more"]);

  const waiting = codeOf(summarize());
  (await model.next()).answer("0 to 3");
  const { signal } = await model.next();
  await services.drain(5_000);
  expect(signal.aborted).toBe(true);
  expect(await waiting).toBe("Error: the server is stopping");
  expect((await summaries()).at(-1)).toMatchObject({ summaryContent: "0 to 3", lastMessageId: saved[3] });
  expect(reported).toHaveLength(1);
});

test("is made anew from the beginning when a message of a round that is done changes, or its summary is forgotten", async () => {
  await using app = await openApp();
  const { model, services, ownerId } = app;
  const { sessionId, saved, summarize, summaries } = await setUp(app);
  const summing = summarize();
  (await model.next()).answer("0 and 1");
  const second = await model.next();
  await services.messages.update(ownerId, { messageId: saved[0] ?? "", content: "0: changed" });
  second.answer("stale");
  const anew = await model.next();
  expect([runningSummary(anew), contents(anew)[0]]).toEqual([undefined, "0: changed"]);
  anew.answer("anew");
  const third = await model.next();
  expect(await summaries()).toMatchObject([{ summaryContent: "anew" }]);
  await services.sessions.clearSummaries(ownerId, sessionId);
  third.answer("of what was forgotten");
  for (let round = await model.next(), rounds = 0; ; round = await model.next()) {
    if (rounds++ === 0) expect(contents(round)[0]).toBe("0: changed");
    round.answer(`again ${rounds}`);
    if (given(round).at(-1) === 9) break;
  }
  expect(await summing).toMatchObject({ summaryContent: expect.stringMatching(/^again \d$/) });
  expect(await summaries()).toHaveLength(1);
});

test("a summary that another is built on and that is forgotten meanwhile takes that one with it", async () => {
  await using app = await openApp();
  const { model, services, ownerId } = app;
  const { sessionId, saved, summarize, summaries } = await setUp(app);
  const failing = summarize();
  (await model.next()).answer("0 and 1");
  (await model.next()).fail(new DomainError({ code: "llm.quota_exhausted", provider: "openai-compatible" }));
  await codeOf(failing);
  const summing = summarize();
  const built = await model.next();
  expect(runningSummary(built)).toBe("0 and 1");
  await services.messages.update(ownerId, { messageId: saved[1] ?? "", content: "1: changed" });
  built.answer("on what is not true any more");
  const anew = await model.next();
  expect(runningSummary(anew)).toBeUndefined();
  expect(contents(anew)).toContain("1: changed");
  expect(await summaries()).toEqual([]);
  await services.sessions.delete(ownerId, sessionId);
  anew.answer("late");
  expect(await codeOf(summing)).toBe("session.not_found");
});

test("a turn begins no further round after a minute, and a short session costs it one read of messages", async () => {
  const started = performance.now();
  let skippedMs = 0;
  const { db, reads } = recordReads(await openTestDatabase("sqlite"));
  await using app = await openTestServices(db, {
    environment: { elapsedMs: () => performance.now() - started + skippedMs },
  });
  const { model, services, ownerId } = app;
  const { sessionId, saved, summaries } = await setUp(app);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Newest" });
  const first = await model.next();
  expect(given(first)).toEqual([0, 1]);
  first.answer("0 and 1");
  const second = await model.next();
  skippedMs = 61_000;
  second.answer("0 to 3");
  const turn = await model.next();
  expect(runningSummary(turn)).toBeUndefined();
  expect(contents(turn)[0]).toMatch(
    /^Summary of the conversation so far:\n0 to 3\n\n\(What was said .* left out here\.\)$/,
  );
  expect(contents(turn).at(-1)).toBe("Newest");
  expect(given(turn)[0]).toBeGreaterThan(4);
  turn.answer("Yes");
  await ended(app, sent.messageId);
  expect(await summaries()).toMatchObject([{ summaryContent: "0 to 3", lastMessageId: saved[3] }]);

  const short = await newSession(app);
  for (const content of ["One", "Two"]) {
    reads.length = 0;
    const { messageId } = await services.messages.send(ownerId, { sessionId: short, content });
    const conversation = await model.next();
    const branch = reads.filter(({ sql }) => /from .messages. .*order by/.test(sql));
    expect(branch).toHaveLength(1);
    conversation.answer("Yes");
    await ended(app, messageId);
  }
});
