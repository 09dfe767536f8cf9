import { randomBytes } from "node:crypto";
import { createTestEnvironment } from "@chatee/api/testing/environment";
import { openTestServices } from "@chatee/api/testing/test-services";
import { createAesSecrets } from "@chatee/api/secrets-aes";
import type { Database } from "@chatee/db/database";
import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { createOAuthHost } from "../src/mcp-oauth-host.ts";
import { openOutboundDialer } from "../src/outbound-dialer.ts";
import { openTestMcpHost } from "./mcp-server.ts";
import { followSignIn } from "./rotating-issuer.ts";

const allowAddresses = ["127.0.0.0/8", "::1/128"];

/** An MCP server that serves nobody without a token of its issuer. */
export async function openProtectedServer(issuer: { issuer: string; isGood: (token: string) => boolean }) {
  const fixture = await openFixtureHttp();
  const origin = new URL(fixture.url).origin;
  const refused: string[] = [];
  const served: string[] = [];
  const given = { wantsScope: "", refuses: (_token: string) => false };
  fixture.intercept = (request, response) => {
    if (request.url?.startsWith("/.well-known/oauth-protected-resource")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ resource: fixture.url, authorization_servers: [issuer.issuer] }));
      return true;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (issuer.isGood(token) && !given.refuses(token)) {
      served.push(token);
      if (given.wantsScope === "") return false;
      const challenge = `Bearer error="insufficient_scope", scope="${given.wantsScope}"`;
      response.writeHead(403, { "www-authenticate": challenge }).end();
      return true;
    }
    refused.push(token);
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    const challenge = `Bearer resource_metadata="${metadata}", scope="mcp"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  };
  return Object.assign(given, {
    url: fixture.url,
    /** Tokens that came, in order; empty for none. */
    refused,
    served,
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  });
}

const key = { id: "test", key: randomBytes(32) };
export const redirectUri = "http://127.0.0.1:9/mcp/oauth/callback";

/** Services that sign in for real; several may share a database, as several processes do. */
export async function openSignInServices(db: Database, options: { allowAddresses?: string[] } = {}) {
  await using opened = new AsyncDisposableStack();
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const allowed = options.allowAddresses ?? allowAddresses;
  const mcpHost = opened.use(openTestMcpHost({ allowAddresses: allowed }));
  const outbound = opened.use(openOutboundDialer({ allowAddresses: allowed }));
  const mcpOauthHost = createOAuthHost({ dialer: outbound.dialer, url: () => "http://127.0.0.1:9/" });
  const secrets = createAesSecrets({ keys: [key], randomBytes });
  const { environment } = createTestEnvironment({ now });
  const test = opened.use(await openTestServices(db, { mcpHost, mcpOauthHost, secrets, environment }));
  const { services } = test;
  const parts = opened.move();
  return {
    services,
    /** Lets time pass for these services alone. */
    advance: (ms: number) => void (aheadMs += ms),
    async register(ownerId: string, url: string): Promise<string> {
      const server = { name: "Protected", url, type: "http-stream", enabled: true, useProxy: true } as const;
      return (await services.mcp.create(ownerId, { ...server, allowReadOnly: false })).serverId;
    },
    async signIn(ownerId: string, serverId: string): Promise<void> {
      const { authorizationUrl } = await services.mcpOauth.start(ownerId, { serverId });
      const { state = "", code = "", iss } = await followSignIn(authorizationUrl, redirectUri);
      await services.mcpOauth.finish(ownerId, { state, code, ...(iss !== undefined && { iss }) });
    },
    echo: (ownerId: string, serverId: string, text: string) =>
      services.mcp.call(ownerId, { serverId, name: "echo", arguments: { text } }, new AbortController().signal),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
