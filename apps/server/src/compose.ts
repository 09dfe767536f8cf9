import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createAccessService } from "@chatee/api/access/access.service";
import { createGuessLimiter } from "@chatee/api/access/guess-limiter";
import { createLocalWakes } from "@chatee/api/streams/wakes";
import { createSystemService } from "@chatee/api/system/system.service";
import { createAccessStore } from "@chatee/db/access.store";
import { ping } from "@chatee/db/database";
import type { Database } from "@chatee/db/database";
import { localOwnerId } from "@chatee/shared/ids";
import type { Logger } from "pino";
import { migrationsFolder, version } from "./assets.ts";
import { isForThisMachine } from "./config.ts";
import type { Config } from "./config.ts";
import { installToken, openDataDirectory, secretKeys } from "./data-directory.ts";
import { createEnvironment } from "./environment.ts";
import { createFront } from "./front.ts";
import { toLog } from "./logger.ts";
import { createOneTimePass } from "./one-time-pass.ts";
import type { RedisWakes, RedisWakesDeps } from "./redis-wakes.ts";

const answerFirstMs = 10;

export type Chatee = Awaited<ReturnType<typeof openChatee>>;

/**
 * Everything joined and listening. Closing it interrupts what runs, stores it, and answers within ten seconds.
 * It listens as soon as the database is open; the rest, which is most of a start, is loaded while whoever watches
 * already hears that it lives, and whoever asks for more waits.
 */
export async function openChatee(options: {
  config: Config;
  dataDirectory: string;
  logger: Logger;
  /** Signs one browser in, once. */
  oneTimeToken?: string;
}) {
  const { config, dataDirectory, logger } = options;
  const environment = createEnvironment(toLog(logger));
  const bootId = environment.newId();
  await openDataDirectory(dataDirectory);
  const token = await installToken(dataDirectory, config.auth.token?.reveal());
  const keys = await secretKeys(dataDirectory, config.secrets);

  await using opened = new AsyncDisposableStack();
  const db = opened.use(await openDatabase(config, dataDirectory, bootId));
  const redis = config.redis.enabled ? await openRedis(config, { bootId, environment }) : null;
  const wakes = opened.use(redis ?? createLocalWakes());
  const runsPrograms = config.mcp.stdio ?? isForThisMachine(config);
  const system = createSystemService({
    version: version(),
    engine: db.engine,
    features: { mcp: true, mcpStdio: runsPrograms },
    startedAtMs: environment.now(),
    checks: { database: () => ping(db), redis: () => redis?.ping() ?? null },
    environment,
  });
  const access = createAccessService({ store: createAccessStore(db), randomBytes, environment });
  const limiter = createGuessLimiter({ now: environment.elapsedMs });
  const front = opened.use(createFront({ config, access, limiter, system }));
  const { doors } = front;
  const port = await front.listen();
  // Loading holds the process up for a tenth of a second; whoever waited for the port is answered before.
  await environment.wait(answerFirstMs);
  const { openWorkspace } = await import("./workspace.ts");
  const tokenId = await access.ensureInstallToken(token);
  const pass = createOneTimePass(options.oneTimeToken, { ownerId: localOwnerId, tokenId });
  const common = { config, dataDirectory, logger, environment, bootId, db, wakes, keys };
  const workspace = opened.use(await openWorkspace({ ...common, access, system, doors, pass, runsPrograms }));
  front.handOver(workspace.app);
  const parts = opened.move();

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await workspace.close();
    await front[Symbol.asyncDispose]();
    await parts.disposeAsync();
  }
  return {
    port,
    /** For measuring: what is written here and announced there reaches subscribers as a run's own events do. */
    db,
    wakes,
    url: doors.url(),
    /** Signs a browser in: what follows `#` is sent to nobody and logged nowhere. */
    signInUrl: config.auth.mode === "none" ? doors.url() : `${doors.url()}#token=${encodeURIComponent(token)}`,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

async function openDatabase(config: Config, dataDirectory: string, bootId: string): Promise<Database> {
  if (config.mysql.enabled) {
    const { openMysql } = await import("@chatee/db/dialect/open-mysql");
    const { host, port, user, password, database, pool_size: poolSize } = config.mysql;
    return await openMysql({
      host,
      port,
      user,
      password: password.reveal(),
      database,
      poolSize,
      migrationsFolder: migrationsFolder("mysql"),
      bootId,
    });
  }
  const { openSqlite } = await import("@chatee/db/dialect/open-sqlite");
  return await openSqlite({
    file: join(dataDirectory, "chatee.db"),
    migrationsFolder: migrationsFolder("sqlite"),
    bootId,
  });
}

async function openRedis(config: Config, deps: RedisWakesDeps): Promise<RedisWakes> {
  const { openRedisWakes } = await import("./redis-wakes.ts");
  return openRedisWakes(config.redis, deps);
}
