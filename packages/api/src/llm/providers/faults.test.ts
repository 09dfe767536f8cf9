import { DomainError } from "@chatee/shared/failure";
import { describe, expect, test } from "vitest";
import { ask, never, open, play, realDeps, startMock, startServer, type Wire, wires } from "../testing/model-server.ts";
import { partialStream } from "../testing/partial-streams.ts";

const key = "sk-very-secret-0123456789";

async function failureFrom(wire: Wire, url: string) {
  const client = await open({ provider: wire.provider, apiUrl: url + wire.path, apiKey: key });
  return play(client.stream(ask("hello", { model: wire.model }), never));
}

describe.each(wires)("$provider at $path", (wire) => {
  const { provider, model } = wire;

  test.each([
    [401, { message: `Incorrect API key provided: ${key}` }, { code: "llm.wrong_key", provider }],
    [403, { message: "no" }, { code: "llm.wrong_key", provider }],
    [402, { message: "Insufficient Balance" }, { code: "llm.quota_exhausted", provider }],
    [400, { message: "Your credit balance is too low to access the API." }, { code: "llm.quota_exhausted", provider }],
    [
      404,
      { message: "The model does not exist", type: "not_found_error" },
      { code: "llm.no_such_model", provider, model },
    ],
    [503, { message: "busy" }, { code: "llm.overloaded", provider, retryAfterMs: null }],
    [
      529,
      { message: "Overloaded", type: "overloaded_error" },
      { code: "llm.overloaded", provider, retryAfterMs: null },
    ],
    [400, { message: "This model's maximum context length is 8 tokens" }, { code: "llm.context_too_long", provider }],
    [400, { message: "prompt is too long: 3 > 2" }, { code: "llm.context_too_long", provider }],
    [
      422,
      { message: `bad temperature, key ${key}` },
      { code: "llm.refused_request", provider, detail: "bad temperature, key …" },
    ],
    [500, { message: "boom" }, { code: "llm.bad_response", provider, detail: "boom" }],
  ])("HTTP %i %j is one clear failure", async (status, error, failure) => {
    await using mock = await startMock();
    mock.onMessage("hello", { error, status });
    const answer = await failureFrom(wire, mock.url);
    expect(answer).toMatchObject({ content: "", finish: null, failure });
    expect(JSON.stringify(answer.failure)).not.toContain(key);
  });

  test("a rate limit says how long to wait", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { error: { message: "slow down", type: "rate_limit_error" }, status: 429, retryAfter: 7 });
    expect((await failureFrom(wire, mock.url)).failure).toEqual({
      code: "llm.rate_limited",
      provider,
      retryAfterMs: 7000,
    });
  });

  test.each(["dropRate", "malformedRate", "disconnectRate", "rateLimitRate"])(
    "chaos %s ends in one failure",
    async (rate) => {
      await using mock = await startMock({ chaos: { [rate]: 1 } });
      mock.onMessage("hello", { content: "Hi" });
      const { content, finish, failure } = await failureFrom(wire, mock.url);
      expect([content, finish]).toEqual(["", null]);
      const codes = {
        dropRate: "llm.bad_response",
        malformedRate: "llm.bad_response",
        disconnectRate: "llm.unreachable",
        rateLimitRate: "llm.rate_limited",
      };
      expect(failure?.code).toBe(codes[rate as keyof typeof codes]);
    },
  );

  test("a connection broken in mid-stream keeps what was said and fails once", async () => {
    await using mock = await startMock({ chunkSize: 4 });
    mock.onMessage(
      "hello",
      { content: "A long answer that will never be finished" },
      { truncateAfterChunks: 8, latency: 5 },
    );
    const { content, finish, failure } = await failureFrom(wire, mock.url);
    expect([content.slice(0, 4), finish]).toEqual(["A lo", null]);
    expect(failure).toMatchObject({ code: "llm.bad_response", provider });
  });

  test.each(["", 'data: {"half', "garbage\n\n", "\u0000\u0001"])(
    "a stream that ends politely after %j, without its end mark, fails",
    async (tail) => {
      const { contentType, begin } = partialStream(wire);
      await using server = await startServer((_, response) =>
        response.writeHead(200, { "content-type": contentType }).end(begin + tail),
      );
      expect(await failureFrom(wire, server.url)).toMatchObject({
        content: "Hello",
        finish: null,
        failure: { code: "llm.bad_response" },
      });
    },
  );

  test("a cut inside a UTF-8 character leaves no broken character behind", async () => {
    const { contentType, begin, wide } = partialStream(wire);
    const bytes = Buffer.from(begin + wide);
    const cutAt = bytes.indexOf("世") + 1;
    await using server = await startServer((_, response) => {
      response
        .writeHead(200, { "content-type": contentType })
        .write(bytes.subarray(0, cutAt), () => response.destroy());
    });
    const answer = await failureFrom(wire, server.url);
    expect(answer).toMatchObject({
      content: expect.not.stringContaining("\uFFFD"),
      failure: { code: "llm.bad_response" },
    });
  });

  test("a character split over two packets arrives whole", async () => {
    const { contentType, begin, wide } = partialStream(wire);
    const bytes = Buffer.from(begin + wide);
    const splitAt = bytes.indexOf("世") + 1;
    await using server = await startServer((_, response) => {
      response.writeHead(200, { "content-type": contentType }).write(bytes.subarray(0, splitAt));
      setImmediate(() => response.end(bytes.subarray(splitAt)));
    });
    expect((await failureFrom(wire, server.url)).content).toBe("Hello世界");
  });

  test("an overload announced in mid-stream is an overload", async () => {
    const { contentType, begin, overloaded } = partialStream(wire);
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-type": contentType }).end(begin + overloaded),
    );
    expect(await failureFrom(wire, server.url)).toMatchObject({
      content: "Hello",
      failure: { code: "llm.overloaded", provider },
    });
  });

  test("an overload announced before anything else is an overload", async () => {
    const { contentType, overloaded } = partialStream(wire);
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-type": contentType }).end(overloaded),
    );
    expect(await failureFrom(wire, server.url)).toMatchObject({
      content: "",
      failure: { code: "llm.overloaded", provider },
    });
  });

  test("a web page instead of an API is named as such", async () => {
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"),
    );
    expect((await failureFrom(wire, server.url)).failure).toMatchObject({
      code: "llm.bad_response",
      detail: expect.stringContaining("web page"),
    });
  });

  test("a refused connection names the host", async () => {
    const server = await startServer(() => {});
    await server[Symbol.asyncDispose]();
    const host = new URL(server.url).host;
    expect((await failureFrom(wire, server.url)).failure).toEqual({ code: "llm.unreachable", provider, host });
  });

  test("one request is sent, even when it fails: retrying is not the client library's business", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { error: { message: "busy" }, status: 503 });
    await failureFrom(wire, mock.url);
    expect(mock.getRequests()).toHaveLength(1);
  });

  test("neither the key nor the prompt is anywhere in a thrown error", async () => {
    const { contentType, begin } = partialStream(wire);
    await using server = await startServer((_, response) =>
      response.writeHead(200, { "content-type": contentType }).end(`${begin}data: {]\n\n{]\n`),
    );
    const client = await open({ provider, apiUrl: server.url + wire.path, apiKey: key });
    const events = client.stream(ask("a very private prompt", { model }), never);
    const error = await (async () => {
      for await (const event of events) void event;
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DomainError);
    for (let current = error; current instanceof Error; current = current.cause) {
      expect(JSON.stringify([current.message, current.stack, current])).not.toMatch(/very-secret|private prompt|Hello/);
    }
  });
});

test("a host that does not resolve is unreachable", async () => {
  const client = await open({ provider: "openai-compatible", apiUrl: "http://no-such-host.invalid" }, realDeps);
  const { failure } = await play(client.stream(ask("hello"), never));
  expect(failure).toEqual({ code: "llm.unreachable", provider: "openai-compatible", host: "no-such-host.invalid" });
});

test.each(wires)("$provider $path: a key that cannot be sent is a wrong key", async ({ provider, path, model }) => {
  const client = await open({ provider, apiUrl: `http://127.0.0.1:1${path}`, apiKey: "密钥 1" });
  expect((await play(client.stream(ask("hello", { model }), never))).failure).toEqual({
    code: "llm.wrong_key",
    provider,
  });
  await expect(client.models(never)).rejects.toMatchObject({ failure: { code: "llm.wrong_key" } });
});
