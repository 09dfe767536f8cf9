import { isDeepStrictEqual } from "node:util";
import type { AccessStore } from "@chatee/db/access.store";
import type { LlmConfigRow, LlmStore } from "@chatee/db/llm.store";
import { unlessTaken } from "@chatee/db/unless-taken";
import type { AuditAction } from "@chatee/shared/access";
import { DomainError } from "@chatee/shared/failure";
import { demoConfigId, providerId } from "@chatee/shared/llm";
import type { CreateConfig, LlmConfig, UpdateConfig } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import type { Secrets } from "../secrets.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { assertKeyBelongs, endpointOf } from "./key-home.ts";

export type ConfigsDeps = {
  configs: LlmStore;
  audit: Pick<AccessStore, "auditEntry">;
  secrets: Secrets;
  environment: Pick<Environment, "now" | "newId">;
};

const maxListed = 1000;
/** Others may change a configuration between our look at it and our write; then we look again. */
const maxTries = 10;

export type Configs = ReturnType<typeof createConfigs>;

/** The stored configurations with the built-in demo behind them. Keys are sealed on the way in and stay sealed in rows. */
export function createConfigs({ configs, audit, secrets, environment }: ConfigsDeps) {
  async function row(ownerId: string, configId: string): Promise<LlmConfigRow> {
    const found = configId === demoConfigId ? demoRow(ownerId) : await configs.find(ownerId, configId);
    if (!found) throw new DomainError({ code: "llm.config_not_found", configId });
    return found;
  }

  /** Oldest first, at most 1,000; the demo is not among them. */
  async function stored(ownerId: string): Promise<LlmConfigRow[]> {
    return await configs.list(ownerId, { limit: maxListed });
  }

  function sealed(configId: string, apiKey: string | null | undefined): string | null {
    return apiKey ? secrets.seal(apiKey, keyContext(configId)) : null;
  }

  function newRow(ownerId: string, input: CreateConfig): LlmConfigRow {
    const configId = input.configId ?? environment.newId();
    const now = environment.now();
    return {
      configId,
      ownerId,
      name: input.name,
      provider: input.provider,
      apiUrl: input.apiUrl || null,
      apiKeyCipher: sealed(configId, input.apiKey),
      model: input.model,
      enabled: input.enabled,
      tags: input.tags,
      description: input.description ?? null,
      maxTokens: input.maxTokens ?? null,
      metadata: input.metadata ?? null,
      createdAtMs: now,
      updatedAtMs: now,
    };
  }

  function entry(ownerId: string, action: AuditAction, subjectId: string) {
    return audit.auditEntry(ownerId, { auditId: environment.newId(), action, subjectId, atMs: environment.now() });
  }

  /** @throws DomainError `secret.unreadable` */
  function keyOf(of: LlmConfigRow): string | null {
    return of.apiKeyCipher === null ? null : secrets.open(of.apiKeyCipher, keyContext(of.configId));
  }

  /** What two rows have in common when one request was sent twice. */
  function contentOf(of: LlmConfigRow) {
    const { apiKeyCipher: _cipher, createdAtMs: _created, updatedAtMs: _updated, ...content } = of;
    return { ...content, apiKey: keyOf(of) };
  }

  return {
    row,
    newRow,
    keyOf,
    stored,
    /** Oldest first, the built-in demo last; at most 1,001, while `total` counts all. */
    async list(ownerId: string): Promise<{ configs: LlmConfig[]; total: number }> {
      const [rows, total] = await Promise.all([stored(ownerId), configs.count(ownerId)]);
      return { configs: [...rows, demoRow(ownerId)].map(toConfig), total: total + 1 };
    },
    get: async (ownerId: string, configId: string): Promise<LlmConfig> => toConfig(await row(ownerId, configId)),
    /** The same id with the same content again answers with what is stored. */
    async create(ownerId: string, input: CreateConfig): Promise<LlmConfig> {
      const wanted = newRow(ownerId, input);
      const { configId } = wanted;
      if (configId === demoConfigId) throw new DomainError({ code: "llm.config_exists", configId });
      if (await unlessTaken(configs.insert(ownerId, wanted))) return toConfig(wanted);
      const known = await configs.find(ownerId, configId);
      if (!known || !isDeepStrictEqual(contentOf(known), contentOf(wanted))) {
        throw new DomainError({ code: "llm.config_exists", configId });
      }
      return toConfig(known);
    },
    /** @throws DomainError `llm.key_needed` when the stored key would go to another provider or origin; nothing is changed */
    async update(ownerId: string, { configId, apiKey, apiUrl, ...rest }: UpdateConfig): Promise<LlmConfig> {
      assertStored(configId);
      for (let attempt = 0; attempt < maxTries; attempt++) {
        const seen = await row(ownerId, configId);
        const change = {
          ...rest,
          ...(apiUrl !== undefined && { apiUrl: apiUrl || null }),
          ...(apiKey !== undefined && { apiKeyCipher: sealed(configId, apiKey) }),
          updatedAtMs: environment.now(),
        };
        if (apiKey === undefined && seen.apiKeyCipher !== null) {
          const { apiUrl: nextUrl = seen.apiUrl, provider = seen.provider } = change;
          assertKeyBelongs(seen, endpointOf({ provider, apiUrl: nextUrl }));
        }
        const action = keyAction(seen, apiKey);
        const entries = action === null ? [] : [entry(ownerId, action, configId)];
        if (await configs.change(ownerId, seen, change, ...entries)) return toConfig(await row(ownerId, configId));
      }
      throw new Error(`a model configuration was changed ${maxTries} times while it was to be changed`);
    },
    async remove(ownerId: string, configId: string): Promise<void> {
      assertStored(configId);
      if (!(await configs.remove(ownerId, configId))) throw new DomainError({ code: "llm.config_not_found", configId });
    },
  };
}

/** What becomes of the stored key, as the audit calls it; null when it stays. */
function keyAction(seen: LlmConfigRow, apiKey: string | null | undefined): AuditAction | null {
  if (apiKey === undefined) return null;
  if (apiKey !== null) return "llm.key_saved";
  return seen.apiKeyCipher === null ? null : "llm.key_removed";
}

/** Where a key is kept; sealed with it, so that a key moved to another row does not open. */
export function keyContext(configId: string): string {
  return `llm_configs/${configId}/api_key`;
}

export function assertStored(configId: string): void {
  if (configId !== demoConfigId) return;
  throw new DomainError({
    code: "auth.forbidden",
    reason: "The built-in demo configuration cannot be changed, removed or exported.",
  });
}

function demoRow(ownerId: string): LlmConfigRow {
  return {
    configId: demoConfigId,
    ownerId,
    name: "Demo",
    provider: "demo",
    apiUrl: null,
    apiKeyCipher: null,
    model: "demo",
    enabled: true,
    tags: [],
    description: "Answers without any account or network, to try chatee out.",
    maxTokens: null,
    metadata: { builtin: true },
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

export function toConfig({ ownerId: _owner, apiKeyCipher, ...row }: LlmConfigRow): LlmConfig {
  const provider = providerId.parse(row.provider);
  const capabilities = capabilitiesOf(provider, row.model, row.metadata?.["capabilities"]);
  return { ...row, provider, hasApiKey: apiKeyCipher !== null, capabilities };
}
