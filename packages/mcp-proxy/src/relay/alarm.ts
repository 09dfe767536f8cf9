/** Resolves after `ms`, or rejects when the signal aborts. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Does something later, unless it is called off before. */
export function setAlarm(wait: Wait, ms: number, ring: () => void): () => void {
  const off = new AbortController();
  wait(ms, off.signal).then(ring, () => {});
  return () => off.abort();
}
