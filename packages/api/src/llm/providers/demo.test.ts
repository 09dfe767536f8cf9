import { expect, test } from "vitest";
import type { ModelEvent } from "../provider.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { afterTools, ask, never, open, play } from "../testing/model-server.ts";

async function demo() {
  const clock = createManualClock();
  const provider = await open(
    { provider: "demo", apiKey: null },
    { ...clock, fetch: () => Promise.reject(new Error("the demo uses no network")) },
  );
  const answer = async (content: string, more = {}) => {
    const playing = play(provider.stream(ask(content, { model: "demo-fast", ...more }), never));
    await clock.run(playing);
    return playing;
  };
  return { clock, provider, answer };
}

const clockTool = { name: "demo_clock", description: "Tells the time", inputSchema: { type: "object" } };

test("the same question gets the same events, thinking first, with pauses only on demo", async () => {
  const runs: ModelEvent[][] = [];
  const durationsMs: number[] = [];
  for (const model of ["demo", "demo", "demo-fast"]) {
    const { clock, provider } = await demo();
    const events: ModelEvent[] = [];
    const reading = (async () => {
      for await (const event of provider.stream(ask("Hello, who are you?", { model }), never)) events.push(event);
    })();
    await clock.run(reading);
    runs.push(events);
    durationsMs.push(clock.now());
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
  expect(durationsMs[1]).toBe(durationsMs[0]);
  expect(durationsMs[0]).toBeGreaterThan(1000);
  expect(durationsMs[2]).toBe(0);
  const types = (runs[0] ?? []).map(({ type }) => type);
  expect(types.lastIndexOf("thinking")).toBeLessThan(types.indexOf("content"));
});

test("it explains chatee in the user's language, with a list, a table and code", async () => {
  const { answer } = await demo();
  for (const [question, word] of [
    ["What can you do?", "workflow"],
    ["你能做什么？", "工作流"],
  ] as const) {
    const { content } = await answer(question);
    expect(content).toContain(word);
    expect(content).toMatch(/^- /m);
    expect(content).toMatch(/^\| --- /m);
    expect(content).toMatch(/^```ts$/m);
  }
  expect((await answer("圆桌是什么")).content).toMatch(/圆桌/);
});

test.each(["What time is it?", "现在几点？时间"])("%s calls the clock and talks about its result", async (question) => {
  const { answer } = await demo();
  const request = ask(question, { model: "demo-fast", tools: [clockTool] });
  const first = await answer(question, request);
  expect(first).toMatchObject({ calls: [{ name: "demo_clock", input: "{}" }], finish: { reason: "tool_calls" } });
  const second = await answer(question, afterTools(request, first, "12:34"));
  expect(second).toMatchObject({ content: expect.stringContaining("12:34"), calls: [], finish: { reason: "stop" } });
});

test("without a clock it names the tools there are", async () => {
  const { answer } = await demo();
  expect((await answer("which tools?", { tools: [{ ...clockTool, name: "search" }] })).content).toContain("`search`");
});

test("asked for a summary it lists what the user asked before", async () => {
  const { answer } = await demo();
  const messages = [
    { role: "user", content: "About cats" },
    { role: "assistant", content: "x" },
    { role: "user", content: "Summarize, please" },
  ];
  expect((await answer("", { messages })).content).toMatch(/about:\n\n- About cats$/);
});

test("usage is exact: one token per piece", async () => {
  const { answer } = await demo();
  const { finish } = await answer("/demo tokens=7 thinking=3");
  expect(finish?.usage).toEqual({ inputTokens: 3, outputTokens: 10, thinkingTokens: 3, cachedInputTokens: 0 });
});

test("/demo tokens writes exactly the tokens asked for, one event each, with the delay", async () => {
  const { clock, answer } = await demo();
  const { content, thinking } = await answer("/demo tokens=400 delay=5 thinking=2");
  expect(content.split(" ")).toEqual(Array.from({ length: 400 }, (_, index) => `t${index}`));
  expect(thinking).toBe("h0 h1");
  expect(clock.now()).toBe(402 * 5);
});

test.each([
  ["overloaded", { code: "llm.overloaded", provider: "demo", retryAfterMs: null }],
  ["llm.rate_limited retryAfter=9", { code: "llm.rate_limited", provider: "demo", retryAfterMs: 9 }],
  ["wrong_key", { code: "llm.wrong_key", provider: "demo" }],
])("/demo fail=%s fails after the tokens", async (fail, failure) => {
  const { answer } = await demo();
  expect(await answer(`/demo fail=${fail} after=3`)).toMatchObject({ content: "t0 t1 t2", finish: null, failure });
});

test("/demo stall falls silent until aborted", async () => {
  const { provider } = await demo();
  const stop = new AbortController();
  const events = provider.stream(ask("/demo stall after=1"), stop.signal)[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ type: "content", text: "t0" });
  queueMicrotask(() => stop.abort("stop"));
  await expect(events.next()).rejects.toBe("stop");
});

test("/demo tool calls the named tool with the input, /demo echo repeats", async () => {
  const { answer } = await demo();
  const tools = [clockTool, { ...clockTool, name: "search" }];
  const first = await answer('/demo tool name=search input={"q": "x y"}', { tools });
  expect(first.calls).toMatchObject([{ name: "search", input: '{"q": "x y"}' }]);
  expect((await answer("/demo tool")).content).toMatch(/no such tool/);
  expect((await answer("/demo echo  two\n lines 世界。")).content).toBe(" two\n lines 世界。");
});

test("a script that cannot be understood is an ordinary question", async () => {
  const { answer } = await demo();
  expect((await answer("/demo fail=unheard_of")).content).toContain("demo model");
});

test("an abort stops it between two pieces", async () => {
  const { provider } = await demo();
  const stop = new AbortController();
  await expect(
    (async () => {
      for await (const event of provider.stream(ask("/demo tokens=1000000"), stop.signal))
        if (event.type === "content") stop.abort("stop");
    })(),
  ).rejects.toBe("stop");
});
