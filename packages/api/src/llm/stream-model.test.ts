import { DomainError } from "@chatee/shared/failure";
import { describe, expect, test, vi } from "vitest";
import type { ModelEvent, ModelProvider } from "./provider.ts";
import type { LlmFailure } from "./providers/provider-failure.ts";
import { type Retry, type StreamModelOptions, streamModel } from "./stream-model.ts";
import { ask, never, open, play, startMock, startServer, wires } from "./testing/model-server.ts";
import { createManualClock } from "./testing/manual-clock.ts";
import { partialStream } from "./testing/partial-streams.ts";

const provider = "openai-compatible" as const;
const finish: ModelEvent = {
  type: "finish",
  reason: "stop",
  usage: { inputTokens: 1, outputTokens: 1, thinkingTokens: null, cachedInputTokens: null },
  providerData: null,
};
const hello: ModelEvent = { type: "content", text: "Hello" };

type Play = (signal: AbortSignal) => AsyncGenerator<ModelEvent>;

/** A provider whose nth request plays the nth script (the last one again and again). */
function scripted(...scripts: (ModelEvent | LlmFailure | Play)[][]) {
  let requests = 0;
  const scriptedProvider: ModelProvider = {
    models: async () => [],
    async *stream(_, signal) {
      const script = scripts[Math.min(requests++, scripts.length - 1)] ?? [];
      for (const step of script) {
        if (typeof step === "function") yield* step(signal);
        else if ("code" in step) throw new DomainError(step);
        else yield step;
      }
    },
  };
  return Object.assign(scriptedProvider, { requests: () => requests });
}

/** Silent for ever, deaf to its signal. */
const silence: Play = () => {
  const { promise } = Promise.withResolvers<never>();
  return (async function* () {
    yield await promise;
  })();
};

function setUp(more: Partial<StreamModelOptions> = {}) {
  const clock = createManualClock();
  const retries: Retry[] = [];
  const options: StreamModelOptions = {
    providerId: provider,
    ...clock,
    random: () => 0.5,
    onRetry: (retry) => retries.push(retry),
    ...more,
  };
  return { clock, retries, options };
}

const overloaded = { code: "llm.overloaded", provider, retryAfterMs: null } as const;

describe("retrying", () => {
  test.each<LlmFailure>([
    overloaded,
    { code: "llm.rate_limited", provider, retryAfterMs: null },
    { code: "llm.unreachable", provider, host: "h" },
    { code: "llm.bad_response", provider, detail: "d" },
    { code: "llm.stalled", provider, afterMs: 1 },
  ])("$code before the first event is retried, invisibly", async (failure) => {
    const { clock, options, retries } = setUp();
    const model = scripted([failure], [hello, finish]);
    const playing = play(streamModel(model, ask("x"), never, options));
    await clock.run(playing);
    expect(await playing).toMatchObject({ content: "Hello", failure: null });
    expect(retries).toMatchObject([{ attempt: 1, delayMs: 250, failure }]);
  });

  test.each<LlmFailure>([
    { code: "llm.wrong_key", provider },
    { code: "llm.quota_exhausted", provider },
    { code: "llm.no_such_model", provider, model: "m" },
    { code: "llm.context_too_long", provider },
    { code: "llm.refused_request", provider, detail: "d" },
  ])("$code is not retried: asking again cannot help", async (failure) => {
    const { options } = setUp();
    const model = scripted([failure]);
    expect((await play(streamModel(model, ask("x"), never, options))).failure).toEqual(failure);
    expect(model.requests()).toBe(1);
  });

  test("nothing is retried once an event is out, not even thinking", async () => {
    const { options } = setUp();
    const model = scripted([{ type: "thinking", text: "hm" }, overloaded], [hello, finish]);
    expect(await play(streamModel(model, ask("x"), never, options))).toMatchObject({
      thinking: "hm",
      content: "",
      failure: overloaded,
    });
    expect(model.requests()).toBe(1);
  });

  test("it gives up after three requests with the last failure", async () => {
    const { clock, options, retries } = setUp();
    const model = scripted([overloaded]);
    const playing = play(streamModel(model, ask("x"), never, options));
    await clock.run(playing);
    expect((await playing).failure).toEqual(overloaded);
    expect(model.requests()).toBe(3);
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([250, 500]);
  });

  test.each([
    [0, [0, 0]],
    [0.999, [500, 999]],
  ])("jitter is full: random %d waits %j ms", async (random, delays) => {
    const { clock, options, retries } = setUp({ random: () => random });
    const playing = play(streamModel(scripted([overloaded]), ask("x"), never, options));
    await clock.run(playing);
    expect(retries.map(({ delayMs }) => delayMs)).toEqual(delays);
  });

  test.each([
    [7_000, 7_000],
    [60_000, 60_000],
    [0, 250],
  ])("a wish to wait %d ms is honoured with %d ms", async (retryAfterMs, delayMs) => {
    const { clock, options, retries } = setUp();
    const playing = play(
      streamModel(scripted([{ ...overloaded, retryAfterMs }], [hello, finish]), ask("x"), never, options),
    );
    await clock.run(playing);
    expect(retries).toMatchObject([{ delayMs, retryAtMs: delayMs }]);
    expect(clock.now()).toBe(delayMs);
  });

  test("a wish to wait longer than anybody sits through is the end of it, and is told", async () => {
    const { options, retries } = setUp();
    const model = scripted([{ ...overloaded, retryAfterMs: 3_600_000 }], [hello, finish]);
    const { failure } = await play(streamModel(model, ask("x"), never, options));
    expect(failure).toMatchObject({ code: "llm.overloaded", retryAfterMs: 3_600_000 });
    expect([model.requests(), retries]).toEqual([1, []]);
  });

  test("an abort during the pause ends it at once, without another request", async () => {
    const stop = new AbortController();
    const { options } = setUp({ onRetry: () => stop.abort("stop") });
    const model = scripted([overloaded]);
    await expect(play(streamModel(model, ask("x"), stop.signal, options))).rejects.toBe("stop");
    expect(model.requests()).toBe(1);
  });

  test("a bug is neither retried nor dressed up", async () => {
    const bug = new TypeError("oops");
    const { options } = setUp();
    const model = scripted([
      () => {
        throw bug;
      },
    ]);
    await expect(play(streamModel(model, ask("x"), never, options))).rejects.toBe(bug);
    expect(model.requests()).toBe(1);
  });
});

describe("silence", () => {
  test("before the first event it is retried, then ends as stalled", async () => {
    const { clock, options } = setUp();
    const model = scripted([silence]);
    const playing = play(streamModel(model, ask("x"), never, options));
    await clock.run(playing);
    expect((await playing).failure).toEqual({ code: "llm.stalled", provider, afterMs: 120_000 });
    expect(model.requests()).toBe(3);
    expect(clock.now()).toBe(3 * 120_000 + 250 + 500);
  });

  test("after an event it counts from that event, with the shorter limit, and is final", async () => {
    const { clock, options } = setUp();
    const aborted = vi.fn();
    const model = scripted([
      hello,
      async function* (signal) {
        signal.addEventListener("abort", aborted);
        yield* silence(signal);
      },
    ]);
    const playing = play(streamModel(model, ask("x"), never, options));
    await clock.run(playing);
    expect(await playing).toMatchObject({ content: "Hello", failure: { code: "llm.stalled", afterMs: 60_000 } });
    expect(clock.now()).toBe(60_000);
    expect(aborted).toHaveBeenCalledOnce();
  });

  test("the time a slow caller takes does not count", async () => {
    const { clock, options } = setUp();
    const model = scripted([hello, hello, finish]);
    let content = "";
    for await (const event of streamModel(model, ask("x"), never, options)) {
      if (event.type === "content") content += event.text;
      await clock.advance(10 * 60_000);
    }
    expect(content).toBe("HelloHello");
  });

  test("a steady stream may take as long as it likes", async () => {
    const { clock, options } = setUp();
    const tick: Play = async function* (signal) {
      for (let index = 0; index < 20; index++) {
        await clock.wait(50_000, signal);
        yield hello;
      }
    };
    const playing = play(streamModel(scripted([tick, finish]), ask("x"), never, options));
    await clock.run(playing);
    expect(await playing).toMatchObject({ content: "Hello".repeat(20), failure: null });
  });

  test("an abort passes at once although the provider ignores it", async () => {
    const stop = new AbortController();
    const { options } = setUp();
    const events = streamModel(scripted([silence]), ask("x"), stop.signal, options);
    queueMicrotask(() => stop.abort("enough"));
    await expect(events.next()).rejects.toBe("enough");
  });

  test.each(wires)("a real server that falls silent ($provider $path) is hung up on", async (wire) => {
    const { contentType, begin } = partialStream(wire);
    await using server = await startServer(
      (_, response) => void response.writeHead(200, { "content-type": contentType }).write(begin),
    );
    const { clock, options } = setUp({ providerId: wire.provider });
    const client = await open({ provider: wire.provider, apiUrl: server.url + wire.path });
    const events = streamModel(client, ask("x", { model: wire.model }), never, options);
    expect((await events.next()).value).toEqual(hello);
    const [rest] = await Promise.all([play(events), clock.advance(60_000)]);
    expect(rest.failure).toEqual({ code: "llm.stalled", provider: wire.provider, afterMs: 60_000 });
    await server.hungUp;
  });
});

test("a stream that ends without a finish is a bad response", async () => {
  const { options } = setUp();
  expect(await play(streamModel(scripted([hello]), ask("x"), never, options))).toMatchObject({
    content: "Hello",
    failure: { code: "llm.bad_response", provider },
  });
});

test("a storm of 429 and 529 from a real server is weathered with the pauses it asks for", async () => {
  await using mock = await startMock();
  const storm = [429, 529];
  mock.onMessage("hello", () => {
    const status = storm.shift();
    return status ? { error: { message: "busy", type: "overloaded_error" }, status, retryAfter: 5 } : { content: "Hi" };
  });
  const waited: number[] = [];
  const pause = (ms: number) => (ms < 60_000 ? void waited.push(ms) : new Promise<void>(() => {}));
  const { options, retries } = setUp({ now: () => 0, wait: async (ms) => pause(ms) });
  const client = await open({ provider: "anthropic", apiUrl: mock.url });
  const answer = await play(streamModel(client, ask("hello", { model: "claude-opus-4-7" }), never, options));
  expect(answer).toMatchObject({ content: "Hi", failure: null });
  expect(retries.map(({ failure }) => failure.code)).toEqual(["llm.rate_limited", "llm.overloaded"]);
  expect(waited).toEqual([5_000, 500]);
  expect(mock.getRequests()).toHaveLength(3);
});

test("leaving the loop reaches the provider", async () => {
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const { options } = setUp();
  const listening: Play = async function* (signal) {
    signal.addEventListener("abort", () => resolve());
    yield hello;
    yield hello;
  };
  for await (const event of streamModel(scripted([listening]), ask("x"), never, options)) {
    expect(event).toEqual(hello);
    break;
  }
  await told;
});
