import { setImmediate as turn } from "node:timers/promises";

const maxRounds = 5_000;

/** A clock that stands still until it is moved; `wait` follows it. */
export function createManualClock() {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; ring: () => void }>();

  async function advance(ms: number) {
    const untilMs = nowMs + ms;
    for (;;) {
      const next = [...timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      nowMs = next.atMs;
      timers.delete(next);
      next.ring();
      await turn();
    }
    nowMs = untilMs;
    await turn();
  }

  return {
    now: () => nowMs,
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const timer = { atMs: nowMs + ms, ring: resolve };
        timers.add(timer);
        signal.addEventListener("abort", () => (timers.delete(timer), reject(signal.reason)), { once: true });
      }),
    advance,
    /**
     * Moves the clock from timer to timer until `work` is settled. Between timers real input and output gets its turn.
     * Fails rather than spin for ever when nothing moves any more.
     */
    async run(work: Promise<unknown>) {
      let settled = false;
      void work.then(
        () => (settled = true),
        () => (settled = true),
      );
      for (let round = 0; !settled; round++) {
        if (round > maxRounds) throw new Error("the clock was moved often enough, and the work is not done");
        // Real servers need a few turns of the event loop; the clock moves only when they have had them.
        for (let index = 0; index < 50 && !settled; index++) await turn();
        const nextMs = Math.min(...[...timers].map(({ atMs }) => atMs));
        if (!settled && Number.isFinite(nextMs)) await advance(nextMs - nowMs);
      }
    },
  };
}
