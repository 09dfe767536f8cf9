import {
  exchangeAuthorization,
  OAuthError,
  refreshAuthorization,
  registerClient,
  RegistrationRejectedError,
  startAuthorization,
} from "@modelcontextprotocol/client";
import type { AuthorizationServerMetadata, OAuthTokens } from "@modelcontextprotocol/client";
import type { Dialer } from "../dialer/dialer.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import { challengeOf, discover } from "./discovery.ts";
import type { AuthorizationServer, Discovery, SmallFetch } from "./discovery.ts";
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

export type OAuthClientOptions = {
  /** Asked for at the first use. */
  dialer: () => Promise<Dialer>;
  clientName: string;
  /** Of one request, its answer included; 20 s when not given. */
  timeoutMs?: number;
  /** Of one answer; 256 KiB when not given. */
  maxBytes?: number;
};

export type OAuthClient = ReturnType<typeof createOAuthClient>;

/**
 * The requests of a sign-in, each through the guarded dialer: only the registered server's own origin may be private,
 * everything its metadata names must be public or allowed. Keeps nothing. All reject with an `OAuthProblem`, or the
 * reason of the signal.
 */
export function createOAuthClient(options: OAuthClientOptions) {
  const { timeoutMs = 20_000, maxBytes = 256 * 1024 } = options;

  async function asking<T>(
    serverUrl: string,
    signal: AbortSignal | undefined,
    work: (fetch: SmallFetch) => Promise<T>,
  ): Promise<T> {
    const dialer = await options.dialer();
    const way = wayTo(dialer, serverUrl);
    const bounded = createBoundedFetch({ fetch: way.fetch, timeoutMs, maxBytes, ...(signal && { signal }) });
    try {
      return await work(bounded.fetch);
    } catch (error) {
      signal?.throwIfAborted();
      // What our own part found out is more to the point than what the SDK made of it.
      throw error instanceof OAuthProblem ? error : (bounded.problem() ?? problemOf(error));
    }
  }

  return {
    challengeOf,
    /** What a server says about signing in. */
    discover: (serverUrl: string, signal?: AbortSignal): Promise<Discovery> =>
      asking(serverUrl, signal, (fetch) => discover(serverUrl, fetch)),
    /** Introduces us to an authorization server (RFC 7591), without a secret wherever that is allowed. */
    register: (
      serverUrl: string,
      { server, redirectUri }: { server: AuthorizationServer; redirectUri: string },
      signal?: AbortSignal,
    ): Promise<KnownClient> =>
      asking(serverUrl, signal, async (fetch) => {
        if (server.registrationEndpoint === null) throw new OAuthProblem("client_needed");
        const wanted = authMethodOf(server);
        const clientMetadata = {
          ...clientDocument(options.clientName, redirectUri),
          token_endpoint_auth_method: wanted,
        };
        const client = await registerClient(server.issuer, {
          metadata: toMetadata(server),
          clientMetadata,
          fetchFn: fetch,
        });
        const { client_id: clientId, client_secret: clientSecret = null } = client;
        const given = client.token_endpoint_auth_method ?? wanted;
        if (clientId.length > 2_000) throw new OAuthProblem("bad_answer");
        return { clientId, clientSecret: given === "none" ? null : clientSecret, authMethod: given };
      }),
    /** Where the owner's browser goes, and the verifier that only we know. */
    async authorize(request: {
      server: AuthorizationServer;
      client: KnownClient;
      redirectUri: string;
      resource: string;
      scope: string | null;
      state: string;
    }): Promise<{ authorizationUrl: string; verifier: string }> {
      const { server, client, redirectUri, resource, scope, state } = request;
      const { authorizationUrl, codeVerifier } = await startAuthorization(server.issuer, {
        metadata: toMetadata(server),
        clientInformation: toInformation(client),
        redirectUrl: redirectUri,
        resource,
        state,
        ...(scope !== null && { scope }),
      });
      return { authorizationUrl: authorizationUrl.href, verifier: codeVerifier };
    },
    /**
     * Whether a callback comes from who was asked: compared byte for byte, before anything else of it is looked at.
     *
     * @throws OAuthProblem `wrong_issuer`
     */
    checkIssuer(server: Pick<AuthorizationServer, "issuer" | "namesItself">, iss: string | null): void {
      if (iss === null ? server.namesItself : iss !== server.issuer) throw new OAuthProblem("wrong_issuer");
    },
    redeem: (
      serverUrl: string,
      request: {
        server: AuthorizationServer;
        client: KnownClient;
        redirectUri: string;
        resource: string;
        code: string;
        verifier: string;
        iss: string | null;
      },
      signal?: AbortSignal,
    ): Promise<Tokens> =>
      asking(serverUrl, signal, async (fetch) => {
        const { server, client, redirectUri, resource, code, verifier, iss } = request;
        const tokens = await exchangeAuthorization(server.issuer, {
          metadata: toMetadata(server),
          clientInformation: toInformation(client),
          authorizationCode: code,
          codeVerifier: verifier,
          redirectUri,
          resource,
          ...(iss !== null && { iss }),
          fetchFn: fetch,
        });
        return toTokens(tokens, null);
      }),
    refresh: (
      serverUrl: string,
      request: { server: AuthorizationServer; client: KnownClient; resource: string; refreshToken: string },
      signal?: AbortSignal,
    ): Promise<Tokens> =>
      asking(serverUrl, signal, async (fetch) => {
        const { server, client, resource, refreshToken } = request;
        const tokens = await refreshAuthorization(server.issuer, {
          metadata: toMetadata(server),
          clientInformation: toInformation(client),
          refreshToken,
          resource,
          fetchFn: fetch,
        });
        return toTokens(tokens, refreshToken);
      }),
    /** Gives a token back (RFC 7009), so that it works for nobody any more. Nothing happens where that is not offered. */
    revoke: (
      serverUrl: string,
      request: { server: AuthorizationServer; client: KnownClient; token: string; kind: TokenKind },
      signal?: AbortSignal,
    ): Promise<void> =>
      asking(serverUrl, signal, async (fetch) => {
        const { server, client, token, kind } = request;
        const url = revocationUrl(server);
        if (url === null) return;
        const { headers, fields } = credentialsOf(server, client);
        const body = new URLSearchParams({ token, token_type_hint: kind, ...fields });
        const response = await fetch(url, {
          method: "POST",
          headers: { accept: "application/json", ...headers },
          body,
        });
        if (response.status === 429 || response.status >= 500) throw new OAuthProblem("busy");
        if (!response.ok) throw new OAuthProblem("client_refused");
      }),
    /**
     * Whether an authorization server still knows us, by what it says to a sign-in that goes no further. False only when
     * it says no; whoever cannot tell says yes.
     */
    isKnown: async (
      serverUrl: string,
      request: { server: AuthorizationServer; client: KnownClient; redirectUri: string; resource: string },
      signal?: AbortSignal,
    ): Promise<boolean> => {
      const { server, client, redirectUri, resource } = request;
      const { authorizationUrl } = await startAuthorization(server.issuer, {
        metadata: toMetadata(server),
        clientInformation: toInformation(client),
        redirectUrl: redirectUri,
        resource,
        state: "unused",
      });
      try {
        const answer = await asking(serverUrl, signal, (fetch) => fetch(authorizationUrl, { redirect: "error" }));
        return answer.status !== 400 && answer.status !== 401;
      } catch (error) {
        if (error instanceof OAuthProblem) return true;
        throw error;
      }
    },
  };
}

export type TokenKind = "access_token" | "refresh_token";

/** @throws OAuthProblem `unsafe` when a token would go where even the token endpoint does not listen, in the clear */
function revocationUrl({ revocationEndpoint = null, tokenEndpoint }: AuthorizationServer): URL | null {
  if (revocationEndpoint === null) return null;
  const url = new URL(revocationEndpoint);
  if (url.protocol !== "https:" && url.origin !== new URL(tokenEndpoint).origin) throw new OAuthProblem("unsafe");
  return url;
}

/** Who we are, said the way the token endpoint wants it. */
function credentialsOf(
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

function wayTo(dialer: Dialer, serverUrl: string) {
  try {
    return dialer.forTarget(serverUrl);
  } catch (error) {
    throw new OAuthProblem("address_refused", { cause: error });
  }
}

/** Without a secret where that is allowed or nothing is said: Notion gives whoever asks for less a client it then refuses. */
function authMethodOf({ tokenAuthMethods }: AuthorizationServer): string {
  if (tokenAuthMethods.length === 0 || tokenAuthMethods.includes("none")) return "none";
  return tokenAuthMethods.includes("client_secret_post") ? "client_secret_post" : "client_secret_basic";
}

function toMetadata(server: AuthorizationServer): AuthorizationServerMetadata {
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

function toInformation({ clientId, clientSecret, authMethod }: KnownClient) {
  return {
    client_id: clientId,
    ...(clientSecret !== null && { client_secret: clientSecret }),
    ...(authMethod !== null && { token_endpoint_auth_method: authMethod }),
  };
}

/** @throws OAuthProblem `bad_answer` for a token that does not fit into a header */
function toTokens(tokens: OAuthTokens, sent: string | null): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = null, expires_in: expiresIn, scope = null } = tokens;
  if (!/^[\x21-\x7e]+$/.test(accessToken)) throw new OAuthProblem("bad_answer");
  if (!/^bearer$/i.test(tokens.token_type)) throw new OAuthProblem("bad_answer");
  const expiresInMs = expiresIn !== undefined && expiresIn > 0 ? expiresIn * 1_000 : null;
  return { accessToken, refreshToken: refreshToken === sent ? null : refreshToken, expiresInMs, scope };
}

const clientErrors = new Set(["invalid_client", "unauthorized_client", "unapproved_software_statement"]);
const laterErrors = new Set(["temporarily_unavailable", "server_error", "too_many_requests", "slow_down"]);

function problemOf(error: unknown): OAuthProblem {
  const cause = { cause: error };
  if (error instanceof RegistrationRejectedError) return new OAuthProblem("client_refused", cause);
  if (error instanceof OAuthError) {
    if (clientErrors.has(error.code)) return new OAuthProblem("client_refused", cause);
    if (laterErrors.has(error.code)) return new OAuthProblem("busy", cause);
    return new OAuthProblem("grant_refused", cause);
  }
  if (error instanceof Error && error.name === "InsecureTokenEndpointError") return new OAuthProblem("unsafe", cause);
  return new OAuthProblem("bad_answer", cause);
}
