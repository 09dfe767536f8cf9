import type { McpOauthStore, OauthTokensRow } from "@chatee/db/mcp.oauth.store";
import { DomainError } from "@chatee/shared/failure";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Environment } from "../environment.ts";
import type { Secrets } from "../secrets.ts";
import type { AuthorizationServer, KnownClient, OAuthClient, Tokens } from "./mcp-oauth-client.ts";

/** What is sealed of a grant: it can be refreshed without asking anybody where. */
type Grant = {
  accessToken: string;
  refreshToken: string | null;
  previousRefreshToken: string | null;
  client: KnownClient;
  server: AuthorizationServer;
};
export type OpenGrant = { row: OauthTokensRow; grant: Grant };

export type GrantsDeps = {
  store: McpOauthStore;
  secrets: Secrets;
  client: Pick<OAuthClient, "refresh">;
  environment: Pick<Environment, "now" | "random" | "wait" | "log">;
  /** A grant is over, and somebody has to sign in again. */
  onLost: (ownerId: string, serverId: string) => void;
};

/** Longer than a refresh can take, its retry included. */
const leaseMs = 90_000;
const pollMs = 100;
const maxPolls = 900;
/** The largest part of a token's life, and of time, by which it is refreshed early. */
const earlyPart = 0.2;
const maxEarlyMs = 5 * 60_000;
/** Between two attempts to refresh what nobody asks for: as long as it has failed so far, between these. */
const minRetryMs = 60_000;
const maxRetryMs = 3_600_000;

export type Grants = ReturnType<typeof createGrants>;

export function grantContext(serverId: string, ownerId: string): string {
  return `mcp_oauth_tokens/${serverId}/${ownerId}/grant`;
}

/**
 * What owners were granted, refreshed before it runs out. However many requests of however many processes find it
 * stale, one of them redeems the refresh token: many authorization servers take a second redemption for theft and end
 * the grant. Who does is settled by a lease in the row; the others wait for what it brings.
 */
export function createGrants({ store, secrets, client, environment, onLost }: GrantsDeps) {
  const refreshing = new Map<string, Promise<OpenGrant | null>>();

  function opened(row: OauthTokensRow): OpenGrant | null {
    if (row.state !== "connected" || row.grantCipher === null) return null;
    try {
      return {
        row,
        grant: JSON.parse(secrets.open(row.grantCipher, grantContext(row.serverId, row.ownerId))) as Grant,
      };
    } catch (error) {
      // Sealed under a key that is gone: as if nobody had signed in.
      if (error instanceof DomainError) return null;
      throw error;
    }
  }

  function find(ownerId: string, serverId: string): MaybePromise<OpenGrant | null> {
    return whenHere(store.findTokens(ownerId, serverId), (row) => (row ? opened(row) : null));
  }

  /** When tokens that came now run out, and from when on to refresh them: early, and not all at one instant. */
  function times({ expiresInMs }: Tokens, canRefresh: boolean) {
    const nowMs = environment.now();
    if (expiresInMs === null) return { obtainedAtMs: nowMs, expiresAtMs: null, refreshAtMs: null };
    // What cannot be refreshed is of use until it runs out; then somebody has to sign in.
    if (!canRefresh) return { obtainedAtMs: nowMs, expiresAtMs: nowMs + expiresInMs, refreshAtMs: nowMs + expiresInMs };
    const earlyMs = Math.min(expiresInMs * earlyPart, maxEarlyMs) * (0.5 + environment.random() / 2);
    const expiresAtMs = nowMs + expiresInMs;
    return { obtainedAtMs: nowMs, expiresAtMs, refreshAtMs: Math.floor(expiresAtMs - earlyMs) };
  }

  function seal(row: Pick<OauthTokensRow, "serverId" | "ownerId">, grant: Grant): string {
    return secrets.seal(JSON.stringify(grant), grantContext(row.serverId, row.ownerId));
  }

  const isExpired = ({ expiresAtMs }: OauthTokensRow) => expiresAtMs !== null && expiresAtMs <= environment.now();

  /** Ends a grant as it was seen; one that was renewed meanwhile stays. */
  async function lose({ row }: OpenGrant): Promise<void> {
    const end = { state: "needs_sign_in", grantCipher: null, leaseUntilMs: null, updatedAtMs: environment.now() };
    if (await store.change(row.ownerId, row, end)) onLost(row.ownerId, row.serverId);
  }

  /** When to try again what failed, asked by nobody. Whoever needs the token tries at once. */
  function retryAtMs({ expiresAtMs }: OauthTokensRow): number {
    const nowMs = environment.now();
    const failingMs = Math.min(Math.max(nowMs - (expiresAtMs ?? nowMs), minRetryMs), maxRetryMs);
    return Math.floor(nowMs + failingMs * (0.5 + environment.random()));
  }

  /**
   * Redeems the refresh token. After a lost answer the same one is good once more, since whoever rotates keeps the one
   * before until the next was used; after a refusal the one before is tried.
   */
  async function redeem({ row, grant }: OpenGrant, refreshToken: string): Promise<Tokens> {
    const request = { server: grant.server, client: grant.client, resource: row.resource };
    const url = row.resource;
    const attempt = (token: string) => client.refresh(url, { ...request, refreshToken: token });
    try {
      return await attempt(refreshToken);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === "unreachable") return await attempt(refreshToken);
      if (reason === "grant_refused" && grant.previousRefreshToken !== null)
        return await attempt(grant.previousRefreshToken).catch(() => {
          throw error;
        });
      throw error;
    }
  }

  /** With the lease in hand. Null when the grant is over; throws when nobody can tell at the moment. */
  async function renew(held: OpenGrant, refreshToken: string): Promise<OpenGrant | null> {
    const { row, grant } = held;
    let tokens: Tokens;
    try {
      tokens = await redeem(held, refreshToken);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === "grant_refused" || reason === "client_refused") {
        await lose(held);
        // A registration that was lost over there is of no use for the next sign-in either.
        if (reason === "client_refused") await store.removeRegistration(row.ownerId, row.issuer, grant.client.clientId);
        return null;
      }
      await store.change(row.ownerId, row, { leaseUntilMs: null, refreshAtMs: retryAtMs(row) });
      throw error;
    }
    const next: Grant = {
      ...grant,
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken ?? refreshToken,
      previousRefreshToken: tokens.refreshToken === null ? grant.previousRefreshToken : refreshToken,
    };
    const change = {
      grantCipher: seal(row, next),
      ...times(tokens, true),
      ...(tokens.scope !== null && { scope: tokens.scope }),
      leaseUntilMs: null,
      updatedAtMs: environment.now(),
    };
    if (await store.change(row.ownerId, row, change))
      return { row: { ...row, ...change, version: row.version + 1 }, grant: next };
    // Somebody signed in, or out, meanwhile: theirs counts.
    return await find(row.ownerId, row.serverId);
  }

  async function refreshedOnce(
    ownerId: string,
    serverId: string,
    isStale: (open: OpenGrant) => boolean,
  ): Promise<OpenGrant | null> {
    for (let polls = 0; polls < maxPolls; polls++) {
      const open = await find(ownerId, serverId);
      if (!open || !isStale(open)) return open;
      const { row, grant } = open;
      const nowMs = environment.now();
      if (grant.refreshToken === null) {
        await lose(open);
        return null;
      }
      if (row.leaseUntilMs === null || row.leaseUntilMs <= nowMs) {
        if (!(await store.lease(ownerId, row, { nowMs, untilMs: nowMs + leaseMs }))) continue;
        return await renew({ row: { ...row, version: row.version + 1 }, grant }, grant.refreshToken);
      }
      await environment.wait(pollMs * (1 + environment.random()));
    }
    throw new DomainError({ code: "mcp.busy", retryAfterMs: null });
  }

  /** One at a time in this process, so that the database sees one of many. */
  async function refreshed(ownerId: string, serverId: string, isStale: (open: OpenGrant) => boolean) {
    const key = JSON.stringify([ownerId, serverId]);
    for (;;) {
      const running = refreshing.get(key);
      if (!running) break;
      // What it meets, everybody meets who waits for it: nobody stands in line to try in vain.
      await running;
    }
    const run = refreshedOnce(ownerId, serverId, isStale);
    refreshing.set(key, run);
    try {
      return await run;
    } finally {
      refreshing.delete(key);
    }
  }

  function isGood({ row, grant }: OpenGrant): boolean {
    if (isExpired(row)) return false;
    if (row.refreshAtMs === null || row.refreshAtMs > environment.now()) return true;
    return grant.refreshToken === null || (row.leaseUntilMs ?? 0) > environment.now();
  }

  async function renewed(open: OpenGrant): Promise<OpenGrant | null> {
    const { ownerId, serverId, version: seen } = open.row;
    try {
      return await refreshed(ownerId, serverId, ({ row: { version, ...now } }) => {
        return version === seen || isExpired({ ...now, version });
      });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      environment.log.warn({ serverId, reason: reasonOf(error) }, "refreshing a sign-in failed; it is tried again");
      // What is there may still do, and whoever it does not do for says so.
      return open;
    }
  }

  return {
    find,
    lose,
    refreshed,
    isExpired,
    /** A grant whose token can be sent now, refreshed when it is time; null when somebody has to sign in. */
    usable(ownerId: string, serverId: string): MaybePromise<OpenGrant | null> {
      return whenHere(find(ownerId, serverId), (open) => (!open || isGood(open) ? open : renewed(open)));
    },
    /** Refreshes what is due although nobody asks for it. */
    async refreshDue(ownerId: string, serverId: string): Promise<void> {
      await refreshed(ownerId, serverId, ({ row, grant }) => {
        if (grant.refreshToken === null) return isExpired(row);
        return row.refreshAtMs !== null && row.refreshAtMs <= environment.now();
      });
    },
    /** Keeps what a sign-in brought, in place of whatever there was. */
    async save(
      ownerId: string,
      of: Pick<OauthTokensRow, "serverId" | "serverOrigin" | "resource"> & { askedScope: string | null },
      tokens: Tokens,
      { client: known, server }: { client: KnownClient; server: AuthorizationServer },
    ): Promise<void> {
      const { askedScope, ...place } = of;
      const { accessToken, refreshToken } = tokens;
      const grant: Grant = { accessToken, refreshToken, previousRefreshToken: null, client: known, server };
      await store.saveTokens(ownerId, {
        ...place,
        issuer: server.issuer,
        state: "connected",
        grantCipher: seal({ serverId: of.serverId, ownerId }, grant),
        scope: tokens.scope ?? askedScope,
        wantedScope: null,
        ...times(tokens, refreshToken !== null),
        leaseUntilMs: null,
        updatedAtMs: environment.now(),
      });
    },
  };
}

export function reasonOf(error: unknown): string | null {
  return error instanceof DomainError && error.failure.code === "mcp.sign_in_failed" ? error.failure.reason : null;
}
