import { DomainError } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";
import { expect, test } from "vitest";
import { never, open, realDeps, startMock, startServer } from "../testing/model-server.ts";

/** Serves one JSON document per path and query, and remembers what was asked with which key. */
async function serve(pages: Record<string, unknown>) {
  const asked: { url: string; key: string }[] = [];
  const server = await startServer(({ url = "", headers }, response) => {
    asked.push({
      url,
      key: String(headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers.authorization ?? "none"),
    });
    const page = pages[url];
    response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(typeof page === "string" ? page : JSON.stringify(page ?? { error: "no" }));
  });
  return Object.assign(server, { asked });
}

const models = async (provider: ProviderId, apiUrl: string, apiKey: string | null = "k") =>
  (await open({ provider, apiUrl, apiKey })).models(never);

const none = { contextWindowTokens: null, maxOutputTokens: null, vision: null, tools: null, thinking: null };

test("OpenAI: only what can chat, newest first, with what the registry knows", async () => {
  const data = [
    { id: "gpt-4o", created: 1 },
    { id: "text-embedding-3-small", created: 3 },
    { id: "x-new", created: 2 },
    { id: "gpt-4o-audio-preview" },
  ];
  await using server = await serve({ "/v1/models": { data } });
  const list = await models("openai", server.url);
  expect(list.map(({ model }) => model)).toEqual(["x-new", "gpt-4o"]);
  expect(list.map(({ capabilities }) => capabilities.contextWindowTokens)).toEqual([null, 128_000]);
  expect(server.asked).toEqual([{ url: "/v1/models", key: "Bearer k" }]);
});

test("Anthropic: all pages, its own limits before ours", async () => {
  const opus = {
    id: "claude-opus-4-7",
    display_name: "Claude Opus 4.7",
    max_input_tokens: 500_000,
    capabilities: { image_input: { supported: false } },
  };
  await using server = await serve({
    "/v1/models?limit=1000": { data: [opus], has_more: true, last_id: "claude-opus-4-7" },
    "/v1/models?limit=1000&after_id=claude-opus-4-7": { data: [{ id: "claude-x" }], has_more: false },
  });
  expect(await models("anthropic", server.url)).toEqual([
    {
      model: "claude-opus-4-7",
      name: "Claude Opus 4.7",
      capabilities: {
        contextWindowTokens: 500_000,
        maxOutputTokens: 128_000,
        vision: false,
        tools: true,
        thinking: true,
      },
    },
    { model: "claude-x", name: null, capabilities: none },
  ]);
  expect(server.asked[0]?.key).toBe("k");
});

test("Gemini: all pages, token limits, only what generates content; the key stays out of the address", async () => {
  const flash = {
    name: "models/gemini-2.5-flash",
    displayName: "Gemini 2.5 Flash",
    inputTokenLimit: 7,
    outputTokenLimit: 8,
    supportedGenerationMethods: ["generateContent"],
    thinking: true,
  };
  const embedding = { name: "models/embedding-001", supportedGenerationMethods: ["embedContent"] };
  await using server = await serve({
    "/v1beta/models?pageSize=1000": { models: [flash, embedding], nextPageToken: "a b" },
    "/v1beta/models?pageSize=1000&pageToken=a%20b": { models: [] },
  });
  expect(await models("gemini", server.url)).toMatchObject([
    {
      model: "gemini-2.5-flash",
      name: "Gemini 2.5 Flash",
      capabilities: { contextWindowTokens: 7, maxOutputTokens: 8, thinking: true },
    },
  ]);
  expect(server.asked[0]).toEqual({ url: "/v1beta/models?pageSize=1000", key: "k" });
});

test("Ollama: its tags; without a key no credentials are sent", async () => {
  await using server = await serve({
    "/api/tags": { models: [{ name: "qwen3:8b", model: "qwen3:8b" }, { name: "mine" }] },
  });
  expect((await models("ollama", `${server.url}/v1`, null)).map(({ model }) => model)).toEqual(["qwen3:8b", "mine"]);
  expect(server.asked).toEqual([{ url: "/api/tags", key: "none" }]);
});

test("OpenAI-compatible: reads the extras of OpenRouter and vLLM, once per model", async () => {
  const router = {
    id: "maker/model-a",
    name: "Model A",
    context_length: 1000,
    top_provider: { max_completion_tokens: 100 },
    architecture: { input_modalities: ["text", "image"] },
    supported_parameters: ["tools"],
  };
  await using server = await serve({
    "/v1/models": { data: [router, { id: "local", max_model_len: 4096, name: 5 }, router] },
  });
  expect(await models("openai-compatible", `${server.url}/v1/chat/completions`)).toEqual([
    {
      model: "maker/model-a",
      name: "Model A",
      capabilities: { contextWindowTokens: 1000, maxOutputTokens: 100, vision: true, tools: true, thinking: false },
    },
    { model: "local", name: null, capabilities: { ...none, contextWindowTokens: 4096 } },
  ]);
});

test("the demo lists its two models", async () => {
  expect((await models("demo", "")).map(({ model }) => model)).toEqual(["demo", "demo-fast"]);
});

test.each(["openai", "anthropic", "ollama", "openai-compatible"] as const)(
  "%s: a real mock server's list is read",
  async (provider) => {
    await using mock = await startMock();
    mock.on({ model: "gpt-4o" }, { content: "x" });
    expect(await models(provider, mock.url)).toMatchObject([{ model: "gpt-4o" }]);
  },
);

test.each([
  ["not JSON at all", "{", "llm.bad_response"],
  ["JSON of another kind", { items: [] }, "llm.bad_response"],
])("%s is a bad response", async (_, page, code) => {
  await using server = await serve({ "/v1/models": page });
  await expect(models("openai", server.url)).rejects.toMatchObject({ failure: { code } });
});

test("a wrong key and a wrong address are told apart", async () => {
  await using mock = await startMock({ auth: { apiKeys: ["right"] } });
  await expect(models("openai", mock.url, "wrong")).rejects.toEqual(
    new DomainError({ code: "llm.wrong_key", provider: "openai" }),
  );
  await using server = await serve({});
  await expect(models("openai", server.url)).rejects.toMatchObject({
    failure: { code: "llm.refused_request", detail: expect.stringContaining("address") },
  });
});

test("an abort ends a listing that hangs, and hangs up", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write("{");
    resolve();
  });
  const stop = new AbortController();
  const listing = (await open({ provider: "openai", apiUrl: server.url }, realDeps)).models(stop.signal);
  void asked.then(() => stop.abort("stop"));
  await expect(listing).rejects.toBe("stop");
  await server.hungUp;
});
