import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { createDialer } from "../dialer/dialer.ts";
import { openHttpServer } from "../testing/http-server.ts";
import { createOAuthClient } from "./oauth-client.ts";
import { OAuthProblem } from "./oauth-problem.ts";

type Documents = { challenge?: string; resource?: Record<string, unknown>; server?: Record<string, unknown> };

/** An MCP server that is its own authorization server, all of it at one loopback origin that its owner registered. */
async function openServer(change: (origin: string) => Documents = () => ({})) {
  let answerToken = (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end();
  const http = await openHttpServer((request, response) => {
    const changed = change(http.url);
    const json = (body: unknown) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url?.startsWith("/.well-known/oauth-protected-resource"))
      return json({ resource: `${http.url}/mcp`, authorization_servers: [http.url], ...changed.resource });
    if (request.url?.startsWith("/.well-known/oauth-authorization-server"))
      return json({
        issuer: http.url,
        authorization_endpoint: `${http.url}/authorize`,
        token_endpoint: `${http.url}/token`,
        registration_endpoint: `${http.url}/register`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none", "client_secret_basic"],
        ...changed.server,
      });
    if (request.url === "/register") return json({ client_id: "c1", redirect_uris: [redirectUri] });
    if (request.url === "/token") return answerToken(request, response);
    if (request.url !== "/mcp") return response.writeHead(404).end();
    return response.writeHead(401, { "www-authenticate": changed.challenge ?? "Bearer" }).end();
  });
  return {
    ...http,
    mcp: `${http.url}/mcp`,
    answerToken(next: typeof answerToken) {
      answerToken = next;
    },
  };
}

const redirectUri = "http://127.0.0.1:1/callback";

function openClient(options: { timeoutMs?: number; maxBytes?: number } = {}) {
  const dialer = createDialer({ allowAddresses: [] });
  const client = createOAuthClient({ dialer: async () => dialer, clientName: "chatee", ...options });
  return { ...client, [Symbol.asyncDispose]: () => dialer[Symbol.asyncDispose]() };
}

/** What a request ended in; the words of whoever refused must not be in it. */
async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "nothing";
  } catch (error) {
    if (!(error instanceof OAuthProblem)) throw error;
    expect(error.message).not.toContain("evil");
    return error.code;
  }
}

test("no address that metadata names is asked for, unless it is public, allowed, or the registered server's own", async () => {
  await using inside = await openHttpServer((_request, response) => response.end('{"evil":"inside"}'));
  await using client = openClient();
  const at = `http://127.0.0.1:${inside.port}`;
  const spelled = [
    at,
    `http://localhost:${inside.port}`,
    `http://[::1]:${inside.port}`,
    `http://2130706433:${inside.port}`,
  ];
  for (const evil of spelled) {
    for (const documents of [
      { challenge: `Bearer resource_metadata="${evil}/prm"` },
      { resource: { authorization_servers: [evil] } },
    ] satisfies Documents[]) {
      await using server = await openServer(() => documents);
      expect(await problemOf(client.discover(server.mcp)), JSON.stringify(documents)).toBe("address_refused");
    }
    await using server = await openServer(() => ({
      server: {
        authorization_endpoint: `${evil}/authorize`,
        token_endpoint: `${evil}/token`,
        registration_endpoint: `${evil}/register`,
        revocation_endpoint: `${evil}/revoke`,
        jwks_uri: `${evil}/jwks`,
      },
    }));
    const found = await client.discover(server.mcp);
    const known = { clientId: "c", clientSecret: null, authMethod: "none" };
    const request = { ...found, client: known, redirectUri, refreshToken: "r", code: "c", verifier: "v", iss: null };
    expect(await problemOf(client.register(server.mcp, request))).toBe("address_refused");
    expect(await problemOf(client.redeem(server.mcp, request))).toBe("address_refused");
    expect(await problemOf(client.refresh(server.mcp, request))).toBe("address_refused");
    const token = { ...request, token: "t", kind: "refresh_token" } as const;
    expect(await problemOf(client.revoke(server.mcp, token))).toBe("address_refused");
    expect(await client.isKnown(server.mcp, request)).toBe(true);
  }
  expect(inside.connections()).toBe(0);
});

test("metadata that speaks for another, or offers no safe way, is refused before anybody is asked to register", async () => {
  await using client = openClient();
  const cases: [string, (origin: string) => Documents][] = [
    ["untrusted", () => ({ server: { issuer: "https://evil.example" } })],
    ["untrusted", (origin) => ({ server: { issuer: `${origin}/` } })],
    ["untrusted", () => ({ resource: { resource: "https://evil.example/mcp" } })],
    ["untrusted", (origin) => ({ resource: { resource: `${origin}/other` } })],
    ["unsafe", () => ({ server: { code_challenge_methods_supported: undefined } })],
    ["unsafe", () => ({ server: { code_challenge_methods_supported: ["plain"] } })],
    ["unsafe", () => ({ server: { authorization_endpoint: "https://user:evil@example.com/" } })],
    ["not_offered", () => ({ resource: { authorization_servers: [] } })],
  ];
  for (const [code, change] of cases) {
    await using server = await openServer(change);
    expect(await problemOf(client.discover(server.mcp)), JSON.stringify(change("origin"))).toBe(code);
  }
  for (const evil of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,evil", "vbscript:evil"]) {
    await using server = await openServer(() => ({ server: { authorization_endpoint: evil } }));
    expect(await problemOf(client.discover(server.mcp)), evil).toMatch(/^(unsafe|untrusted)$/);
  }
});

test("an authorization asks for this resource, with S256, a state and no secret", async () => {
  await using server = await openServer();
  await using client = openClient();
  const { server: issuer, resource } = await client.discover(server.mcp);
  const known = await client.register(server.mcp, { server: issuer, redirectUri });
  expect(known).toEqual({ clientId: "c1", clientSecret: null, authMethod: "none" });
  const asked = { server: issuer, client: known, redirectUri, resource, scope: "a b", state: "s" };
  const { authorizationUrl, verifier } = await client.authorize(asked);
  const query = Object.fromEntries(new URL(authorizationUrl).searchParams);
  expect(query).toMatchObject({
    response_type: "code",
    client_id: "c1",
    code_challenge_method: "S256",
    redirect_uri: redirectUri,
    resource: server.mcp,
    state: "s",
    scope: "a b",
  });
  expect(authorizationUrl).not.toContain(verifier);
});

test("the issuer of a callback is compared byte for byte, and must be there when that was promised", async () => {
  await using client = openClient();
  const named = { issuer: "https://a.example", namesItself: true };
  expect(() => client.checkIssuer(named, "https://a.example")).not.toThrow();
  expect(() => client.checkIssuer({ ...named, namesItself: false }, null)).not.toThrow();
  for (const iss of ["https://a.example/", "https://A.example", "https://evil.example", "", null])
    expect(() => client.checkIssuer(named, iss), String(iss)).toThrow(OAuthProblem);
});

test("a token endpoint that redirects, floods, drips or talks gets nothing on and holds nobody up", async () => {
  await using elsewhere = await openHttpServer((_request, response) => response.end("{}"));
  await using server = await openServer();
  await using client = openClient({ timeoutMs: 500, maxBytes: 10_000 });
  const { server: issuer, resource } = await client.discover(server.mcp);
  const known = { clientId: "c1", clientSecret: null, authMethod: "none" };
  const refresh = () => client.refresh(server.mcp, { server: issuer, client: known, resource, refreshToken: "r" });
  const seen = async (answer: (request: IncomingMessage, response: ServerResponse) => unknown) => {
    server.answerToken((request, response) => void answer(request, response));
    return await problemOf(refresh());
  };
  const elsewhereUrl = `http://127.0.0.1:${elsewhere.port}/token`;
  expect(await seen((_, response) => response.writeHead(307, { location: elsewhereUrl }).end())).toBe("untrusted");
  expect(await seen((_, response) => response.writeHead(307, { location: "/token" }).end())).toBe("untrusted");
  expect(await seen((_, response) => response.end("x".repeat(20_000)))).toBe("bad_answer");
  expect(await seen((_, response) => response.write("{"))).toBe("unreachable");
  expect(await seen(() => {})).toBe("unreachable");
  expect(await seen((_, response) => response.end("<evil>"))).toBe("bad_answer");
  expect(await seen((_, response) => response.writeHead(503).end("evil"))).toBe("busy");
  const refused = { error: "invalid_grant", error_description: "evil words" };
  expect(await seen((_, response) => response.writeHead(400).end(JSON.stringify(refused)))).toBe("grant_refused");
  const split = { access_token: "a\r\nevil: 1", token_type: "Bearer" };
  expect(await seen((_, response) => response.end(JSON.stringify(split)))).toBe("bad_answer");
  const good = { access_token: "a1", token_type: "bearer", expires_in: 60 };
  server.answerToken((_, response) => void response.end(JSON.stringify(good)));
  expect(await refresh()).toEqual({ accessToken: "a1", refreshToken: null, expiresInMs: 60_000, scope: null });
  expect(elsewhere.connections()).toBe(0);
});
