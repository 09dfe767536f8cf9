import { expect, test } from "vitest";
import type { ModelUsage } from "../llm/provider.ts";
import { estimateMessagesTokens, estimateTokens } from "../llm/tokens.ts";
import { createTurnTokens } from "./turn-tokens.ts";

const usage = (inputTokens: number | null, outputTokens: number | null): ModelUsage => ({
  inputTokens,
  outputTokens,
  thinkingTokens: null,
  cachedInputTokens: null,
});
const prompt = [{ role: "user" as const, content: "How much is the fish?" }];

test("output adds up over the steps, the conversation is what the last request saw, and all requests were paid for", () => {
  const tokens = createTurnTokens(0);
  tokens.ask(prompt, () => "one");
  tokens.answered(usage(100, 10));
  tokens.ask(prompt, () => "two");
  tokens.answered(usage(130, 20));
  expect(tokens.total("one two")).toMatchObject({ tokenCount: 30, conversation: 150, spent: 260, estimated: false });
});

test("the ledger gets what this turn alone used: every request, what came from a cache, what was thought", () => {
  const tokens = createTurnTokens(40);
  tokens.ask(prompt, () => "one");
  tokens.answered({ inputTokens: 100, outputTokens: 10, cachedInputTokens: 80, thinkingTokens: 4 });
  tokens.ask(prompt, () => "two");
  tokens.answered(usage(130, 20));
  expect(tokens.total("one two").used).toEqual({
    inputTokens: 230,
    outputTokens: 30,
    cachedTokens: 80,
    reasoningTokens: 4,
    estimated: false,
  });
});

test("what a provider does not count is estimated, and marked", () => {
  const tokens = createTurnTokens(0);
  tokens.ask(prompt, () => "Three fifty.");
  tokens.answered(usage(null, null));
  const output = estimateTokens("Three fifty.");
  const conversation = estimateMessagesTokens(prompt) + output;
  expect(tokens.total("Three fifty.")).toMatchObject({
    tokenCount: output,
    conversation,
    spent: conversation,
    estimated: true,
  });
});

test("a request that never came to its end counts what it said, once; one that was refused counts nothing", () => {
  const tokens = createTurnTokens(0);
  tokens.ask(prompt, () => "");
  tokens.refused();
  expect(tokens.total("")).toMatchObject({ tokenCount: 0, conversation: null, spent: 0, estimated: false });
  tokens.ask(prompt, () => "Half a");
  const total = tokens.total("Half a");
  expect(total).toMatchObject({ tokenCount: estimateTokens("Half a"), estimated: true });
  expect(tokens.total("Half a")).toEqual(total);
});

test("an answer carried on keeps what it had; one whose counts died with its process is estimated as a whole", () => {
  const carried = createTurnTokens(40);
  carried.ask(prompt, () => "more");
  carried.answered(usage(200, 5));
  expect(carried.total("much more")).toMatchObject({ tokenCount: 45, conversation: 205, spent: 205, estimated: false });
  const words = "much more";
  expect(createTurnTokens(40).total(words)).toMatchObject({ tokenCount: estimateTokens(words), estimated: true });
});
