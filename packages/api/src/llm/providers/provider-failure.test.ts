import { describe, expect, test } from "vitest";
import { toDetail, toFailure } from "./provider-failure.ts";
import { readErrorText, readErrorValue, retryAfterMsOf } from "./upstream-error.ts";

const context = { provider: "gemini" as const, model: "m", apiKey: "k", retryAfterMs: null };
const codeOf = (status: number, body: unknown, more = {}) =>
  toFailure(readErrorText(typeof body === "string" ? body : JSON.stringify(body), status), { ...context, ...more })
    .code;

test.each([
  [
    "Google's wrong key",
    400,
    {
      error: {
        code: 400,
        message: "API key not valid.",
        status: "INVALID_ARGUMENT",
        details: [{ reason: "API_KEY_INVALID" }],
      },
    },
    "llm.wrong_key",
  ],
  [
    "Anthropic's empty purse",
    400,
    { type: "error", error: { type: "invalid_request_error", message: "Your credit balance is too low" } },
    "llm.quota_exhausted",
  ],
  [
    "OpenAI's empty purse",
    429,
    { error: { message: "x", type: "insufficient_quota", code: "insufficient_quota" } },
    "llm.quota_exhausted",
  ],
  [
    "a model the project may not use",
    403,
    { error: { message: "no access", code: "model_not_found" } },
    "llm.no_such_model",
  ],
  ["Ollama's missing model", 404, { error: 'model "m" not found, try pulling it first' }, "llm.no_such_model"],
  ["a bare 404", 404, "", "llm.no_such_model"],
  ["a 404 page of a web server", 404, "<html>nginx</html>", "llm.refused_request"],
  ["a router's 404", 404, "404 page not found", "llm.refused_request"],
  [
    "Google's list-shaped error",
    503,
    [{ error: { code: 503, status: "UNAVAILABLE", message: "x" } }],
    "llm.overloaded",
  ],
  [
    "a too long prompt by code",
    400,
    { error: { code: "context_length_exceeded", message: "x" } },
    "llm.context_too_long",
  ],
  [
    "Google's too long prompt",
    400,
    { error: { message: "The input token count (5) exceeds the maximum number of tokens allowed (4)." } },
    "llm.context_too_long",
  ],
  [
    "a gateway that hides a rate limit in a 500",
    500,
    { error: { type: "rate_limit_error", message: "x" } },
    "llm.rate_limited",
  ],
  ["a teapot", 418, "short and stout", "llm.refused_request"],
  ["a gateway timeout", 504, "<html>", "llm.bad_response"],
  ["junk", 500, "\u0000{{{", "llm.bad_response"],
])("%s (HTTP %i) is recognized", (_, status, body, code) => {
  expect(codeOf(status, body)).toBe(code);
});

test("the same words mean an empty purse, or a minute's quota when they come with a time to wait", () => {
  const body = { error: { message: "You exceeded your current quota, please check your plan and billing details." } };
  expect(codeOf(429, body)).toBe("llm.quota_exhausted");
  expect(codeOf(429, body, { retryAfterMs: 34_000 })).toBe("llm.rate_limited");
});

test("while listing, a 404 is about the address, not about a model", () => {
  expect(codeOf(404, { error: { message: "not found" } }, { model: null })).toBe("llm.refused_request");
});

test("whatever a provider sends, there is a failure and no exception", () => {
  for (const value of [
    null,
    undefined,
    1,
    "text",
    [],
    [[]],
    {},
    { error: null },
    { error: { message: 5, code: {} } },
    { response: 1 },
  ]) {
    expect(toFailure(readErrorValue(value, null), context).code).toBe("llm.bad_response");
  }
});

test("a detail is short, on one line, and carries no key in any spelling", () => {
  const detail = toDetail(
    `a\n\tb my+key/1 my%2Bkey%2F1 sk-proj-abc123456 Bearer xyz AIzaSyD-1234567890 ${"long ".repeat(200)}`,
    "my+key/1",
  );
  expect(detail).toMatch(/^a b … … … … …/);
  expect(detail.length).toBeLessThanOrEqual(301);
});

describe("the wish to wait", () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    [{ "retry-after": "3" }, "", 3000],
    [{ "retry-after": "0.5" }, "", 500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:20 GMT" }, "", 20_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, "", 0],
    [{ "retry-after": "9", "retry-after-ms": "120" }, "", 120],
    [{ "retry-after": "soon" }, "", null],
    [{}, '{"details":[{"retryDelay": "34.5s"}]}', 34_500],
    [{}, "", null],
  ])("%j %s is %s ms", (headers, body, ms) => {
    expect(retryAfterMsOf(new Headers(headers as Record<string, string>), body, nowMs)).toBe(ms);
  });
});
