import { expect, test } from "vitest";
import { capabilitiesOf } from "./capabilities.ts";

const unknown = { contextWindowTokens: null, maxOutputTokens: null, vision: null, tools: null, thinking: null };

test.each([
  ["openai-compatible", "my-own-finetune"],
  ["openai", "constellation-1"],
  ["anthropic", "not-claude-opus-5"],
  ["openai-compatible", "demo"],
  ["demo", "gpt-4o"],
  ["gemini", "gemini-2.5-flash-image"],
  ["openai", "gpt-4o-realtime-preview"],
  ["ollama", ""],
] as const)("%s %j is unknown, and nothing about it is guessed", (provider, model) => {
  expect(capabilitiesOf(provider, model)).toEqual(unknown);
});

test.each([
  ["openai", "gpt-5", [400_000, null, true, true, true]],
  ["openai", "gpt-5.2-chat-latest", [128_000, 16_384, true, null, false]],
  ["openai", "gpt-4.1-mini", [1_047_576, 32_768, true, true, false]],
  ["openai", "gpt-4o-mini-2024-07-18", [128_000, 16_384, true, true, false]],
  ["openai", "o4-mini", [200_000, 100_000, true, true, true]],
  ["openai", "gpt-9-future", [null, null, true, true, true]],
  ["anthropic", "claude-sonnet-4-20250514", [200_000, 64_000, true, true, true]],
  ["anthropic", "claude-opus-4-1-20250805", [200_000, 32_000, true, true, true]],
  ["anthropic", "claude-sonnet-5-5", [1_000_000, 128_000, true, true, true]],
  ["anthropic", "claude-3-5-haiku-latest", [200_000, 8_192, true, true, false]],
  ["openai-compatible", "anthropic/claude-haiku-4-5", [200_000, 64_000, true, true, true]],
  ["gemini", "models/gemini-2.5-flash-lite", [1_048_576, 65_536, true, true, true]],
  ["gemini", "gemini-2.0-flash-001", [1_048_576, 8_192, true, true, false]],
  ["openai-compatible", "deepseek/DeepSeek-R1", [null, null, false, null, true]],
  ["ollama", "qwen3:8b", [null, null, false, true, true]],
  ["ollama", "qwen3-coder:30b", [null, null, false, true, false]],
  ["ollama", "llama3.1:70b", [null, null, false, true, false]],
  ["demo", "demo-fast", [null, null, false, true, true]],
] as const)("%s %s", (provider, model, [contextWindowTokens, maxOutputTokens, vision, tools, thinking]) => {
  expect(capabilitiesOf(provider, model)).toEqual({ contextWindowTokens, maxOutputTokens, vision, tools, thinking });
});

test("the user's word wins, field by field, false included; nonsense is ignored", () => {
  const said = { contextWindowTokens: 9000, tools: false, vision: "yes", maxOutputTokens: -1, color: "red" };
  expect(capabilitiesOf("openai", "gpt-4o", said)).toEqual({
    contextWindowTokens: 9000,
    maxOutputTokens: 16_384,
    vision: true,
    tools: false,
    thinking: false,
  });
  for (const junk of [null, "x", 4, []]) expect(capabilitiesOf("ollama", "x", junk)).toEqual(unknown);
});
