import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { uuidv7 } from "@chatee/shared/uuid";
import type { Environment, Log } from "../environment.ts";

/** The real clock and real random numbers, with a log that keeps what was reported. */
export function createTestEnvironment(overrides: Partial<Environment> = {}) {
  const reported: { level: keyof Log; fields: Record<string, unknown>; phrase: string }[] = [];
  const report = (level: keyof Log) => (fields: Record<string, unknown>, phrase: string) =>
    void reported.push({ level, fields, phrase });
  const environment: Environment = {
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    newId: () => uuidv7(Date.now(), randomBytes(10)),
    random: () => Math.random(),
    wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => signal?.throwIfAborted()),
    log: { info: report("info"), warn: report("warn"), error: report("error") },
    ...overrides,
  };
  return { environment, reported };
}
