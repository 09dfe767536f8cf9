import { expect, test } from "vitest";
import { testModel } from "./test-config.ts";
import { never, open, startMock } from "./testing/model-server.ts";

test("a working model answers, and the time is measured", async () => {
  await using mock = await startMock();
  mock.onMessage("pong", { content: "pong" });
  const times = [1000, 1042.4];
  const provider = await open({ provider: "openai-compatible", apiUrl: mock.url });
  expect(await testModel(provider, "m", never, () => times.shift() ?? 0)).toEqual({
    ok: true,
    latencyMs: 42,
    reply: "pong",
  });
});

test("a model that only thinks passes with its thought", async () => {
  await using mock = await startMock();
  mock.onMessage("pong", { content: "", reasoning: "They want pong.", finishReason: "length" });
  const provider = await open({ provider: "openai-compatible", apiUrl: mock.url });
  expect(await testModel(provider, "m", never, Date.now)).toMatchObject({ ok: true, reply: "They want pong." });
});

test("a failure is an answer, an abort is not", async () => {
  await using mock = await startMock({ auth: { apiKeys: ["right"] } });
  const provider = await open({ provider: "anthropic", apiUrl: mock.url, apiKey: "wrong" });
  expect(await testModel(provider, "m", never, Date.now)).toEqual({
    ok: false,
    failure: { code: "llm.wrong_key", provider: "anthropic" },
  });
  await expect(testModel(provider, "m", AbortSignal.abort("late"), Date.now)).rejects.toBe("late");
});
