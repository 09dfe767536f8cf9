import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Environment, Log } from "@chatee/api/environment";
import { uuidv7 } from "@chatee/shared/uuid";

/** The real clock and real randomness. */
export function createEnvironment(log: Log): Environment {
  return {
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    newId: () => uuidv7(Date.now(), randomBytes(10)),
    random: () => Math.random(),
    async wait(ms, signal) {
      try {
        await delay(ms, undefined, signal ? { signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    log,
  };
}
