import type { Environment } from "../environment.ts";
import type { Bell } from "./wakes.ts";

/** Waits for the bell, but no longer than `ms`: a wake may be lost. Resolves early when `signal` aborts, to whether it rang. */
export async function ringOrTime(
  bell: Bell,
  environment: Pick<Environment, "wait">,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const timer = new AbortController();
  let isOver = false;
  const end = () => {
    isOver = true;
    over.abort();
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  environment.wait(ms, timer.signal).then(end, () => {});
  try {
    await bell.next(over.signal);
    return !isOver;
  } finally {
    signal.removeEventListener("abort", end);
    timer.abort();
  }
}
