import type { LlmConfigRow, LlmStore } from "@chatee/db/llm.store";
import type { AuditAction } from "@chatee/shared/access";
import { providerId } from "@chatee/shared/llm";
import type { ConfigExport, ConfigImport, ExportedConfig, ImportConfigs } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import { assertStored } from "./llm.service-configs.ts";
import type { Configs } from "./llm.service-configs.ts";

type TransferDeps = {
  configs: Configs;
  store: LlmStore;
  /** Resolves when the audit row is stored; nothing is shown before that. */
  audit: (ownerId: string, action: AuditAction, subjectId: string) => Promise<void>;
  environment: Pick<Environment, "now">;
};

const exportVersion = "1.0";

/** Configurations into and out of a file. */
export function createTransfer({ configs, store, audit, environment }: TransferDeps) {
  function toExported(row: LlmConfigRow, includeKeys: boolean): ExportedConfig {
    const { ownerId: _owner, apiKeyCipher: _cipher, provider, ...rest } = row;
    return { ...rest, provider: providerId.parse(provider), ...(includeKeys && { apiKey: configs.keyOf(row) }) };
  }

  return {
    async export(ownerId: string, input: { configId?: string; includeKeys: boolean }): Promise<ConfigExport> {
      const { configId, includeKeys } = input;
      if (configId !== undefined) assertStored(configId);
      const rows = configId === undefined ? await configs.stored(ownerId) : [await configs.row(ownerId, configId)];
      if (includeKeys) await audit(ownerId, "llm.keys_exported", configId ?? "all");
      const exported = rows.map((row) => toExported(row, includeKeys));
      const head = { version: exportVersion, exportedAtMs: environment.now() };
      const [only] = exported;
      if (configId === undefined || !only) return { ...head, exportType: "llm_configs", llmConfigs: exported };
      return { ...head, exportType: "llm_config", llmConfig: only };
    },
    /** All or nothing. Every configuration gets a new id: the old one may belong to somebody else here. */
    async import(ownerId: string, input: ImportConfigs): Promise<ConfigImport> {
      const taken = new Set((await configs.stored(ownerId)).map(({ name }) => name));
      const rows: LlmConfigRow[] = [];
      const skipped: string[] = [];
      for (const config of [...(input.llmConfig ? [input.llmConfig] : []), ...(input.llmConfigs ?? [])]) {
        if (input.skipExisting && taken.has(config.name)) skipped.push(config.name);
        else rows.push(configs.newRow(ownerId, { ...config, configId: undefined }));
        taken.add(config.name);
      }
      await store.insert(ownerId, ...rows);
      return { imported: rows.map(({ configId, name }) => ({ configId, name })), skipped };
    },
  };
}
