import type { Database } from "@chatee/db/database";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { Environment } from "./environment.ts";
import type { SessionService } from "./sessions/sessions.service.ts";
import type { EventLog } from "./streams/event-log.ts";

const roundMs = 10 * 60_000;
const firstRoundMs = 30_000;
/** Events kept per stream for readers that resume; who is further behind reads the pages again. */
const maxEventsPerStream = 5_000;
const keptEvents = 2_000;
/** Between two steps of indexing old messages, so that nobody waits for it. */
const backlogPauseMs = 20;

/** What has to be done from time to time: throw away expired sessions and old events, index old messages, free pages. */
export function createUpkeep(deps: {
  db: Database;
  log: EventLog;
  sessions: SessionService;
  search: MessageSearch;
  environment: Environment;
}) {
  const { db, log, sessions, search, environment } = deps;
  const stopped = new AbortController();

  async function round(): Promise<void> {
    while ((await sessions.removeExpired()) === 100 && !stopped.signal.aborted);
    for (const { streamId, headSeq } of await log.overlong(maxEventsPerStream, 100)) {
      await db.writeRelaxed(...log.forget(streamId, headSeq - keptEvents));
    }
    while (!stopped.signal.aborted && (await search.indexBacklog()) !== null) {
      await environment.wait(backlogPauseMs, stopped.signal).catch(() => {});
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
