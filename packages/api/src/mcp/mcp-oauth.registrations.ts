import type { McpOauthStore, OauthClientRow } from "@chatee/db/mcp.oauth.store";
import { DomainError } from "@chatee/shared/failure";
import type { StartSignIn } from "@chatee/shared/mcp-oauth";
import type { Environment } from "../environment.ts";
import type { Secrets } from "../secrets.ts";
import type { Discovery, KnownClient, OAuthHost } from "./mcp-oauth-client.ts";

const maxClients = 1_000;

export function clientContext(ownerId: string, issuer: string): string {
  return `mcp_oauth_clients/${ownerId}/${issuer}/secret`;
}

/** As whom owners are known to authorization servers. One registration for each owner and issuer is kept for ever. */
export function createRegistrations(deps: {
  store: McpOauthStore;
  secrets: Secrets;
  environment: Pick<Environment, "now">;
  host: OAuthHost;
}) {
  const { store, secrets, environment, host } = deps;

  /** @throws DomainError `secret.unreadable` */
  function knownClient(row: OauthClientRow): KnownClient {
    const { clientId, secretCipher, authMethod } = row;
    const clientSecret = secretCipher && secrets.open(secretCipher, clientContext(row.ownerId, row.issuer));
    return { clientId, clientSecret, authMethod };
  }

  async function keepClient(
    ownerId: string,
    issuer: string,
    client: KnownClient,
    source: "preregistered" | "cimd" | "dcr",
  ): Promise<KnownClient> {
    const nowMs = environment.now();
    const { clientId, clientSecret, authMethod } = client;
    await store.saveClient(ownerId, {
      issuer,
      clientId,
      secretCipher: clientSecret === null ? null : secrets.seal(clientSecret, clientContext(ownerId, issuer)),
      authMethod,
      redirectUri: host.redirectUri(),
      source,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    });
    return client;
  }

  /** As whom to sign in: who the user says, who we are already, our own description, a registration, or nobody. */
  async function clientFor(
    ownerId: string,
    url: string,
    { server, resource }: Discovery,
    given: StartSignIn,
    signal?: AbortSignal,
  ): Promise<KnownClient> {
    const redirectUri = host.redirectUri();
    if (given.clientId !== undefined) {
      const client = { clientId: given.clientId, clientSecret: given.clientSecret ?? null, authMethod: null };
      return await keepClient(ownerId, server.issuer, client, "preregistered");
    }
    const known = await store.findClient(ownerId, server.issuer);
    const clientMetadataUrl = host.clientMetadataUrl();
    if (known && isStillUs(known, redirectUri, clientMetadataUrl)) {
      const client = knownClient(known);
      // Whoever begins again did not come back: perhaps because over there nobody knows us any more.
      const isInDoubt =
        known.source === "dcr" && (await store.hasOpenState(ownerId, given.serverId, environment.now()));
      if (!isInDoubt || (await host.client.isKnown(url, { server, client, redirectUri, resource }, signal)))
        return client;
    }
    if (server.takesClientMetadataUrl && clientMetadataUrl !== null) {
      const client = { clientId: clientMetadataUrl, clientSecret: null, authMethod: "none" };
      return await keepClient(ownerId, server.issuer, client, "cimd");
    }
    if (server.registrationEndpoint === null)
      throw new DomainError({ code: "mcp.client_needed", issuer: server.issuer, redirectUri });
    const client = await host.client.register(url, { server, redirectUri }, signal);
    return await keepClient(ownerId, server.issuer, client, "dcr");
  }

  return {
    clientFor,
    /** As whom the owner is known, and where. */
    async list(ownerId: string) {
      const rows = await store.listClients(ownerId, maxClients);
      return {
        clients: rows.map(({ ownerId: _owner, secretCipher, ...shown }) => ({
          ...shown,
          hasSecret: secretCipher !== null,
        })),
      };
    },
  };
}

/** Whether a registration brings a browser back to where we are now. What a person brought, they look after. */
function isStillUs(known: OauthClientRow, redirectUri: string, clientMetadataUrl: string | null): boolean {
  if (known.source === "preregistered") return true;
  if (known.source === "cimd" && known.clientId !== clientMetadataUrl) return false;
  return known.redirectUri === redirectUri;
}
