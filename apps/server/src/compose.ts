import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createAccessService } from "@chatee/api/access/access.service";
import { createGuessLimiter } from "@chatee/api/access/guess-limiter";
import { rotateLlmKeys } from "@chatee/api/llm/llm.service-rotation";
import { createFolderStorage } from "@chatee/api/files/folder-storage";
import { createDeltaJoiner } from "@chatee/api/llm/join-deltas";
import { createOpenProvider } from "@chatee/api/llm/providers/open-provider";
import { rotateMcpOauth } from "@chatee/api/mcp/mcp-oauth.rotation";
import { rotateMcpSecrets } from "@chatee/api/mcp/mcp.service-rotation";
import { createAesSecrets } from "@chatee/api/secrets-aes";
import { openServices } from "@chatee/api/services";
import { createLocalWakes } from "@chatee/api/streams/wakes";
import { createAccessStore } from "@chatee/db/access.store";
import { ping } from "@chatee/db/database";
import type { Database } from "@chatee/db/database";
import { createLlmStore } from "@chatee/db/llm.store";
import { createMcpOauthStore } from "@chatee/db/mcp.oauth.store";
import { createMcpStore } from "@chatee/db/mcp.store";
import { localOwnerId } from "@chatee/shared/ids";
import type { Logger } from "pino";
import { migrationsFolder, version, webFolder } from "./assets.ts";
import { isForThisMachine } from "./config.ts";
import type { Config } from "./config.ts";
import { dropOldSecretKeys, installToken, openDataDirectory, secretKeys } from "./data-directory.ts";
import { createEnvironment } from "./environment.ts";
import { createFront } from "./front.ts";
import type { Front } from "./front.ts";
import { toLog } from "./logger.ts";
import { openMcpHost } from "./mcp-host.ts";
import { createOAuthHost } from "./mcp-oauth-host.ts";
import { createServerResolver } from "./mcp-resolver.ts";
import { createOneTimePass } from "./one-time-pass.ts";
import { openOutboundDialer } from "./outbound-dialer.ts";
import { createOutboundFetch } from "./outbound-fetch.ts";
import { createReadPdf } from "./pdf-text.ts";
import type { RedisWakes, RedisWakesDeps } from "./redis-wakes.ts";
import { createMakeThumbnail } from "./thumbnails.ts";

const drainMs = 6_000;
const answerFirstMs = 10;

export type Chatee = Awaited<ReturnType<typeof openChatee>>;

/** Everything joined and listening. Closing it interrupts what runs, stores it, and answers within ten seconds. */
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
  const secrets = createAesSecrets({ keys, randomBytes });

  await using opened = new AsyncDisposableStack();
  const db = opened.use(await openDatabase(config, dataDirectory, bootId));
  const redis = config.redis.enabled ? await openRedis(config, { bootId, environment }) : null;
  const wakes = opened.use(redis ?? createLocalWakes());
  const { now, wait } = environment;
  const runsPrograms = config.mcp.stdio ?? isForThisMachine(config);
  const allowAddresses = config.mcp.allow_addresses;
  const mcpHost = opened.use(
    openMcpHost({ environment, version: version(), allowAddresses, runsPrograms, baseEnvironment: process.env }),
  );
  const outbound = opened.use(openOutboundDialer({ allowAddresses }));
  // Whoever reads a model's stream decides how long is too long, and its next step should find the connection open.
  const toModels = opened.use(
    openOutboundDialer({ allowAddresses, headersTimeoutMs: 0, idleMs: 30_000, rewriteEvents: createDeltaJoiner }),
  );
  // Asked when somebody signs in; the server listens then.
  const mcpOauthHost = createOAuthHost({
    dialer: outbound.dialer,
    url: () => front.doors.url(),
    clientMetadataUrl: config.mcp.client_metadata_url,
  });
  const services = opened.use(
    await openServices({
      db,
      wakes,
      secrets,
      openProvider: createOpenProvider({ fetch: createOutboundFetch(toModels.dialer), now, wait }),
      environment,
      bootId,
      mcpHost,
      mcpOauthHost,
      files: {
        storage: createFolderStorage(join(dataDirectory, "files"), environment.newId),
        maxBytes: Math.floor(config.research.upload_max_mb * 1024 * 1024),
        readPdf: createReadPdf(),
        makeThumbnail: createMakeThumbnail(),
      },
      mcpHealthIntervalMs: config.mcp.health_check_interval * 1_000,
      budget: {
        maxSteps: config.runs.max_steps,
        maxCallsPerStep: config.runs.max_calls_per_step,
        maxOutputTokens: config.runs.max_output_tokens ?? null,
        maxCostUsd: config.runs.max_cost_usd ?? null,
        maxDurationMs: config.runs.max_minutes * 60_000,
      },
      system: {
        version: version(),
        engine: db.engine,
        features: { mcp: true, mcpStdio: runsPrograms },
        startedAtMs: environment.now(),
        checks: { database: () => ping(db), redis: () => redis?.ping() ?? null },
      },
    }),
  );
  const access = createAccessService({ store: createAccessStore(db), randomBytes, environment });
  const installTokenId = await access.ensureInstallToken(token);
  const pass = createOneTimePass(options.oneTimeToken, { ownerId: localOwnerId, tokenId: installTokenId });
  const limiter = createGuessLimiter({ now: environment.elapsedMs });
  const mcp = { dialer: outbound.dialer, ...createServerResolver(services.mcp, mcpHost) };
  const front: Front = opened.use(createFront({ config, access, limiter, system: services.system }));
  const port = await front.listen();
  // Loading holds the process up for a tenth of a second; whoever waited for the port is answered before.
  await environment.wait(answerFirstMs);
  const { openApp } = await import("./app.ts");
  const app = await openApp({
    config,
    services,
    access,
    doors: front.doors,
    pass,
    environment,
    mcp,
    backups: db.snapshot && (await import("./backups.ts")).createBackups(db.snapshot, dataDirectory),
    version: version(),
    webFolder: webFolder(),
  });
  front.handOver(app);
  if (keys.length > 1) void rotateKeys();
  const parts = opened.move();

  /** The key file has a new key: everything is sealed under it, then the others go. Run again until all opens. */
  async function rotateKeys(): Promise<void> {
    try {
      const rotated = [
        await rotateLlmKeys({ store: createLlmStore(db), secrets }),
        await rotateMcpSecrets({ store: createMcpStore(db), secrets }),
        await rotateMcpOauth({ store: createMcpOauthStore(db), secrets }),
      ];
      const resealed = rotated.reduce((sum, one) => sum + one.resealed, 0);
      const unreadable = rotated.flatMap((one) => one.unreadable);
      logger.info({ resealed, unreadable }, "stored keys were sealed under the newest secret key");
      if (unreadable.length === 0 && config.secrets.key === undefined && db.engine === "sqlite")
        await dropOldSecretKeys(dataDirectory);
    } catch (error) {
      logger.error({ error }, "sealing stored keys anew failed; the next start tries again");
    }
  }

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    app.beginClosing();
    await services.drain(drainMs);
    await app.close();
    await front[Symbol.asyncDispose]();
    await parts.disposeAsync();
  }
  return {
    port,
    /** For measuring: what is written here and announced there reaches subscribers as a run's own events do. */
    db,
    wakes,
    url: front.doors.url(),
    /** Signs a browser in: what follows `#` is sent to nobody and logged nowhere. */
    signInUrl:
      config.auth.mode === "none" ? front.doors.url() : `${front.doors.url()}#token=${encodeURIComponent(token)}`,
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
