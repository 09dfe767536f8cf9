import type { LlmConfig, ProviderId } from "@chatee/shared/llm";
import { modelPrice } from "@chatee/shared/usage";
import type { ModelPrice } from "@chatee/shared/usage";

/** When the list below was true. Makers change their prices; a configuration's own price always goes first. */
export const pricesAsOf = "2025-11-01";

export type KnownPrice = ModelPrice & { source: string };

/** What an entry may end with and still be the same model: a date, `latest`, a preview's name. */
const version = String.raw`(?:-(?:latest|\d{8}|\d{4}-\d{2}-\d{2}|preview(?:-\d{2}-\d{2,4})?|\d{3}))?`;
const family = (provider: ProviderId, model: string, input: number, cached: number, output: number) => ({
  provider,
  pattern: new RegExp(`^${model}${version}$`),
  price: { input, cached, output },
});

/** List prices in US dollars for a million tokens of text, at the maker's own address. */
const list = [
  family("openai", "gpt-5(?:-chat|-codex)?", 1.25, 0.125, 10),
  family("openai", "gpt-5-mini", 0.25, 0.025, 2),
  family("openai", "gpt-5-nano", 0.05, 0.005, 0.4),
  family("openai", String.raw`gpt-4\.1`, 2, 0.5, 8),
  family("openai", String.raw`gpt-4\.1-mini`, 0.4, 0.1, 1.6),
  family("openai", String.raw`gpt-4\.1-nano`, 0.1, 0.025, 0.4),
  family("openai", "gpt-4o", 2.5, 1.25, 10),
  family("openai", "gpt-4o-mini", 0.15, 0.075, 0.6),
  family("openai", "o3", 2, 0.5, 8),
  family("openai", "o4-mini", 1.1, 0.275, 4.4),
  family("anthropic", "claude-opus-4(?:-[01])?", 15, 1.5, 75),
  family("anthropic", "claude-sonnet-4(?:-[05])?", 3, 0.3, 15),
  family("anthropic", "claude-3-[57]-sonnet", 3, 0.3, 15),
  family("anthropic", "claude-haiku-4-5", 1, 0.1, 5),
  family("anthropic", "claude-3-5-haiku", 0.8, 0.08, 4),
  family("gemini", String.raw`gemini-2\.5-pro`, 1.25, 0.125, 10),
  family("gemini", String.raw`gemini-2\.5-flash`, 0.3, 0.03, 2.5),
  family("gemini", String.raw`gemini-2\.5-flash-lite`, 0.1, 0.01, 0.4),
];

/**
 * What a configuration's tokens cost: its owner's word (`metadata.pricing`), then the list. Null is "nobody knows",
 * never "nothing": another address than the maker's may charge anything.
 */
export function priceOf(config: Pick<LlmConfig, "provider" | "model" | "apiUrl" | "metadata">): KnownPrice | null {
  const own = modelPrice.safeParse(config.metadata?.["pricing"]);
  if (own.success) return { ...own.data, source: "own" };
  if (config.apiUrl) return null;
  const id = config.model.toLowerCase().replace(/^models\//, "");
  const known = list.find(({ provider, pattern }) => provider === config.provider && pattern.test(id));
  return known ? { ...known.price, source: pricesAsOf } : null;
}

/** A dollar for a million tokens is a thousand billionths of a dollar for one. */
const nanoUsdPerToken = 1_000;

/** In billionths of a US dollar, a whole number. */
export function costNanoUsd(
  price: ModelPrice,
  used: { inputTokens: number; cachedTokens: number; outputTokens: number },
): number {
  const cached = Math.min(used.cachedTokens, used.inputTokens);
  const usdPerMillion =
    (used.inputTokens - cached) * price.input +
    cached * (price.cached ?? price.input) +
    used.outputTokens * price.output;
  return Math.round(usdPerMillion * nanoUsdPerToken);
}
