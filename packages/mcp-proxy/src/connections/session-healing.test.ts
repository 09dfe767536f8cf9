import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { freePort } from "@chatee/tooling/private-process";
import { describe, expect, test } from "vitest";
import { createDialer } from "../dialer/dialer.ts";
import { openConnection } from "./connection.ts";
import { openDeadline } from "./deadline.ts";
import { createEraStoreInMemory } from "./era-memory.ts";
import { openFixtureHttp } from "./testing/fixture-http.ts";
import {
  createAuthorization,
  createManualTime,
  createRealEnvironment,
  fixtureOptions,
} from "./testing/test-environment.ts";

const rpcMethods = (server: { seen: { rpcMethod: string | undefined }[] }) =>
  server.seen.map(({ rpcMethod }) => rpcMethod);

describe("a server that has forgotten the session", () => {
  test("is introduced to once for all who notice, and harmless requests are sent again", async () => {
    await using server = await openFixtureHttp("legacy");
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    await connection.tools();
    await server.forgetSessions();
    server.seen.length = 0;
    const [tools, echoed, read] = await Promise.all([
      connection.tools({ refresh: true }),
      connection.call({ name: "echo", arguments: { text: "hi" } }),
      connection.readResource("fixture://a"),
    ]);
    expect(tools.length).toBeGreaterThan(3);
    expect(echoed.content).toEqual([{ type: "text", text: "hi" }]);
    expect(read).toHaveLength(1);
    expect(rpcMethods(server).filter((method) => method === "initialize")).toHaveLength(1);
  });

  test("may have run a call that acts: nobody repeats it, and the next call works", async () => {
    await using server = await openFixtureHttp("legacy");
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    await connection.tools();
    await server.forgetSessions();
    await expect(connection.call({ name: "add_once" })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because: { code: "mcp.session_lost" } },
    });
    expect(rpcMethods(server).filter((method) => method === "tools/call")).toHaveLength(1);
    expect((await connection.call({ name: "add_once" })).content).toEqual([{ type: "text", text: "1" }]);
  });

  test("and always forgets it again is not asked for ever", async () => {
    await using server = await openFixtureHttp("legacy");
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    server.intercept = (_, res, body) => {
      if ((body as { method?: string } | undefined)?.method !== "resources/list") return false;
      res.writeHead(404).end();
      return true;
    };
    await expect(connection.resources()).rejects.toMatchObject({ failure: { code: "mcp.session_lost" } });
    expect(rpcMethods(server).filter((method) => method === "initialize")).toHaveLength(2);
  });
});

describe("the era", () => {
  const spec = (url: string) => ({ type: "http-stream", url }) as const;

  test("of an older server is asked once a day, per credential, and found to have changed after that day", async () => {
    await using server = await openFixtureHttp("legacy");
    const eras = createEraStoreInMemory();
    let nowMs = Date.now();
    const environment = { ...createRealEnvironment(), now: () => nowMs };
    const openAs = async (user: string) => {
      const authorization = createAuthorization(user);
      await using connection = await openConnection(
        spec(server.url),
        fixtureOptions({ environment, eras, authorization }),
      );
      return connection.era;
    };
    const probes = () => rpcMethods(server).filter((method) => method === "server/discover").length;
    expect([await openAs("ada"), await openAs("ada")]).toEqual(["legacy", "legacy"]);
    expect(probes()).toBe(1);
    await openAs("bob");
    expect(probes()).toBe(2);
    server.eras = "both";
    nowMs += 23 * 60 * 60_000;
    expect(await openAs("ada")).toBe("legacy");
    nowMs += 2 * 60 * 60_000;
    expect(await openAs("ada")).toBe("modern");
  });

  test("is asked again at once when an older server was replaced by one that only speaks the new one", async () => {
    await using server = await openFixtureHttp("legacy");
    const options = fixtureOptions({ eras: createEraStoreInMemory() });
    await (await openConnection(spec(server.url), options))[Symbol.asyncDispose]();
    server.eras = "modern";
    await using connection = await openConnection(spec(server.url), options);
    expect(connection.era).toBe("modern");
  });

  test("that changes under an open connection is followed, in both directions", async () => {
    await using server = await openFixtureHttp("modern");
    await using connection = await openConnection(spec(server.url), fixtureOptions());
    server.eras = "legacy";
    await connection.tools({ refresh: true });
    expect(connection.era).toBe("legacy");
    server.eras = "modern";
    await server.forgetSessions();
    await connection.tools({ refresh: true });
    expect(connection.era).toBe("modern");
  });

  test.each([401, 403, 500, 503])("is not judged by a %i", async (status) => {
    await using server = await openFixtureHttp("both");
    const eras = createEraStoreInMemory();
    server.intercept = (_, res) => (res.writeHead(status).end(), true);
    await expect(openConnection(spec(server.url), fixtureOptions({ eras }))).rejects.toThrow();
    expect(rpcMethods(server)).toEqual(["server/discover"]);
    server.intercept = undefined;
    await using connection = await openConnection(spec(server.url), fixtureOptions({ eras }));
    expect(connection.era).toBe("modern");
  });
});

describe("a server out of order", () => {
  test("that answers with the wrong id is given up in time", async () => {
    await using server = await openRogue((req, res, body) => {
      res.writeHead(200, { "content-type": "application/json" });
      res.end(JSON.stringify({ jsonrpc: "2.0", id: 4711, result: body.method === "initialize" ? {} : { tools: [] } }));
    });
    const limits = { connectMs: 400 };
    await expect(
      openConnection({ type: "http-stream", url: server.url }, fixtureOptions({ limits })),
    ).rejects.toMatchObject({ failure: { code: "mcp.timed_out", waitedFor: "connection" } });
  });

  test("whose stream ends without the answer is known to have failed at once", async () => {
    await using server = await openFixtureHttp("legacy");
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
    await connection.tools();
    server.intercept = (req, res, body) => {
      if ((body as { method?: string } | undefined)?.method !== "tools/call") return false;
      res.writeHead(200, { "content-type": "text/event-stream" }).end(": nothing more\n\n");
      return true;
    };
    await expect(connection.call({ name: "add_once" })).rejects.toMatchObject({
      failure: { code: "mcp.outcome_unknown", because: { code: "mcp.connection_lost" } },
    });
  });

  test("that talks for ever without answering is cut by size and by time", async () => {
    await using server = await openFixtureHttp("modern");
    const limits = { maxMessageBytes: 200_000, idleMs: 2_000 };
    await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions({ limits }));
    await connection.tools();
    let line = "data: ";
    const intervals: NodeJS.Timeout[] = [];
    server.intercept = (_, res, body) => {
      if ((body as { method?: string } | undefined)?.method !== "tools/call") return false;
      res.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => res.write(line.padEnd(50_000, "x")), 5);
      intervals.push(timer);
      res.on("close", () => clearInterval(timer));
      return true;
    };
    await expect(connection.call({ name: "echo" })).rejects.toMatchObject({ failure: { code: "mcp.too_large" } });
    line = ": comment\n\n";
    await expect(connection.call({ name: "echo", idleMs: 300 })).rejects.toMatchObject({
      failure: { code: "mcp.timed_out", waitedFor: "progress" },
    });
    intervals.forEach((timer) => clearInterval(timer));
  });

  test("that lists without end gives a bounded list", async () => {
    let page = 0;
    await using server = await openRogue((req, res, body) => {
      const result =
        body.method === "initialize"
          ? { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "r", version: "1" } }
          : { tools: [{ name: `t${page}`, inputSchema: { type: "object" } }], nextCursor: String(++page) };
      if (body.method === "server/discover") return void res.writeHead(400).end();
      if (body.id === undefined) return void res.writeHead(202).end();
      res.writeHead(200, { "content-type": "application/json" });
      res.end(JSON.stringify({ jsonrpc: "2.0", id: body.id, result }));
    });
    const open = (limits: object) => openConnection({ type: "http-post", url: server.url }, fixtureOptions({ limits }));
    await using byPages = await open({ maxPages: 5 });
    expect(await byPages.tools()).toHaveLength(5);
    await using byItems = await open({ maxItems: 3 });
    expect(await byItems.tools()).toHaveLength(3);
  });

  test("that is not there, or not MCP, is told apart", async () => {
    await using server = await openRogue((_, res) => res.writeHead(404).end("<html>"));
    const open = (url: string) => openConnection({ type: "http-stream", url }, fixtureOptions());
    await expect(open(server.url)).rejects.toMatchObject({ failure: { code: "mcp.http_error", status: 404 } });
    await expect(open(`http://127.0.0.1:${await freePort()}/mcp`)).rejects.toMatchObject({
      failure: { code: "mcp.unreachable", reason: "ECONNREFUSED" },
    });
    for (const url of ["file:///etc/passwd", "http://user:secret@127.0.0.1/", "nonsense"]) {
      await expect(open(url)).rejects.toMatchObject({ failure: { code: "mcp.bad_address" } });
    }
  });
});

test("a connection goes through the guarded dialer and nowhere else: private addresses only as registered", async () => {
  await using dialer = createDialer({ allowAddresses: [] });
  for (const era of ["modern", "legacy"] as const) {
    await using server = await openFixtureHttp(era);
    const spec = { type: "http-stream", url: server.url } as const;
    await expect(openConnection(spec, fixtureOptions({ fetch: dialer.fetch }))).rejects.toMatchObject({
      failure: { code: "mcp.unreachable", reason: "address_refused" },
    });
    expect(server.seen).toEqual([]);
    const { fetch: registered } = dialer.forTarget(server.url);
    await using connection = await openConnection(spec, fixtureOptions({ fetch: registered }));
    const steps: number[] = [];
    const countdown = { name: "countdown", arguments: { steps: 2, everyMs: 20 } };
    await connection.call({ ...countdown, onProgress: ({ progress }) => steps.push(progress) });
    expect(steps).toEqual([1, 2]);
  }
  const gone = `http://127.0.0.1:${await freePort()}/mcp`;
  const options = fixtureOptions({ fetch: dialer.forTarget(gone).fetch });
  await expect(openConnection({ type: "http-stream", url: gone }, options)).rejects.toMatchObject({
    failure: { code: "mcp.unreachable", reason: "ECONNREFUSED" },
  });
});

test("time in which the user is asked counts for neither clock", async () => {
  const time = createManualTime();
  using deadline = openDeadline(time, { idleMs: 100, totalMs: 250 });
  await time.advance(90);
  const resume = deadline.pause();
  await time.advance(10_000);
  resume();
  resume();
  await time.advance(90);
  expect(deadline.endedBy).toBeUndefined();
  deadline.touch();
  await time.advance(60);
  expect(deadline.endedBy).toBeUndefined();
  await time.advance(10);
  expect(deadline.endedBy).toBe("result");
});

type RpcBody = { id?: number; method?: string };

async function openRogue(answer: (req: IncomingMessage, res: ServerResponse, body: RpcBody) => void) {
  const listener: RequestListener = (req, res) => {
    let source = "";
    req.on("data", (chunk) => (source += String(chunk)));
    req.on("end", () => answer(req, res, source === "" ? {} : (JSON.parse(source) as RpcBody)));
  };
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
