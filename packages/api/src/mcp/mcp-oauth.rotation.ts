import type { McpOauthStore } from "@chatee/db/mcp.oauth.store";
import { DomainError } from "@chatee/shared/failure";
import type { AesSecrets } from "../secrets-aes.ts";
import { grantContext } from "./mcp-oauth.grants.ts";
import { clientContext } from "./mcp-oauth.registrations.ts";

const pageSize = 100;

/**
 * Seals every owner's tokens and client secrets anew under the newest secret key, while the server runs: what is
 * refreshed meanwhile is sealed under that key anyway. Harmless to run again. What no key opens is lost already, and its
 * owner has to sign in again; `unreadable` names the servers and issuers.
 */
export async function rotateMcpOauth(deps: { store: McpOauthStore; secrets: Pick<AesSecrets, "reseal"> }) {
  const { store, secrets } = deps;
  const unreadable: string[] = [];
  let resealed = 0;

  async function reseal(
    name: string,
    cipher: string | null,
    context: string,
    save: (fresh: string) => Promise<boolean>,
  ) {
    if (cipher === null) return;
    try {
      const fresh = secrets.reseal(cipher, context);
      if (fresh !== cipher && (await save(fresh))) resealed++;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      unreadable.push(name);
    }
  }

  for (let after = { serverId: "", ownerId: "" }; ;) {
    const page = await store.listSealedTokens(after, pageSize);
    for (const row of page) {
      after = row;
      const context = grantContext(row.serverId, row.ownerId);
      await reseal(row.serverId, row.grantCipher, context, (fresh) => store.resealTokens(row, fresh));
    }
    if (page.length < pageSize) break;
  }
  for (let after = { ownerId: "", issuer: "" }; ;) {
    const page = await store.listSealedClients(after, pageSize);
    for (const row of page) {
      after = row;
      const context = clientContext(row.ownerId, row.issuer);
      await reseal(row.issuer, row.secretCipher, context, (fresh) => store.resealClient(row, fresh));
    }
    if (page.length < pageSize) break;
  }
  return { resealed, unreadable };
}
