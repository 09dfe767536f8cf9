import type { AuthorizationServerMetadata, OAuthTokens } from "@modelcontextprotocol/client";
import type { AuthorizationServer } from "./discovery.ts";
import { OAuthProblem } from "./oauth-problem.ts";

/** As whom an authorization server knows us. */
export type KnownClient = { clientId: string; clientSecret: string | null; authMethod: string | null };

export type Tokens = {
  accessToken: string;
  /** Null when none was given: then the one there is stays good. */
  refreshToken: string | null;
  expiresInMs: number | null;
  scope: string | null;
};

/** Without a secret where that is allowed or nothing is said: Notion gives whoever asks for less a client it then refuses. */
export function authMethodOf({ tokenAuthMethods }: AuthorizationServer): string {
  if (tokenAuthMethods.length === 0 || tokenAuthMethods.includes("none")) return "none";
  return tokenAuthMethods.includes("client_secret_post") ? "client_secret_post" : "client_secret_basic";
}

export function toMetadata(server: AuthorizationServer): AuthorizationServerMetadata {
  return {
    issuer: server.issuer,
    authorization_endpoint: server.authorizationEndpoint,
    token_endpoint: server.tokenEndpoint,
    ...(server.registrationEndpoint !== null && { registration_endpoint: server.registrationEndpoint }),
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    ...(server.tokenAuthMethods.length > 0 && { token_endpoint_auth_methods_supported: [...server.tokenAuthMethods] }),
    ...(server.namesItself && { authorization_response_iss_parameter_supported: true }),
  };
}

export function toInformation({ clientId, clientSecret, authMethod }: KnownClient) {
  return {
    client_id: clientId,
    ...(clientSecret !== null && { client_secret: clientSecret }),
    ...(authMethod !== null && { token_endpoint_auth_method: authMethod }),
  };
}

/** @throws OAuthProblem `bad_answer` for a token that does not fit into a header */
export function toTokens(tokens: OAuthTokens, sent: string | null): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = null, expires_in: expiresIn, scope = null } = tokens;
  if (!/^[\x21-\x7e]+$/.test(accessToken)) throw new OAuthProblem("bad_answer");
  if (!/^bearer$/i.test(tokens.token_type)) throw new OAuthProblem("bad_answer");
  const expiresInMs = expiresIn !== undefined && expiresIn > 0 ? expiresIn * 1_000 : null;
  return { accessToken, refreshToken: refreshToken === sent ? null : refreshToken, expiresInMs, scope };
}

/** @throws OAuthProblem `unsafe` when a token would go where even the token endpoint does not listen, in the clear */
export function revocationUrl({ revocationEndpoint = null, tokenEndpoint }: AuthorizationServer): URL | null {
  if (revocationEndpoint === null) return null;
  const url = new URL(revocationEndpoint);
  if (url.protocol !== "https:" && url.origin !== new URL(tokenEndpoint).origin) throw new OAuthProblem("unsafe");
  return url;
}

/** Who we are, said the way the token endpoint wants it. */
export function credentialsOf(
  server: AuthorizationServer,
  { clientId, clientSecret, authMethod }: KnownClient,
): { headers: Record<string, string>; fields: Record<string, string> } {
  const headers: Record<string, string> = {};
  if (clientSecret === null) return { headers, fields: { client_id: clientId } };
  const isPost =
    authMethod === null ? server.tokenAuthMethods[0] === "client_secret_post" : authMethod === "client_secret_post";
  if (isPost) return { headers, fields: { client_id: clientId, client_secret: clientSecret } };
  // RFC 6749 §2.3.1: both are form-encoded before they are joined.
  const pair = [clientId, clientSecret].map((text) => new URLSearchParams({ x: text }).toString().slice(2)).join(":");
  headers["authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  return { headers, fields: {} };
}

/** What we say of ourselves, in a registration and in a document of ours. */
export function clientDocument(clientName: string, redirectUri: string) {
  const { protocol } = new URL(redirectUri);
  return {
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: protocol === "https:" ? "web" : "native",
  };
}
