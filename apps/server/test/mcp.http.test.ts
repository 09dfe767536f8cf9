import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { openFixtureServer } from "@chatee/mcp-proxy/testing/fixture-server";
import { openHttpServer } from "@chatee/mcp-proxy/testing/http-server";
import { expect, test } from "vitest";
import { createTestServer, fetchFrom } from "./create-test-server.ts";

type Server = Awaited<ReturnType<typeof createTestServer>>;

const through = (url: string) => `/mcp?transportType=streamable-http&url=${encodeURIComponent(url)}`;
const allowLoopback = { CHATEE_MCP__ALLOW_ADDRESSES: "127.0.0.0/8" };

/** Headers that no `fetch` would send. */
async function ask(server: Server, path: string, headers: Record<string, string>, method = "POST") {
  const asked = httpRequest({ host: "127.0.0.1", port: server.port, path, method, headers, agent: false });
  asked.end(method === "POST" ? "{}" : undefined);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

async function cookieOf(server: Server): Promise<string> {
  const response = await fetch(`${server.url}/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: server.token }),
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

test("the relay is no open relay: foreign hosts, foreign pages and strangers are turned away before anybody is asked", async () => {
  await using upstream = await openHttpServer((_request, response) => response.end("asked"));
  await using server = await createTestServer({ env: allowLoopback });
  const bearer = { authorization: `Bearer ${server.token}` };
  for (const path of [through(upstream.url), "/mcp", "/mcp/some-server"]) {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS", "PUT", "HEAD"]) {
      expect((await ask(server, path, {}, method)).status, `${method} ${path}`).toBe(401);
    }
    expect((await ask(server, path, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await ask(server, path, { authorization: "Basic eDp5" })).status).toBe(401);
    expect((await ask(server, path, { cookie: `chatee_${server.port}=${server.token}` })).status).toBe(401);
    for (const host of ["evil.example", `evil.example:${server.port}`])
      expect((await ask(server, path, { ...bearer, host })).status).toBe(403);
    for (const origin of ["http://evil.example", "null", `http://127.0.0.1:${upstream.port}`])
      expect((await ask(server, path, { ...bearer, origin })).status).toBe(403);
    expect((await ask(server, path, { ...bearer, "sec-fetch-site": "cross-site" })).status).toBe(403);
  }
  expect(upstream.connections()).toBe(0);
  expect((await ask(server, through(upstream.url), bearer)).body).toBe("asked");
});

test("no cookie or token of ours goes up; an Authorization for the upstream does", async () => {
  await using upstream = await openHttpServer((request, response) => response.end(JSON.stringify(request.headers)));
  for (const mode of ["token", "none"]) {
    await using server = await createTestServer({ env: { ...allowLoopback, CHATEE_AUTH__MODE: mode } });
    const cookie = mode === "token" ? await cookieOf(server) : "chatee_1=abc";
    const up = async (headers: Record<string, string>) => {
      const { status, body } = await ask(server, through(upstream.url), headers);
      expect(status).toBe(200);
      expect(body).not.toContain(server.token);
      expect(body).not.toContain("chatee_");
      return JSON.parse(body) as Record<string, string>;
    };
    expect((await up({ authorization: `Bearer ${server.token}` })).authorization).toBeUndefined();
    expect((await up({ authorization: `Bearer ${server.token}`, cookie })).authorization).toBeUndefined();
    expect((await up({ authorization: `bearer  ${server.token}`, cookie })).authorization).toBeUndefined();
    const { authorization, ...others } = await up({
      authorization: "Bearer for-the-upstream",
      cookie,
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      "mcp-param-region": "eu",
      origin: server.url,
      referer: `${server.url}/`,
      "x-forwarded-for": "1.2.3.4",
      "x-custom": "1",
    });
    expect(authorization).toBe("Bearer for-the-upstream");
    expect(Object.keys(others).sort()).toEqual([
      "accept",
      "connection",
      "content-length",
      "host",
      "mcp-param-region",
      "mcp-protocol-version",
      "user-agent",
    ]);
  }
});

test("a private address is refused for ?url=, and nothing but http and https is asked for", async () => {
  await using upstream = await openHttpServer((_request, response) => response.end("asked"));
  await using server = await createTestServer();
  const relay = async (url: string) => {
    const response = await fetchFrom(server)(through(url), { method: "POST", body: "{}" });
    return { status: response.status, body: (await response.json()) as { error: { code: string; message: string } } };
  };
  for (const host of [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "127.0.0.1.",
  ]) {
    const { status, body } = await relay(`http://${host}:${upstream.port}/mcp`);
    expect(status, host).toBe(403);
    expect(body.error).toMatchObject({ code: "FORBIDDEN", reason: "address_refused" });
  }
  for (const url of [
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
    "javascript:1",
    "http://a:b@8.8.8.8/",
    "http://8.8.8.8/\r\nx: y",
    "",
  ])
    expect((await relay(url)).status, url).toBe(400);
  expect((await fetchFrom(server)("/mcp", { method: "POST" })).status).toBe(400);
  expect((await fetchFrom(server)("/mcp?url=http://8.8.8.8/&url=http://8.8.4.4/")).status).toBe(400);
  expect((await fetchFrom(server)("/mcp?url=http://8.8.8.8/&transportType=sse")).status).toBe(400);
  expect((await fetchFrom(server)("/mcp/unknown", { method: "POST" })).status).toBe(404);
  expect((await fetchFrom(server)("/mcp/unknown", { method: "PUT" })).status).toBe(405);
  expect(upstream.connections()).toBe(0);
});

test("a page of a configured origin may send every MCP header and read the ones that matter", async () => {
  await using upstream = await openHttpServer((_request, response) => {
    response.writeHead(401, {
      "www-authenticate": 'Bearer resource_metadata="https://mcp.example/.well-known"',
      "retry-after": "7",
      "set-cookie": "a=b",
      "access-control-allow-origin": "*",
      "mcp-session-id": "s-1",
    });
    response.end("sign in");
  });
  const origin = "http://localhost:5174";
  await using server = await createTestServer({ env: allowLoopback, file: { cors: { origins: [origin] } } });
  const preflight = await ask(
    server,
    through(upstream.url),
    {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,mcp-method,mcp-param-region,x-evil,cookie",
    },
    "OPTIONS",
  );
  expect(preflight.status).toBe(204);
  expect(preflight.headers).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-headers": "authorization, content-type, mcp-method, mcp-param-region",
    "access-control-allow-methods": expect.stringMatching(/GET.*POST.*DELETE/),
  });
  const answer = await ask(server, through(upstream.url), { origin, authorization: `Bearer ${server.token}` });
  expect(answer).toMatchObject({ status: 401, body: "sign in" });
  expect(answer.headers).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Retry-After",
    "www-authenticate": 'Bearer resource_metadata="https://mcp.example/.well-known"',
    "retry-after": "7",
    "mcp-session-id": "s-1",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  expect(answer.headers["set-cookie"]).toBeUndefined();
});

test("an MCP session works through the whole server, and is counted like any request", async () => {
  await using fixture = await openFixtureServer();
  await using server = await createTestServer({ env: { CHATEE_MCP__ALLOW_ADDRESSES: "127.0.0.0/8,::1" } });
  const send = async (body: unknown, headers: Record<string, string> = {}) =>
    await fetchFrom(server)(through(fixture.url), {
      method: "POST",
      headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const begun = await send({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  expect(await begun.text()).toContain("chatee-fixture");
  const session = {
    "mcp-session-id": begun.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  const noted = await send({ jsonrpc: "2.0", method: "notifications/initialized" }, session);
  expect([noted.status, await noted.text()]).toEqual([202, ""]);
  const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "test_simple_text" } };
  expect(await (await send(call, session)).text()).toContain("This is a simple text response for testing.");
  const ended = await fetchFrom(server)(through(fixture.url), { method: "DELETE", headers: session });
  expect([ended.status, fixture.sessions()]).toEqual([200, 0]);
  expect(await (await fetchFrom(server)("/metrics")).text()).toMatch(/route="\/mcp",status="202"/);
});
