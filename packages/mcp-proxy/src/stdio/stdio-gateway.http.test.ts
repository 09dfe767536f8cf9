import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import type { BackOffTimes } from "../connections/back-off.ts";
import { createConnectionPool } from "../connections/connection-pool.ts";
import { openConnection } from "../connections/connection.ts";
import { fixtureOptions, until } from "../connections/testing/test-environment.ts";
import { approvalHash } from "../server-spec.ts";
import type { StdioServerSpec } from "../server-spec.ts";
import { createStdioGateway } from "./stdio-gateway.ts";
import type { GatewayLimits, GatewayTarget } from "./stdio-gateway.ts";
import { hostForTests, openProgram, programSpec, publishedProgram, rogueSpec } from "./testing/rogue-connection.ts";

const everything = programSpec(publishedProgram("everything"), "stdio");

/** `/mcp/:serverId` with the user's name in a header, in front of the given programs. */
async function openGateway(
  specs: Record<string, StdioServerSpec>,
  { approval, limits, backOff }: { approval?: string; limits?: Partial<GatewayLimits>; backOff?: BackOffTimes } = {},
) {
  const pool = createConnectionPool({
    environment: hostForTests.environment,
    open: ({ spec }) => openProgram(spec as StdioServerSpec),
  });
  let count = 0;
  const gateway = createStdioGateway({
    host: hostForTests,
    newSessionId: () => `session-${++count}`,
    lease: (target) => pool.lease(target),
    ...(limits && { limits }),
    ...(backOff && { backOff }),
  });
  const http = createServer((req, res) => {
    const serverId = (req.url ?? "").split("/").at(-1) ?? "";
    const spec = specs[serverId] ?? everything;
    const userId = String(req.headers["x-user"] ?? "ada");
    const target: GatewayTarget = { serverId, userId, spec, approval: approval ?? approvalHash(spec) };
    void gateway.handle(req, res, target, { headers: { "x-door": "1" } });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    gateway,
    url: (serverId: string) => `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp/${serverId}`,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const accept = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  return fetch(url, { method: "POST", headers: { ...accept, ...headers }, body: JSON.stringify(body) });
}

async function startSession(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await post(url, initialize, headers);
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get("mcp-session-id") ?? "";
}

test("a client of 2025 uses a local server: tools, progress, questions to the user, its own stream", async () => {
  await using door = await openGateway({ everything });
  const client = new OlderClient({ name: "older", version: "1" }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name: "Ada" } }));
  await client.connect(new OlderTransport(new URL(door.url("everything"))));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain("echo");
  const steps: number[] = [];
  const long = { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } };
  await client.callTool(long, undefined, { onprogress: ({ progress }) => steps.push(progress) });
  expect(steps).toEqual([1, 2, 3]);
  const asked = await client.callTool({ name: "trigger-elicitation-request", arguments: {} });
  expect(JSON.stringify(asked.content)).toContain("Ada");
  await client.close();
});

test("a client of either era gets the same answers, the newer one without a session", async () => {
  await using door = await openGateway({ everything });
  await using connection = await openConnection({ type: "http-stream", url: door.url("everything") }, fixtureOptions());
  expect(connection.era).toBe("modern");
  expect(connection.serverInfo?.name).toContain("everything");
  const steps: number[] = [];
  const result = await connection.call({
    name: "trigger-long-running-operation",
    arguments: { duration: 0.6, steps: 3 },
    onProgress: ({ progress }) => steps.push(progress),
  });
  expect(result.content).toMatchObject([{ type: "text", text: expect.stringContaining("completed") }]);
  expect(steps.length).toBeGreaterThan(0);
  expect((await connection.resources()).length).toBeGreaterThan(0);
  expect(door.gateway.sessionCount).toBe(0);

  const lines = { name: "echo", arguments: { message: "hi" } };
  const client = new OlderClient({ name: "older", version: "1" });
  await client.connect(new OlderTransport(new URL(door.url("everything"))));
  expect((await client.callTool(lines)).content).toEqual((await connection.call(lines)).content);
  await client.close();
});

describe("sessions", () => {
  test("belong to one user and one server; to all others they are unknown", async () => {
    await using door = await openGateway({ one: rogueSpec("calm"), two: rogueSpec("calm") });
    const id = await startSession(door.url("one"));
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
    const statusOf = async (url: string, headers: Record<string, string>) => (await post(url, list, headers)).status;
    expect(await statusOf(door.url("one"), { "mcp-session-id": id })).toBe(200);
    expect(await statusOf(door.url("one"), { "mcp-session-id": id, "x-user": "eve" })).toBe(404);
    expect(await statusOf(door.url("two"), { "mcp-session-id": id })).toBe(404);
    expect(await statusOf(door.url("one"), { "mcp-session-id": "session-99" })).toBe(404);
    expect(await statusOf(door.url("one"), {})).toBe(400);
    const eve = { "mcp-session-id": id, "x-user": "eve", accept: "text/event-stream" };
    expect((await fetch(door.url("one"), { headers: eve })).status).toBe(404);
    expect((await fetch(door.url("one"), { method: "DELETE", headers: eve })).status).toBe(404);
    expect(door.gateway.sessionCount).toBe(1);
    const deleted = await fetch(door.url("one"), { method: "DELETE", headers: { "mcp-session-id": id } });
    expect([deleted.status, deleted.headers.get("x-door")]).toEqual([200, "1"]);
    expect(door.gateway.sessionCount).toBe(0);
  });

  test("of one user are bounded: the one idle for longest makes room", async () => {
    await using door = await openGateway({ one: rogueSpec("calm") }, { limits: { maxSessionsPerUser: 2 } });
    const first = await startSession(door.url("one"));
    await startSession(door.url("one"));
    await startSession(door.url("one"));
    await until(() => door.gateway.sessionCount === 2, "one is gone");
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
    expect((await post(door.url("one"), list, { "mcp-session-id": first })).status).toBe(404);
  });

  test("whose program crashes answer what is open, and the next start waits", async () => {
    const backOff = { firstMs: 60_000, longestMs: 60_000, healthyMs: 60_000 };
    await using door = await openGateway({ one: rogueSpec("crash") }, { backOff });
    const id = await startSession(door.url("one"));
    const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "act" } };
    const answer = await (await post(door.url("one"), call, { "mcp-session-id": id })).text();
    expect(answer).toContain('"code":"mcp.crashed"');
    expect((await post(door.url("one"), call, { "mcp-session-id": id })).status).toBe(404);
    const again = await post(door.url("one"), initialize);
    expect(again.status).toBe(503);
    expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(20);
  });

  test("end with their idle time, and their programs with them", async () => {
    await using door = await openGateway({ one: rogueSpec("environment") }, { limits: { idleMs: 1_500 } });
    const id = await startSession(door.url("one"));
    const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "act" } };
    expect(await (await post(door.url("one"), call, { "mcp-session-id": id })).text()).toContain("argv");
    await until(() => door.gateway.sessionCount === 0, "it ended");
  });
});

describe("a client that lost its connection", () => {
  const events = (text: string) =>
    [...text.matchAll(/id: (\S+)\ndata: (.*)\n/g)].map(([, id = "", data = ""]) => ({ id, data }));
  const long = { name: "trigger-long-running-operation", arguments: { duration: 0.8, steps: 8 } };
  const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { ...long, _meta: { progressToken: "p" } } };

  /** Asks for a long call and leaves as soon as something came of it. */
  async function leaveDuringCall(url: string, headers: Record<string, string>) {
    const response = await post(url, call, headers);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('"progress":2')) break;
    }
    return events(text);
  }
  const resume = (url: string, headers: Record<string, string>, lastEventId = "") =>
    fetch(url, { headers: { ...headers, accept: "text/event-stream", "last-event-id": lastEventId } });

  test("gets the rest of its call where it left off, each event once, however often it asks", async () => {
    await using door = await openGateway({ everything });
    const url = door.url("everything");
    const headers = { "mcp-session-id": await startSession(url), "mcp-protocol-version": "2025-11-25" };
    const before = await leaveDuringCall(url, headers);
    expect(before[0]?.data).toBe("");
    expect((await resume(url, { ...headers, "x-user": "eve" }, before.at(-1)?.id)).status).toBe(404);
    const after = events(await (await resume(url, headers, before.at(-1)?.id)).text());
    const steps = [...before, ...after].flatMap(({ data }) => /"progress":(\d+)/.exec(data)?.[1] ?? []);
    expect(steps).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
    expect(after.at(-1)?.data).toContain('"id":2');
    const again = events(await (await resume(url, headers, before.at(-1)?.id)).text());
    expect(again).toEqual(after);
    for (const junk of ["1", "99-1", `${before[0]?.id.split("-")[0]}-9999`, "x-y"])
      expect((await resume(url, headers, junk)).status, junk).toBe(400);
  });

  test("is told so when what it missed is not kept any more", async () => {
    const streams = { maxEvents: 3, maxBytes: 10_000 };
    await using door = await openGateway({ everything }, { limits: { streams } });
    const url = door.url("everything");
    const headers = { "mcp-session-id": await startSession(url), "mcp-protocol-version": "2025-11-25" };
    const before = await leaveDuringCall(url, headers);
    const rest = await resume(url, headers, before.at(-1)?.id);
    const last = events(await rest.text()).at(-1);
    expect(last?.data).toContain('"id":2');
    expect((await resume(url, headers, before.at(-1)?.id)).status).toBe(400);
  });

  test("finishes its call by itself when it is an SDK of 2025", async () => {
    await using door = await openGateway({ everything });
    const client = new OlderClient({ name: "older", version: "1" });
    const cut = new AbortController();
    const transport = new OlderTransport(new URL(door.url("everything")), {
      reconnectionOptions: {
        initialReconnectionDelay: 10,
        maxReconnectionDelay: 10,
        reconnectionDelayGrowFactor: 1,
        maxRetries: 5,
      },
      fetch: async (input, init) => {
        const isCall = typeof init?.body === "string" && init.body.includes("tools/call");
        const signal = AbortSignal.any([cut.signal, ...(init?.signal ? [init.signal] : [])]);
        return await fetch(input, isCall ? { ...init, signal } : init);
      },
    });
    await client.connect(transport);
    const steps: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => {
      steps.push(progress);
      if (progress === 2) cut.abort();
    };
    const result = await client.callTool(long, undefined, { onprogress });
    expect(JSON.stringify(result.content)).toContain("completed");
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await client.close();
  });
});

test("without approval nothing starts, in either era", async () => {
  await using door = await openGateway({ one: rogueSpec("calm") }, { approval: "0".repeat(64) });
  const response = await post(door.url("one"), initialize);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: "FORBIDDEN", reason: "not_approved" } });
  expect(door.gateway.sessionCount).toBe(0);
});

test("rubbish is refused and starts nothing", async () => {
  await using door = await openGateway({ one: rogueSpec("calm") }, { limits: { maxBodyBytes: 1_000 } });
  const url = door.url("one");
  const statusOf = async (init: RequestInit) => (await fetch(url, { method: "POST", ...init })).status;
  const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  expect(await statusOf({ headers: json, body: "{" })).toBe(400);
  expect(await statusOf({ headers: json, body: "[]" })).toBe(400);
  expect(await statusOf({ headers: json, body: '{"hello":1}' })).toBe(400);
  expect(await statusOf({ headers: json, body: `"${"x".repeat(2_000)}"` })).toBe(413);
  expect(await statusOf({ headers: { ...json, "content-type": "text/plain" }, body: "{}" })).toBe(415);
  const accept = "application/json";
  expect(await statusOf({ headers: { ...json, accept }, body: JSON.stringify(initialize) })).toBe(406);
  expect((await post(url, initialize, { "mcp-protocol-version": "1999-01-01" })).status).toBe(400);
  expect(door.gateway.sessionCount).toBe(0);
});

test("a reader that does not read holds the program up instead of filling memory", async () => {
  await using door = await openGateway({ one: rogueSpec("flood") });
  const id = await startSession(door.url("one"));
  const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "act" } };
  const beforeBytes = process.memoryUsage().rss;
  const stop = new AbortController();
  const headers = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-session-id": id,
  };
  const init = { method: "POST", headers, body: JSON.stringify(call), signal: stop.signal };
  const response = await fetch(door.url("one"), init);
  await hostForTests.environment.wait(3_000);
  expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(100 * 1024 * 1024);
  expect(response.status).toBe(200);
  stop.abort();
  await door.gateway[Symbol.asyncDispose]();
  expect(door.gateway.sessionCount).toBe(0);
});
