import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { AccessService } from "@chatee/api/access/access.service";
import type { Environment } from "@chatee/api/environment";
import { createFolderStorage } from "@chatee/api/files/folder-storage";
import { createDeltaJoiner } from "@chatee/api/llm/join-deltas";
import { createOpenProvider } from "@chatee/api/llm/providers/open-provider";
import { createAesSecrets } from "@chatee/api/secrets-aes";
import type { SecretKey } from "@chatee/api/secrets-aes";
import { openServices } from "@chatee/api/services";
import type { Wakes } from "@chatee/api/streams/wakes";
import type { SystemService } from "@chatee/api/system/system.service";
import type { Database } from "@chatee/db/database";
import type { Logger } from "pino";
import { openApp } from "./app.ts";
import { version, webFolder } from "./assets.ts";
import { createBackups } from "./backups.ts";
import type { Config } from "./config.ts";
import type { Doors } from "./doors.ts";
import { sealAnew } from "./key-rotation.ts";
import { openMcpHost } from "./mcp-host.ts";
import { createOAuthHost } from "./mcp-oauth-host.ts";
import { createServerResolver } from "./mcp-resolver.ts";
import type { OneTimePass } from "./one-time-pass.ts";
import { openOutboundDialer } from "./outbound-dialer.ts";
import { createOutboundFetch } from "./outbound-fetch.ts";
import { createReadPdf } from "./pdf-text.ts";
import { createMakeThumbnail } from "./thumbnails.ts";

export type WorkspaceDeps = {
  config: Config;
  dataDirectory: string;
  logger: Logger;
  environment: Environment;
  bootId: string;
  db: Database;
  wakes: Wakes;
  keys: SecretKey[];
  access: AccessService;
  system: SystemService;
  doors: Doors;
  pass: OneTimePass | null;
  /** Whether MCP servers that are programs of this machine may be started. */
  runsPrograms: boolean;
};

const drainMs = 6_000;

/** All that works behind the doors, joined: services, what they reach the world with, and what answers requests. */
export async function openWorkspace(deps: WorkspaceDeps) {
  const { config, dataDirectory, environment, bootId, db, wakes, keys, system, doors, runsPrograms } = deps;
  const { now, wait } = environment;
  const allowAddresses = config.mcp.allow_addresses;
  const secrets = createAesSecrets({ keys, randomBytes });

  await using opened = new AsyncDisposableStack();
  const mcpHost = opened.use(
    openMcpHost({ environment, version: version(), allowAddresses, runsPrograms, baseEnvironment: process.env }),
  );
  const outbound = opened.use(openOutboundDialer({ allowAddresses }));
  // Whoever reads a model's stream decides how long is too long, and its next step should find the connection open.
  const toModels = opened.use(
    openOutboundDialer({ allowAddresses, headersTimeoutMs: 0, idleMs: 30_000, rewriteEvents: createDeltaJoiner }),
  );
  const services = opened.use(
    await openServices({
      db,
      wakes,
      secrets,
      openProvider: createOpenProvider({ fetch: createOutboundFetch(toModels.dialer), now, wait }),
      environment,
      bootId,
      mcpHost,
      mcpOauthHost: createOAuthHost({
        dialer: outbound.dialer,
        url: doors.url,
        clientMetadataUrl: config.mcp.client_metadata_url,
      }),
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
      system,
    }),
  );
  const app = await openApp({
    config,
    services,
    access: deps.access,
    doors,
    pass: deps.pass,
    environment,
    mcp: { dialer: outbound.dialer, ...createServerResolver(services.mcp, mcpHost) },
    backups: db.snapshot && createBackups(db.snapshot, dataDirectory),
    version: version(),
    webFolder: webFolder(),
  });
  if (keys.length > 1) void sealAnew({ ...deps, secrets });
  const parts = opened.move();
  return {
    app,
    /** Takes no more work, interrupts what runs and stores it, and answers who still waits. */
    async close(): Promise<void> {
      app.beginClosing();
      await services.drain(drainMs);
      await app.close();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
