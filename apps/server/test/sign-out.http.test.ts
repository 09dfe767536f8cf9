import { once } from "node:events";
import { openHttpServer } from "@chatee/mcp-proxy/testing/http-server";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestServer, fetchFrom } from "./create-test-server.ts";

it("a sign-out ends the streams and sockets that were opened with its cookie, up to the MCP server, and nobody else's", async () => {
  let left = 0;
  await using upstream = await openHttpServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    response.on("close", () => left++);
  });
  await using server = await createTestServer();
  const json = { "content-type": "application/json" };
  const bearer = { authorization: `Bearer ${server.token}` };
  const ask = (path: string, init: RequestInit) => fetch(`${server.url}${path}`, init);
  async function signIn() {
    const body = JSON.stringify({ token: server.token });
    const response = await ask("/auth/sign-in", { method: "POST", headers: json, body });
    return { cookie: response.headers.get("set-cookie")?.split(";", 1)[0] ?? "" };
  }
  const body = JSON.stringify({ name: "Endless", url: `${upstream.url}/mcp` });
  const created = await ask("/api/mcp/servers", { method: "POST", headers: { ...bearer, ...json }, body });
  const { server_id: serverId } = (await created.json()) as { server_id: string };
  async function listen(headers: Record<string, string>) {
    const response = await ask(`/mcp/${serverId}`, { headers: { ...headers, accept: "text/event-stream" } });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, { headers });
    await once(socket, "open");
    return { reader, socket, closed: once(socket, "close") };
  }
  const [mine, other] = [await signIn(), await signIn()];
  const here = await listen(mine);
  const there = [await listen(other), await listen(bearer)];
  expect((await ask("/auth/sign-out", { method: "POST", headers: mine })).status).toBe(204);
  await expect(here.reader?.read()).rejects.toThrow();
  expect((await here.closed)[0]).toBe(1008);
  await expect.poll(() => left).toBe(1);
  expect((await ask(`/mcp/${serverId}`, { headers: mine })).status).toBe(401);
  for (const { reader, socket, closed } of there) {
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
    await closed;
    await reader?.cancel();
  }
  await expect.poll(() => left).toBe(3);
});

it("a client that does not listen to its sign-out is not obeyed any more, and its socket goes", async () => {
  await using server = await createTestServer();
  const ask = fetchFrom(server);
  const signedIn = await fetch(`${server.url}/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: server.token }),
  });
  const headers = { cookie: signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "" };
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, { headers });
  socket.on("error", () => {});
  socket.once("upgrade", (response) => response.socket.pause());
  await once(socket, "open");
  const create = (sessionId: string) => {
    const input = { json: { sessionId } };
    socket.send(JSON.stringify({ id: sessionId, method: "mutation", params: { path: "sessions.create", input } }));
  };
  const hasSession = async (sessionId: string) => (await ask(`/api/sessions/${sessionId}`)).status === 200;

  create("before");
  await expect.poll(() => hasSession("before")).toBe(true);
  expect((await fetch(`${server.url}/auth/sign-out`, { method: "POST", headers })).status).toBe(204);
  create("after");
  await expect.poll(async () => await (await ask("/metrics")).text()).toMatch(/^chatee_open_sockets 0$/m);
  expect(await hasSession("after")).toBe(false);
  socket.terminate();
});
