import type { FileRow } from "@chatee/db/files.store";
import { messageRow } from "@chatee/db/testing/rows";
import type { LlmConfig } from "@chatee/shared/llm";
import { expect, test } from "vitest";
import { createTestEnvironment } from "../testing/environment.ts";
import { createScriptedProvider } from "../testing/scripted-provider.ts";
import { createAttachedFiles } from "./attached.ts";
import { createSumUp } from "./sum-up.ts";
import { createTurnTokens } from "./turn-tokens.ts";

const noCapabilities = { maxOutputTokens: null, vision: null, tools: null, thinking: null };
const config: LlmConfig = {
  configId: "c",
  name: "Small",
  provider: "openai-compatible",
  apiUrl: null,
  model: "small",
  enabled: true,
  tags: [],
  description: null,
  maxTokens: null,
  metadata: null,
  hasApiKey: false,
  capabilities: { ...noCapabilities, contextWindowTokens: 16_000 },
  createdAtMs: 1,
  updatedAtMs: 1,
};

/** A model, and what sums up with it messages that carry these texts as files. */
function setUp(texts: string[]) {
  const model = createScriptedProvider();
  const files = {
    findMany: async (_ownerId: string, ids: string[]) =>
      ids.map((fileId) => ({ fileId, kind: "text", mimeType: "text/plain" }) as FileRow),
    text: async ({ fileId }: FileRow) => texts[Number(fileId)] ?? null,
    bytes: async () => null,
  };
  const page = texts.map((text, index) => {
    const file = { fileId: `${index}`, name: `${index}.txt`, mimeType: "text/plain", kind: "text" };
    const attachments = text === "" ? [] : [{ ...file, sizeBytes: text.length, width: null, height: null }];
    const { back: _, ...row } = messageRow("s", `m${index}`, { content: `Look ${index}`, ext: { attachments } });
    return { ...row, seq: index + 1 };
  });
  const sumUp = createSumUp({
    attached: createAttachedFiles({ files }),
    environment: createTestEnvironment().environment,
  });
  const ask = (maxTokens: number, rows = page, before: string | null = null) =>
    sumUp({ config, provider: model.provider }, before, rows, {
      ownerId: "ann",
      maxTokens,
      strict: false,
      signal: new AbortController().signal,
      tokens: createTurnTokens(0),
    });
  return { model, page, ask };
}

test("each message is summed up with the whole of its file, however many carry one, and only as many as fit", async () => {
  const texts = ["red", "green", "blue"].map((word) => `${word} `.repeat(Math.floor(6_000 / (word.length + 1))).trim());
  const { model, page, ask } = setUp(texts);
  const asked = ask(9_000);
  const { request, answer } = await model.next();
  answer("All");
  expect((await asked).rows.map(({ messageId }) => messageId)).toEqual(["m0", "m1", "m2"]);
  for (const [index, text] of texts.entries())
    expect(request.messages[index]).toMatchObject({ role: "user", content: expect.stringContaining(text) });
  expect(request.contextWindowTokens).toBe(16_000);

  const fewer = ask(2_000, page.slice(1), "Red");
  const second = await model.next();
  second.answer("Red and green");
  expect((await fewer).rows.map(({ messageId }) => messageId)).toEqual(["m1"]);
  const [before, , green, ...rest] = second.request.messages;
  expect(before).toMatchObject({ content: "Summary of the conversation so far:\nRed" });
  expect(green).toMatchObject({ content: expect.stringContaining(texts[1] ?? "") });
  expect(rest).toHaveLength(1);
});

test("messages without words are covered unasked", async () => {
  const { model, page, ask } = setUp(["", ""]);
  const blank = page.map((row) => ({ ...row, content: " ", tokenCount: 0 }));
  expect(await ask(1_000, blank, "What was said")).toMatchObject({ text: "What was said", rows: blank });
  expect(await ask(1_000, blank)).toMatchObject({ text: "Nothing was said.", rows: blank });
  expect(model.requestCount()).toBe(0);
});
