import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { oauthExample, openPublishedServer } from "@chatee/mcp-proxy/connections/testing/published-server";
import { describe, expect, it } from "vitest";
import { addSecretKey } from "../src/data-directory.ts";
import { createTestServer, fetchFrom, openClient, openTestDirectory } from "./create-test-server.ts";
import { openProtectedServer } from "./protected-server.ts";
import { expectDocumented, routeOf } from "./rest-server.ts";
import { followSignIn, openRotatingIssuer } from "./rotating-issuer.ts";

const env = { CHATEE_MCP__ALLOW_ADDRESSES: "127.0.0.0/8,::1/128" };
const callback = "/mcp/oauth/callback";

describe("signing in over the server's doors", { timeout: 90_000 }, () => {
  it("works with the SDK's own protected server, from the typed API to a call", async () => {
    await using example = await openPublishedServer(oauthExample);
    await using server = await createTestServer({ env });
    const ask = fetchFrom(server);
    await using typed = openClient(server);
    const { mcp } = typed.client;
    const { serverId } = await mcp.create.mutate({ name: "Example", url: `${example.origin}/mcp` });
    expect(await mcp.test.mutate({ serverId })).toMatchObject({ success: false, needsSignIn: true });
    const { authorizationUrl } = await mcp.oauth.start.mutate({ serverId });
    const given = await followSignIn(authorizationUrl, `${server.url}${callback}`);
    const posted = await ask(callback, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(given),
    });
    expect(await posted.json()).toMatchObject({ success: true, server_id: serverId });
    expect(await mcp.oauth.status.query({ serverId })).toMatchObject({ state: "connected" });
    const { tools } = await mcp.tools.query({ serverId });
    expect(tools.map(({ name }) => name)).toContain("greet");
    const { result } = await mcp.call.mutate({ serverId, name: "greet", arguments: { name: "Ann" } });
    expect(JSON.stringify(result)).toContain("Ann");
    await mcp.oauth.disconnect.mutate({ serverId });
    expect(await mcp.oauth.status.query({ serverId })).toMatchObject({ state: "none" });
  });

  it("is a page of ours to whoever comes back from another site, which changes nothing by being looked at", async () => {
    await using server = await createTestServer();
    const site = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const page = await navigate(`${server.url}${callback}?code=c&state=s%22%3Cb%3E`, site);
    expect([page.status, page.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'; script-src 'sha256-[^']+'; /);
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
    expect(page.text).not.toMatch(/<b>|%3Cb/);
    const at = (origin: string) => `s.${Buffer.from(origin).toString("base64url")}`;
    const sentOn = async (origin: string) => {
      const query = `?code=c&state=${at(origin)}&iss=https%3A%2F%2Fi.example`;
      const { status, headers } = await navigate(`${server.url}${callback}${query}`, site);
      return headers.location === `${origin}${callback}${query}` ? origin : [status, headers.location];
    };
    const local = server.url.replace("127.0.0.1", "localhost");
    expect(await sentOn(local)).toBe(local);
    for (const foreign of [server.url, "https://evil.example", `${local}.evil.example`, `${local}/`, "javascript:1"])
      expect(await sentOn(foreign), foreign).toEqual([200, undefined]);
    const post = (headers: Record<string, string>, body: unknown) =>
      fetch(`${server.url}${callback}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const authorization = `Bearer ${server.token}`;
    expect((await post({}, { code: "c", state: "s" })).status).toBe(401);
    expect((await post({ authorization, origin: "https://evil.example" }, { code: "c", state: "s" })).status).toBe(403);
    expect((await post({ authorization }, { code: "c", state: "s" })).status).toBe(400);
    expect((await post({ authorization }, { code: "c" })).status).toBe(400);
    expect((await fetch(`${server.url}/mcp/oauth/client.json`)).status).toBe(404);
  });

  it("is there over REST, and the relay carries the token that nobody else sees", async () => {
    await using issuer = await openRotatingIssuer();
    await using upstream = await openProtectedServer(issuer);
    await using server = await createTestServer({ env });
    const ask = fetchFrom(server);
    async function send(method: "GET" | "POST", path: string, body?: unknown) {
      const headers = { "content-type": "application/json" };
      const response = await ask(path, { method, ...(body !== undefined && { headers, body: JSON.stringify(body) }) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }
    const created = await send("POST", "/api/mcp/servers", { name: "Protected", url: upstream.url });
    const server_id = String(created.body["server_id"]);
    const discovered = await send("POST", "/api/mcp/oauth/discover", { server_id });
    expectDocumented(routeOf("POST", "/api/mcp/oauth/discover"), discovered.body);
    expect(discovered.body).toMatchObject({
      protected_resource: { resource: upstream.url },
      authorization_server: { issuer: issuer.issuer, code_challenge_methods_supported: ["S256"] },
    });
    const begun = await send("POST", "/api/mcp/oauth/authorize", { server_id });
    expectDocumented(routeOf("POST", "/api/mcp/oauth/authorize"), begun.body);
    const url = String(begun.body["authorization_url"]);
    expect(new URL(url).searchParams.get("state")).toBe(begun.body["state"]);
    const call = { jsonrpc: "2.0", id: 1, method: "initialize", params: initialize };
    const relayed = () =>
      ask(`/mcp/${server_id}`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify(call),
      });
    const before = await relayed();
    expect([before.status, before.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("Bearer")]);
    const given = await followSignIn(url, `${server.url}${callback}`);
    expect((await send("POST", callback, given)).status).toBe(200);
    const after = await relayed();
    expect(after.status).toBe(200);
    await after.body?.cancel();
    expect(upstream.served.length).toBeGreaterThan(0);
    expect([...upstream.served, ...upstream.refused]).not.toContain(server.token);
    const status = await send("GET", `/api/mcp/servers/${server_id}/oauth`);
    expectDocumented(routeOf("GET", "/api/mcp/servers/:server_id/oauth"), status.body);
    expect(status.body).toMatchObject({ state: "connected" });
    const notion = await send("GET", "/api/mcp/oauth/notion/config");
    expectDocumented(routeOf("GET", "/api/mcp/oauth/notion/config"), notion.body);
    expect(notion.body).toMatchObject({ url: "https://mcp.notion.com/mcp", token_endpoint_auth_method: "none" });
    expect((await send("GET", "/api/notion/registrations")).body).toEqual({ registrations: [] });
    expect((await send("GET", "/api/notion/registrations/x")).status).toBe(404);
    const foreign = await send("POST", "/api/mcp/oauth/authorize", { server_id: "no-such" });
    expect(foreign.status).toBe(404);
  });

  it("is known by its own document to an issuer that looks it up, where chatee has a public address", async () => {
    const publicUrl = "https://chatee.example";
    const asked: string[] = [];
    // As whatever ends TLS in front of chatee hands it on.
    const fetchDocument = async (url: string) => {
      asked.push(url);
      return await fetch(url.replace(publicUrl, server.url));
    };
    await using issuer = await openRotatingIssuer({ fetchDocument });
    await using upstream = await openProtectedServer(issuer);
    await using server = await createTestServer({ env: { ...env, CHATEE_SERVER__PUBLIC_URL: publicUrl } });
    await using typed = openClient(server);
    const { mcp } = typed.client;
    const { serverId } = await mcp.create.mutate({ name: "Protected", url: upstream.url });
    const { authorizationUrl } = await mcp.oauth.start.mutate({ serverId });
    const document = `${publicUrl}/mcp/oauth/client.json`;
    expect(new URL(authorizationUrl).searchParams.get("client_id")).toBe(document);
    const { state = "", ...given } = await followSignIn(authorizationUrl, `${publicUrl}${callback}`);
    await mcp.oauth.finish.mutate({ state, ...given });
    expect(asked).toEqual([document]);
    expect(await mcp.oauth.status.query({ serverId })).toMatchObject({ state: "connected" });
    const { result } = await mcp.call.mutate({ serverId, name: "echo", arguments: { text: "x" } });
    expect(result.isError).toBe(false);
    const { clients } = await mcp.oauth.clients.query();
    expect(clients).toMatchObject([{ source: "cimd", clientId: document, hasSecret: false }]);
  });

  it("stays good when the secret key is replaced, and the old key is of no use any more", async () => {
    await using issuer = await openRotatingIssuer();
    await using upstream = await openProtectedServer(issuer);
    await using directory = await openTestDirectory();
    const dataDirectory = directory.path;
    let serverId = "";
    {
      await using server = await createTestServer({ env, dataDirectory });
      await using typed = openClient(server);
      const { mcp } = typed.client;
      ({ serverId } = await mcp.create.mutate({ name: "Protected", url: upstream.url }));
      const { authorizationUrl } = await mcp.oauth.start.mutate({ serverId });
      const { state = "", ...given } = await followSignIn(authorizationUrl, `${server.url}${callback}`);
      await mcp.oauth.finish.mutate({ state, ...given });
    }
    const keys = async () => (await readFile(join(dataDirectory, "secret.key"), "utf8")).trim().split("\n");
    const [old] = await keys();
    await addSecretKey(dataDirectory);
    expect((await keys()).length).toBe(2);
    {
      await using server = await createTestServer({ env, dataDirectory });
      await expect.poll(keys, { timeout: 10_000 }).toHaveLength(1);
      expect(await keys()).not.toContain(old);
      await server.close();
    }
    await using server = await createTestServer({ env, dataDirectory });
    await using typed = openClient(server);
    expect(await typed.client.mcp.oauth.status.query({ serverId })).toMatchObject({ state: "connected" });
    const { result } = await typed.client.mcp.call.mutate({ serverId, name: "echo", arguments: { text: "x" } });
    expect(result.isError).toBe(false);
    expect(issuer.redemptions()).toBe(1);
  });
});

const initialize = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};

/** As a browser goes to a page; `fetch` says of itself what it is. */
async function navigate(url: string, headers: Record<string, string>) {
  const [response] = (await once(get(url, { headers }), "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}
