import { describe, expect, test } from "vitest";
import type { Environment } from "../environment.ts";
import { callContext, createStillEnvironment } from "../testing/call-context.ts";
import { createCallerFactory } from "../trpc.ts";
import { systemRouter } from "./system.router.ts";
import { createSystemService } from "./system.service.ts";
import type { SystemDeps } from "./system.service.ts";

function setUp(checks: Partial<SystemDeps["checks"]> = {}) {
  const { environment, advance, log } = createStillEnvironment();
  const waits: AbortSignal[] = [];
  const wait: Environment["wait"] = (ms, signal) => {
    if (signal) waits.push(signal);
    return environment.wait(ms, signal);
  };
  const system = createSystemService({
    version: "1.2.3",
    engine: "sqlite",
    features: { research: false },
    checks: { database: async () => {}, redis: () => null, ...checks },
    startedAtMs: environment.now() - 90_500,
    environment: { ...environment, wait },
  });
  return { caller: createCallerFactory(systemRouter)(callContext("owner", { system })), advance, log, waits };
}

const healthy = { status: "ok", version: "1.2.3", database: "ok", redis: "off", uptimeS: 90 };

describe("system.health", () => {
  test("is ok without a Redis, and with one that answers", async () => {
    expect(await setUp().caller.health()).toEqual(healthy);
    expect(await setUp({ redis: async () => {} }).caller.health()).toEqual({ ...healthy, redis: "ok" });
  });

  test("names the part that is down and never shows why to the caller", async () => {
    const refused = async () => Promise.reject(new Error("connect ECONNREFUSED mysql://root:secret@10.0.0.3"));
    const database = setUp({ database: refused });
    expect(await database.caller.health()).toEqual({ ...healthy, status: "degraded", database: "down" });
    expect(JSON.stringify(database.log)).not.toContain("secret");
    expect(await setUp({ redis: refused }).caller.health()).toEqual({ ...healthy, status: "degraded", redis: "down" });
  });

  test("a check that throws at once is down, not a bug", async () => {
    const broken = () => {
      throw new TypeError("the pool is closed");
    };
    expect(await setUp({ database: broken }).caller.health()).toMatchObject({ status: "degraded", database: "down" });
  });

  test("answers after two seconds when a part never does, and leaves no timer behind", async () => {
    const asked = Promise.withResolvers<void>();
    const never = () => (asked.resolve(), new Promise<void>(() => {}));
    const { caller, advance, waits } = setUp({ database: never });
    const answer = caller.health();
    await asked.promise;
    advance(2_000);
    expect(await answer).toMatchObject({ status: "degraded", database: "down", redis: "off", uptimeS: 92 });
    expect(waits.map((signal) => signal.aborted)).toEqual([true, true]);
  });
});

test("system.info tells the engine and the features", async () => {
  expect(await setUp().caller.info()).toEqual({ version: "1.2.3", engine: "sqlite", features: { research: false } });
});
