import {
  checkResourceAllowed,
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from "@modelcontextprotocol/client";
import { OAuthProblem } from "./oauth-problem.ts";

export type SmallFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** An authorization server, as far as its metadata was checked: what is here may be used. */
export type AuthorizationServer = {
  /** As the metadata spells it; compared byte for byte from here on. */
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  registrationEndpoint: string | null;
  /** Where tokens are given back (RFC 7009). Not in what was kept before this was asked for. */
  revocationEndpoint?: string | null;
  /** How clients may prove who they are at the token endpoint; empty when it does not say. */
  tokenAuthMethods: readonly string[];
  scopes: readonly string[];
  /** It promises to name itself in every callback (RFC 9207). */
  namesItself: boolean;
  /** A URL of ours may stand for a registration (client id metadata documents). */
  takesClientMetadataUrl: boolean;
};

export type Discovery = {
  server: AuthorizationServer;
  /** What tokens are asked for: the protected resource's own name for itself. */
  resource: string;
  /** What to ask for: what the server's refusal named, else what its metadata names; null for the default. */
  scope: string | null;
  /** As they were published, for people who look for what is wrong. */
  protectedResource: Record<string, unknown> | null;
  metadata: Record<string, unknown>;
};

const maxIssuerChars = 500;
const maxUrlChars = 2_000;
const refusalTimeoutProbe = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });

/**
 * Who signs people in for an MCP server: its refusal (RFC 9728 §5), its protected resource metadata (RFC 9728), and the
 * metadata of the authorization server that this names (RFC 8414, OpenID Connect discovery). A server without resource
 * metadata is its own authorization server, as in MCP 2025-03-26.
 *
 * @throws OAuthProblem
 */
export async function discover(
  serverUrl: string,
  fetch: SmallFetch,
  hint?: { wwwAuthenticate: string | null },
): Promise<Discovery> {
  const refusal = hint ?? { wwwAuthenticate: await askForRefusal(serverUrl, fetch) };
  const asked = challengeOf(refusal.wwwAuthenticate);
  const found = await resourceMetadata(serverUrl, asked.resourceMetadataUrl, fetch);
  const resource = found?.resource ?? withoutHash(serverUrl);
  if (!checkResourceAllowed({ requestedResource: new URL(serverUrl), configuredResource: new URL(resource) }))
    throw new OAuthProblem("untrusted");
  const named = found?.authorization_servers?.[0];
  if (found && named === undefined && found.authorization_servers !== undefined) throw new OAuthProblem("not_offered");
  const metadata = await serverMetadata(named ?? new URL(serverUrl).origin, fetch);
  const server = toServer(metadata);
  const scope = asked.scope ?? found?.scopes_supported?.join(" ") ?? null;
  return { server, resource, scope: scope || null, protectedResource: found, metadata };
}

/** What a `WWW-Authenticate` asks for. */
export function challengeOf(wwwAuthenticate: string | null): { resourceMetadataUrl?: URL; scope?: string } {
  if (wwwAuthenticate === null) return {};
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(
    new Response(null, { status: 401, headers: { "www-authenticate": wwwAuthenticate } }),
  );
  return { ...(resourceMetadataUrl && { resourceMetadataUrl }), ...(scope !== undefined && { scope }) };
}

/** The server's own words about where to sign in; a server that says nothing is asked for its metadata all the same. */
async function askForRefusal(serverUrl: string, fetch: SmallFetch): Promise<string | null> {
  try {
    const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" };
    const response = await fetch(serverUrl, { method: "POST", headers, body: refusalTimeoutProbe });
    return response.status === 401 ? response.headers.get("www-authenticate") : null;
  } catch (error) {
    if (error instanceof OAuthProblem && error.code === "address_refused") throw error;
    return null;
  }
}

async function resourceMetadata(serverUrl: string, resourceMetadataUrl: URL | undefined, fetch: SmallFetch) {
  try {
    const options = resourceMetadataUrl ? { resourceMetadataUrl } : {};
    return await discoverOAuthProtectedResourceMetadata(serverUrl, options, fetch);
  } catch (error) {
    // A document that was named and is not there, or lies somewhere forbidden, must not lead to a guess.
    if (error instanceof OAuthProblem || resourceMetadataUrl) throw asProblem(error, "not_offered");
    return null;
  }
}

async function serverMetadata(issuer: string, fetch: SmallFetch): Promise<Record<string, unknown>> {
  let metadata: Record<string, unknown> | undefined;
  try {
    metadata = await discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch });
  } catch (error) {
    throw asProblem(error, "untrusted");
  }
  if (!metadata) throw new OAuthProblem("not_offered");
  return metadata;
}

/** @throws OAuthProblem unless all of it may be used */
function toServer(metadata: Record<string, unknown>): AuthorizationServer {
  const issuer = textOf(metadata["issuer"]);
  if (issuer.length > maxIssuerChars) throw new OAuthProblem("untrusted");
  if (!listOf(metadata["code_challenge_methods_supported"]).includes("S256")) throw new OAuthProblem("unsafe");
  const registration = metadata["registration_endpoint"];
  const revocation = metadata["revocation_endpoint"];
  return {
    issuer,
    authorizationEndpoint: httpUrl(metadata["authorization_endpoint"]),
    tokenEndpoint: httpUrl(metadata["token_endpoint"]),
    registrationEndpoint: registration === undefined ? null : httpUrl(registration),
    revocationEndpoint: revocation === undefined ? null : httpUrl(revocation),
    tokenAuthMethods: listOf(metadata["token_endpoint_auth_methods_supported"]),
    scopes: listOf(metadata["scopes_supported"]),
    namesItself: metadata["authorization_response_iss_parameter_supported"] === true,
    takesClientMetadataUrl: metadata["client_id_metadata_document_supported"] === true,
  };
}

/** An address that may be opened in a browser or asked by us: http(s), nobody's name in it. */
function httpUrl(value: unknown): string {
  const text = textOf(value);
  const url = text.length <= maxUrlChars && URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new OAuthProblem("unsafe");
  return url.href;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");
const listOf = (value: unknown) =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

function withoutHash(url: string): string {
  const clean = new URL(url);
  clean.hash = "";
  return clean.href;
}

function asProblem(error: unknown, code: "untrusted" | "not_offered"): OAuthProblem {
  return error instanceof OAuthProblem ? error : new OAuthProblem(code, { cause: error });
}
