import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * usage_entries: what model requests used, one row for each answer and each summary. Rows are only ever added, in
 * the write that ends what they count, and refer to nothing: they stay true when the session, the model's
 * configuration or its price is gone. `costNanoUsd` is null where no price is known.
 */
export function usageTables(kit: Kit) {
  const usageEntries = kit.table(
    "usage_entries",
    {
      usageId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      atMs: kit.instantMs().notNull(),
      /** `answer` or `summary`. */
      purpose: kit.id().notNull(),
      sessionId: kit.id().notNull(),
      messageId: kit.id(),
      provider: kit.id().notNull(),
      model: kit.label(200).notNull(),
      llmConfigId: kit.id(),
      inputTokens: kit.count().notNull(),
      outputTokens: kit.count().notNull(),
      cachedTokens: kit.count().notNull(),
      reasoningTokens: kit.count().notNull(),
      estimated: kit.flag().notNull(),
      costNanoUsd: kit.count(),
      /** Where the price is from: `own`, or the date of the built-in list. */
      priceSource: kit.id(),
    },
    (t) => [kit.index("usage_entries_owner_at").on(t.ownerId, t.atMs)],
  );
  return { usageEntries };
}
