import { jsonObject } from "@chatee/shared/json";
import { z } from "zod";
import type { Kit } from "./dialect/kit.sqlite.ts";

/** llm_configs: one way to reach one model. `apiKeyCipher` is sealed text (see the api's secrets), null without a key. */
export function llmTables(kit: Kit) {
  const llmConfigs = kit.table(
    "llm_configs",
    {
      configId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      name: kit.label(200).notNull(),
      provider: kit.id().notNull(),
      apiUrl: kit.label(2000),
      apiKeyCipher: kit.body(),
      model: kit.label(200).notNull(),
      enabled: kit.flag().notNull(),
      tags: kit.json(z.array(z.string())).notNull(),
      description: kit.body(),
      maxTokens: kit.count(),
      metadata: kit.json(jsonObject),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("llm_configs_owner_created").on(t.ownerId, t.createdAtMs, t.configId)],
  );
  return { llmConfigs };
}
