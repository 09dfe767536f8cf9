import type { ProxyEnvironment } from "../environment.ts";

/** Who may be shown an entry: anybody who asks the same server, or one credential (2026-07-28, SEP-2549). */
export type ListOwner = { configHash: string; credentialKey: string };

export type CachedList = { value: unknown; /** As the server said; a missing word means private. */ isPublic: boolean };

export type ListCache = {
  read: (owner: ListOwner, method: string) => unknown;
  /** Keeps it for `ttlMs`, a day at most; not at all when that is 0. */
  write: (owner: ListOwner, method: string, list: CachedList, ttlMs: number) => void;
  /** What this owner would be shown is gone, for those who share it too. */
  forget: (owner: ListOwner, method: string) => void;
};

const longestMs = 24 * 60 * 60_000;

/** Lists of tools and the like, least recently written forgotten beyond `maxEntries`. Private ones never cross credentials. */
export function createListCache({ elapsedMs }: ProxyEnvironment, maxEntries = 256): ListCache {
  const entries = new Map<string, { value: unknown; untilMs: number }>();
  const names = ({ configHash, credentialKey }: ListOwner, method: string) => ({
    own: JSON.stringify([configHash, "private", credentialKey, method]),
    shared: JSON.stringify([configHash, "public", method]),
  });

  function fresh(name: string): { value: unknown } | undefined {
    const entry = entries.get(name);
    if (entry === undefined || entry.untilMs > elapsedMs()) return entry;
    entries.delete(name);
    return undefined;
  }

  return {
    read(owner, method) {
      const { own, shared } = names(owner, method);
      return (fresh(own) ?? fresh(shared))?.value;
    },
    write(owner, method, { value, isPublic }, ttlMs) {
      const { own, shared } = names(owner, method);
      entries.delete(own);
      if (isPublic) entries.delete(shared);
      if (ttlMs <= 0) return;
      entries.set(isPublic ? shared : own, { value, untilMs: elapsedMs() + Math.min(ttlMs, longestMs) });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
    forget(owner, method) {
      const { own, shared } = names(owner, method);
      entries.delete(own);
      entries.delete(shared);
    },
  };
}
