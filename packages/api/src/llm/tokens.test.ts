import { expect, test } from "vitest";
import { estimateMessagesTokens, estimateTokens } from "./tokens.ts";

test.each([
  ["The quick brown fox jumps over the lazy dog, and nobody minds at all.", 16],
  ["人工智能正在改变我们的工作方式，也带来了新的问题。", 17],
])("%s is estimated within a third of what a tokenizer counts", (text, counted) => {
  expect(Math.abs(estimateTokens(text) - counted) / counted).toBeLessThan(0.34);
});

test("nothing costs nothing; tool calls and their results cost something, thinking does not", () => {
  expect(estimateTokens("")).toBe(0);
  expect(estimateMessagesTokens([])).toBe(0);
  const answer = { role: "assistant" as const, content: "Looking.", thinking: "very long thoughts ".repeat(100) };
  const call = { toolCallId: "c", name: "search", input: '{"query":"weather in Zurich"}' };
  const plain = estimateMessagesTokens([answer]);
  expect(plain).toBeLessThan(12);
  expect(estimateMessagesTokens([{ ...answer, toolCalls: [call] }])).toBeGreaterThan(plain + 5);
  const result = {
    role: "tool" as const,
    toolCallId: "c",
    name: "search",
    output: "sunny ".repeat(50),
    isError: false,
  };
  expect(estimateMessagesTokens([answer, result])).toBeGreaterThan(plain + 40);
});
