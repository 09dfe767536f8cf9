import type { Database } from "@chatee/db/database";
import { describeEngines } from "@chatee/db/testing/engines";
import { createUsageStore } from "@chatee/db/usage.store";
import { expect, test } from "vitest";
import { counted, ended, text } from "../testing/chat.ts";
import type { Conversation } from "../testing/scripted-provider.ts";
import { openTestServices } from "../testing/test-services.ts";
import type { TestServices } from "../testing/test-services.ts";
import { pageRows } from "./newest-messages.ts";

const instruction = /^Summarize the conversation/;
const gap = "What was said between this and the messages that follow is left out here.";

/** The database, and how many rows its largest prepared read gave since `reset`. */
function watchReads(db: Database) {
  let largest = 0;
  const watched: Database = {
    ...db,
    prepareRead(query) {
      const read = db.prepareRead(query);
      return async (values) => {
        const rows = await read(values);
        largest = Math.max(largest, rows.length);
        return rows;
      };
    },
  };
  return { db: watched, largest: () => largest, reset: () => (largest = 0) };
}

async function importBranch({ services, ownerId }: TestServices, count: number) {
  const messages = Array.from({ length: count }, (_, index) => ({
    messageId: `m${index}`,
    parentId: index === 0 ? null : `m${index - 1}`,
    role: index % 2 === 0 ? "user" : "assistant",
    content: `word ${index}`,
    createdAtMs: index,
  }));
  const file = { version: "1.0", exportType: "session", session: { title: "Long" }, messages };
  const { sessionId } = await services.sessions.importFile(ownerId, JSON.stringify(file));
  const { configId } = await services.llm.create(ownerId, {
    name: "Own",
    provider: "openai-compatible",
    apiUrl: "http://127.0.0.1:1/v1",
    model: "own",
    enabled: true,
    tags: [],
  });
  await services.sessions.update(ownerId, { sessionId, llmConfigId: configId });
  return sessionId;
}

const contents = ({ request }: Conversation) =>
  request.messages.map((message) => ("content" in message ? message.content : ""));
const asksForSummary = (conversation: Conversation) => instruction.test(contents(conversation).at(-1) ?? "");
const words = (count: number) => Array.from({ length: count }, (_, index) => `word ${index}`);
/** The messages of the branch that a request has in their own words. */
const given = (conversation: Conversation) => contents(conversation).filter((one) => one.startsWith("word "));

describeEngines("a long branch", (open) => {
  test("is summed up wholly: each message is given to the model once, in order, and no read is larger than a page", async () => {
    const watched = watchReads(await open());
    await using app = await openTestServices(watched.db);
    const { services, ownerId, model } = app;
    const sessionId = await importBranch(app, 6_000);
    watched.reset();
    const summing = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
    const seen: string[] = [];
    let rounds = 0;
    while (seen.length < 6_000) {
      const asked = await model.next();
      const [first] = contents(asked);
      if (rounds > 0) expect(first).toBe(`Summary of the conversation so far:\nsummary ${rounds}`);
      const stored = await services.sessions.summaries(ownerId, sessionId);
      expect(stored).toHaveLength(rounds === 0 ? 0 : 1);
      const last = stored[0] && (await services.messages.get(ownerId, stored[0].lastMessageId));
      expect(last?.content).toBe(seen.at(-1));
      seen.push(...given(asked));
      rounds++;
      asked.say(text(`summary ${rounds}`), counted(10, 1));
    }
    const made = await summing;
    expect(seen).toEqual(words(6_000));
    expect(made).toMatchObject({ summaryContent: `summary ${rounds}` });
    expect(await services.messages.get(ownerId, made.lastMessageId)).toMatchObject({ content: "word 5999" });
    expect(await services.sessions.summaries(ownerId, sessionId)).toEqual([made]);
    expect(made.tokenCountBefore).toBeGreaterThan(6_000 * 3);
    expect(watched.largest()).toBeLessThanOrEqual(pageRows);
    const range = { fromMs: 0, toMs: Date.now() + 1_000 };
    const [used] = await createUsageStore(watched.db).byModel(ownerId, range);
    expect(used).toMatchObject({ entries: rounds, inputTokens: 10 * rounds, outputTokens: rounds });
  }, 120_000);

  test("is caught up with by a few rounds each turn, of which nothing is claimed that no round was given", async () => {
    const watched = watchReads(await open());
    await using app = await openTestServices(watched.db);
    const { services, ownerId, model } = app;
    const sessionId = await importBranch(app, 9_000);
    const seen: string[] = [];
    const turn = async (content: string) => {
      watched.reset();
      const { messageId } = await services.messages.send(ownerId, { sessionId, content });
      let rounds = 0;
      let asked = await model.next();
      for (; asksForSummary(asked); asked = await model.next()) {
        seen.push(...given(asked));
        asked.answer(`${++rounds} rounds for ${content}`);
      }
      asked.answer("Yes");
      await ended(app, messageId);
      expect(watched.largest()).toBeLessThanOrEqual(pageRows);
      const [summary, ...others] = (await services.sessions.summaries(ownerId, sessionId)).toReversed();
      const last = await services.messages.get(ownerId, summary?.lastMessageId ?? "");
      expect(last.content).toBe(seen.at(-1));
      expect(contents(asked).at(-1)).toBe(content);
      return { rounds, prompt: contents(asked), own: given(asked), summary, others };
    };

    const first = await turn("Q1");
    expect(first.rounds).toBe(6);
    expect(seen).toEqual(words(6 * pageRows));
    expect(first.prompt[0]).toBe(`Summary of the conversation so far:\n6 rounds for Q1\n\n(${gap})`);
    expect(first.own).toEqual(words(9_000).slice(-first.own.length));
    expect(first.own.length).toBeGreaterThan(3_500);
    expect(seen.length + first.own.length).toBeLessThan(9_000);

    const second = await turn("Q2");
    expect(second.rounds).toBe(6);
    expect(second.prompt[0]).toBe("Summary of the conversation so far:\n6 rounds for Q2");
    expect([...seen, ...second.own]).toEqual(words(9_000));
    expect(second.others).toHaveLength(1);

    const third = await turn("Q3");
    expect(third.rounds).toBe(0);
    expect(third.prompt[0]).toBe(second.prompt[0]);
    expect(third.own).toEqual(second.own);
  }, 120_000);
});
