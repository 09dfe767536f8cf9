import { expect, test } from "vitest";
import { queryOf, toBaseUrl, toOllamaUrl } from "./api-url.ts";

test.each([
  [null, "https://fallback/v1"],
  ["", "https://fallback/v1"],
  ["https://api.deepseek.com", "https://api.deepseek.com/v1"],
  ["https://api.deepseek.com/", "https://api.deepseek.com/v1"],
  ["https://host/v1", "https://host/v1"],
  ["https://host/v1//", "https://host/v1"],
  ["https://openrouter.ai/api", "https://openrouter.ai/api/v1"],
  ["https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn/api/paas/v4"],
  ["https://host/v1beta/openai/", "https://host/v1beta/openai"],
  ["https://host/v1/chat/completions", "https://host/v1"],
  ["https://host/v1/models", "https://host/v1"],
  ["https://api.perplexity.ai/chat/completions", "https://api.perplexity.ai"],
  ["https://host/openai/deployments/d/chat/completions?api-version=1", "https://host/openai/deployments/d"],
  [" http://127.0.0.1:1234 ", "http://127.0.0.1:1234/v1"],
])("%j is the API at %s", (apiUrl, base) => {
  expect(toBaseUrl(apiUrl, { fallback: "https://fallback/v1", version: "v1" })).toBe(base);
});

test.each([
  [null, "http://127.0.0.1:11434/api"],
  ["http://box:11434", "http://box:11434/api"],
  ["http://box:11434/v1/", "http://box:11434/api"],
  ["http://box:11434/api/chat", "http://box:11434/api"],
  ["http://box:11434/v1/chat/completions", "http://box:11434/api"],
  ["https://box/behind/proxy", "https://box/behind/proxy/api"],
])("%j is the Ollama at %s", (apiUrl, base) => {
  expect(toOllamaUrl(apiUrl)).toBe(base);
});

test("query parameters survive", () => {
  expect(queryOf("https://host/v1?api-version=2024-10-21")).toEqual({ "api-version": "2024-10-21" });
});
