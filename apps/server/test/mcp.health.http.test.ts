import { existsSync } from "node:fs";
import { join } from "node:path";
import type { McpEvent, McpServerHealth } from "@chatee/shared/mcp";
import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { freePort } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { createTestServer, fetchFrom, openClient, openTestDirectory } from "./create-test-server.ts";

const quick = { env: { CHATEE_MCP__HEALTH_CHECK_INTERVAL: "0.1" } };

test("each fact of a server stands for itself: alive, wants a sign-in, out of reach, never asked", async () => {
  await using fixture = await openFixtureHttp();
  await using locked = await openFixtureHttp();
  locked.intercept = (_req, res) => {
    res.writeHead(401, { "www-authenticate": "Bearer" }).end();
    return true;
  };
  await using server = await createTestServer(quick);
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const down = `http://127.0.0.1:${await freePort()}/mcp`;
  for (const [name, url, enabled] of [
    ["up", fixture.url, true],
    ["locked", locked.url, true],
    ["down", down, true],
    ["off", fixture.url, false],
  ] as const)
    await mcp.create.mutate({ name, url, enabled });
  const { servers } = await mcp.health.query();
  expect(servers).toMatchObject([
    { name: "up", reachable: true, needsAuth: false, era: "modern", lastError: null, enabled: true },
    { name: "locked", reachable: true, needsAuth: true, era: null, lastError: expect.stringContaining("sign in") },
    { name: "down", reachable: false, needsAuth: false, lastError: expect.stringContaining("cannot be reached") },
    { name: "off", reachable: null, needsAuth: null, checkedAtMs: null, enabled: false },
  ]);
  const overHttp = await fetchFrom(server)("/mcp/health");
  expect(overHttp.status).toBe(200);
  expect(await overHttp.json()).toMatchObject({
    servers: [
      { server_id: servers[0]?.serverId, reachable: true, needs_auth: false, checked_at: expect.stringMatching(/Z$/) },
      { needs_auth: true },
      { reachable: false },
      { reachable: null },
    ],
  });
  expect((await fetch(`${server.url}/mcp/health`)).status).toBe(401);
});

/** What a screen that listens knows by now. */
function listen(client: ReturnType<typeof openClient>["client"]) {
  const known = new Map<string, McpServerHealth>();
  const events: McpEvent[] = [];
  const subscription = client.mcp.events.subscribe(undefined, {
    onData(event) {
      events.push(event);
      if (event.type === "server.health") known.set(event.health.serverId, event.health);
      if (event.type === "server.removed") known.delete(event.serverId);
    },
  });
  return { known, events, stop: () => subscription.unsubscribe() };
}

test("changes are pushed: signed out and in again, other tools, removed", async () => {
  await using fixture = await openFixtureHttp();
  await using server = await createTestServer(quick);
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const { serverId } = await mcp.create.mutate({ name: "fixture", url: fixture.url });
  const screen = listen(browser.client);
  const state = () => screen.known.get(serverId);
  await expect.poll(() => state()?.reachable, { timeout: 5_000 }).toBe(true);

  fixture.intercept = (_req, res) => {
    res.writeHead(401, { "www-authenticate": "Bearer" }).end();
    return true;
  };
  await expect.poll(() => state()?.needsAuth, { timeout: 5_000 }).toBe(true);
  expect(state()?.reachable).toBe(true);
  fixture.intercept = undefined;
  await expect.poll(() => state()?.needsAuth, { timeout: 5_000 }).toBe(false);

  await mcp.tools.query({ serverId });
  fixture.state.extraTools = ["brand_new"];
  fixture.tellToolsChanged();
  const isNews = () => screen.events.some((event) => event.type === "server.tools" && event.serverId === serverId);
  await expect.poll(isNews, { timeout: 5_000 }).toBe(true);
  expect((await mcp.tools.query({ serverId })).tools.map(({ name }) => name)).toContain("brand_new");

  await mcp.delete.mutate({ serverId });
  await expect.poll(() => state(), { timeout: 5_000 }).toBeUndefined();
  screen.stop();
});

test("how a server speaks is remembered across a restart, and forgotten when it becomes another server", async () => {
  await using fixture = await openFixtureHttp("legacy");
  await using other = await openFixtureHttp("legacy");
  const questions = () => [...fixture.seen, ...other.seen].filter(({ rpcMethod }) => rpcMethod === "server/discover");
  await using folder = await openTestDirectory();
  const first = await createTestServer({ dataDirectory: folder.path });
  const one = openClient(first);
  const { serverId } = await one.client.mcp.create.mutate({ name: "older", url: fixture.url });
  await one.client.mcp.tools.query({ serverId });
  expect(questions()).toHaveLength(1);
  const { servers } = await one.client.mcp.health.query();
  expect(servers).toMatchObject([{ era: "legacy", eraAtMs: expect.any(Number) }]);
  await one[Symbol.asyncDispose]();
  await first.close();

  await using second = await createTestServer({ dataDirectory: folder.path });
  await using browser = openClient(second);
  const { mcp } = browser.client;
  expect((await mcp.tools.query({ serverId })).tools.length).toBeGreaterThan(0);
  expect(questions()).toHaveLength(1);
  await mcp.update.mutate({ serverId, url: other.url });
  await mcp.tools.query({ serverId });
  expect(questions()).toHaveLength(2);
});

test("no look starts a program, not even an approved one", async () => {
  await using server = await createTestServer(quick);
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const mark = join(server.dataDirectory, "was-started");
  const script = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "")`;
  const ext = { command: process.execPath, args: ["-e", script] };
  const created = await mcp.create.mutate({ name: "marker", type: "stdio", ext });
  const { serverId } = created;
  await mcp.approve.mutate({ serverId, hash: created.approvalHash ?? "" });
  const screen = listen(browser.client);
  await expect.poll(() => screen.known.size, { timeout: 5_000 }).toBe(1);
  await mcp.health.query();
  await mcp.list.query();
  await mcp.get.query({ serverId });
  await mcp.update.mutate({ serverId, name: "renamed" });
  await expect.poll(() => screen.known.get(serverId)?.name, { timeout: 5_000 }).toBe("renamed");
  expect(existsSync(mark)).toBe(false);
  expect(await mcp.test.mutate({ serverId })).toMatchObject({ success: false });
  expect(existsSync(mark)).toBe(true);
  screen.stop();
});
