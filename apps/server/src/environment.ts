import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Environment, Log } from "@chatee/api/environment";
import { uuidv7 } from "@chatee/shared/uuid";

const bytesPerId = 10;
const pooledIds = 400;

/** Random bytes for many ids at once: asking the system for ten at a time costs more than all the rest of an id. */
function createIdBytes(): () => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return () => {
    if (used === pool.length) {
      pool = randomBytes(bytesPerId * pooledIds);
      used = 0;
    }
    used += bytesPerId;
    return pool.subarray(used - bytesPerId, used);
  };
}

/** The real clock and real randomness. */
export function createEnvironment(log: Log): Environment {
  const idBytes = createIdBytes();
  return {
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    newId: () => uuidv7(Date.now(), idBytes()),
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
