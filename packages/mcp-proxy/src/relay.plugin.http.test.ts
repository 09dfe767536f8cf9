import { Agent } from "undici";
import { expect, test } from "vitest";
import { openHttpServer } from "./testing/http-server.ts";
import { ask, openRequest, responseOf } from "./testing/raw-request.ts";
import { openRelayHost } from "./testing/relay-host.ts";

const through = (url: string) => `/mcp?transportType=streamable-http&url=${encodeURIComponent(url)}`;

test("a registered server gets what chatee keeps for it, whatever the caller sends", async () => {
  await using upstream = await openHttpServer((request, response) => response.end(JSON.stringify(request.headers)));
  await using host = await openRelayHost({
    servers: { x: { url: upstream.url, headers: { Authorization: "Bearer kept", "X-Api-Key": "k" } } },
  });
  const { text } = await ask(`${host.url}/mcp/x`, { headers: { authorization: "Bearer mine", "x-api-key": "mine" } });
  expect(JSON.parse(text)).toMatchObject({ authorization: "Bearer kept", "x-api-key": "k" });
});

test("a server is its owner's alone, and a session is its owner's and its server's alone", async () => {
  await using upstream = await openHttpServer((request, response) => {
    const begun = request.headers["mcp-session-id"] === undefined ? { "mcp-session-id": `of-${request.url}` } : {};
    response.writeHead(200, begun).end("ok");
  });
  await using host = await openRelayHost({
    servers: {
      a: { url: `${upstream.url}/a`, owner: "ann" },
      again: { url: `${upstream.url}/a`, owner: "ann" },
      b: { url: `${upstream.url}/a`, owner: "bob" },
      local: { url: upstream.url, type: "stdio" },
    },
    dialer: { allowAddresses: ["127.0.0.1"] },
  });
  const call = async (path: string, owner: string, session?: string, method = "POST") =>
    await ask(`${host.url}${path}`, {
      method,
      headers: { "x-owner": owner, ...(session === undefined ? {} : { "mcp-session-id": session }) },
      body: method === "POST" ? "{}" : undefined,
    });
  expect((await call("/mcp/a", "bob")).status).toBe(404);
  expect((await call("/mcp/local", "ann")).status).toBe(422);
  const { headers } = await call("/mcp/a", "ann");
  const session = String(headers["mcp-session-id"]);
  expect(session).toBe("of-/a");

  const before = upstream.requests.length;
  for (const [path, owner] of [
    ["/mcp/b", "bob"],
    ["/mcp/again", "ann"],
    [through(`${upstream.url}/a`), "bob"],
    [through(`${upstream.url}/a`), "ann"],
  ] as const) {
    for (const method of ["POST", "GET", "DELETE"]) {
      const answer = await call(path, owner, session, method);
      expect([answer.status, JSON.parse(answer.text)], `${method} ${path}`).toMatchObject([
        404,
        { error: { reason: "no_session" } },
      ]);
    }
  }
  expect(upstream.requests).toHaveLength(before);
  expect((await call("/mcp/a", "ann", session)).status).toBe(200);
  // A server that gives the same id to two people has given it to both.
  expect((await call("/mcp/b", "bob")).status).toBe(200);
  expect((await call("/mcp/b", "bob", session)).status).toBe(200);
  expect((await call("/mcp/b", "bob", session, "DELETE")).status).toBe(200);
  expect((await call("/mcp/b", "bob", session)).status).toBe(404);
  // An id of before our restart is the upstream's to judge.
  expect((await call("/mcp/b", "bob", "of-yesterday")).status).toBe(200);
  expect((await call("/mcp/a", "ann", "of-yesterday")).status).toBe(404);
});

test("no unregistered URL leads to a private address: by name, by redirect, by rebinding, by somebody's open connection", async () => {
  await using inside = await openHttpServer((_request, response) => response.end("inside"));
  const answers: Record<string, string[][]> = {
    "rebinds.example": [["127.0.0.1"]],
    "both.example": [["93.184.215.14", "127.0.0.1"]],
    "public.example": [["127.0.0.2"]],
  };
  await using outside = await openHttpServer((request, response) => {
    const to = request.headers["mcp-param-to"];
    response.writeHead(to === undefined ? 200 : 302, to === undefined ? {} : { location: String(to) }).end("outside");
  });
  await using host = await openRelayHost({
    servers: { mine: { url: inside.url }, closed: { url: inside.url, mayBePrivate: false } },
    dialer: { allowAddresses: ["127.0.0.2"], lookup: async (name) => answers[name]?.[0] ?? [] },
  });
  const relay = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await ask(`${host.url}${through(url)}`, { headers });
    return answer.status === 200 ? answer.text : answer.status;
  };
  const port = `:${inside.port}/mcp`;
  expect((await ask(`${host.url}/mcp/mine`)).text).toBe("inside");
  const opened = inside.connections();
  expect(await relay(`${inside.url}/mcp`)).toBe(403);
  expect(await relay(`http://localhost${port}`)).toBe(403);
  expect(await relay(`http://rebinds.example${port}`)).toBe(403);
  expect(await relay(`http://both.example${port}`)).toBe(403);
  expect(await relay(`http://nobody.example${port}`)).toBe(502);
  expect((await ask(`${host.url}/mcp/closed`)).status).toBe(403);

  expect(await relay(`http://public.example:${outside.port}/`)).toBe("outside");
  for (const to of [inside.url, `//127.0.0.1${port}`, "http://169.254.169.254/", "file:///etc/passwd", "/elsewhere"])
    expect(
      await relay(`http://public.example:${outside.port}/`, { "mcp-param-to": to, authorization: "Bearer theirs" }),
    ).toBe(502);
  expect(inside.connections()).toBe(opened);
});

test(
  "ten thousand calls of two people with the same JSON-RPC ids: each answer reaches who asked",
  { timeout: 120_000 },
  async () => {
    await using upstream = await openHttpServer((request, response) => {
      const answer = () => response.writeHead(200, { "mcp-key": String(request.headers["x-key"]) });
      // Half of the answers overtake the other half.
      if (upstream.requests.length % 2 === 0) setImmediate(() => request.pipe(answer()));
      else request.pipe(answer());
    });
    await using host = await openRelayHost({
      servers: {
        ann: { url: upstream.url, headers: { "x-key": "ann" }, owner: "ann" },
        bob: { url: upstream.url, headers: { "x-key": "bob" }, owner: "bob" },
      },
    });
    const client = new Agent();
    const calls = 5_000;
    const crossed: string[] = [];
    const work = async (owner: string, first: number, step: number) => {
      for (let id = first; id < calls; id += step) {
        const sent = JSON.stringify({ jsonrpc: "2.0", id, from: owner });
        const { headers, body } = await client.request({
          origin: host.url,
          path: `/mcp/${owner}`,
          method: "POST",
          headers: { "x-owner": owner },
          body: sent,
        });
        if ((await body.text()) !== sent || headers["mcp-key"] !== owner) crossed.push(`${owner} ${id}`);
      }
    };
    const lanes = 40;
    await Promise.all(
      ["ann", "bob"].flatMap((owner) => Array.from({ length: lanes }, (_, at) => work(owner, at, lanes))),
    );
    await client.close();
    expect(crossed).toEqual([]);
    expect(upstream.requests).toHaveLength(2 * calls);
  },
);

test("a stream of events goes on where it was: ids and Last-Event-ID pass, on GET as on POST", async () => {
  const events = [1, 2, 3, 4].map((id) => `id: ${id}\nretry: 10\ndata: ${id}\n\n`);
  await using upstream = await openHttpServer((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const from = Number(request.headers["last-event-id"] ?? 0);
    for (const event of events.slice(from, from === 0 ? 2 : undefined)) response.write(event);
    response.end();
  });
  await using host = await openRelayHost({ servers: { x: { url: upstream.url } } });
  expect((await ask(`${host.url}/mcp/x`)).text).toBe(events.slice(0, 2).join(""));
  const rest = await ask(`${host.url}/mcp/x`, { method: "GET", headers: { "last-event-id": "2" }, body: undefined });
  expect(rest.text).toBe(events.slice(2).join(""));
});

test("closing the host ends every stream and lets go of every upstream", async () => {
  await using upstream = await openHttpServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  });
  await using host = await openRelayHost({ servers: { x: { url: upstream.url } } });
  const streams = await Promise.all(
    Array.from({ length: 20 }, async () => await responseOf(openRequest(`${host.url}/mcp/x`, { method: "GET" }))),
  );
  const ended = streams.map(async (stream) => {
    stream.on("error", () => {}).resume();
    await new Promise((resolve) => stream.once("close", resolve));
  });
  await host.app.close();
  await Promise.all(ended);
  await expect.poll(upstream.openSockets, { timeout: 5_000 }).toBe(0);
});

test("the host hears of every answer that may last: of a program, and of a stream, and not of one that came whole", async () => {
  await using upstream = await openHttpServer((request, response) => {
    if (request.method === "GET") response.writeHead(200, { "content-type": "text/event-stream" }).write(":\n\n");
    else response.end("whole");
  });
  const lasting: string[] = [];
  await using host = await openRelayHost({
    servers: { remote: { url: upstream.url }, local: { url: "", type: "stdio" } },
    relay: {
      onLasting: ({ method, url }) => lasting.push(`${method} ${url}`),
      serveProgram: async (_owner, _server, { response }) => void response.end("of a program"),
    },
  });
  expect((await ask(`${host.url}/mcp/remote`, { body: "{}" })).text).toBe("whole");
  expect((await ask(`${host.url}/mcp/local`, { body: "{}" })).text).toBe("of a program");
  const stream = openRequest(`${host.url}/mcp/remote`, { method: "GET" });
  await responseOf(stream);
  stream.destroy();
  expect(lasting).toEqual(["POST /mcp/local", "GET /mcp/remote"]);
});
