import type { LlmStore } from "@chatee/db/llm.store";
import { DomainError } from "@chatee/shared/failure";
import type { AesSecrets } from "../secrets-aes.ts";
import { keyContext } from "./llm.service-configs.ts";

const pageSize = 100;

/**
 * Seals every stored key of every owner anew under the newest secret key, while the server runs: a key that
 * somebody changes meanwhile is left as they stored it. Harmless to run again. `unreadable` names the
 * configurations whose key no secret key opens; an old secret key may go once none needs it.
 */
export async function rotateLlmKeys(deps: { store: LlmStore; secrets: Pick<AesSecrets, "reseal"> }) {
  const unreadable: string[] = [];
  let resealed = 0;
  for (let after = ""; ;) {
    const page = await deps.store.listSealed(after, pageSize);
    for (const { configId, apiKeyCipher } of page) {
      after = configId;
      if (apiKeyCipher === null) continue;
      try {
        const fresh = deps.secrets.reseal(apiKeyCipher, keyContext(configId));
        if (fresh !== apiKeyCipher && (await deps.store.reseal(configId, apiKeyCipher, fresh))) resealed++;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        unreadable.push(configId);
      }
    }
    if (page.length < pageSize) return { resealed, unreadable };
  }
}
