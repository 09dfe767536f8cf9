import type { ProxyEnvironment } from "../environment.ts";
import type { McpFailure } from "./mcp-failure.ts";

export type BackOffTimes = {
  firstMs: number;
  longestMs: number;
  /** A connection that held this long ends the series. */
  healthyMs: number;
};

export const defaultBackOff: BackOffTimes = { firstMs: 500, longestMs: 60_000, healthyMs: 30_000 };

export type BackOff = {
  /** How long to leave the server alone, and why; undefined when it may be tried. */
  due: (key: string) => { retryAfterMs: number; because: McpFailure } | undefined;
  failed: (key: string, failure: McpFailure) => void;
  /** The past of these servers says nothing any more. */
  forget: (isMeant: (key: string) => boolean) => void;
};

/** Failures that a user mends rather than time: trying again at once costs nobody anything. */
const notTimes = new Set<McpFailure["code"]>([
  "mcp.needs_auth",
  "mcp.forbidden",
  "mcp.not_approved",
  "mcp.bad_address",
  "mcp.cancelled",
  "mcp.closed",
  "mcp.redirected",
]);

/**
 * Longer after each failure in a row, doubling up to a bound, spread by half so that many do not return at once. A
 * server that names a time (429) gets that time. Remembers the last `maxKeys` servers.
 */
export function createBackOff({ elapsedMs, random }: ProxyEnvironment, times: BackOffTimes, maxKeys = 1_000): BackOff {
  const series = new Map<string, { count: number; untilMs: number; because: McpFailure }>();
  return {
    due(key) {
      const known = series.get(key);
      if (known === undefined) return undefined;
      const retryAfterMs = Math.ceil(known.untilMs - elapsedMs());
      return retryAfterMs > 0 ? { retryAfterMs, because: known.because } : undefined;
    },
    failed(key, failure) {
      if (notTimes.has(failure.code)) return;
      const count = (series.get(key)?.count ?? 0) + 1;
      const grownMs = Math.min(times.longestMs, times.firstMs * 2 ** (count - 1)) * (0.5 + random() / 2);
      const asked = failure.code === "mcp.rate_limited" ? (failure.retryAfterMs ?? 0) : 0;
      const delayMs = Math.min(Math.max(grownMs, asked), Math.max(times.longestMs, 10 * 60_000));
      series.delete(key);
      series.set(key, { count, untilMs: elapsedMs() + delayMs, because: failure });
      for (const oldest of series.keys()) {
        if (series.size <= maxKeys) break;
        series.delete(oldest);
      }
    },
    forget(isMeant) {
      for (const key of series.keys()) if (isMeant(key)) series.delete(key);
    },
  };
}
