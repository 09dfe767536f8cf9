import type { AccessStore } from "@chatee/db/access.store";
import type { LlmStore } from "@chatee/db/llm.store";
import type { AuditAction } from "@chatee/shared/access";
import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import { demoConfigId } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import type { Secrets } from "../secrets.ts";
import { createConfigs, toConfig } from "./llm.service-configs.ts";
import { createProbe } from "./llm.service-probe.ts";
import { createTransfer } from "./llm.service-transfer.ts";
import type { ModelProvider, OpenProvider } from "./provider.ts";

export type LlmDeps = {
  store: LlmStore;
  audit: Pick<AccessStore, "appendAudit" | "auditEntry">;
  secrets: Secrets;
  openProvider: OpenProvider;
  environment: Pick<Environment, "now" | "elapsedMs" | "newId" | "wait">;
};

export type LlmService = ReturnType<typeof createLlmService>;

/**
 * Ways to reach models. A key goes in and is sealed; it comes out only through `key` and an export that asks
 * for keys, and both leave an audit row before they answer. It is sent to the provider and the origin it was stored
 * for, and to no other.
 */
export function createLlmService({ store, audit, secrets, openProvider, environment }: LlmDeps) {
  const configs = createConfigs({ configs: store, audit, secrets, environment });
  const { list, get, create, update, remove } = configs;

  async function record(ownerId: string, action: AuditAction, subjectId: string): Promise<void> {
    await audit.appendAudit(ownerId, { auditId: environment.newId(), action, subjectId, atMs: environment.now() });
  }

  async function defaultId(ownerId: string): Promise<string> {
    const rows = await configs.stored(ownerId);
    return rows.find(({ enabled }) => enabled)?.configId ?? demoConfigId;
  }

  return {
    list,
    get,
    create,
    update,
    remove,
    ...createProbe({ configs, openProvider, environment }),
    ...createTransfer({ configs, store, audit: record, environment }),
    /** The key itself, for its owner's eyes. */
    async key(ownerId: string, configId: string): Promise<{ apiKey: string | null }> {
      const row = await configs.row(ownerId, configId);
      await record(ownerId, "llm.key_revealed", configId);
      return { apiKey: configs.keyOf(row) };
    },
    /**
     * A configuration ready for use. Null stands for the oldest enabled one, else the built-in demo.
     *
     * @throws DomainError `llm.config_not_found`, `llm.config_disabled`, `secret.unreadable`
     */
    async resolve(ownerId: string, configId: string | null): Promise<{ config: LlmConfig; provider: ModelProvider }> {
      const row = await configs.row(ownerId, configId ?? (await defaultId(ownerId)));
      if (!row.enabled) throw new DomainError({ code: "llm.config_disabled", configId: row.configId });
      const config = toConfig(row);
      const provider = await openProvider({
        provider: config.provider,
        apiUrl: config.apiUrl,
        apiKey: configs.keyOf(row),
      });
      return { config, provider };
    },
  };
}
