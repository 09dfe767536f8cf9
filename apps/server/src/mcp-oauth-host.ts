import { randomBytes } from "node:crypto";
import type { OAuthHost } from "@chatee/api/mcp/mcp-oauth-client";
import type { Dialer } from "@chatee/mcp-proxy/dialer/dialer";
import type { OAuthClient } from "@chatee/mcp-proxy/oauth/oauth-client";
import { OAuthProblem } from "@chatee/mcp-proxy/oauth/oauth-problem";
import { DomainError } from "@chatee/shared/failure";

export type OAuthHostOptions = {
  /** Asked for at the first use. */
  dialer: () => Promise<Dialer>;
  /** Where people open chatee; ends with a slash. Not asked before the server listens. */
  url: () => string;
  /** Of our own description when it is kept elsewhere; by default it is below `url`, if that is public and https. */
  clientMetadataUrl?: string | undefined;
};

export const clientName = "chatee";
export const callbackPath = "mcp/oauth/callback";
export const clientDocumentPath = "mcp/oauth/client.json";

/** Signs in for the services, through the guarded dialer. The libraries are loaded at the first use. */
export function createOAuthHost({ dialer, url, clientMetadataUrl }: OAuthHostOptions): OAuthHost {
  let opened: Promise<OAuthClient> | null = null;
  async function open(): Promise<OAuthClient> {
    const { createOAuthClient } = await import("@chatee/mcp-proxy/oauth/oauth-client");
    return createOAuthClient({ dialer, clientName });
  }
  async function using<T>(work: (client: OAuthClient) => Promise<T>): Promise<T> {
    const client = await (opened ??= open());
    try {
      return await work(client);
    } catch (error) {
      throw translated(error);
    }
  }

  return {
    client: {
      challenge: (wwwAuthenticate) => using(async (client) => client.challengeOf(wwwAuthenticate)),
      discover: (serverUrl, signal) => using((client) => client.discover(serverUrl, signal)),
      register: (serverUrl, request, signal) => using((client) => client.register(serverUrl, request, signal)),
      authorize: (request) => using((client) => client.authorize(request)),
      checkIssuer: (server, iss) => using(async (client) => client.checkIssuer(server, iss)),
      redeem: (serverUrl, request, signal) => using((client) => client.redeem(serverUrl, request, signal)),
      refresh: (serverUrl, request, signal) => using((client) => client.refresh(serverUrl, request, signal)),
      revoke: (serverUrl, request, signal) => using((client) => client.revoke(serverUrl, request, signal)),
      isKnown: (serverUrl, request, signal) => using((client) => client.isKnown(serverUrl, request, signal)),
    },
    randomBytes,
    redirectUri: () => new URL(callbackPath, url()).href,
    clientMetadataUrl() {
      if (clientMetadataUrl !== undefined) return clientMetadataUrl;
      const document = new URL(clientDocumentPath, url());
      return document.protocol === "https:" ? document.href : null;
    },
  };
}

function translated(error: unknown): unknown {
  if (!(error instanceof OAuthProblem)) return error;
  return new DomainError({ code: "mcp.sign_in_failed", reason: error.code }, { cause: error });
}
