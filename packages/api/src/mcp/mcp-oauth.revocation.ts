import type { Environment } from "../environment.ts";
import { reasonOf } from "./mcp-oauth.grants.ts";
import type { OpenGrant } from "./mcp-oauth.grants.ts";
import type { OAuthClient } from "./mcp-oauth-client.ts";

/** Whoever signs out waits no longer for an authorization server to take its tokens back. */
const revokeMs = 5_000;

/**
 * Tells an authorization server that tokens are not wanted any more (RFC 7009): the refresh token first, with which most
 * end all of the grant. Never rejects: whatever is answered, they are gone here.
 */
export function createGiveBack(deps: {
  client: Pick<OAuthClient, "revoke">;
  environment: Pick<Environment, "wait" | "log">;
}) {
  const { client, environment } = deps;
  return async function giveBack({ row, grant }: OpenGrant): Promise<void> {
    const { accessToken, refreshToken, server, client: known } = grant;
    const late = new AbortController();
    const timer = new AbortController();
    environment.wait(revokeMs, timer.signal).then(
      () => late.abort(),
      () => {},
    );
    try {
      const request = { server, client: known };
      if (refreshToken !== null) {
        const given = { ...request, token: refreshToken, kind: "refresh_token" } as const;
        await client.revoke(row.resource, given, late.signal);
      }
      const given = { ...request, token: accessToken, kind: "access_token" } as const;
      await client.revoke(row.resource, given, late.signal);
    } catch (error) {
      environment.log.warn({ serverId: row.serverId, reason: reasonOf(error) }, "tokens were not taken back");
    } finally {
      timer.abort();
    }
  };
}
