import {
  exchangeAuthorization,
  OAuthError,
  refreshAuthorization,
  registerClient,
  RegistrationRejectedError,
  startAuthorization,
} from "@modelcontextprotocol/client";
import type { Dialer } from "../dialer/dialer.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import { challengeOf, discover } from "./discovery.ts";
import type { AuthorizationServer, Discovery, SmallFetch } from "./discovery.ts";
import { OAuthProblem } from "./oauth-problem.ts";
import {
  authMethodOf,
  clientDocument,
  credentialsOf,
  revocationUrl,
  toInformation,
  toMetadata,
  toTokens,
} from "./oauth-wire.ts";
import type { KnownClient, Tokens } from "./oauth-wire.ts";

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

function wayTo(dialer: Dialer, serverUrl: string) {
  try {
    return dialer.forTarget(serverUrl);
  } catch (error) {
    throw new OAuthProblem("address_refused", { cause: error });
  }
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
