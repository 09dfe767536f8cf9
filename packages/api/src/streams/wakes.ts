/**
 * Tells followers, in this process and others, that a topic may have something new. A wake carries no
 * data: it may be lost, doubled or late, and costs time, never content.
 */
export type Wakes = AsyncDisposable & {
  /** Rings every bell on the topic. Never throws and never waits. */
  wake: (topic: string) => void;
  /** Dispose the bell when done. Listen before the first read, so that nothing falls between. */
  listen: (topic: string) => Bell;
};

/** Rings are merged: any number of wakes since the last `next` make it resolve once. */
export type Bell = Disposable & {
  /** Resolves at the next ring, at once when one came since the last call, and when `signal` aborts. */
  next: (signal: AbortSignal) => Promise<void>;
};

/** Wakes within one process. */
export function createLocalWakes(): Wakes {
  const bells = createBells();
  return { wake: bells.ring, listen: bells.listen, async [Symbol.asyncDispose]() {} };
}

/** The bells of one process by topic; Redis wakes feed the same map. */
export function createBells(events: { onFirst?: (topic: string) => void; onLast?: (topic: string) => void } = {}) {
  const topics = new Map<string, Set<() => void>>();

  function listen(topic: string): Bell {
    let rung = false;
    let release: (() => void) | null = null;
    const ring = () => {
      rung = true;
      release?.();
    };
    const listeners = topics.get(topic) ?? new Set();
    listeners.add(ring);
    if (listeners.size === 1) {
      topics.set(topic, listeners);
      events.onFirst?.(topic);
    }
    return {
      async next(signal) {
        if (!rung && !signal.aborted) {
          const { promise, resolve } = Promise.withResolvers<void>();
          release = resolve;
          signal.addEventListener("abort", ring, { once: true });
          await promise;
          signal.removeEventListener("abort", ring);
        }
        rung = false;
        release = null;
      },
      [Symbol.dispose]() {
        listeners.delete(ring);
        if (listeners.size > 0 || topics.get(topic) !== listeners) return;
        topics.delete(topic);
        events.onLast?.(topic);
      },
    };
  }

  return {
    listen,
    ring(topic: string) {
      for (const ring of topics.get(topic) ?? []) ring();
    },
    ringAll() {
      for (const listeners of topics.values()) for (const ring of listeners) ring();
    },
    topics: () => topics.keys(),
  };
}
