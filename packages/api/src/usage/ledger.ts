import type { Statement } from "@chatee/db/statements";
import type { UsageStore } from "@chatee/db/usage.store";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import { costNanoUsd, priceOf } from "./prices.ts";

/** What model requests used; counts that no provider gave are estimates, and make all of it one. */
export type UsedTokens = {
  inputTokens: number;
  outputTokens: number;
  /** Of the input. */
  cachedTokens: number;
  /** Of the output. */
  reasoningTokens: number;
  estimated: boolean;
};

export type LedgerEntry = {
  /** The same for the same use: it is entered once, however often it is tried. */
  usageId: string;
  ownerId: string;
  purpose: "answer" | "summary";
  sessionId: string;
  messageId: string | null;
  /** Null when the configuration is gone; then `model` may be all that is known. */
  config: LlmConfig | null;
  model?: string | null;
  used: UsedTokens;
};

export type Ledger = ReturnType<typeof createLedger>;

/** Entries are statements: they belong into the write that ends what they count. */
export function createLedger({ store, environment }: { store: UsageStore; environment: Pick<Environment, "now"> }) {
  return {
    /** Nothing when nothing was used. */
    enter({ config, model, used, ...entry }: LedgerEntry): Statement[] {
      if (used.inputTokens === 0 && used.outputTokens === 0) return [];
      const price = config && priceOf(config);
      return [
        store.insert({
          ...entry,
          ...used,
          atMs: environment.now(),
          provider: config?.provider ?? "unknown",
          model: config?.model ?? model ?? "unknown",
          llmConfigId: config?.configId ?? null,
          costNanoUsd: price && costNanoUsd(price, used),
          priceSource: price?.source ?? null,
        }),
      ];
    },
  };
}
