import type { Health, SystemInfo } from "@chatee/shared/system";
import type { Environment } from "../environment.ts";

export type SystemDeps = {
  version: string;
  engine: "sqlite" | "mysql";
  /** What this server can do, by name; a screen hides what is false. */
  features: Record<string, boolean>;
  checks: {
    /** Rejects when the database cannot be read. */
    database: () => Promise<void>;
    /** Null when no Redis is configured; rejects when the configured one does not answer. */
    redis: () => Promise<void> | null;
  };
  startedAtMs: number;
  environment: Pick<Environment, "now" | "wait" | "log">;
};

const checkTimeoutMs = 2_000;

export type SystemService = ReturnType<typeof createSystemService>;

export function createSystemService(deps: SystemDeps) {
  const { environment } = deps;

  async function isUp(part: string, check: () => Promise<void> | null): Promise<boolean> {
    const timer = new AbortController();
    try {
      const answer = (async () => check())();
      const late = environment.wait(checkTimeoutMs, timer.signal).then(() => Promise.reject(new Error("timeout")));
      await Promise.race([answer, late]);
      return true;
    } catch (error) {
      environment.log.warn({ part, reason: error instanceof Error ? error.name : "unknown" }, "a part does not answer");
      return false;
    } finally {
      timer.abort();
    }
  }

  return {
    /** Never throws, and answers within two seconds: a part that is silent for that long is down. */
    async health(): Promise<Health> {
      let isRedisOff = false;
      const [database, redis] = await Promise.all([
        isUp("database", deps.checks.database),
        isUp("redis", () => {
          const answer = deps.checks.redis();
          isRedisOff = answer === null;
          return answer;
        }),
      ]);
      return {
        status: database && redis ? "ok" : "degraded",
        version: deps.version,
        database: database ? "ok" : "down",
        redis: isRedisOff ? "off" : redis ? "ok" : "down",
        uptimeS: Math.max(0, Math.floor((environment.now() - deps.startedAtMs) / 1000)),
      };
    },
    info(): SystemInfo {
      return { version: deps.version, engine: deps.engine, features: deps.features };
    },
  };
}
