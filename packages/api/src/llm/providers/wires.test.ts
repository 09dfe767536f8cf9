import { describe, expect, test } from "vitest";
import type { ProviderDeps } from "../provider.ts";
import {
  afterTools,
  ask,
  never,
  open,
  play,
  realDeps,
  recordingDeps,
  startMock,
  wires,
} from "../testing/model-server.ts";

const clock = { name: "clock", description: "Tells the time", inputSchema: { type: "object" } };

describe.each(wires)("$provider at $path", ({ provider, path, model }) => {
  test("streams thinking apart from content, and ends with one finish", async () => {
    await using mock = await startMock({ chunkSize: 3 });
    mock.onMessage("hello", { content: "Hi there, 世界!", reasoning: "Let me think." });
    const answer = await play(
      (await open({ provider, apiUrl: mock.url + path })).stream(ask("hello", { model }), never),
    );
    expect(answer).toMatchObject({ thinking: "Let me think.", content: "Hi there, 世界!", calls: [], failure: null });
    expect(answer.finish).toMatchObject({ reason: "stop", providerData: null });
  });

  test("carries a tool call out, its result in, and the final answer out", async () => {
    await using mock = await startMock();
    mock.on(
      { userMessage: "time", hasToolResult: false },
      { toolCalls: [{ name: "clock", arguments: { zone: "UTC" } }] },
    );
    mock.on({ userMessage: "time", hasToolResult: true, toolResultContains: "12:34" }, { content: "It is 12:34." });
    const client = await open({ provider, apiUrl: mock.url + path });
    const request = ask("what time is it", { model, tools: [clock] });

    const first = await play(client.stream(request, never));
    expect(first.finish?.reason).toBe("tool_calls");
    expect(first.calls).toMatchObject([{ name: "clock", input: '{"zone":"UTC"}' }]);
    const second = await play(client.stream(afterTools(request, first, "12:34"), never));
    expect(second).toMatchObject({ content: "It is 12:34.", calls: [], failure: null });
  });

  test("shows the model the pictures that a tool returned, after the results of the step", async () => {
    await using mock = await startMock();
    mock.onMessage("look", { toolCalls: [{ name: "clock", arguments: {} }] });
    const { deps, sent } = recordingDeps();
    const client = await open({ provider, apiUrl: mock.url + path }, deps);
    const request = ask("look", { model, tools: [clock] });
    const first = await play(client.stream(request, never));
    const { messages, ...rest } = afterTools(request, first, "[image: image/png]");
    const media = [{ type: "image" as const, mimeType: "image/png", data: "aW1hZ2U=" }];
    const seen = messages.map((message) => (message.role === "tool" ? { ...message, media } : message));
    await play(client.stream({ ...rest, messages: seen }, never));
    const body = JSON.stringify(sent.at(-1)?.body);
    expect(body.indexOf("aW1hZ2U=")).toBeGreaterThan(body.indexOf("[image: image/png]"));
    expect(body.split("aW1hZ2U=")).toHaveLength(2);
  });

  test("reports usage as the provider counted it", async () => {
    await using mock = await startMock();
    const usage = {
      prompt_tokens: 11,
      completion_tokens: 7,
      input_tokens: 11,
      output_tokens: 7,
      promptTokenCount: 11,
      candidatesTokenCount: 7,
    };
    mock.onMessage("count", { content: "one two", usage });
    const { finish } = await play(
      (await open({ provider, apiUrl: mock.url + path })).stream(ask("count", { model }), never),
    );
    // aimock counts nothing on the Ollama wire; a zero there means that nothing was said.
    const counts = provider === "ollama" ? [null, null] : [11, 7];
    expect([finish?.usage.inputTokens, finish?.usage.outputTokens]).toEqual(counts);
  });

  test("sends the key in a header only, and an output limit when there is one", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { content: "Hi" });
    const { deps, sent } = recordingDeps();
    const client = await open({ provider, apiUrl: mock.url + path, apiKey: "secret-key" }, deps);
    await play(client.stream(ask("hello", { model, maxOutputTokens: 99 }), never));
    expect(sent).toHaveLength(1);
    expect([...(sent[0]?.headers.values() ?? [])].some((value) => value.includes("secret-key"))).toBe(true);
    expect(sent[0]?.url).not.toContain("secret-key");
    expect(JSON.stringify(sent[0]?.body)).toMatch(/"(max_\w*tokens|maxOutputTokens|num_predict)":(99|4195)/);
  });
});

test("Ollama is told the window that its user set, and nothing where none is set", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { content: "Hi" });
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "ollama", apiUrl: mock.url, apiKey: null }, deps);
  await play(client.stream(ask("hello", { model: "qwen3:8b", contextWindowTokens: 32_768 }), never));
  await play(client.stream(ask("hello", { model: "qwen3:8b" }), never));
  const options = sent.map(({ body }) => (body as { options?: unknown }).options);
  expect(options).toEqual([{ num_ctx: 32_768 }, undefined]);
});

test("Anthropic gets its thinking back with the signature, before the tool call it led to", async () => {
  await using mock = await startMock();
  mock.on(
    { userMessage: "time", hasToolResult: false },
    {
      toolCalls: [{ name: "clock", arguments: {}, id: "c1" }],
      content: "Looking.",
      reasoning: "I need the clock.",
      reasoningSignature: "sig",
    },
  );
  mock.on({ userMessage: "time", hasToolResult: true }, { content: "Noon." });
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "anthropic", apiUrl: mock.url }, deps);
  const request = ask("time?", { model: "claude-opus-4-7", tools: [clock] });
  const first = await play(client.stream(request, never));
  await play(client.stream(afterTools(request, first, "12:00"), never));
  expect(sent[0]?.body.thinking).toEqual({ type: "adaptive", display: "summarized" });
  expect(sent[1]?.body.messages).toMatchObject([
    { role: "user" },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "I need the clock.", signature: "sig" },
        { type: "text", text: "Looking." },
        { type: "tool_use", id: "c1", name: "clock" },
      ],
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "c1" }] },
  ]);
});

test("OpenAI gets its encrypted thinking back and keeps nothing itself", async () => {
  await using mock = await startMock();
  mock.on(
    { userMessage: "time", hasToolResult: false },
    { toolCalls: [{ name: "clock", arguments: {} }], reasoning: "Clock." },
  );
  mock.on({ userMessage: "time", hasToolResult: true }, { content: "Noon." });
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "openai", apiUrl: `${mock.url}/v1/responses` }, deps);
  const request = ask("time?", { model: "gpt-5", tools: [clock] });
  const first = await play(client.stream(request, never));
  await play(client.stream(afterTools(request, first, "12:00"), never));
  expect(sent[0]?.body).toMatchObject({ store: false, reasoning: { summary: "auto" } });
  expect(sent[1]?.body.input).toMatchObject([
    { role: "user" },
    { type: "reasoning", encrypted_content: expect.stringMatching(/\w+/), summary: [{ text: "Clock." }] },
    { type: "function_call", name: "clock" },
    { type: "function_call_output" },
  ]);
});

test("marks of another model or of an earlier turn are not sent back", async () => {
  await using mock = await startMock();
  mock.onMessage("and now", { content: "ok" });
  mock.on(
    { userMessage: "time", hasToolResult: false },
    { toolCalls: [{ name: "clock", arguments: {} }], reasoning: "x", reasoningSignature: "sig" },
  );
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "anthropic", apiUrl: mock.url }, deps);
  const request = ask("time?", { model: "claude-opus-4-7", tools: [clock] });
  const loop = afterTools(request, await play(client.stream(request, never)), "12:00");
  await play(client.stream({ ...loop, model: "claude-opus-4-6" }, never));
  await play(client.stream({ ...loop, messages: [...loop.messages, { role: "user", content: "and now?" }] }, never));
  for (const { body } of sent.slice(1)) {
    expect(JSON.stringify(body.messages)).toContain("tool_use");
    expect(JSON.stringify(body.messages)).not.toContain("sig");
  }
});

test("a model the registry does not know is asked for nothing special", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { content: "Hi" });
  for (const provider of ["openai", "anthropic", "gemini", "ollama"] as const) {
    const { deps, sent } = recordingDeps();
    const path = provider === "openai" ? "/v1/responses" : "";
    await play(
      (await open({ provider, apiUrl: mock.url + path }, deps)).stream(
        ask("hello", { model: "brand-new-model" }),
        never,
      ),
    );
    expect(JSON.stringify(sent[0]?.body)).not.toMatch(/think|reasoning/i);
  }
});

test("when thinking output is refused, the same request goes out once more without it", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { content: "Hi" });
  mock.nextRequestError(400, {
    message: "Your organization must be verified to generate reasoning summaries.",
    type: "invalid_request_error",
  });
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "openai", apiUrl: `${mock.url}/v1/responses` }, deps);
  expect(await play(client.stream(ask("hello", { model: "gpt-5" }), never))).toMatchObject({
    content: "Hi",
    failure: null,
  });
  expect(sent.map(({ body }) => "reasoning" in body)).toEqual([true, false]);
});

test("a gateway that does not know usage in streams is asked again without it", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { content: "Hi" });
  mock.nextRequestError(400, { message: "Unrecognized request argument supplied: stream_options" });
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "openai-compatible", apiUrl: mock.url }, deps);
  expect(await play(client.stream(ask("hello"), never))).toMatchObject({ content: "Hi", failure: null });
  expect(sent.map(({ body }) => "stream_options" in body)).toEqual([true, false]);
});

test("a refusal with nothing to leave out is final", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { error: { message: "unknown parameter: thinking" }, status: 400 });
  const client = await open({ provider: "anthropic", apiUrl: mock.url });
  expect((await play(client.stream(ask("hello", { model: "brand-new-model" }), never))).failure?.code).toBe(
    "llm.refused_request",
  );
  expect(mock.getRequests()).toHaveLength(1);
});

test.each([
  ["openai-compatible", { reasoning_content: "Clock." }, { tool_call_id: "c1" }],
  ["ollama", { thinking: "Clock." }, { tool_name: "clock" }],
] as const)(
  "%s gets its thinking back within a tool loop, and the result under the call's mark",
  async (provider, called, result) => {
    await using mock = await startMock();
    const toolCalls = [{ name: "clock", arguments: {}, id: "c1" }];
    mock.on({ userMessage: "time", hasToolResult: false }, { toolCalls, reasoning: "Clock." });
    mock.on({ userMessage: "time", hasToolResult: true }, { content: "Noon." });
    const { deps, sent } = recordingDeps();
    const client = await open({ provider, apiUrl: mock.url }, deps);
    const request = ask("time?", { tools: [clock] });
    await play(client.stream(afterTools(request, await play(client.stream(request, never)), "12:00"), never));
    expect(sent[1]?.body.messages).toMatchObject([
      { role: "user" },
      { role: "assistant", ...called },
      { role: "tool", ...result },
    ]);
  },
);

test("OpenAI's thinking models behind a gateway get the output limit under its newer name", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { content: "Hi" });
  const { deps, sent } = recordingDeps();
  const client = await open({ provider: "openai-compatible", apiUrl: mock.url }, deps);
  for (const model of ["openai/gpt-5", "llama-3"])
    await play(client.stream(ask("hello", { model, maxOutputTokens: 9 }), never));
  expect(sent.map(({ body }) => [body.max_completion_tokens, body.max_tokens])).toEqual([
    [9, undefined],
    [undefined, 9],
  ]);
});

test("OpenAI's own address is spoken to over Responses, an address of the user's over Chat Completions", async () => {
  const urls: string[] = [];
  const deps: ProviderDeps = {
    ...realDeps,
    fetch(input) {
      urls.push(input instanceof Request ? input.url : input.toString());
      return Promise.reject(new Error("offline"));
    },
  };
  for (const apiUrl of [
    null,
    "https://api.openai.com/v1",
    "https://proxy.example/v1",
    "https://proxy.example/v1/responses",
  ]) {
    await play((await open({ provider: "openai", apiUrl }, deps)).stream(ask("hello"), never));
  }
  expect(urls).toEqual([
    "https://api.openai.com/v1/responses",
    "https://api.openai.com/v1/responses",
    "https://proxy.example/v1/chat/completions",
    "https://proxy.example/v1/responses",
  ]);
});
