import { openTestDatabase } from "@chatee/db/testing/engines";
import { DomainError } from "@chatee/shared/failure";
import { expect, test } from "vitest";
import type { ModelMessage } from "../llm/provider.ts";
import { estimateMessagesTokens } from "../llm/tokens.ts";
import { call, codeOf, createTestTools, ended, newSession, text } from "../testing/chat.ts";
import { finish } from "../testing/scripted-provider.ts";
import type { Conversation } from "../testing/scripted-provider.ts";
import { openTestServices } from "../testing/test-services.ts";
import type { TestServices } from "../testing/test-services.ts";

const wantsTools = { ...finish, reason: "tool_calls" as const };
const tooLong = () => new DomainError({ code: "llm.context_too_long", provider: "openai" });
const open = () => openTestDatabase("sqlite");
type Options = Parameters<typeof openTestServices>[1];

/** A session with a model of this window, in which `turns` questions and answers of about 100 tokens were saved. */
async function setUp(app: TestServices, { window, turns }: { window: number | null; turns: number }) {
  const { services, ownerId } = app;
  const metadata = window === null ? null : { capabilities: { contextWindowTokens: window } };
  const { configId } = await services.llm.create(ownerId, {
    name: "Small",
    provider: "openai-compatible",
    model: "small",
    enabled: true,
    tags: [],
    metadata,
  });
  const sessionId = await newSession(app);
  await services.sessions.update(ownerId, { sessionId, llmConfigId: configId, systemPrompt: "Be brief." });
  const saved: string[] = [];
  for (let turn = 0; turn < turns; turn++)
    for (const role of ["user", "assistant"] as const) {
      const content = `${role} ${turn} ${"lorem ipsum dolor ".repeat(24)}`;
      saved.push((await services.messages.create(ownerId, { sessionId, role, content })).messageId);
    }
  return { sessionId, saved, configId };
}

async function openApp(options: Options = {}) {
  return await openTestServices(await open(), options);
}
const asksForSummary = ({ request }: Conversation) =>
  contentOf(request.messages.at(-1)).startsWith("Summarize the conversation");
const contentOf = (message: ModelMessage | undefined) => (message && "content" in message ? message.content : "");
const contents = ({ request }: Conversation) => request.messages.map(contentOf);

test("near the window the older messages are summed up; the newest keep their words and the transcript stays whole", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId, saved } = await setUp(app, { window: 1_500, turns: 10 });
  const sent = await services.messages.send(ownerId, { sessionId, content: "The newest question" });
  const first = await model.next();
  expect(asksForSummary(first)).toBe(true);
  expect(contents(first)[0]).toMatch(/^user 0 /);
  first.answer("They spoke Latin.");
  let second = await model.next();
  for (; asksForSummary(second); second = await model.next()) {
    expect(contents(second)[0]).toBe("Summary of the conversation so far:\nThey spoke Latin.");
    second.answer("They spoke Latin.");
  }
  expect(contents(second).slice(0, 3)).toEqual([
    "Be brief.",
    "Summary of the conversation so far:\nThey spoke Latin.",
    "Understood.",
  ]);
  expect(contents(second)[3]).toMatch(/^user \d /);
  expect(contents(second).at(-1)).toBe("The newest question");
  expect(estimateMessagesTokens(second.request.messages)).toBeLessThan(1_500 * 0.8);
  second.answer("Yes");
  await ended(app, sent.messageId);

  const page = await services.messages.list(ownerId, { sessionId, limit: 50 });
  expect(page.messages.map(({ messageId }) => messageId)).toEqual([...saved, sent.userMessageId, sent.messageId]);
  const [summary, ...others] = await services.sessions.summaries(ownerId, sessionId);
  expect(others).toEqual([]);
  expect(summary).toMatchObject({ summaryContent: "They spoke Latin." });
  expect(summary?.tokenCountBefore).toBeGreaterThan(summary?.tokenCountAfter ?? Infinity);

  await services.messages.send(ownerId, { sessionId, content: "And then?" });
  const third = await model.next();
  expect(asksForSummary(third)).toBe(false);
  expect(contents(third)[1]).toContain("They spoke Latin.");
  expect(contents(third).at(-1)).toBe("And then?");
});

test("with a window nobody knows everything is sent, until the provider finds it too long; then once more, shorter", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: null, turns: 60 });
  const sent = await services.messages.send(ownerId, { sessionId, content: "Newest" });
  const first = await model.next();
  expect(first.request.messages).toHaveLength(122);
  first.fail(tooLong());
  const summary = await model.next();
  expect(asksForSummary(summary)).toBe(true);
  summary.answer("Latin.");
  const again = await model.next();
  expect(contents(again)[1]).toContain("Latin.");
  expect(contents(again).at(-1)).toBe("Newest");
  expect(again.request.messages.length).toBeLessThan(122);
  again.fail(tooLong());
  expect(await ended(app, sent.messageId)).toMatchObject({
    status: "failed",
    failure: { code: "llm.context_too_long" },
  });
  expect(model.requestCount()).toBe(3);
});

test("a turn that said something or called a tool is never begun again", async () => {
  let calls = 0;
  const { openTools } = createTestTools(() => ({ output: `${++calls}${"x".repeat(20_000)}`, isError: false }));
  await using app = await openApp({ openTools });
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: null, turns: 3 });
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(call("t"), wantsTools);
  const second = await model.next();
  second.fail(tooLong());
  const shorter = await model.next();
  expect(shorter.request.messages.slice(0, -1)).toEqual(second.request.messages.slice(0, -1));
  const result = shorter.request.messages.at(-1);
  expect(result?.role === "tool" && result.output.length).toBeLessThan(5_000);
  shorter.fail(tooLong());
  const message = await ended(app, sent.messageId);
  expect(message).toMatchObject({ status: "failed", failure: { code: "llm.context_too_long" } });
  expect(message.toolCalls).toMatchObject([{ status: "done", result: expect.stringMatching(/^1x{20000}$/) }]);
  expect(calls).toBe(1);

  const next = await services.messages.send(ownerId, { sessionId, content: "Speak" });
  const { say: speak, fail } = await model.next();
  speak(text("I was saying"));
  fail(tooLong());
  expect(await ended(app, next.messageId)).toMatchObject({ status: "failed", content: "I was saying" });
  expect(model.requestCount()).toBe(4);
});

test("a summary is forgotten when a message it covers changes or goes, and left aside on another branch", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId, saved } = await setUp(app, { window: 100_000, turns: 4 });
  const [first = "", , third = "", , , , , last = ""] = saved;
  const summarize = async (words: string) => {
    const summary = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
    (await model.next()).answer(words);
    return await summary;
  };
  const prompt = async (content: string) => {
    const { messageId } = await services.messages.send(ownerId, { sessionId, content });
    const conversation = await model.next();
    conversation.answer("Yes");
    await ended(app, messageId);
    return contents(conversation);
  };
  expect(await summarize("All of it")).toMatchObject({ lastMessageId: last });
  expect((await prompt("Q1"))[1]).toContain("All of it");
  expect(await codeOf(services.messages.update(ownerId, { messageId: first, content: "changed" }))).toBe("no failure");
  expect(await services.sessions.summaries(ownerId, sessionId)).toEqual([]);
  expect((await prompt("Q2"))[1]).toBe("changed");

  await summarize("Again");
  const edited = await services.messages.edit(ownerId, { messageId: third, content: "Another way" });
  const other = await model.next();
  other.answer("Yes");
  await ended(app, edited.messageId);
  expect(contents(other).some((one) => one.includes("Again"))).toBe(false);
  expect(contents(other).at(-1)).toBe("Another way");
  await services.messages.selectBranch(ownerId, last);
  expect((await prompt("Q3"))[1]).toContain("Again");
  await services.messages.delete(ownerId, first);
  expect(await services.sessions.summaries(ownerId, sessionId)).toEqual([]);
  expect((await prompt("Q4")).some((one) => one.includes("Again"))).toBe(false);
});

test("an answer is sent with all of its calls and their results, or not at all", async () => {
  const { openTools } = createTestTools(() => ({ output: `seen ${"x ".repeat(100)}`, isError: false }));
  await using app = await openApp({ openTools });
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: 1_600, turns: 0 });
  let summaries = 0;
  for (let turn = 0; turn < 8; turn++) {
    const sent = await services.messages.send(ownerId, { sessionId, content: `Question ${turn} ${"why ".repeat(40)}` });
    let conversation = await model.next();
    for (; asksForSummary(conversation); conversation = await model.next()) {
      summaries++;
      conversation.answer("Questions were answered.");
    }
    const { messages } = conversation.request;
    const asked = messages.flatMap((one) => (one.role === "assistant" ? (one.toolCalls ?? []) : []));
    const results = messages.flatMap((one) => (one.role === "tool" ? [one.toolCallId] : []));
    expect(results).toEqual(asked.map(({ toolCallId }) => toolCallId));
    expect(contentOf(messages.at(-1))).toMatch(new RegExp(`^Question ${turn} `));
    conversation.say(text("Look: "), call(`a${turn}`), call(`b${turn}`), wantsTools);
    (await model.next()).answer("That is why.");
    await ended(app, sent.messageId);
  }
  expect(summaries).toBeGreaterThan(0);
});

test("after everything was summed up by hand, what the user said last is still asked in its own words", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: null, turns: 2 });
  const sent = await services.messages.send(ownerId, { sessionId, content: "The last words" });
  (await model.next()).answer("Indeed");
  await ended(app, sent.messageId);
  const summary = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
  (await model.next()).answer("They talked.");
  expect(await summary).toMatchObject({ lastMessageId: sent.messageId });
  await services.messages.regenerate(ownerId, { messageId: sent.messageId });
  expect(contents(await model.next()).at(-1)).toBe("The last words");
});

test("a summary that fails, or is empty, fails the turn with words a person can read", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: 1_000, turns: 6 });
  for (const [act, failure] of [
    [
      (one: Conversation) => one.fail(new DomainError({ code: "llm.quota_exhausted", provider: "openai" })),
      "llm.quota_exhausted",
    ],
    [(one: Conversation) => one.say(finish), "llm.bad_response"],
  ] as const) {
    const sent = await services.messages.send(ownerId, { sessionId, content: "Go" });
    act(await model.next());
    expect(await ended(app, sent.messageId)).toMatchObject({ status: "failed", failure: { code: failure } });
  }
  const sent = await services.messages.send(ownerId, { sessionId, content: "Go" });
  const { signal } = await model.next();
  await services.messages.stop(ownerId, sent.messageId);
  expect(await ended(app, sent.messageId)).toMatchObject({ status: "cancelled" });
  expect(signal.aborted).toBe(true);
  expect(await services.sessions.summaries(ownerId, sessionId)).toEqual([]);
});

test("a message longer than the window is summed up by its beginning and end, and what is too long is asked in parts", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: 2_000, turns: 0 });
  const long = `Begin ${"lorem ipsum ".repeat(4_000)} End`;
  await services.messages.create(ownerId, { sessionId, role: "user", content: long });
  await services.messages.create(ownerId, { sessionId, role: "assistant", content: "I see." });
  await services.messages.send(ownerId, { sessionId, content: "Newest" });
  const first = await model.next();
  expect(estimateMessagesTokens(first.request.messages)).toBeLessThan(2_000);
  expect(contents(first)[0]).toMatch(/^Begin [^]*characters left out[^]* End$/);
  first.fail(tooLong());
  const smaller = await model.next();
  expect(estimateMessagesTokens(smaller.request.messages)).toBeLessThan(1_000);
  smaller.answer("It was long.");
  let next = await model.next();
  for (; asksForSummary(next); next = await model.next()) next.answer("It was very long.");
  expect(contents(next).at(-1)).toBe("Newest");
});

test("a summary by hand has nothing to do twice, and is made anew when messages change", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId, saved } = await setUp(app, { window: null, turns: 2 });
  const summary = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
  const stale = await model.next();
  await services.messages.update(ownerId, { messageId: saved[0] ?? "", content: "Something else" });
  stale.answer("Of old words");
  const fresh = await model.next();
  expect(contents(fresh)[0]).toBe("Something else");
  fresh.answer("Of new words");
  expect(await summary).toMatchObject({ summaryContent: "Of new words" });
  expect(await services.sessions.summaries(ownerId, sessionId)).toMatchObject([{ summaryContent: "Of new words" }]);
  expect(await codeOf(services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal))).toBe(
    "session.nothing_to_summarize",
  );
  await services.sessions.clearSummaries(ownerId, sessionId);
  expect(await services.sessions.summaries(ownerId, sessionId)).toEqual([]);
});

test("a summary is made beside an answer that is being written, and leaves nothing behind when the session goes", async () => {
  await using app = await openApp();
  const { services, ownerId, model } = app;
  const { sessionId } = await setUp(app, { window: null, turns: 2 });
  const sent = await services.messages.send(ownerId, { sessionId, content: "Go" });
  const turn = await model.next();
  turn.say(text("Half"));
  const summary = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
  const asked = await model.next();
  expect(contents(asked).slice(-2)[0]).toBe("Go");
  asked.answer("So far");
  expect(await summary).toMatchObject({ lastMessageId: sent.userMessageId });
  turn.say(text(" done"), finish);
  expect(await ended(app, sent.messageId)).toMatchObject({ status: "completed", content: "Half done" });

  const orphan = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
  const last = await model.next();
  await services.sessions.delete(ownerId, sessionId);
  last.answer("Of nothing");
  expect(await codeOf(orphan)).toBe("session.not_found");
});
