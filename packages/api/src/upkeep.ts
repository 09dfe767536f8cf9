import type { Database } from "@chatee/db/database";
import type { Environment } from "./environment.ts";
import type { SessionService } from "./sessions/sessions.service.ts";
import type { EventLog } from "./streams/event-log.ts";

const roundMs = 10 * 60_000;
const firstRoundMs = 30_000;
/** Events kept per stream for readers that resume; who is further behind reads the pages again. */
const maxEventsPerStream = 5_000;
const keptEvents = 2_000;

/** What has to be thrown away from time to time: expired sessions, old events, free pages. */
export function createUpkeep(deps: {
  db: Database;
  log: EventLog;
  sessions: SessionService;
  environment: Environment;
}) {
  const { db, log, sessions, environment } = deps;
  const stopped = new AbortController();

  async function round(): Promise<void> {
    while ((await sessions.removeExpired()) === 100 && !stopped.signal.aborted);
    for (const { streamId, headSeq } of await log.overlong(maxEventsPerStream, 100)) {
      await db.writeRelaxed(...log.forget(streamId, headSeq - keptEvents));
    }
    await db.tidy();
  }
  async function run(): Promise<void> {
    for (let waitMs = firstRoundMs; ; waitMs = roundMs) {
      await environment.wait(waitMs, stopped.signal).catch(() => {});
      if (stopped.signal.aborted) return;
      await round().catch((error: unknown) =>
        environment.log.warn({ error }, "housekeeping failed; the next round tries again"),
      );
    }
  }
  return { start: () => void run(), stop: () => stopped.abort(), round };
}
