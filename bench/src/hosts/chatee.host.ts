import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createAccessService } from "@chatee/api/access/access.service";
import { createGuessLimiter } from "@chatee/api/access/guess-limiter";
import { createOpenProvider } from "@chatee/api/llm/providers/open-provider";
import { createAesSecrets } from "@chatee/api/secrets-aes";
import { openServices } from "@chatee/api/services";
import { createEventLog } from "@chatee/api/streams/event-log";
import { createLocalWakes } from "@chatee/api/streams/wakes";
import { createAccessStore } from "@chatee/db/access.store";
import { openSqlite } from "@chatee/db/dialect/open-sqlite";
import { createStreamStore } from "@chatee/db/streams.store";
import { createApp } from "@chatee/server/src/app.ts";
import { migrationsFolder } from "@chatee/server/src/assets.ts";
import { parseConfig } from "@chatee/server/src/config.ts";
import { createEnvironment } from "@chatee/server/src/environment.ts";
import { createOutboundFetch } from "@chatee/server/src/outbound-fetch.ts";
import { localOwnerId } from "@chatee/shared/ids";
import { serveCommands } from "./commands.ts";

/** The server as `compose.ts` joins it, with a hand on its event log. */
const token = "bench-token-with-enough-characters";
const folder = mkdtempSync(join(tmpdir(), "chatee-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const log = (fields: object, phrase: string) => process.stderr.write(`${phrase} ${JSON.stringify(fields)}\n`);
const environment = createEnvironment({ info: () => {}, warn: log, error: log });
const bootId = environment.newId();
const db = await openSqlite({ file: join(folder, "chatee.db"), migrationsFolder: migrationsFolder("sqlite"), bootId });
const wakes = createLocalWakes();
const { now, wait } = environment;
const services = await openServices({
  db,
  wakes,
  secrets: createAesSecrets({ keys: [{ id: "bench", key: randomBytes(32) }], randomBytes }),
  openProvider: createOpenProvider({ fetch: createOutboundFetch(), now, wait }),
  environment,
  bootId,
  system: {
    version: "bench",
    engine: db.engine,
    features: {},
    startedAtMs: now(),
    checks: { database: async () => {}, redis: () => null },
  },
});
const access = createAccessService({ store: createAccessStore(db), randomBytes, environment });
await access.ensureInstallToken(token);
const config = parseConfig(null, { CHATEE_SERVER__PORT: "0" });
const limiter = createGuessLimiter({ now });
/** Nothing here goes to an MCP server. */
const mcp = { dialer: () => Promise.reject(new Error("there is no way out")), resolveServer: async () => null };
const app = createApp({ config, services, access, limiter, environment, mcp, version: "bench", webFolder: null });
const port = await app.listen();
const events = createEventLog({ streams: createStreamStore(db), wakes, environment, pollMs: null });

const commands = {
  address: async () => ({ url: `http://127.0.0.1:${port}`, token }),
  newSession: async () => (await services.sessions.create(localOwnerId, { sessionType: "memory" })).sessionId,
  /** Commits and announces events one by one, as a run's flushes do. */
  async publish({
    sessionId,
    count,
    text,
    everyMs,
  }: {
    sessionId: string;
    count: number;
    text: string;
    everyMs: number;
  }) {
    for (let index = 0; index < count; index++) {
      const event = { type: "message.delta", messageId: "m", part: "content", offset: index, text } as const;
      await db.writeRelaxed(...events.append(sessionId, [event]));
      events.announce(sessionId);
      await pause(everyMs);
    }
  },
};
export type ChateeCommands = typeof commands;
serveCommands(commands);
