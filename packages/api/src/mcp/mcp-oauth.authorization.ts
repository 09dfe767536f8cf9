import type { McpOauthStore, OauthTokensRow } from "@chatee/db/mcp.oauth.store";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Environment } from "../environment.ts";
import type { Grants } from "./mcp-oauth.grants.ts";
import type { OAuthClient } from "./mcp-oauth-client.ts";
import type { Authorization, McpSignIn } from "./mcp-host.ts";

/** A token that was refused this soon after it came will not be better after another refresh. */
const freshMs = 60_000;

export type AuthorizationDeps = {
  store: McpOauthStore;
  grants: Grants;
  client: Pick<OAuthClient, "challenge">;
  environment: Pick<Environment, "now">;
};

/** Sends owners' tokens to the servers they were granted for, and makes the best of refusals. */
export function createSignIn({ store, grants, client, environment }: AuthorizationDeps): McpSignIn {
  async function wantMore(ownerId: string, serverId: string, wwwAuthenticate: string | null): Promise<void> {
    const { scope } = await client.challenge(wwwAuthenticate);
    const row = await store.findTokens(ownerId, serverId);
    if (!row || scope === undefined) return;
    const wantedScope = scopeUnion(row.wantedScope, scope);
    if (wantedScope === row.wantedScope || isCovered(scope, row.scope)) return;
    await store.change(ownerId, row, { wantedScope });
  }

  /** After a 401: a token that is not the refused one, by refresh at most once. */
  async function isOtherNow(ownerId: string, serverId: string, refused: string): Promise<boolean> {
    const open = await grants.find(ownerId, serverId);
    if (!open) return false;
    if (bearer(open.grant.accessToken) !== refused) return true;
    const isFresh = open.row.obtainedAtMs + freshMs > environment.now();
    if (isFresh && !grants.isExpired(open.row)) {
      await grants.lose(open);
      return false;
    }
    const next = await grants.refreshed(ownerId, serverId, ({ grant }) => bearer(grant.accessToken) === refused);
    return next !== null;
  }

  return {
    authorization(ownerId, { serverId, url }): Authorization {
      const server = new URL(url);
      return {
        credentialKey: ownerId,
        headers(request): MaybePromise<Readonly<Record<string, string>>> {
          if (request.url.origin !== server.origin) return none;
          return whenHere(grants.usable(ownerId, serverId), (open) =>
            open && isGrantedFor(open.row, server) ? { authorization: bearer(open.grant.accessToken) } : none,
          );
        },
        async onRefused({ status, wwwAuthenticate, sent }) {
          const refused = sent["authorization"];
          if (status === 403) {
            await wantMore(ownerId, serverId, wwwAuthenticate);
            return "give_up";
          }
          if (refused === undefined) return "give_up";
          try {
            return (await isOtherNow(ownerId, serverId, refused)) ? "retry" : "give_up";
          } catch {
            return "give_up";
          }
        },
      };
    },
  };
}

const none: Readonly<Record<string, string>> = {};
const bearer = (accessToken: string) => `Bearer ${accessToken}`;

/** A token goes to the origin and below the path it was granted for: a server that moved is another server. */
export function isGrantedFor(row: Pick<OauthTokensRow, "serverOrigin" | "resource">, server: URL): boolean {
  if (server.origin !== row.serverOrigin) return false;
  const folder = (path: string) => (path.endsWith("/") ? path : `${path}/`);
  return folder(server.pathname).startsWith(folder(new URL(row.resource).pathname));
}

export function scopeUnion(...scopes: (string | null | undefined)[]): string | null {
  const all = new Set(scopes.flatMap((scope) => scope?.split(" ") ?? []).filter((one) => one !== ""));
  return all.size === 0 ? null : [...all].join(" ");
}

function isCovered(scope: string, by: string | null): boolean {
  const has = new Set(by?.split(" ") ?? []);
  return scope.split(" ").every((one) => has.has(one));
}
