import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionRow, SessionStore } from "@chatee/db/sessions.store";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type { ImportSession, SessionExport } from "@chatee/shared/session-export";
import type { Message } from "@chatee/shared/messages";
import type { Session } from "@chatee/shared/sessions";
import type { Environment } from "../environment.ts";
import { previewOf, toRow } from "../messages/message.ts";
import type { EventLog } from "../streams/event-log.ts";
import { newSessionRow } from "./new-session.ts";
import { toSession } from "./session.ts";

const pageSize = 500;
const indexedAtOnce = 100;

/** Sessions as files: the whole message tree, without keys, ids of configurations or anything of other sessions. */
export function createSessionTransfer(deps: {
  sessions: SessionStore;
  messages: MessageStore;
  search: MessageSearch;
  log: EventLog;
  environment: Environment;
  /** A message with what is written of it so far. */
  current: (row: MessageRow) => Promise<Message>;
  write: (...statements: Statement[]) => Promise<number[]>;
}) {
  const { sessions, messages, log, environment } = deps;

  return {
    async export(ownerId: string, sessionId: string): Promise<SessionExport> {
      const session = await sessions.find(ownerId, sessionId);
      if (!session) throw new DomainError({ code: "session.not_found", sessionId });
      const rows: MessageRow[] = [];
      for (let after = 0, full = true; full;) {
        const page = await messages.tree(ownerId, sessionId, after, pageSize);
        rows.push(...page);
        after = page.at(-1)?.seq ?? after;
        full = page.length === pageSize;
      }
      const { title, name, sessionType, systemPrompt, avatar, ext, createdAtMs } = toSession(session);
      return {
        version: "1.0",
        exportType: "session",
        exportedAtMs: environment.now(),
        session: { title, name, sessionType, systemPrompt, avatar, ext, createdAtMs },
        messages: await Promise.all(
          rows.map(async (row) => {
            const {
              sessionId: _session,
              seq: _seq,
              runId: _run,
              llmConfigId: _config,
              siblingIds: _siblings,
              updatedAtMs: _updated,
              failure: _failure,
              ...message
            } = await deps.current(row);
            return {
              ...message,
              status: message.status === "streaming" ? "interrupted" : message.status,
              active: row.active,
            };
          }),
        ),
      };
    },

    /** A new session from a file, all of it or nothing; all its ids are new, so the same file can be imported twice. */
    import: (ownerId: string, file: ImportSession): Promise<Session> =>
      store(ownerId, file, { sessionId: environment.newId(), idOf: environment.newId, atMs: environment.now() }),
    store,
  };

  /**
   * All of it or nothing, under these ids: a taken one refuses the whole. `idOf` is asked once for each message, with
   * its id in the file. `atMs` is when it was last touched.
   */
  async function store(
    ownerId: string,
    file: ImportSession,
    { sessionId, idOf, atMs }: { sessionId: string; idOf: (messageId: string) => string; atMs: number },
  ): Promise<Session> {
    const rows = toRows(file, { ownerId, sessionId, idOf });
    const branch = rows.filter((row) => row.active);
    const leaf = branch.at(-1);
    const created = newSessionRow({ ...file.session, ownerId, sessionId, atMs });
    const session: SessionRow = {
      ...created,
      createdAtMs: file.session.createdAtMs ?? atMs,
      lastSeq: rows.length,
      leafId: leaf?.messageId ?? null,
      messageCount: branch.length,
      previewText: leaf ? previewOf(leaf.content) || null : null,
      lastMessageAtMs: leaf?.createdAtMs ?? null,
    };
    const entries: Statement[] = [];
    for (const [index, row] of rows.entries()) {
      entries.push(...deps.search.index({ messageId: row.messageId, sessionId, ownerId, text: row.content }));
      // Finding the words of thousands of messages takes long; others get their turn in between.
      if (index % indexedAtOnce === indexedAtOnce - 1) await environment.wait(0);
    }
    await deps.write(sessions.insert(session), log.create(sessionId), ...messages.insertAll(rows), ...entries);
    log.announce(sessionId, ownerId);
    return toSession(session);
  }
}

/** The messages of a file, numbered in its order. Their branch is the one of its last active message. */
function toRows(
  file: ImportSession,
  { idOf, ...owner }: { ownerId: string; sessionId: string; idOf: (messageId: string) => string },
): MessageRow[] {
  const rows = new Map<string, MessageRow>();
  for (const [index, { parentId, ...message }] of file.messages.entries()) {
    const parent = parentId === null ? null : rows.get(parentId);
    if (parent === undefined || rows.has(message.messageId)) {
      const wrong = parent === undefined ? "parentId" : "messageId";
      const reason = parent === undefined ? "a message must come after its parent" : "two messages have this id";
      const path = `messages.${index}.${wrong}`;
      throw new DomainError({ code: "input.invalid", issues: [{ path, message: reason }] });
    }
    const row = toRow({
      ...message,
      ...owner,
      messageId: idOf(message.messageId),
      parentId: parent?.messageId ?? null,
    });
    rows.set(message.messageId, { ...row, seq: index + 1 });
  }
  const all = [...rows.values()];
  const byId = new Map(all.map((row) => [row.messageId, row]));
  const branch = new Set<MessageRow>();
  for (
    let row = all.findLast((one) => one.active);
    row;
    row = row.parentId === null ? undefined : byId.get(row.parentId)
  )
    branch.add(row);
  return all.map((row) => ({ ...row, active: branch.has(row) }));
}
