import { setTimeout as delay } from "node:timers/promises";
import { OutcomeUnknown } from "../statements.ts";
import { isConnectionLost, isContention } from "../violations.ts";

const contentionTries = 40;
const connectionTries = 8;
/** Once this long is over, a lost connection is not tried again: each try may itself take a statement's timeout. */
const patienceMs = 12_000;

/**
 * Runs a transaction again after a deadlock, a busy lock or a connection lost before COMMIT: all three
 * left nothing behind. At most 40 tries for the first two (about 4 s), 8 for the third (about 6 s when the
 * server refuses at once; when it is silent, two). `first` is how a try before these ended.
 */
export async function retryWrite<TResult>(
  attempt: () => Promise<TResult>,
  first: { error: unknown } | null = null,
): Promise<TResult> {
  let contentions = 0;
  let losses = 0;
  let failed = first;
  const startedAtMs = performance.now();

  async function rest(error: unknown): Promise<void> {
    if (error instanceof OutcomeUnknown) throw error;
    if (isContention(error) && ++contentions < contentionTries) {
      await delay(Math.random() * Math.min(200, 5 * 2 ** contentions));
    } else if (isConnectionLost(error) && ++losses < connectionTries && performance.now() - startedAtMs < patienceMs) {
      await delay(100 * 2 ** Math.min(losses, 4) * (0.5 + Math.random() / 2));
    } else {
      throw error;
    }
  }
  for (;;) {
    if (failed) await rest(failed.error);
    try {
      return await attempt();
    } catch (error) {
      failed = { error };
    }
  }
}
