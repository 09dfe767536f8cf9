import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import type { ModelUsage } from "../provider.ts";

/** The names under which providers report each count, at any depth of their usage object. */
const reportedAs = {
  inputTokens: ["prompt_tokens", "input_tokens", "promptTokenCount"],
  outputTokens: ["completion_tokens", "output_tokens", "candidatesTokenCount", "thoughtsTokenCount"],
  thinkingTokens: ["reasoning_tokens", "thinking_tokens", "thoughtsTokenCount"],
  cachedInputTokens: ["cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount"],
};

/**
 * The client libraries fill absent counts with 0; here a count exists only if the raw report names it. Without a raw
 * report (Ollama) a zero is taken for "not said": neither a prompt nor an answer has zero tokens.
 */
export function toUsage(usage: LanguageModelV4Usage): ModelUsage {
  const { raw } = usage;
  const count = (value: number | undefined, names: string[]) => {
    if (value === undefined) return null;
    if (raw === undefined) return value || null;
    return names.some((name) => mentions(raw, name)) ? value : null;
  };
  return {
    inputTokens: count(usage.inputTokens.total, reportedAs.inputTokens),
    outputTokens: count(usage.outputTokens.total, reportedAs.outputTokens),
    thinkingTokens: count(usage.outputTokens.reasoning, reportedAs.thinkingTokens),
    cachedInputTokens: count(usage.inputTokens.cacheRead, reportedAs.cachedInputTokens),
  };
}

function mentions(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, entry]) => (key === name && typeof entry === "number") || mentions(entry, name),
  );
}
