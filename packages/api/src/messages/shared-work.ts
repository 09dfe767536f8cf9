import { untilAborted } from "../llm/until-aborted.ts";
import type { Environment } from "../environment.ts";
import { createDeadline } from "./deadline.ts";

/**
 * Work that is done for whoever waits for it and ends with none of them: by itself, at its own deadline, or with
 * `stop`. One at a time under a key; who comes meanwhile waits for the same.
 */
export function createSharedWork<TResult>(
  environment: Environment,
  options: { maxMs: number; expired: () => unknown; lonelyFailure: string },
) {
  const going = new Map<string, { done: Promise<TResult>; waiting: number }>();
  const stopped = new AbortController();

  async function run(key: string, work: (signal: AbortSignal) => Promise<TResult>): Promise<TResult> {
    using deadline = createDeadline(environment, stopped.signal, options);
    try {
      return await work(deadline.signal);
    } finally {
      going.delete(key);
    }
  }

  function begin(key: string, work: (signal: AbortSignal) => Promise<TResult>) {
    const entry = { done: run(key, work), waiting: 0 };
    going.set(key, entry);
    entry.done.catch((error: unknown) => {
      if (entry.waiting === 0 && !stopped.signal.aborted) environment.log.warn({ error }, options.lonelyFailure);
    });
    return entry;
  }

  return {
    /** Joins what goes on under `key`, or begins `work`. `signal` ends the waiting and never the work. */
    async join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<TResult>): Promise<TResult> {
      signal.throwIfAborted();
      const entry = going.get(key) ?? begin(key, work);
      entry.waiting++;
      try {
        return await untilAborted(entry.done, signal);
      } finally {
        entry.waiting--;
      }
    },
    /** Ends everything; resolves when it has ended, or after `timeoutMs`. */
    async stop(timeoutMs: number): Promise<void> {
      stopped.abort(new Error("the server is stopping"));
      const timer = new AbortController();
      const ended = Promise.allSettled([...going.values()].map(({ done }) => done));
      await Promise.race([ended, environment.wait(timeoutMs, timer.signal).catch(() => {})]);
      timer.abort();
    },
  };
}
