import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { createTestServer, fetchFrom, openClient } from "./create-test-server.ts";

type Server = Awaited<ReturnType<typeof createTestServer>>;

/** `fetch` will not send a Host or Origin of our choice; this does. */
async function ask(
  server: Server,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
) {
  const request = httpRequest({
    host: "127.0.0.1",
    port: server.port,
    path,
    method: options.method ?? "GET",
    headers: options.headers,
    agent: false,
  });
  request.end(options.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
const bearer = (server: Server) => ({ authorization: `Bearer ${server.token}` });

/** Bytes as they are, on a socket of their own; the answer until the server closes. */
async function sendRaw(server: Server, bytes: string | Buffer): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("utf8")));
  await Promise.race([once(socket, "close"), once(AbortSignal.timeout(5_000), "abort")]);
  socket.destroy();
  return answer;
}

/** How an upgrade ended: `open`, or the status it was refused with. */
async function upgrade(server: Server, headers: Record<string, string>, path = "/trpc"): Promise<"open" | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
  try {
    return await new Promise((resolve, reject) => {
      socket.on("open", () => resolve("open"));
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.on("error", reject);
    });
  } finally {
    socket.on("error", () => {});
    socket.terminate();
  }
}

async function signIn(server: Server): Promise<string> {
  const response = await fetch(`${server.url}/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: server.token }),
  });
  expect(response.status).toBe(204);
  return response.headers.getSetCookie()[0] ?? "";
}

test("every door but health and the page itself wants the token", async () => {
  await using server = await createTestServer();
  for (const path of ["/health", "/ready", "/api/health", "/"])
    expect((await ask(server, path)).status, path).toBe(200);
  for (const path of [
    "/trpc/system.info",
    "/trpc/nothing.here",
    "/api/sessions",
    "/api/nothing",
    "/metrics",
    "/mcp",
    "/mcp/x",
  ]) {
    const { status, body } = await ask(server, path);
    expect([401, 404], path).toContain(status);
    if (!path.startsWith("/mcp")) expect(status, path).toBe(401);
    expect(body).not.toContain("version");
  }
  expect(await upgrade(server, {})).toBe(401);
  expect(await upgrade(server, bearer(server))).toBe("open");
  expect((await ask(server, "/trpc/system.info", { headers: bearer(server) })).status).toBe(200);
  expect((await ask(server, "/metrics", { headers: bearer(server) })).body).toContain("chatee_active_runs 0");
});

test("a foreign Host is refused on every door, also with the right token", async () => {
  await using server = await createTestServer();
  for (const host of [
    "evil.example",
    `evil.example:${server.port}`,
    "127.0.0.1",
    `127.0.0.1:${server.port + 1}`,
    `127.0.0.2:${server.port}`,
    "a b",
    `localhost:${server.port}@evil.example`,
  ]) {
    for (const path of ["/", "/health", "/trpc/system.info", "/api/sessions"]) {
      const { status, body } = await ask(server, path, { headers: { ...bearer(server), host } });
      expect(status, `${host} ${path}`).toBe(403);
      expect(() => JSON.parse(body) as unknown).not.toThrow();
    }
    expect(await upgrade(server, { ...bearer(server), host })).toBe(403);
  }
  for (const host of [`localhost:${server.port}`, `LOCALHOST:${server.port}`, `[::1]:${server.port}`]) {
    expect((await ask(server, "/health", { headers: { host } })).status, host).toBe(200);
  }
  expect(await sendRaw(server, "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect(await sendRaw(server, "GET /health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 /,
  );
});

test("a foreign Origin is refused on every door, one of the configured origins may read the answers", async () => {
  await using server = await createTestServer({ file: { cors: { origins: ["http://localhost:5174"] } } });
  const own = `http://127.0.0.1:${server.port}`;
  for (const origin of [
    "http://evil.example",
    "null",
    "http://localhost:5173",
    `https://127.0.0.1:${server.port}`,
    `${own}/`,
    `${own}.evil.example`,
    "file://",
  ]) {
    for (const path of ["/", "/health", "/trpc/system.info", "/api/sessions"]) {
      const { status, headers } = await ask(server, path, { headers: { ...bearer(server), origin } });
      expect(status, `${origin} ${path}`).toBe(403);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(await upgrade(server, { ...bearer(server), origin })).toBe(403);
    const preflight = { origin, "access-control-request-method": "POST" };
    expect((await ask(server, "/api/sessions", { method: "OPTIONS", headers: preflight })).status).toBe(403);
  }
  expect((await ask(server, "/trpc/system.info", { headers: { ...bearer(server), origin: own } })).status).toBe(200);
  expect(await upgrade(server, { ...bearer(server), origin: own })).toBe("open");

  const origin = "http://localhost:5174";
  const preflight = await ask(server, "/api/sessions/1", {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "PUT", "access-control-request-headers": "content-type" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
  });
  expect(preflight.headers["access-control-allow-methods"]).toContain("PUT");
  const refused = await ask(server, "/api/sessions", { headers: { origin } });
  expect(refused.status).toBe(401);
  expect(refused.headers["access-control-allow-origin"]).toBe(origin);
});

test("requests that a browser sends for another site are refused, links to the page are not", async () => {
  await using server = await createTestServer();
  for (const site of ["cross-site", "same-site"]) {
    for (const path of ["/api/sessions", "/trpc/system.info", "/health"]) {
      expect(
        (
          await ask(server, path, {
            headers: { ...bearer(server), "sec-fetch-site": site, "sec-fetch-mode": "no-cors" },
          })
        ).status,
      ).toBe(403);
      expect(
        (
          await ask(server, path, {
            headers: { ...bearer(server), "sec-fetch-site": site, "sec-fetch-mode": "navigate" },
          })
        ).status,
      ).toBe(403);
    }
    expect((await ask(server, "/", { headers: { "sec-fetch-site": site, "sec-fetch-mode": "navigate" } })).status).toBe(
      200,
    );
    expect((await ask(server, "/", { headers: { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" } })).status).toBe(
      403,
    );
  }
  expect(
    (await ask(server, "/trpc/system.info", { headers: { ...bearer(server), "sec-fetch-site": "same-origin" } }))
      .status,
  ).toBe(200);
});

test("the token is exchanged for a cookie that scripts cannot read and other sites do not send; signing out ends it and its sockets", async () => {
  await using server = await createTestServer();
  const cookie = await signIn(server);
  expect(cookie).toMatch(/^chatee_\d+=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  const headers = { cookie: `other=1; ${cookie.split(";", 1)[0]}` };
  expect((await ask(server, "/trpc/system.info", { headers })).status).toBe(200);

  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/trpc`, { headers });
  await once(socket, "open");
  const closed = once(socket, "close");
  expect((await ask(server, "/auth/sign-out", { method: "POST", headers })).status).toBe(204);
  expect((await closed)[0]).toBe(1008);
  expect((await ask(server, "/trpc/system.info", { headers })).status).toBe(401);
  expect(await upgrade(server, headers)).toBe(401);
  // The install token itself is no cookie.
  expect(
    (await ask(server, "/trpc/system.info", { headers: { cookie: `${cookie.split("=", 1)[0]}=${server.token}` } }))
      .status,
  ).toBe(401);
});

test("guessing is slowed down whatever X-Forwarded-For says, and does not lock out a browser that is signed in", async () => {
  await using server = await createTestServer();
  const cookie = (await signIn(server)).split(";", 1)[0] ?? "";
  const guesses = [];
  for (let index = 0; index < 15; index++) {
    const headers = { authorization: `Bearer wrong-${index}`, "x-forwarded-for": `10.0.0.${index}` };
    guesses.push(await ask(server, index % 2 === 0 ? "/api/sessions" : "/trpc/system.info", { headers }));
  }
  expect(guesses.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(401));
  expect(guesses.slice(10).map(({ status }) => status)).toEqual(Array(5).fill(429));
  expect(Number(guesses.at(-1)?.headers["retry-after"])).toBeGreaterThan(0);
  const body = JSON.stringify({ token: "wrong" });
  expect(
    (await ask(server, "/auth/sign-in", { method: "POST", headers: { "content-type": "application/json" }, body }))
      .status,
  ).toBe(429);
  expect(await upgrade(server, { authorization: "Bearer wrong" })).toBe(429);
  expect((await ask(server, "/trpc/system.info", { headers: { cookie } })).status).toBe(200);
});

test("auth.mode none asks for nothing, and still refuses foreign pages", async () => {
  await using server = await createTestServer({ env: { CHATEE_AUTH__MODE: "none" } });
  expect((await ask(server, "/trpc/system.info")).status).toBe(200);
  expect(await upgrade(server, {})).toBe("open");
  expect((await ask(server, "/trpc/system.info", { headers: { origin: "http://evil.example" } })).status).toBe(403);
});

test("a large, malformed or hostile request under /trpc is answered 4xx in the client's own shape", async () => {
  await using server = await createTestServer();
  const json = { ...bearer(server), "content-type": "application/json" };
  const post = (body: string | Buffer, headers: Record<string, string> = json, path = "/trpc/sessions.create") =>
    ask(server, path, { method: "POST", headers, body });
  const cases: [string, Promise<{ status: number | undefined; body: string }>, number][] = [
    ["no JSON", post("{"), 400],
    ["no envelope", post('{"title":"x"}'), 400],
    ["an array", post("[]"), 400],
    ["wrong type", post('{"json":{"title":5}}'), 400],
    ["invalid UTF-8", post(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 400],
    ["__proto__", post('{"json":{"__proto__":{"isAdmin":true}}}'), 400],
    ["__proto__ in escapes", post('{"json":{"\\u005f_proto__":{"isAdmin":true}}}'), 400],
    ["deep", post(`{"json":{"ext":${'{"a":'.repeat(100)}1${"}".repeat(100)}}}`), 400],
    ["annotations", post('{"json":{"title":"1"},"meta":{"values":{"title":["bigint"]}}}'), 400],
    ["form", post("title=1", { ...bearer(server), "content-type": "application/x-www-form-urlencoded" }), 415],
    ["multipart", post("--x--", { ...bearer(server), "content-type": "multipart/form-data; boundary=x" }), 415],
    ["bytes", post("x", { ...bearer(server), "content-type": "application/octet-stream" }), 415],
    ["text", post('{"json":{}}', { ...bearer(server), "content-type": "text/plain" }), 415],
    ["too large", post(JSON.stringify({ json: { title: "x".repeat(1_100_000) } })), 413],
    ["unknown procedure", ask(server, "/trpc/nothing.here", { headers: bearer(server) }), 404],
    ["a query as a mutation", post('{"json":{}}', json, "/trpc/system.info"), 405],
    ["a mutation as a query", ask(server, "/trpc/sessions.create?input=%7B%7D", { headers: bearer(server) }), 405],
    ["another method", ask(server, "/trpc/system.info", { method: "PUT", headers: bearer(server) }), 404],
    ["bad escape in the path", ask(server, "/trpc/%E0%A4%A", { headers: bearer(server) }), 400],
    ["bad input parameter", ask(server, "/trpc/sessions.get?input=%7B", { headers: bearer(server) }), 400],
    ["no input", ask(server, "/trpc/sessions.get", { headers: bearer(server) }), 400],
    [
      "unknown id",
      ask(server, `/trpc/sessions.get?input=${encodeURIComponent('{"json":{"sessionId":"nobody"}}')}`, {
        headers: bearer(server),
      }),
      404,
    ],
    [
      "an odd id",
      ask(server, `/trpc/sessions.get?input=${encodeURIComponent('{"json":{"sessionId":"a\\u0000/../b"}}')}`, {
        headers: bearer(server),
      }),
      400,
    ],
    [
      "a bad cursor",
      ask(server, `/trpc/sessions.list?input=${encodeURIComponent('{"json":{"cursor":"sX.."}}')}`, {
        headers: bearer(server),
      }),
      400,
    ],
  ];
  for (const [name, answer, status] of cases) {
    const { status: found, body } = await answer;
    expect({ name, found, body: body.slice(0, 300) }).toMatchObject({ name, found: status });
    expect(body, name).not.toMatch(/\bat .*:\d+:\d+|node_modules|\/work\/|SQLITE|select /i);
  }
});

test("a batch of more than 50 calls is refused as a whole, over HTTP and in one socket message", async () => {
  await using server = await createTestServer();
  const names = Array(51).fill("system.info").join(",");
  expect((await ask(server, `/trpc/${names}?batch=1&input=%7B%7D`, { headers: bearer(server) })).status).toBe(400);
  const fifty = Array(50).fill("system.info").join(",");
  expect((await ask(server, `/trpc/${fifty}?batch=1&input=%7B%7D`, { headers: bearer(server) })).status).toBe(200);

  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/trpc`, { headers: bearer(server) });
  await once(socket, "open");
  const answers: { id: number; error?: unknown }[] = [];
  socket.on("message", (data: Buffer) => answers.push(JSON.parse(data.toString("utf8")) as { id: number }));
  const calls = Array.from({ length: 20_000 }, (_, id) => ({ id, method: "query", params: { path: "system.health" } }));
  socket.send(JSON.stringify(calls));
  await expect.poll(() => answers.length).toBeGreaterThan(0);
  expect(answers.every(({ error }) => error !== undefined)).toBe(true);
  expect((await fetchFrom(server)("/health")).status).toBe(200);
  socket.terminate();
});

test("what arrives on a socket and is no call of ours is answered or ends that socket alone", async () => {
  await using server = await createTestServer();
  await using watcher = openClient(server);
  for (const message of [
    "{",
    "[]",
    "null",
    "5",
    '"x"',
    "[[[]]]",
    '{"id":1}',
    '{"id":1,"method":"query"}',
    '{"id":{},"method":"query","params":{"path":"system.info"}}',
    '{"id":1,"method":"subscription","params":{"path":"sessions.events","input":{"json":{"sessionId":"nobody"}}}}',
    '{"id":1,"method":"subscription","params":{"path":"sessions.events","input":{"json":5}},"lastEventId":{}}',
    Buffer.from([0xff, 0x00]),
    `{"id":1,"method":"query","params":{"path":"${"x".repeat(100_000)}"}}`,
  ]) {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/trpc`, { headers: bearer(server) });
    await once(socket, "open");
    socket.send(message);
    socket.send('{"id":77,"method":"query","params":{"path":"system.info"}}');
    const isAnswered = new Promise<boolean>((resolve) => {
      socket.on("message", (data: Buffer) => {
        if (data.toString("utf8").includes('"id":77')) resolve(true);
      });
      socket.on("close", () => resolve(false));
    });
    expect(await isAnswered, String(message).slice(0, 60)).toBe(true);
    socket.terminate();
  }
  const large = new WebSocket(`ws://127.0.0.1:${server.port}/trpc`, { headers: bearer(server) });
  await once(large, "open");
  large.on("error", () => {});
  large.send("x".repeat(5 * 1024 * 1024));
  expect((await once(large, "close"))[0]).toBe(1009);
  expect(await watcher.client.system.info.query()).toMatchObject({ engine: "sqlite" });
});

test("what is no HTTP, or too much of it, gets a 4xx and the server goes on", async () => {
  await using server = await createTestServer();
  expect(await sendRaw(server, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc")).toMatch(/^HTTP\/1\.1 400 /);
  expect(await sendRaw(server, "rubbish\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  const host = `Host: 127.0.0.1:${server.port}\r\n`;
  expect(await sendRaw(server, `GET / HTTP/1.1\r\n${host}X: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  expect(await sendRaw(server, `GET /${"x".repeat(20_000)} HTTP/1.1\r\n${host}\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(
    await sendRaw(
      server,
      `POST /trpc/sessions.create HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ),
  ).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetchFrom(server)("/health")).status).toBe(200);
});

test("a failed call carries the failure with its ids, a bug only an id", async () => {
  await using server = await createTestServer();
  await using caller = openClient(server);
  const failure = await caller.client.sessions.get.query({ sessionId: "nobody" }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    data: { code: "NOT_FOUND", failure: { code: "session.not_found", sessionId: "nobody" }, errorId: null },
  });
});
