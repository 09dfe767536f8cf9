import type { Environment } from "../environment.ts";

/** Time that runs out; while a person is asked it stands still. */
export type Deadline = Disposable & {
  /** Aborts with the outer signal's reason, or with `expired` once the time is used up. */
  signal: AbortSignal;
  /** Stops the time until the pause is disposed; pauses may overlap. */
  pause: () => Disposable;
  /** The whole time is there again. */
  restart: () => void;
};

export function createDeadline(
  environment: Pick<Environment, "elapsedMs" | "wait">,
  outer: AbortSignal,
  options: { maxMs: number; expired: () => unknown },
): Deadline {
  const controller = new AbortController();
  const onOuter = () => controller.abort(outer.reason);
  let leftMs = options.maxMs;
  let pauses = 0;
  let running: { sinceMs: number; stop: AbortController } | null = null;

  function run(): void {
    const mine = { sinceMs: environment.elapsedMs(), stop: new AbortController() };
    running = mine;
    environment.wait(leftMs, mine.stop.signal).then(
      () => {
        if (running === mine) controller.abort(options.expired());
      },
      () => {},
    );
  }
  function halt(): void {
    if (!running) return;
    leftMs = Math.max(0, leftMs - (environment.elapsedMs() - running.sinceMs));
    running.stop.abort();
    running = null;
  }

  if (outer.aborted) onOuter();
  else outer.addEventListener("abort", onOuter, { once: true });
  run();
  return {
    signal: controller.signal,
    pause() {
      if (pauses++ === 0) halt();
      return {
        [Symbol.dispose]() {
          if (--pauses === 0) run();
        },
      };
    },
    restart() {
      const isRunning = running !== null;
      halt();
      leftMs = options.maxMs;
      if (isRunning) run();
    },
    [Symbol.dispose]() {
      pauses = Number.POSITIVE_INFINITY;
      halt();
      outer.removeEventListener("abort", onOuter);
    },
  };
}
