import { randomBytes } from "node:crypto";
import { uuidv7 } from "@chatee/shared/uuid";
import type { Context } from "../context.ts";
import type { Environment } from "../environment.ts";

/** An environment whose time stands still until a test moves it. */
export function createStillEnvironment() {
  let nowMs = 1_700_000_000_000;
  let waiting: { untilMs: number; resolve: () => void }[] = [];
  const log: { level: string; fields: Record<string, unknown>; phrase: string }[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, phrase: string) =>
    void log.push({ level, fields, phrase });
  const environment: Environment = {
    now: () => nowMs,
    elapsedMs: () => nowMs,
    newId: () => uuidv7(nowMs, randomBytes(10)),
    random: () => 0.5,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        waiting.push({ untilMs: nowMs + ms, resolve });
      }),
    log: { info: write("info"), warn: write("warn"), error: write("error") },
  };
  return {
    environment,
    log,
    /** Lets time pass and ends every wait that is over by then. */
    advance(ms: number) {
      nowMs += ms;
      const due = waiting.filter(({ untilMs }) => untilMs <= nowMs);
      waiting = waiting.filter(({ untilMs }) => untilMs > nowMs);
      for (const { resolve } of due) resolve();
    },
  };
}

/** What a router's caller needs; a bug fails the test with its own error instead of an id. */
export function callContext(ownerId: string, services: Partial<Context["services"]>): Context {
  return {
    ownerId,
    services: services as Context["services"],
    requestId: "request",
    begin: () => true,
    end: () => {},
    queuedBytes: () => 0,
    pause: async () => {},
    pageOrigin: null,
    dropSocket: () => {},
    reportBug: (error) => {
      throw error;
    },
  };
}
