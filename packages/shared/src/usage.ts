import { z } from "zod";
import { id } from "./ids.ts";

const dayMs = 86_400_000;
/** The longest time that one question may be about. */
const maxRangeDays = 400;

const range = { fromMs: z.int().min(0), toMs: z.int().min(0) };
const isBounded = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
  fromMs < toMs && toMs - fromMs <= maxRangeDays * dayMs;
const tooLong = `must end after it begins, and be at most ${maxRangeDays} days long`;

/** From `fromMs` up to, but not including, `toMs`. */
export const usageRange = z.object(range).refine(isBounded, tooLong);
export const usageSeries = z
  .object({
    ...range,
    /** Minutes to add to UTC for the clock by which days are told. */
    offsetMinutes: z.int().min(-1_440).max(1_440).default(0),
    by: z.enum(["model", "provider"]).default("model"),
  })
  .refine(isBounded, tooLong);
export const usageBySession = z
  .object({
    ...range,
    limit: z.int().min(1).max(100).default(20),
    /** This one alone. */
    sessionId: id.optional(),
  })
  .refine(isBounded, tooLong);
export type UsageRange = z.infer<typeof usageRange>;
export type UsageSeriesInput = z.infer<typeof usageSeries>;
export type UsageBySessionInput = z.infer<typeof usageBySession>;

/**
 * Sums over entries of the ledger. `cachedTokens` are part of the input, `reasoningTokens` of the output.
 * `costUsd` is the sum of what has a price and null when nothing has; `unpriced` entries have none.
 */
export type UsageTotals = {
  entries: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  costUsd: number | null;
  unpriced: number;
  /** How many entries hold a count that no provider gave. */
  estimated: number;
};
export type ModelUsageTotals = UsageTotals & { provider: string; model: string };
export type UsageSummary = { totals: UsageTotals; models: ModelUsageTotals[]; pricesAsOf: string };
/** `model` is null where days are told by provider. `dayStartMs` is midnight by the asked clock. */
export type UsagePoint = {
  dayStartMs: number;
  provider: string;
  model: string | null;
  tokens: number;
  costUsd: number | null;
};
/** `title` is null when the session is gone: what it used stays. */
export type SessionUsage = UsageTotals & { sessionId: string; title: string | null };

/** US dollars for a million tokens. Without `cached`, a cached token costs what another input token costs. */
export const modelPrice = z.object({
  input: z.number().min(0).max(1_000_000),
  output: z.number().min(0).max(1_000_000),
  cached: z.number().min(0).max(1_000_000).optional(),
});
export type ModelPrice = z.infer<typeof modelPrice>;
