import type { McpStore } from "@chatee/db/mcp.store";
import { DomainError } from "@chatee/shared/failure";
import type { AesSecrets } from "../secrets-aes.ts";
import { secretsContext } from "./server-secrets.ts";

const pageSize = 100;

/**
 * Seals the values of every owner's servers anew under the newest secret key, while the server runs: values that
 * somebody changes meanwhile are left as they stored them. Harmless to run again. `unreadable` names the servers whose
 * values no secret key opens.
 */
export async function rotateMcpSecrets(deps: { store: McpStore; secrets: Pick<AesSecrets, "reseal"> }) {
  const unreadable: string[] = [];
  let resealed = 0;
  for (let after = ""; ;) {
    const page = await deps.store.listSealed(after, pageSize);
    for (const { serverId, secretsCipher } of page) {
      after = serverId;
      if (secretsCipher === null) continue;
      try {
        const fresh = deps.secrets.reseal(secretsCipher, secretsContext(serverId));
        if (fresh !== secretsCipher && (await deps.store.reseal(serverId, secretsCipher, fresh))) resealed++;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        unreadable.push(serverId);
      }
    }
    if (page.length < pageSize) return { resealed, unreadable };
  }
}
