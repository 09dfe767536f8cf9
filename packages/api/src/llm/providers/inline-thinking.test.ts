import { expect, test } from "vitest";
import { ask, never, open, play, startMock } from "../testing/model-server.ts";

test.each(["openai-compatible", "ollama"] as const)(
  "%s: think tags in the content become thinking, token by token",
  async (provider) => {
    await using mock = await startMock({ chunkSize: 1 });
    mock.onMessage("hello", { content: "<think>\nLet me see.\n</think>\n\nHi." });
    const answer = await play(
      (await open({ provider, apiUrl: mock.url })).stream(ask("hello", { model: "r1" }), never),
    );
    expect(answer).toMatchObject({ thinking: "Let me see.", content: "Hi.", failure: null });
  },
);

test("a vendor's own models are not parsed for tags: they show thinking by other means", async () => {
  await using mock = await startMock();
  mock.onMessage("hello", { content: "<think>a</think>" });
  const answer = await play((await open({ provider: "anthropic", apiUrl: mock.url })).stream(ask("hello"), never));
  expect(answer).toMatchObject({ thinking: "", content: "<think>a</think>" });
});
