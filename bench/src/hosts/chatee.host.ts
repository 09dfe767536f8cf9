import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createEventLog } from "@chatee/api/streams/event-log";
import { createStreamStore } from "@chatee/db/streams.store";
import { openChatee } from "@chatee/server/src/compose.ts";
import { parseConfig } from "@chatee/server/src/config.ts";
import { createEnvironment } from "@chatee/server/src/environment.ts";
import { createLogger } from "@chatee/server/src/logger.ts";
import { serveCommands } from "./commands.ts";

/** The whole server, with a hand on its event log. */
const token = "bench-token-with-enough-characters";
const kept = process.env["CHATEE_DATA_DIR"];
const dataDirectory = kept ?? mkdtempSync(join(tmpdir(), "chatee-bench-"));
if (kept === undefined) process.on("exit", () => rmSync(dataDirectory, { recursive: true, force: true }));

const config = parseConfig(null, { ...process.env, CHATEE_SERVER__PORT: "0", CHATEE_AUTH__TOKEN: token });
const { db, wakes, port } = await openChatee({ config, dataDirectory, logger: createLogger({ level: "error" }) });
const environment = createEnvironment({ info() {}, warn() {}, error() {} });
const events = createEventLog({ streams: createStreamStore(db), wakes, environment, pollMs: null });

const commands = {
  address: async () => ({ url: `http://127.0.0.1:${port}`, token }),
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
