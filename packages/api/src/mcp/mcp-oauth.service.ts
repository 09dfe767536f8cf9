import { createHash } from "node:crypto";
import type { McpOauthStore } from "@chatee/db/mcp.oauth.store";
import type { McpServerRow, McpStore } from "@chatee/db/mcp.store";
import { DomainError } from "@chatee/shared/failure";
import type { FinishSignIn, McpSignInState, StartSignIn } from "@chatee/shared/mcp-oauth";
import type { Environment } from "../environment.ts";
import type { Secrets } from "../secrets.ts";
import type { McpSignIn } from "./mcp-host.ts";
import { createSignIn, isGrantedFor, scopeUnion } from "./mcp-oauth.authorization.ts";
import { createGrants, reasonOf } from "./mcp-oauth.grants.ts";
import { createRegistrations } from "./mcp-oauth.registrations.ts";
import { createGiveBack } from "./mcp-oauth.revocation.ts";
import { createGrantUpkeep } from "./mcp-oauth.upkeep.ts";
import type { AuthorizationServer, Discovery, KnownClient, OAuthHost } from "./mcp-oauth-client.ts";

export type McpOauthDeps = {
  store: McpOauthStore;
  servers: Pick<McpStore, "find">;
  secrets: Secrets;
  environment: Environment;
  host: OAuthHost;
  /** An owner signed in or out: what is open to the server is closed, and what was known of it forgotten. */
  onChanged: (ownerId: string, serverId: string) => Promise<void>;
  /** Somebody has to sign in again. */
  onLost: (ownerId: string, serverId: string) => void;
};

const stateLifetimeMs = 10 * 60_000;
/** Sign-ins that an owner has begun and not ended. */
const maxOpenStates = 100;

/** What is sealed of a sign-in that was begun. */
type Details = {
  serverUrl: string;
  server: AuthorizationServer;
  client: KnownClient;
  redirectUri: string;
  resource: string;
  scope: string | null;
  verifier: string;
};

export type McpOauthService = ReturnType<typeof createMcpOauthService>;

/** Signs owners in to MCP servers, as an OAuth client: the tokens stay here and never reach a browser. */
export function createMcpOauthService(deps: McpOauthDeps) {
  const { store, servers, secrets, environment, host, onChanged, onLost } = deps;
  const grants = createGrants({ store, secrets, client: host.client, environment, onLost });
  const registrations = createRegistrations(deps);
  const giveBack = createGiveBack({ client: host.client, environment });
  const upkeep = createGrantUpkeep({ store, grants, environment });
  const signIn: McpSignIn = createSignIn({ store, grants, client: host.client, environment });

  /** @throws DomainError `mcp.server_not_found`, `input.invalid` for a local program */
  async function remote(ownerId: string, serverId: string): Promise<McpServerRow & { url: string }> {
    const row = await servers.find(ownerId, serverId);
    if (!row) throw new DomainError({ code: "mcp.server_not_found", serverId });
    const { url } = row;
    if (url !== null && row.type !== "stdio") return { ...row, url };
    const issue = { path: "serverId", message: "is a local program: nobody signs in to it" };
    throw new DomainError({ code: "input.invalid", issues: [issue] });
  }

  async function scopeFor(ownerId: string, serverId: string, found: Discovery): Promise<string | null> {
    const row = await store.findTokens(ownerId, serverId);
    const before = row && row.issuer === found.server.issuer && row.wantedScope !== null;
    const scope = before ? scopeUnion(row.scope, found.scope, row.wantedScope) : found.scope;
    const offline = "offline_access";
    return scope !== null && found.server.scopes.includes(offline) ? scopeUnion(scope, offline) : scope;
  }

  /** As `disconnect`, of a server that may be about to go. False when nobody was signed in. */
  async function leave(ownerId: string, serverId: string): Promise<boolean> {
    const open = await grants.find(ownerId, serverId);
    if (!(await store.removeTokens(ownerId, serverId))) return false;
    if (open) await giveBack(open);
    return true;
  }

  return {
    signIn,
    /** Refreshes what is about to run out, until it is stopped. */
    upkeep,
    /**
     * Where the owner's browser has to go. Asked again, it begins again; the sign-in begun before stays good. Authorization
     * servers know one address of ours; for a page under another one (`pageOrigin`) the state says where to go on.
     */
    async start(
      ownerId: string,
      input: StartSignIn & { pageOrigin?: string | null },
      signal?: AbortSignal,
    ): Promise<{ authorizationUrl: string; expiresAtMs: number }> {
      const { serverId, pageOrigin = null } = input;
      const { url } = await remote(ownerId, serverId);
      if ((await store.countStates(ownerId, environment.now())) >= maxOpenStates)
        throw new DomainError({ code: "mcp.busy", retryAfterMs: stateLifetimeMs });
      const found = await host.client.discover(url, signal);
      const client = await registrations.clientFor(ownerId, url, found, input, signal);
      const { server, resource } = found;
      const scope = await scopeFor(ownerId, serverId, found);
      const redirectUri = host.redirectUri();
      const isElsewhere = pageOrigin !== null && pageOrigin !== new URL(redirectUri).origin;
      const state = toState(host.randomBytes(32), isElsewhere ? pageOrigin : null);
      const asked = { server, client, redirectUri, resource, scope };
      const { authorizationUrl, verifier } = await host.client.authorize({ ...asked, state });
      const details: Details = { ...asked, verifier, serverUrl: url };
      const stateHash = hashOf(state);
      const createdAtMs = environment.now();
      const expiresAtMs = createdAtMs + stateLifetimeMs;
      const detailsCipher = secrets.seal(JSON.stringify(details), stateContext(stateHash));
      await store.openState(ownerId, { stateHash, serverId, detailsCipher, createdAtMs, expiresAtMs });
      return { authorizationUrl, expiresAtMs };
    },
    /**
     * Takes what the authorization server sent the browser back with. A state works once, for the owner who began, for
     * ten minutes, and only while the server is where it was.
     *
     * @throws DomainError `mcp.sign_in_invalid`, `mcp.sign_in_failed`
     */
    async finish(ownerId: string, callback: FinishSignIn, signal?: AbortSignal): Promise<{ serverId: string }> {
      const stateHash = hashOf(callback.state);
      const taken = await store.takeState(ownerId, stateHash, environment.now());
      if (!taken) throw new DomainError({ code: "mcp.sign_in_invalid" });
      const { serverId } = taken;
      const details = JSON.parse(secrets.open(taken.detailsCipher, stateContext(stateHash))) as Details;
      const iss = callback.iss ?? null;
      await host.client.checkIssuer(details.server, iss);
      if (callback.code === undefined) throw new DomainError({ code: "mcp.sign_in_failed", reason: "denied" });
      if ((await remote(ownerId, serverId)).url !== details.serverUrl)
        throw new DomainError({ code: "mcp.sign_in_invalid" });
      const { serverUrl, scope, ...asked } = details;
      const { server, client } = asked;
      const request = { ...asked, code: callback.code, iss };
      const tokens = await host.client.redeem(serverUrl, request, signal).catch(async (error: unknown) => {
        // The registration was lost over there: the next sign-in begins with another.
        if (reasonOf(error) === "client_refused")
          await store.removeRegistration(ownerId, server.issuer, client.clientId);
        throw error;
      });
      const serverOrigin = new URL(serverUrl).origin;
      const place = { serverId, serverOrigin, resource: details.resource, askedScope: scope };
      await grants.save(ownerId, place, tokens, details);
      await onChanged(ownerId, serverId);
      return { serverId };
    },
    /** `needs_sign_in` also when a server moved, or wants more than was granted. */
    async status(ownerId: string, serverId: string): Promise<McpSignInState> {
      const { url } = await remote(ownerId, serverId);
      const row = await store.findTokens(ownerId, serverId);
      if (!row) return { state: "none", issuer: null, scope: null, expiresAtMs: null };
      const isGood = row.state === "connected" && row.wantedScope === null && isGrantedFor(row, new URL(url));
      const { issuer, scope, expiresAtMs } = row;
      return { state: isGood ? "connected" : "needs_sign_in", issuer, scope, expiresAtMs };
    },
    /** Forgets the tokens, and gives them back where that is offered. The registration stays, for the next sign-in. */
    async disconnect(ownerId: string, serverId: string): Promise<void> {
      await remote(ownerId, serverId);
      if (await leave(ownerId, serverId)) await onChanged(ownerId, serverId);
    },
    leave,
    /** What a registered server publishes about signing in. */
    async discover(ownerId: string, serverId: string, signal?: AbortSignal) {
      const { url } = await remote(ownerId, serverId);
      const { protectedResource, metadata } = await host.client.discover(url, signal);
      return { protectedResource, authorizationServer: metadata };
    },
    /** As whom the owner is known, and where. */
    clients: registrations.list,
    redirectUri: host.redirectUri,
    clientMetadataUrl: host.clientMetadataUrl,
  };
}

function toState(random: Uint8Array, origin: string | null): string {
  const secret = Buffer.from(random).toString("base64url");
  return origin === null ? secret : `${secret}.${Buffer.from(origin).toString("base64url")}`;
}

/** Under which address of ours a sign-in was begun, as its state says; null where browsers are sent back to anyway. */
export function originIn(state: string): string | null {
  const [, origin] = state.split(".");
  return origin === undefined ? null : Buffer.from(origin, "base64url").toString("utf8");
}

function hashOf(state: string): string {
  return createHash("sha256").update(state).digest("hex");
}

function stateContext(stateHash: string): string {
  return `mcp_oauth_states/${stateHash}/details`;
}
