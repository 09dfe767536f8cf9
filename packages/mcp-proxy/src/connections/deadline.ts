import type { ProxyEnvironment } from "../environment.ts";

export type Deadline = Disposable & {
  /** Aborts when the request should be given up, by time or by the caller. */
  readonly signal: AbortSignal;
  /** Which one it was; undefined while neither. */
  readonly endedBy: "progress" | "result" | "caller" | undefined;
  /** For how long the request has been waited for, without the time the user was asked. */
  readonly waitedMs: number;
  /** Progress: the idle time starts again. */
  touch(): void;
  /** Stops both clocks until every pause has been ended; ending one twice is harmless. */
  pause(): () => void;
};

/**
 * Two clocks over one request: silence of `idleMs`, and `totalMs` in all. Neither runs while the user is being asked.
 * Must be disposed; a disposed deadline never fires.
 */
export function openDeadline(
  environment: ProxyEnvironment,
  { idleMs, totalMs, signal }: { idleMs: number; totalMs: number; signal?: AbortSignal | undefined },
): Deadline {
  const { elapsedMs, wait } = environment;
  const controller = new AbortController();
  const over = new AbortController();
  let endedBy: Deadline["endedBy"];
  let pauses = 0;
  let pausedAtMs = 0;
  let resumed = Promise.withResolvers<void>();
  let idleFromMs = elapsedMs();
  let totalFromMs = idleFromMs;

  function end(reason: NonNullable<Deadline["endedBy"]>): void {
    if (endedBy !== undefined || over.signal.aborted) return;
    endedBy = reason;
    controller.abort(reason);
  }
  const onCallerAbort = () => end("caller");
  if (signal?.aborted === true) end("caller");
  signal?.addEventListener("abort", onCallerAbort, { once: true });

  async function watch(): Promise<void> {
    while (!over.signal.aborted && endedBy === undefined) {
      if (pauses > 0) {
        await resumed.promise;
        continue;
      }
      const nowMs = elapsedMs();
      const idleLeftMs = idleFromMs + idleMs - nowMs;
      const totalLeftMs = totalFromMs + totalMs - nowMs;
      if (totalLeftMs <= 0) return end("result");
      if (idleLeftMs <= 0) return end("progress");
      await wait(Math.min(idleLeftMs, totalLeftMs), over.signal);
    }
  }
  void watch().catch(() => {});

  return {
    signal: controller.signal,
    get endedBy() {
      return endedBy;
    },
    get waitedMs() {
      return Math.round((pauses > 0 ? pausedAtMs : elapsedMs()) - totalFromMs);
    },
    touch() {
      idleFromMs = elapsedMs();
    },
    pause() {
      if (pauses++ === 0) pausedAtMs = elapsedMs();
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        if (--pauses > 0) return;
        const pausedMs = elapsedMs() - pausedAtMs;
        idleFromMs = elapsedMs();
        totalFromMs += pausedMs;
        resumed.resolve();
        resumed = Promise.withResolvers<void>();
      };
    },
    [Symbol.dispose]() {
      signal?.removeEventListener("abort", onCallerAbort);
      over.abort();
      resumed.resolve();
    },
  };
}
