import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { openHttpServer } from "../testing/http-server.ts";
import { ask, bytesOf, openRequest, responseOf } from "../testing/raw-request.ts";
import { openRelayHost } from "../testing/relay-host.ts";

const eventStream = { "content-type": "text/event-stream" };
const withinMs = 5_000;

/** An upstream, and a relay that knows it as `x`. */
async function openPair(listener: (request: IncomingMessage, response: ServerResponse) => void, relay = {}) {
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await openHttpServer(listener));
  const host = opened.use(await openRelayHost({ servers: { x: { url: `${upstream.url}/mcp?a=b` } }, relay }));
  const parts = opened.move();
  return {
    upstream,
    url: `${host.url}/mcp/x`,
    host,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

test("statuses, bodies and the headers that mean something come down unchanged, others do not", async () => {
  const answers: [status: number, headers: Record<string, string>, body: string][] = [
    [200, { "content-type": "application/json", "mcp-session-id": "abc~!" }, '{"a":"ü"}'],
    [202, {}, ""],
    [400, { "content-type": "application/json" }, '{"jsonrpc":"2.0","error":{"code":-32020}}'],
    [401, { "www-authenticate": 'Bearer error="invalid_token", scope="a b"' }, "no"],
    [403, { "www-authenticate": 'Bearer error="insufficient_scope"' }, ""],
    [404, { "content-type": "application/json" }, '{"jsonrpc":"2.0","error":{"code":-32601}}'],
    [405, { allow: "POST" }, ""],
    [429, { "retry-after": "17" }, "slow down"],
    [500, {}, "broken"],
    [503, { "retry-after": "1" }, ""],
  ];
  await using pair = await openPair((request, response) => {
    const [status, headers, body] = answers[Number(request.headers["mcp-param-case"])] ?? [599, {}, ""];
    response.writeHead(status, { ...headers, "set-cookie": "a=b", "access-control-allow-origin": "*", server: "x" });
    response.end(body);
  });
  for (const [at, [status, headers, body]] of answers.entries()) {
    for (const method of ["POST", "GET", "DELETE"]) {
      const answer = await ask(pair.url, {
        method,
        headers: { "mcp-param-case": String(at) },
        body: method === "POST" ? "{}" : undefined,
      });
      expect(answer).toMatchObject({ status, text: body, headers });
      expect(answer.headers).toMatchObject({ "cache-control": "no-store", "x-accel-buffering": "no" });
      for (const name of ["set-cookie", "access-control-allow-origin", "server"])
        expect(answer.headers[name]).toBeUndefined();
    }
  }
});

test("what the protocol needs goes up as it came, and nothing of the caller's page or connection", async () => {
  await using pair = await openPair((request, response) => {
    bytesOf(request).then(
      (body) =>
        response.end(
          JSON.stringify({ ...request.headers, method: request.method, path: request.url, body: body.toString("hex") }),
        ),
      () => response.destroy(),
    );
  });
  const headers = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": "2026-07-28",
    "mcp-session-id": "s1",
    "last-event-id": "e-17",
    "mcp-method": "tools/call",
    "mcp-name": "=?base64?w7w=?=",
    "mcp-param-region": "eu",
    "mcp-of-next-year": "1",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  };
  const sent = await ask(pair.url, {
    headers: {
      ...headers,
      "mcp-param-mine": "nominated",
      connection: "close, mcp-param-mine",
      cookie: "chatee_3002=secret",
      authorization: "Bearer ours",
      origin: pair.host.url,
      referer: `${pair.host.url}/`,
      "accept-encoding": "gzip",
      "x-forwarded-for": "1.2.3.4",
      "proxy-authorization": "Basic x",
      te: "trailers",
    },
    body: Buffer.from([0, 255, 13, 10, 128]),
  });
  const seen = JSON.parse(sent.text) as Record<string, string>;
  expect(seen).toEqual({
    ...headers,
    method: "POST",
    path: "/mcp?a=b",
    body: "00ff0d0a80",
    host: `127.0.0.1:${pair.upstream.port}`,
    "user-agent": "chatee",
    connection: "keep-alive",
    "content-length": "5",
  });
});

test("the upstream is let go as soon as the caller leaves: before an answer, in a stream, in an upload", async () => {
  let closed = Promise.withResolvers<number>();
  let arrived = Promise.withResolvers<void>();
  await using pair = await openPair((request, response) => {
    request.resume();
    request.socket.once("close", () => closed.resolve(performance.now()));
    if (request.headers["mcp-param-stream"]) response.writeHead(200, eventStream).write("data: 1\n\n");
    arrived.resolve();
  });
  for (const kind of ["waiting", "stream", "upload", "get"]) {
    closed = Promise.withResolvers();
    arrived = Promise.withResolvers();
    const headers: Record<string, string> = kind === "stream" || kind === "get" ? { "mcp-param-stream": "1" } : {};
    const request = openRequest(pair.url, {
      method: kind === "get" ? "GET" : "POST",
      headers,
      body: kind === "waiting" || kind === "stream" ? "{}" : undefined,
    });
    if (kind === "upload") request.write("{");
    if (kind === "stream" || kind === "get") await once(await responseOf(request), "data");
    await arrived.promise;
    const leftAt = performance.now();
    request.destroy();
    expect((await closed.promise) - leftAt, kind).toBeLessThan(1_000);
  }
});

test("no stream is cut, however long it is quiet, and however short the time for headers is", async () => {
  let finish = () => {};
  await using pair = await openPair(
    (_request, response) => {
      response.writeHead(200, eventStream).write("id: 1\ndata: first\n\n");
      finish = () => response.end("id: 2\ndata: last\n\n");
    },
    { proxyTimeoutMs: 50 },
  );
  const response = await responseOf(openRequest(pair.url, { body: "{}" }));
  await once(response, "readable");
  // Thirty times the limit, and past the resolution of every timer of undici.
  await wait(1_500);
  finish();
  expect((await bytesOf(response)).toString()).toBe("id: 1\ndata: first\n\nid: 2\ndata: last\n\n");
});

test("an upstream that is silent, away, broken or no HTTP is a JSON error of ours, without its words", async () => {
  const behaviours: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    silent: () => {},
    resets: (request) => request.socket.resetAndDestroy(),
    nonsense: (request) => void request.socket.end("SECRET\r\n\r\n"),
    redirects: (_request, response) =>
      void response.writeHead(307, { location: "http://127.0.0.1:1/SECRET" }).end("SECRET"),
    "redirects at home": (_request, response) => void response.writeHead(302, { location: "/mcp/" }).end(),
    "early hints": (_request, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeHead(200).end("answered");
    },
  };
  await using pair = await openPair(
    (request, response) => behaviours[String(request.headers["mcp-param-case"])]?.(request, response),
    {
      proxyTimeoutMs: 200,
    },
  );
  const endings: Record<string, [status: number, code: string, reason: string]> = {
    silent: [504, "GATEWAY_TIMEOUT", "timed_out"],
    resets: [502, "BAD_GATEWAY", "unreachable"],
    nonsense: [502, "BAD_GATEWAY", "bad_answer"],
    redirects: [502, "BAD_GATEWAY", "redirected"],
    "redirects at home": [502, "BAD_GATEWAY", "redirected"],
  };
  for (const [kind, [status, code, reason]] of Object.entries(endings)) {
    const answer = await ask(pair.url, { headers: { "mcp-param-case": kind } });
    expect(answer.status, kind).toBe(status);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code, reason, message: expect.any(String) } });
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain("SECRET");
  }
  expect((await ask(pair.url, { headers: { "mcp-param-case": "early hints" } })).text).toBe("answered");

  const unused = `http://127.0.0.1:${await freePort()}/mcp`;
  await using away = await openRelayHost({ servers: { away: { url: unused } } });
  expect(JSON.parse((await ask(`${away.url}/mcp/away`)).text)).toMatchObject({ error: { reason: "unreachable" } });
});

test("an answer that breaks off upstream breaks off here too, and is not taken for whole", async () => {
  await using pair = await openPair((request, response) => {
    response.writeHead(200, eventStream).write("data: half", () => request.socket.resetAndDestroy());
  });
  const response = await responseOf(openRequest(pair.url, { body: "{}" }));
  await expect(bytesOf(response)).rejects.toThrow("aborted");
});

test("an event stream that says nothing gets its first byte from us, any other only the upstream's", async () => {
  let speak = (_text: string) => {};
  await using pair = await openPair(
    (request, response) => {
      const kind = String(request.headers["mcp-param-case"]);
      const known = kind === "known length" ? { "content-length": "9" } : {};
      response.writeHead(200, kind === "json" ? { "content-type": "application/json" } : { ...eventStream, ...known });
      response.flushHeaders();
      if (kind === "talking") response.write("data: 1\n\n");
      speak = (text) => response.end(text);
    },
    { silenceMs: 30 },
  );
  for (const [kind, expected] of [
    ["quiet", ":\n\ndata: 2\n\n"],
    ["talking", "data: 1\n\ndata: 2\n\n"],
    ["json", "data: 2\n\n"],
    ["known length", "data: 2\n\n"],
  ] as const) {
    const response = await responseOf(openRequest(pair.url, { headers: { "mcp-param-case": kind }, body: "{}" }));
    if (kind === "quiet") await once(response, "readable");
    else await wait(120);
    speak("data: 2\n\n");
    expect((await bytesOf(response)).toString(), kind).toBe(expected);
  }
});

test("the head arrives at once, before the upstream says a word", async () => {
  await using pair = await openPair(
    (_request, response) => response.writeHead(200, { ...eventStream, "mcp-session-id": "s" }).flushHeaders(),
    { silenceMs: 60_000 },
  );
  const request = openRequest(pair.url, { body: "{}" });
  expect((await responseOf(request)).headers["mcp-session-id"]).toBe("s");
  request.destroy();
});

test("an event of 8 MB, and any bytes at all, arrive as they were sent, both ways", { timeout: 30_000 }, async () => {
  const bytes = randomBytes(8 * 1024 * 1024);
  await using pair = await openPair((request, response) => {
    response.writeHead(200, eventStream);
    request.pipe(response);
  });
  const answer = await ask(pair.url, { body: bytes });
  expect(answer.bytes.equals(bytes)).toBe(true);
  const event = `id: 1\ndata: ${"ü€𝄞".repeat(800_000)}\n\n`;
  expect((await ask(pair.url, { headers: { "transfer-encoding": "chunked" }, body: event })).text === event).toBe(true);
});

test(
  "a caller who stops reading stops the upstream, holds a few buffers of memory, and misses nothing",
  { timeout: 30_000 },
  async () => {
    const block = randomBytes(1024 * 1024);
    const blocks = 96;
    let written = 0;
    let stalled = () => {};
    await using pair = await openPair((_request, response) => {
      response.writeHead(200, eventStream);
      const fill = () => {
        while (written < blocks) {
          written += 1;
          if (!response.write(block)) return void response.once("drain", fill);
        }
        response.end();
      };
      fill();
      stalled();
    });
    const started = new Promise<void>((resolve) => (stalled = resolve));
    const response = await responseOf(openRequest(pair.url, { body: "{}" }));
    await started;
    await expect
      .poll(
        async () => {
          const before = written;
          await wait(200);
          return written - before;
        },
        { timeout: withinMs },
      )
      .toBe(0);
    // Buffers of the four sockets between them, in the kernel for the most part.
    expect(written).toBeLessThan(40);
    const hash = createHash("sha256");
    for await (const chunk of response) hash.update(chunk as Buffer);
    const expected = createHash("sha256");
    for (let at = 0; at < blocks; at++) expected.update(block);
    expect(hash.digest("hex")).toBe(expected.digest("hex"));
  },
);

test("an upstream that stops reading stops the caller, and ends in 504", { timeout: 30_000 }, async () => {
  const block = Buffer.alloc(1024 * 1024);
  await using pair = await openPair(() => {}, { proxyTimeoutMs: 1_500, maxRequestBytes: 1024 ** 3 });
  const request = openRequest(pair.url, { headers: { "content-type": "application/json" } });
  let sent = 0;
  const pump = () => {
    while (sent < 512) {
      sent += 1;
      if (!request.write(block)) return void request.once("drain", pump);
    }
  };
  pump();
  const response = await responseOf(request);
  expect(response.statusCode).toBe(504);
  expect(sent).toBeLessThan(60);
  request.destroy();
});

test("bodies and open exchanges are bounded, each owner for himself", async () => {
  await using pair = await openPair(
    (request, response) => {
      if (request.method === "GET") response.writeHead(200, eventStream).write(":\n\n");
      else request.resume().on("end", () => response.end("ok"));
    },
    { maxRequestBytes: 1_000, maxPerOwner: 3, maxTotal: 5 },
  );
  expect((await ask(pair.url, { body: "x".repeat(1_001) })).status).toBe(413);
  const chunked = { "transfer-encoding": "chunked" };
  expect((await ask(pair.url, { headers: chunked, body: "x".repeat(100_000) })).status).toBe(413);
  expect((await ask(pair.url, { headers: chunked, body: "x".repeat(1_000) })).text).toBe("ok");

  const streams: ClientRequest[] = [];
  const listen = async (owner: string) => {
    const request = openRequest(pair.url, { method: "GET", headers: { "x-owner": owner } });
    const response = await responseOf(request);
    response.resume();
    if (response.statusCode === 200) streams.push(request);
    return response.statusCode;
  };
  for (let at = 0; at < 3; at++) expect(await listen("a")).toBe(200);
  const refused = await ask(pair.url, { headers: { "x-owner": "a" } });
  expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "1"]);
  expect([await listen("b"), await listen("b"), await listen("b")]).toEqual([200, 200, 429]);
  streams[0]?.destroy();
  await expect.poll(() => listen("b"), { timeout: withinMs }).toBe(200);
});

test("a caller who hung up without a word before the relay was ready costs nothing", async () => {
  let resolve = () => {};
  const known = new Promise<void>((done) => (resolve = done));
  await using upstream = await openHttpServer((_request, response) => response.end());
  await using host = await openRelayHost({
    relay: {
      resolveServer: async () => {
        await known;
        return { url: upstream.url, type: "http-stream", headers: {}, mayBePrivate: true };
      },
    },
  });
  const socket = connect(host.port, "127.0.0.1");
  socket.write("GET /mcp/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(host.app.server, "request");
  socket.resetAndDestroy();
  await expect.poll(() => host.app.server.listening && socket.destroyed).toBe(true);
  await wait(50);
  resolve();
  await wait(50);
  expect(upstream.requests).toHaveLength(0);
});
