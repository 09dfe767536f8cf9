import type { UsageStore } from "@chatee/db/usage.store";
import type {
  SessionUsage,
  UsageBySessionInput,
  UsagePoint,
  UsageRange,
  UsageSeriesInput,
  UsageSummary,
  UsageTotals,
} from "@chatee/shared/usage";
import { pricesAsOf } from "./prices.ts";

type Sums = Omit<UsageTotals, "costUsd"> & { costNanoUsd: number };

const dayMs = 86_400_000;
const minuteMs = 60_000;
const nanoUsd = 1e-9;

/** The ledger, asked for plots and lists. */
export function createUsageService({ store }: { store: UsageStore }) {
  return {
    async summary(ownerId: string, range: UsageRange): Promise<UsageSummary> {
      const models = await store.byModel(ownerId, range);
      return {
        totals: toTotals(models.reduce(add, nothing)),
        models: models.map(({ provider, model, ...sums }) => ({ provider, model, ...toTotals(sums) })),
        pricesAsOf,
      };
    },
    /** Oldest first; days without use are left out. */
    async series(ownerId: string, { offsetMinutes, by, ...range }: UsageSeriesInput): Promise<UsagePoint[]> {
      const offsetMs = offsetMinutes * minuteMs;
      const points = new Map<string, UsagePoint>();
      for (const { day, provider, model, ...sums } of await store.byDay(ownerId, range, offsetMs)) {
        const name = by === "model" ? model : null;
        const key = JSON.stringify([day, provider, name]);
        const before = points.get(key);
        const { costUsd } = toTotals(sums);
        const tokens = sums.inputTokens + sums.outputTokens;
        points.set(key, {
          dayStartMs: day * dayMs - offsetMs,
          provider,
          model: name,
          tokens: tokens + (before?.tokens ?? 0),
          costUsd: before?.costUsd == null ? costUsd : before.costUsd + (costUsd ?? 0),
        });
      }
      return [...points.values()];
    },
    /** Most tokens first. */
    async bySession(
      ownerId: string,
      { limit, sessionId: only, ...range }: UsageBySessionInput,
    ): Promise<SessionUsage[]> {
      const rows = await store.bySession(ownerId, range, limit, only);
      return rows.map(({ sessionId, title, ...sums }) => ({ sessionId, title, ...toTotals(sums) }));
    },
  };
}

const nothing: Sums = {
  entries: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 0,
  unpriced: 0,
  estimated: 0,
};

function add(sum: Sums, one: Sums): Sums {
  return {
    entries: sum.entries + one.entries,
    inputTokens: sum.inputTokens + one.inputTokens,
    outputTokens: sum.outputTokens + one.outputTokens,
    cachedTokens: sum.cachedTokens + one.cachedTokens,
    reasoningTokens: sum.reasoningTokens + one.reasoningTokens,
    costNanoUsd: sum.costNanoUsd + one.costNanoUsd,
    unpriced: sum.unpriced + one.unpriced,
    estimated: sum.estimated + one.estimated,
  };
}

function toTotals({ costNanoUsd, ...sums }: Sums): UsageTotals {
  return { ...sums, costUsd: sums.unpriced === sums.entries ? null : costNanoUsd * nanoUsd };
}
