import { isUniqueViolation } from "@chatee/db/violations";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { RunStore } from "@chatee/db/runs.store";
import type { SessionRow, SessionStore } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type {
  CreateSession,
  ListSessions,
  Session,
  SessionPage,
  Summary,
  UpdateSession,
} from "@chatee/shared/sessions";
import type { Environment } from "../environment.ts";
import type { Interactions } from "../interactions/interactions.service.ts";
import type { LlmService } from "../llm/llm.service.ts";
import type { Compaction } from "../messages/compaction.ts";
import type { RunKernel } from "../runs/run-kernel.ts";
import type { EventLog } from "../streams/event-log.ts";
import { ringOrTime } from "../streams/ring-or-time.ts";
import { sessionsTopic } from "../streams/sessions-topic.ts";
import type { Wakes } from "../streams/wakes.ts";
import { newSessionRow } from "./new-session.ts";
import { readSessionFile } from "./read-session-file.ts";
import { changeInstant, toNews, toSession, toSummary } from "./session.ts";
import { followSessionEvents } from "./session-events.ts";
import type { FollowedEntry, FollowSession, ShowEvents } from "./session-events.ts";
import type { createSessionTransfer } from "./session-transfer.ts";

export type SessionServiceDeps = {
  sessions: SessionStore;
  runs: RunStore;
  search: MessageSearch;
  log: EventLog;
  kernel: RunKernel;
  llm: LlmService;
  compaction: Compaction;
  wakes: Wakes;
  /** How long a change may go unseen when its wake was lost or there was none. */
  lookAgainMs: number;
  interactions: Pick<Interactions, "removeSession">;
  transfer: ReturnType<typeof createSessionTransfer>;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
  /** How long a temporary session lives after its last activity. */
  temporaryLifetimeMs: number;
};
export type SessionService = ReturnType<typeof createSessionService>;

const maxSearchSessions = 300;
/** Others may change a session between our look at it and our write; then we look again. */
const maxTries = 20;
const maxExpired = 100;
/** Between two pieces of news of the list: whoever hears of one reads the list again. */
const restMs = 100;

/** The time a list is ordered by and the id of its last row; the letter says which time. */
function toCursor({ updatedAtMs, pinnedAtMs, sessionId }: SessionRow, isByPin: boolean): string {
  const [letter, atMs] = isByPin ? ["p", pinnedAtMs ?? 0] : ["s", updatedAtMs];
  return `${letter}${atMs.toString(36)}.${sessionId}`;
}
function fromCursor(cursor: string, isByPin: boolean): { updatedAtMs: number; pinnedAtMs: number; sessionId: string } {
  const match = /^([sp])([0-9a-z]{1,11})\.([A-Za-z0-9._:-]{1,100})$/.exec(cursor);
  const atMs = Number.parseInt(match?.[2] ?? "", 36);
  if (!match || (match[1] === "p") !== isByPin || !Number.isSafeInteger(atMs))
    throw new DomainError({ code: "cursor.invalid" });
  return { updatedAtMs: atMs, pinnedAtMs: atMs, sessionId: match[3] ?? "" };
}
/** Pinning again keeps the time of the first pin. */
function pinOf(row: SessionRow, pinned: boolean | undefined, nowMs: number): Partial<Pick<SessionRow, "pinnedAtMs">> {
  if (pinned === undefined) return {};
  return { pinnedAtMs: pinned ? (row.pinnedAtMs ?? nowMs) : null };
}

export function createSessionService(deps: SessionServiceDeps) {
  const { sessions, log, environment } = deps;

  async function findRow(ownerId: string, sessionId: string): Promise<SessionRow> {
    const row = await sessions.find(ownerId, sessionId);
    if (!row) throw new DomainError({ code: "session.not_found", sessionId });
    return row;
  }

  /** With `seen`, only while nothing has happened in it since then. */
  async function remove(ownerId: string, sessionId: string, seen?: Pick<SessionRow, "updatedAtMs">): Promise<void> {
    const { activeRunId } = await findRow(ownerId, sessionId);
    if (activeRunId !== null && !seen) await deps.kernel.cancel(ownerId, activeRunId);
    const { headSeq } = await log.bounds(sessionId);
    try {
      await deps.write(
        ...sessions.remove(ownerId, sessionId, seen),
        ...deps.runs.removeAll(sessionId),
        ...deps.search.removeSession(sessionId),
        deps.interactions.removeSession(sessionId),
        ...log.forget(sessionId, headSeq),
        ...log.append(sessionId, [{ type: "session.deleted", sessionId }]),
      );
    } catch (error) {
      if (error instanceof NothingTouched)
        throw new DomainError({ code: "session.not_found", sessionId }, { cause: error });
      throw error;
    }
    deps.kernel.recheck();
    log.announce(sessionId, ownerId);
  }

  return {
    async list(ownerId: string, input: ListSessions): Promise<SessionPage> {
      const { sessionType, pinned, query: text } = input;
      const hits = text === undefined ? [] : await deps.search.find({ ownerId, query: text, limit: maxSearchSessions });
      const filter = { sessionType, pinned, text, sessionIds: [...new Set(hits.map((hit) => hit.sessionId))] };
      const after = input.cursor == null ? undefined : fromCursor(input.cursor, pinned === true);
      const rows = await sessions.list(ownerId, { ...filter, limit: input.limit + 1, after });
      const page = rows.slice(0, input.limit);
      const last = page.at(-1);
      return {
        sessions: page.map(toSession),
        total: await sessions.count(ownerId, filter),
        nextCursor: rows.length > input.limit && last ? toCursor(last, pinned === true) : null,
      };
    },
    async get(ownerId: string, sessionId: string): Promise<Session> {
      return toSession(await findRow(ownerId, sessionId));
    },
    /** The same `sessionId` again answers with the session it made. The id of a session that was deleted stays taken. */
    async create(ownerId: string, input: CreateSession): Promise<Session> {
      const sessionId = input.sessionId ?? environment.newId();
      const row = newSessionRow({ ...input, ownerId, sessionId, atMs: environment.now() });
      try {
        await deps.write(sessions.insert(row), log.create(sessionId));
        log.announce(sessionId, ownerId);
        return toSession(row);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        const known = await sessions.find(ownerId, sessionId);
        if (!known || input.sessionId === undefined)
          throw new DomainError({ code: "session.exists", sessionId }, { cause: error });
        return toSession(known);
      }
    },
    /** A pin alone leaves the session where it stands among the others: it is no activity. */
    async update(ownerId: string, { sessionId, pinned, ...fields }: UpdateSession): Promise<Session> {
      for (let attempt = 0; attempt < maxTries; attempt++) {
        const row = await findRow(ownerId, sessionId);
        const named = fields.title !== undefined || (fields.name ?? null) !== null ? { titleIsDefault: false } : {};
        const nowMs = environment.now();
        const isPinAlone = pinned !== undefined && Object.values(fields).every((value) => value === undefined);
        const updatedAtMs = changeInstant(row, isPinAlone ? row.updatedAtMs : nowMs);
        const change = { ...fields, ...named, ...pinOf(row, pinned, nowMs), updatedAtMs };
        const session = toSession({ ...row, ...(change as Partial<SessionRow>) });
        try {
          await deps.write(
            sessions.change(ownerId, sessionId, row, change),
            ...log.append(sessionId, [{ type: "session.updated", session: toNews(session, fields) }]),
          );
          log.announce(sessionId, ownerId);
          return session;
        } catch (error) {
          if (!(error instanceof NothingTouched)) throw error;
        }
      }
      throw new DomainError({ code: "session.busy", sessionId, runId: "" });
    },
    delete: (ownerId: string, sessionId: string): Promise<void> => remove(ownerId, sessionId),

    /** Has the session's model sum up what no summary covers yet. */
    async summarize(
      ownerId: string,
      sessionId: string,
      llmConfigId: string | null,
      signal: AbortSignal,
    ): Promise<Summary> {
      const session = await findRow(ownerId, sessionId);
      const model = await deps.llm.resolve(ownerId, llmConfigId ?? session.llmConfigId);
      return toSummary(await deps.compaction.summarizeNow(session, model, signal));
    },
    async summaries(ownerId: string, sessionId: string): Promise<Summary[]> {
      await findRow(ownerId, sessionId);
      return (await sessions.summaries(ownerId, sessionId)).map(toSummary);
    },
    async clearSummaries(ownerId: string, sessionId: string): Promise<void> {
      await findRow(ownerId, sessionId);
      await deps.write(sessions.clearSummaries(ownerId, sessionId));
    },
    export: deps.transfer.export,
    import: deps.transfer.import,
    importFile: async (ownerId: string, text: string): Promise<Session> =>
      await deps.transfer.import(ownerId, readSessionFile(text)),
    follow: <TItem>(request: FollowSession, show: ShowEvents<TItem>) => followSessionEvents(deps, request, show),
    async *events(request: FollowSession): AsyncGenerator<FollowedEntry, void, void> {
      yield* await followSessionEvents(deps, request, { as: (eventId, event) => ({ eventId, event }) });
    },

    /** Something for each time the list of sessions has news, on whichever server; several may come as one. */
    async *changes(ownerId: string, signal: AbortSignal): AsyncGenerator<{ atMs: number }, void, void> {
      using bell = deps.wakes.listen(sessionsTopic(ownerId));
      let newest = await sessions.newestChange(ownerId);
      while (!signal.aborted) {
        const isRung = await ringOrTime(bell, environment, deps.lookAgainMs, signal);
        if (signal.aborted) return;
        const now = isRung ? newest : await sessions.newestChange(ownerId).catch(() => newest);
        if (!isRung && now === newest) continue;
        yield { atMs: environment.now() };
        await environment.wait(restMs, signal).catch(() => {});
        newest = await sessions.newestChange(ownerId).catch(() => now);
      }
    },

    /** Removes up to 100 temporary sessions past their time; false when there were no more. */
    async removeExpired(): Promise<boolean> {
      const expired = await sessions.expired(environment.now() - deps.temporaryLifetimeMs, maxExpired);
      for (const { ownerId, sessionId, updatedAtMs } of expired)
        await remove(ownerId, sessionId, { updatedAtMs }).catch(ignoreGone);
      return expired.length === maxExpired;
    },
  };
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof DomainError)) throw error;
}
