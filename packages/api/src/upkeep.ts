import type { Database } from "@chatee/db/database";
import type { RunStore } from "@chatee/db/runs.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { Environment } from "./environment.ts";
import type { FileService } from "./files/files.service.ts";
import type { SessionService } from "./sessions/sessions.service.ts";
import type { EventLog } from "./streams/event-log.ts";

const roundMs = 10 * 60_000;
const firstRoundMs = 30_000;
/** Events kept per stream for readers that resume; who is further behind reads the pages again. */
const maxEventsPerStream = 5_000;
const keptEvents = 2_000;
const maxStreams = 100;
/** Between two steps of indexing old messages, so that nobody waits for it. */
const backlogPauseMs = 20;

/** What has to be done from time to time: throw away expired sessions, old events and what half uploads left, index old messages, free pages. */
export function createUpkeep(deps: {
  db: Database;
  log: EventLog;
  sessions: SessionService;
  search: MessageSearch;
  runs: RunStore;
  fileService: Pick<FileService, "tidy">;
  environment: Environment;
}) {
  const { db, log, sessions, search, runs, environment } = deps;
  const stopped = new AbortController();

  /** What a run still writes to is kept from its beginning: until it ends its text is nowhere else. */
  async function forgetOldEvents(): Promise<void> {
    const overlong = await log.overlong(maxEventsPerStream, maxStreams);
    const streamIds = overlong.map(({ streamId }) => streamId);
    const needed = new Map((await runs.writtenTo(streamIds)).map(({ streamId, startSeq }) => [streamId, startSeq]));
    for (const { streamId, headSeq } of overlong) {
      const upTo = Math.min(headSeq - keptEvents, needed.get(streamId) ?? headSeq);
      await db.writeRelaxed(...log.forget(streamId, upTo));
    }
  }

  async function round(): Promise<void> {
    while ((await sessions.removeExpired()) && !stopped.signal.aborted);
    await forgetOldEvents();
    while (!stopped.signal.aborted && (await search.indexBacklog()) !== null) {
      await environment.wait(backlogPauseMs, stopped.signal).catch(() => {});
    }
    await deps.fileService.tidy(stopped.signal);
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
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = run();
    },
    /** Resolves when nothing of it touches the database any more. */
    async stop(): Promise<void> {
      stopped.abort();
      await running;
    },
    round,
  };
}
