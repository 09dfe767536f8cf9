import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Grant = { refreshTokens: string[]; accessToken: string };

/**
 * An authorization server with the rules of Notion's: whoever registers without asking for a client without a secret gets
 * one that is then refused; each refresh brings a new refresh token, of which the last two are good; two refreshes at
 * once are one too many.
 */
export async function openNotionLikeIssuer() {
  const clients = new Map<string, string>();
  const codes = new Map<string, string>();
  let grant: Grant | null = null;
  let isRefreshing = false;
  const seen = { registrations: 0, refreshes: 0, refused: 0 };
  const given = {
    /** Takes a refresh in, and loses the answer. */
    losesAnswer: false,
    /** As after a restore: the newest refresh token was never given out. */
    forgetNewest() {
      grant?.refreshTokens.pop();
    },
  };

  function issue(refreshTokens: string[]): Record<string, unknown> {
    const next = randomUUID();
    grant = { refreshTokens: [...refreshTokens, next].slice(-2), accessToken: randomUUID() };
    return { access_token: grant.accessToken, token_type: "bearer", expires_in: 3_600, refresh_token: next };
  }

  function token(form: URLSearchParams, authorization: string | undefined): Record<string, unknown> {
    const clientId = form.get("client_id") ?? "";
    if (authorization !== undefined) return { error: "invalid_request" };
    if (clients.get(clientId) !== "none") return { error: "invalid_client" };
    if (form.get("grant_type") === "authorization_code")
      return codes.delete(form.get("code") ?? "") ? issue([]) : { error: "invalid_grant" };
    const refreshToken = form.get("refresh_token") ?? "";
    if (isRefreshing || !grant?.refreshTokens.includes(refreshToken)) return { error: "invalid_grant" };
    seen.refreshes++;
    return issue(grant.refreshTokens.slice(0, grant.refreshTokens.indexOf(refreshToken) + 1));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", issuer);
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (url.pathname === "/register") {
      const asked = JSON.parse(await text(request)) as { token_endpoint_auth_method?: string };
      const { token_endpoint_auth_method: method = "client_secret_basic" } = asked;
      const client_id = randomUUID();
      seen.registrations++;
      clients.set(client_id, method);
      const secret = method === "none" ? {} : { client_secret: randomUUID() };
      return void json(201, { ...asked, client_id, ...secret, token_endpoint_auth_method: method });
    }
    if (url.pathname === "/authorize") {
      const code = randomUUID();
      codes.set(code, url.searchParams.get("client_id") ?? "");
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      return void response.writeHead(302, { location: back.href }).end();
    }
    if (url.pathname === "/token") {
      const body = token(new URLSearchParams(await text(request)), request.headers.authorization);
      if ("error" in body) seen.refused++;
      isRefreshing = true;
      await new Promise((resolve) => setImmediate(resolve));
      isRefreshing = false;
      if (given.losesAnswer) {
        given.losesAnswer = false;
        return void request.socket.destroy();
      }
      return void json("error" in body ? 400 : 200, body);
    }
    if (url.pathname !== "/.well-known/oauth-authorization-server") return void json(404, {});
    json(200, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    });
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(given, {
    issuer,
    seen,
    isGood: (accessToken: string) => grant?.accessToken === accessToken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}
