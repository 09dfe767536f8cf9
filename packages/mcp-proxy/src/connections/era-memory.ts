import type { ProxyEnvironment } from "../environment.ts";

/**
 * How a server was found to speak: `modern` from 2026-07-28 on, `legacy` with the initialize handshake over Streamable
 * HTTP or pipes, `legacy-sse` over the HTTP+SSE transport of 2024-11-05.
 */
export type Era = "modern" | "legacy" | "legacy-sse";

export type EraVerdict = { era: Era; /** Epoch ms. */ atMs: number };

/** Where verdicts outlive the process. Losing one costs a question, never an answer. */
export type EraStore = {
  read: (key: EraKey) => Promise<EraVerdict | undefined>;
  write: (key: EraKey, verdict: EraVerdict) => Promise<void>;
  forget: (key: EraKey) => Promise<void>;
};

/** Per server and credential: a gateway may answer differently to different users. */
export type EraKey = { configHash: string; credentialKey: string };

const dayMs = 24 * 60 * 60_000;

export type EraMemory = {
  /** What to try first; undefined: ask the server. */
  recall: () => Promise<Exclude<Era, "modern"> | undefined>;
  /** Only after the server introduced itself: 401, 403 and 5xx are no evidence. */
  record: (era: Era) => Promise<void>;
  forget: () => Promise<void>;
};

/**
 * Older verdicts save a question per connection and are believed for a day, since a server that was upgraded still
 * answers the older handshake and would never be found out. A modern one is never taken on trust: asking is the
 * handshake itself, and tells what the server can do today. A failing store is a store without a verdict.
 */
export function createEraMemory(environment: ProxyEnvironment, store: EraStore, key: EraKey): EraMemory {
  const { now, log } = environment;
  const withoutVerdict = () => log.warn({}, "an era verdict could not be read or written");
  const isFresh = ({ atMs }: EraVerdict) => now() >= atMs && now() - atMs < dayMs;
  return {
    async recall() {
      const verdict = await store.read(key).catch(withoutVerdict);
      if (!verdict || verdict.era === "modern") return undefined;
      return isFresh(verdict) ? verdict.era : undefined;
    },
    async record(era) {
      const known = await store.read(key).catch(withoutVerdict);
      // A verdict that was used is not renewed by its use: it must come to its end.
      if (known && known.era === era && isFresh(known)) return;
      await store.write(key, { era, atMs: now() }).catch(withoutVerdict);
    },
    async forget() {
      await store.forget(key).catch(withoutVerdict);
    },
  };
}

/** Verdicts of one process, the oldest forgotten beyond `maxEntries`. */
export function createEraStoreInMemory(maxEntries = 1_000): EraStore {
  const verdicts = new Map<string, EraVerdict>();
  const name = ({ configHash, credentialKey }: EraKey) => JSON.stringify([configHash, credentialKey]);
  return {
    async read(key) {
      return verdicts.get(name(key));
    },
    async write(key, verdict) {
      verdicts.delete(name(key));
      verdicts.set(name(key), verdict);
      for (const oldest of verdicts.keys()) {
        if (verdicts.size <= maxEntries) break;
        verdicts.delete(oldest);
      }
    },
    async forget(key) {
      verdicts.delete(name(key));
    },
  };
}
