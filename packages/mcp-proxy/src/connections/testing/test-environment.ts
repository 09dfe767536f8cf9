import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ProxyEnvironment } from "../../environment.ts";
import type { ConnectionOptions } from "../connection.ts";
import type { Authorization } from "../server-exchange.ts";

/** The real clock, and a log that nobody reads. */
export function createRealEnvironment(): ProxyEnvironment {
  const ignore = () => {};
  return {
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    newId: () => randomUUID(),
    random: () => Math.random(),
    async wait(ms, signal) {
      await delay(ms, undefined, signal ? { signal } : {});
    },
    log: { info: ignore, warn: ignore, error: ignore },
  };
}

export type ManualTime = ProxyEnvironment & {
  /** Lets time pass; everything due is woken in order. */
  advance: (ms: number) => Promise<void>;
};

/** A clock that stands still until it is moved. */
export function createManualTime(): ManualTime {
  const real = createRealEnvironment();
  const waiting = new Set<{ atMs: number; wake: () => void }>();
  let nowMs = 1_000_000;
  return {
    ...real,
    now: () => nowMs,
    elapsedMs: () => nowMs,
    random: () => 1,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const one = { atMs: nowMs + ms, wake: resolve };
        waiting.add(one);
        signal?.addEventListener("abort", () => waiting.delete(one) && reject(signal.reason), { once: true });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...waiting].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        waiting.delete(next);
        nowMs = next.atMs;
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** Until what can run without time has run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function createAuthorization(credentialKey = "user-1"): Authorization {
  return { credentialKey, headers: async () => ({}), onRefused: async () => "give_up" };
}

/** Options of a connection to a loopback fixture. */
export function fixtureOptions(changes: Partial<ConnectionOptions> = {}): ConnectionOptions {
  return {
    environment: createRealEnvironment(),
    clientInfo: { name: "chatee-test", version: "0.0.0" },
    fetch,
    authorization: createAuthorization(),
    ...changes,
  };
}

/** Resolves when the condition holds; fails after 10 s. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`did not happen within 10 s: ${what}`);
    await delay(10);
  }
}
