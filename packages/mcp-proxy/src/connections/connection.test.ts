import { describe, expect, test, vi } from "vitest";
import { openConnection } from "./connection.ts";
import type { ElicitationRequest } from "./elicitation.ts";
import { createListCache } from "./list-cache.ts";
import { openFixtureHttp } from "./testing/fixture-http.ts";
import { createAuthorization, createRealEnvironment, fixtureOptions, until } from "./testing/test-environment.ts";

const eras = ["modern", "legacy"] as const;
const failing = (code: string) => expect.objectContaining({ failure: expect.objectContaining({ code }) });

describe.each(eras)("a %s server", (era) => {
  test("introduces itself, and its tools, resources and prompts can be used", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    expect(connection.era).toBe(era);
    expect(connection.serverInfo).toMatchObject({ name: "chatee-fixture" });
    expect(connection.instructions).toBe("Be kind.");
    expect((await connection.tools()).map(({ name }) => name)).toContain("echo");
    expect((await connection.resources()).map(({ uri }) => uri)).toEqual(["fixture://a"]);
    expect(await connection.readResource("fixture://a")).toMatchObject([{ text: "content of a" }]);
    expect((await connection.prompts()).map(({ name }) => name)).toEqual(["greet"]);
    expect((await connection.getPrompt("greet", { name: "Ada" })).messages).toHaveLength(1);
    expect(await connection.ping()).toMatchObject({ reachable: true, needsAuth: false, era });
  });

  test("every kind of content arrives, structured content beside it", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    expect(await connection.call({ name: "everything" })).toEqual({
      content: [
        { type: "text", text: "t" },
        { type: "image", data: "aW1n", mimeType: "image/png" },
        { type: "audio", data: "YXVk", mimeType: "audio/wav" },
        { type: "resource_link", uri: "fixture://a", name: "a", mimeType: "text/plain" },
        { type: "resource", uri: "fixture://b", text: "b" },
      ],
      structuredContent: { n: 1 },
      isError: false,
    });
  });

  test("twenty calls at once get their own answers", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    const said = Array.from({ length: 20 }, (_, index) => `word ${index}`);
    const results = await Promise.all(said.map((text) => connection.call({ name: "echo", arguments: { text } })));
    expect(results.map(({ content }) => content)).toEqual(said.map((text) => [{ type: "text", text }]));
  });

  test("a call that makes progress outlives the time a silent one is given, up to its total", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    const seen: number[] = [];
    const call = { name: "countdown", arguments: { steps: 10, everyMs: 150 }, idleMs: 1_000 };
    const result = await connection.call({ ...call, onProgress: ({ progress }) => seen.push(progress) });
    expect(result.content).toEqual([{ type: "text", text: "done" }]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await expect(connection.call({ ...call, totalMs: 300 })).rejects.toEqual(failing("mcp.outcome_unknown"));
  });

  test("cancelling reaches the server, and a call given up for its silence too", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    const stop = new AbortController();
    const cancelled = connection.call({ name: "hang", signal: stop.signal });
    cancelled.catch(() => {});
    await until(() => server.state.hanging === 1, "the call began");
    stop.abort();
    await expect(cancelled).rejects.toEqual(failing("mcp.cancelled"));
    await until(() => server.state.cancelled === 1, "the server heard of it");

    await expect(connection.call({ name: "hang", idleMs: 1_000 })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because: { code: "mcp.timed_out", waitedFor: "progress" } },
    });
    await until(() => server.state.cancelled === 2, "the server heard of the second");
  });

  test("a form and a page wanted by the server reach the user with the call they belong to", async () => {
    await using server = await openFixtureHttp(era);
    const asked: ElicitationRequest[] = [];
    await using connection = await openConnection(
      { type: "http-stream", url: server.url },
      fixtureOptions({
        async onElicitation(request) {
          asked.push(request);
          // Longer than a silent call may last: thinking does not count.
          await createRealEnvironment().wait(2_000);
          return request.mode === "form" ? { action: "accept", content: { name: "Ada" } } : { action: "accept" };
        },
      }),
    );
    const slow = { idleMs: 1_500, totalMs: 1_500 };
    const [named, paged] = await Promise.all([
      connection.call({ name: "ask_name", callId: "call-1", ...slow }),
      connection.call({ name: "ask_page", arguments: { url: "https://example.org/sign" }, callId: "call-2", ...slow }),
    ]);
    expect(named.content).toEqual([{ type: "text", text: "accept Ada" }]);
    expect(paged.content).toEqual([{ type: "text", text: "accept" }]);
    expect(asked.find(({ mode }) => mode === "form")).toMatchObject({ callId: "call-1", message: "Who?" });
    expect(asked.find(({ mode }) => mode === "url")).toMatchObject({
      callId: "call-2",
      url: "https://example.org/sign",
    });
  });

  test("a page that is not on the web is declined without asking, and a handler that fails cancels", async () => {
    await using server = await openFixtureHttp(era);
    const onElicitation = vi.fn(() => Promise.reject(new Error("no screen")));
    await using connection = await openConnection(
      { type: "http-stream", url: server.url },
      fixtureOptions({ onElicitation }),
    );
    const page = await connection.call({ name: "ask_page", arguments: { url: "javascript:alert(1)" } });
    expect(page.content).toEqual([{ type: "text", text: "decline" }]);
    expect(onElicitation).not.toHaveBeenCalled();
    expect((await connection.call({ name: "ask_name" })).content).toEqual([{ type: "text", text: "cancel" }]);
  });

  test("a change of its tools is heard, and the next list is new", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    const heard = vi.fn();
    connection.onListChanged(heard);
    await connection.tools();
    await until(
      () => server.seen.some(({ method, rpcMethod }) => method === "GET" || rpcMethod === "subscriptions/listen"),
      "it listens",
    );
    server.addTool("newcomer");
    await until(() => {
      server.tellToolsChanged();
      return heard.mock.calls.length > 0;
    }, "the change was heard");
    expect((await connection.tools()).map(({ name }) => name)).toContain("newcomer");
  });

  test("what is too large is refused without ending the connection", async () => {
    await using server = await openFixtureHttp(era);
    const limits = { maxMessageBytes: 100_000 };
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions({ limits }));
    await expect(connection.call({ name: "big", arguments: { bytes: 200_000 } })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because: { code: "mcp.too_large" } },
    });
    expect((await connection.call({ name: "big", arguments: { bytes: 10 } })).content).toHaveLength(1);
  });

  test("one that only answers requests is never sent a GET", async () => {
    await using server = await openFixtureHttp(era);
    await using connection = await openConnection({ type: "http-post", url: server.url }, fixtureOptions());
    await connection.call({ name: "echo", arguments: { text: "hi" } });
    await connection.ping();
    expect(
      server.seen.filter(({ method, rpcMethod }) => method === "GET" || rpcMethod === "subscriptions/listen"),
    ).toEqual([]);
  });
});

test("a list with a lifetime is asked for once; a private one is never shown to another user, a public one is", async () => {
  await using server = await openFixtureHttp("modern");
  server.state.ttlMs = 60_000;
  const lists = createListCache(createRealEnvironment());
  const spec = { type: "http-stream", url: server.url } as const;
  const as = (user: string) =>
    openConnection(spec, fixtureOptions({ lists, authorization: createAuthorization(user) }));
  const asked = () => server.seen.filter(({ rpcMethod }) => rpcMethod === "tools/list").length;
  await using ada = await as("ada");
  await using bob = await as("bob");
  await ada.tools();
  await ada.tools();
  expect(asked()).toBe(1);
  await bob.tools();
  expect(asked()).toBe(2);

  server.state.cacheScope = "public";
  await ada.tools({ refresh: true });
  await using eve = await as("eve");
  await eve.tools();
  expect(asked()).toBe(3);
});

test("headers of the owner and of the user go to the server's own origin and nowhere else", async () => {
  await using elsewhere = await openFixtureHttp();
  await using server = await openFixtureHttp("legacy");
  server.intercept = (req, res) => {
    if (req.headers["x-redirect"] === undefined) return false;
    res.writeHead(307, { location: elsewhere.url }).end();
    return true;
  };
  const authorization = { ...createAuthorization(), headers: async () => ({ authorization: "Bearer t" }) };
  const spec = {
    type: "http-stream" as const,
    url: server.url,
    headers: { "x-key": "k", host: "evil", cookie: "c=1" },
  };
  await using connection = await openConnection(spec, fixtureOptions({ authorization }));
  await connection.tools();
  for (const { headers } of server.seen) {
    expect(headers).toMatchObject({ authorization: "Bearer t", "x-key": "k", host: new URL(server.url).host });
  }
  const redirected = { ...spec, headers: { ...spec.headers, "x-redirect": "1" } };
  await expect(openConnection(redirected, fixtureOptions({ authorization }))).rejects.toMatchObject({
    failure: { code: "mcp.redirected", to: new URL(elsewhere.url).origin },
  });
  expect(elsewhere.seen).toEqual([]);
});

test("a refused token is renewed once and the request repeated; refused again, the user must sign in", async () => {
  await using server = await openFixtureHttp();
  let token = "old";
  server.intercept = (req, res) => {
    if (req.headers.authorization === "Bearer new") return false;
    res.writeHead(401, { "www-authenticate": 'Bearer resource_metadata="https://a.example/x"' }).end();
    return true;
  };
  const authorization = {
    ...createAuthorization(),
    headers: async () => ({ authorization: `Bearer ${token}` }),
    async onRefused() {
      token = token === "old" ? "new" : "useless";
      return "retry" as const;
    },
  };
  const spec = { type: "http-stream", url: server.url } as const;
  {
    await using connection = await openConnection(spec, fixtureOptions({ authorization }));
    expect(connection.era).toBe("modern");
  }
  token = "new but refused";
  await expect(openConnection(spec, fixtureOptions({ authorization }))).rejects.toMatchObject({
    failure: { code: "mcp.needs_auth", wwwAuthenticate: expect.stringContaining("resource_metadata") },
  });
});
