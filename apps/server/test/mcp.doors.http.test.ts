import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { isAlive } from "@chatee/mcp-proxy/stdio/testing/processes";
import { programSpec, publishedProgram, rogueSpec } from "@chatee/mcp-proxy/stdio/testing/rogue-connection";
import { expect, test } from "vitest";
import { createTestServer, fetchFrom, openClient } from "./create-test-server.ts";

/** Speaks to `/mcp/:serverId` as any MCP client of 2025 would. */
function speakTo(server: { url: string; token: string }, serverId: string) {
  const ask = fetchFrom(server);
  let id = 0;
  return async (method: string, params: unknown, session?: string) => {
    const response = await ask(`/mcp/${serverId}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(session === undefined ? {} : { "mcp-session-id": session }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }),
    });
    const session2 = response.headers.get("mcp-session-id");
    return { status: response.status, session: session2 ?? session, text: await response.text() };
  };
}

const introduction = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "test", version: "0" },
};

test("a registered server is spoken to through its own door, with the owner's headers and none of ours", async () => {
  await using fixture = await openFixtureHttp();
  await using server = await createTestServer();
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const ext = { headers: { "X-Key": "secret-1" } };
  const { serverId } = await mcp.create.mutate({ name: "fixture", url: fixture.url, ext });
  const speak = speakTo(server, serverId);
  const { status, session } = await speak("initialize", introduction);
  expect(status).toBe(200);
  const listed = await speak("tools/list", {}, session);
  expect(listed.text).toContain('"add_once"');
  expect(fixture.seen.length).toBeGreaterThan(1);
  for (const { headers } of fixture.seen) {
    expect(headers["x-key"]).toBe("secret-1");
    expect(JSON.stringify(headers)).not.toContain(server.token);
  }
  await mcp.update.mutate({ serverId, enabled: false });
  expect((await speak("tools/list", {}, session)).status).toBe(404);
  expect((await speakTo(server, "unknown")("initialize", introduction)).status).toBe(404);
  expect((await speakTo({ ...server, token: "wrong" }, serverId)("initialize", introduction)).status).toBe(401);
});

test("a local program is spoken to over HTTP, once it is approved", async () => {
  await using server = await createTestServer();
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const { command, args } = programSpec(publishedProgram("everything"), "stdio");
  const created = await mcp.create.mutate({ name: "local", type: "stdio", ext: { command, args: [...args] } });
  const { serverId } = created;
  const speak = speakTo(server, serverId);
  const refused = await speak("initialize", introduction);
  expect([refused.status, JSON.parse(refused.text)]).toEqual([
    422,
    expect.objectContaining({ message: expect.any(String) }),
  ]);
  await mcp.approve.mutate({ serverId, hash: created.approvalHash ?? "" });
  const { status, session } = await speak("initialize", introduction);
  expect([status, session]).toEqual([200, expect.any(String)]);
  const called = await speak("tools/call", { name: "echo", arguments: { message: "hi" } }, session);
  expect(called.text).toContain("Echo: hi");
  await mcp.update.mutate({ serverId, ext: { command, args: [...args, "more"] } });
  expect((await speak("tools/list", {}, session)).status).toBe(422);
});

test("who hears that a program was switched off finds nothing of it left running", async () => {
  await using server = await createTestServer();
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const { command, args } = rogueSpec("grandchild");
  const created = await mcp.create.mutate({ name: "family", type: "stdio", ext: { command, args: [...args] } });
  const { serverId } = created;
  await mcp.approve.mutate({ serverId, hash: created.approvalHash ?? "" });
  await mcp.tools.query({ serverId });
  const said = await (await fetchFrom(server)(`/api/mcp/servers/${serverId}/stderr`)).text();
  const pid = Number(/grandchild (\d+)/.exec(said)?.[1]);
  expect(isAlive(pid)).toBe(true);
  await mcp.update.mutate({ serverId, enabled: false });
  // Killed it is already; the system takes a moment to bury it.
  await expect.poll(() => isAlive(pid), { timeout: 250, interval: 5 }).toBe(false);
});
