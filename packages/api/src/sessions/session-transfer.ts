import type { FileStore } from "@chatee/db/files.store";
import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionRow, SessionStore } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { attachmentsOf } from "@chatee/shared/attachments";
import { DomainError } from "@chatee/shared/failure";
import type { ImportSession, SessionExport } from "@chatee/shared/session-export";
import type { Message } from "@chatee/shared/messages";
import type { Session } from "@chatee/shared/sessions";
import type { Environment } from "../environment.ts";
import { previewOf, toRow } from "../messages/message.ts";
import type { EventLog } from "../streams/event-log.ts";
import { newSessionRow } from "./new-session.ts";
import { changeInstant, toSession } from "./session.ts";

const pageSize = 500;
const indexedAtOnce = 100;
const maxTries = 10;

/** Sessions as files: the whole message tree, without keys, ids of configurations or anything of other sessions. */
export function createSessionTransfer(deps: {
  sessions: SessionStore;
  messages: MessageStore;
  search: MessageSearch;
  files: FileStore;
  log: EventLog;
  environment: Environment;
  /** A message with what is written of it so far. */
  current: (row: MessageRow) => Promise<Message>;
  write: (...statements: Statement[]) => Promise<number[]>;
}) {
  const { sessions, messages, files, log, environment } = deps;

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
    grow,
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
    const entries = await indexed(rows);
    const statements = [sessions.insert(session), log.create(sessionId), ...messages.insertAll(rows), ...entries];
    for (let tries = 1; ; tries++) {
      try {
        await deps.write(...statements, ...(await referring(ownerId, rows)));
        break;
      } catch (error) {
        // A file of it was removed at this very moment.
        if (!(error instanceof NothingTouched) || tries >= maxTries) throw error;
      }
    }
    log.announce(sessionId, ownerId);
    return toSession(session);
  }

  /**
   * Adds what a later file of the same conversation says after what is here, under the ids of `store`, and answers how
   * many messages that are. What is older than the newest that is here is left as it is, also where it was removed. The
   * branch on screen goes on where the file goes on from its end, else the new messages are other branches.
   *
   * @throws DomainError `session.busy` while an answer is being written.
   */
  async function grow(
    ownerId: string,
    file: ImportSession,
    { sessionId, idOf }: { sessionId: string; idOf: (messageId: string) => string },
  ): Promise<number> {
    const rows = toRows(file, { ownerId, sessionId, idOf });
    for (let tries = 0; tries < maxTries; tries++) {
      const session = await sessions.find(ownerId, sessionId);
      if (!session) throw new DomainError({ code: "session.not_found", sessionId });
      const here = new Set((await messages.outline(ownerId, sessionId, 0)).map(({ messageId }) => messageId));
      const added = laterThan(here, rows);
      const last = added.at(-1);
      if (!last) return 0;
      if (session.activeRunId !== null)
        throw new DomainError({ code: "session.busy", sessionId, runId: session.activeRunId });
      const branch = branchFrom(session.leafId, added);
      const leaf = branch.at(-1);
      const onBranch = new Set(branch);
      const numbered = added.map((row, index) => ({
        ...row,
        seq: session.lastSeq + 1 + index,
        active: onBranch.has(row),
      }));
      const leafId = leaf?.messageId ?? session.leafId;
      const beside = [...(await indexed(numbered)), ...(await referring(ownerId, numbered))];
      try {
        await deps.write(
          sessions.begin(ownerId, sessionId, {
            seen: session,
            leafId,
            seqs: added.length,
            addMessages: branch.length,
            atMs: changeInstant(session, Math.min(newestOf(added), environment.now())),
            set: leaf ? { previewText: previewOf(leaf.content) || null, lastMessageAtMs: leaf.createdAtMs } : {},
          }),
          ...messages.insertAll(numbered),
          ...beside,
          ...log.append(sessionId, [{ type: "branch.selected", leafId: leafId ?? last.messageId }]),
        );
      } catch (error) {
        if (error instanceof NothingTouched) continue;
        throw error;
      }
      log.announce(sessionId, ownerId);
      return added.length;
    }
    throw new DomainError({ code: "session.busy", sessionId, runId: "" });
  }

  /** Finding the words of thousands of messages takes long; others get their turn in between. */
  async function indexed(rows: MessageRow[]): Promise<Statement[]> {
    const entries: Statement[] = [];
    for (const [index, { messageId, sessionId, ownerId, content }] of rows.entries()) {
      entries.push(...deps.search.index({ messageId, sessionId, ownerId, text: content }));
      if (index % indexedAtOnce === indexedAtOnce - 1) await environment.wait(0);
    }
    return entries;
  }

  /** Files of the owner that these messages carry are in use from now on; what is gone stays a name. */
  async function referring(ownerId: string, rows: MessageRow[]): Promise<Statement[]> {
    const carried = rows.flatMap((row) => {
      const fileIds = [...new Set(attachmentsOf(row).map(({ fileId }) => fileId))];
      return fileIds.length === 0 ? [] : [{ row, fileIds }];
    });
    const wanted = [...new Set(carried.flatMap(({ fileIds }) => fileIds))];
    const known = new Set<string>();
    for (let at = 0; at < wanted.length; at += pageSize)
      for (const { fileId } of await files.findMany(ownerId, wanted.slice(at, at + pageSize))) known.add(fileId);
    const atMs = environment.now();
    return carried.flatMap(({ row: { messageId, sessionId }, fileIds }) =>
      files.refer(
        ownerId,
        { messageId, sessionId, atMs },
        fileIds.filter((fileId) => known.has(fileId)),
      ),
    );
  }
}

const newestOf = (rows: readonly MessageRow[]): number =>
  rows.reduce((newest, { createdAtMs }) => Math.max(newest, createdAtMs), 0);

/** Those that are not here and came after all that are, each on the nearest of those before it that is here. */
function laterThan(here: ReadonlySet<string>, rows: readonly MessageRow[]): MessageRow[] {
  const newest = newestOf(rows.filter(({ messageId }) => here.has(messageId)));
  const byId = new Map(rows.map((row) => [row.messageId, row]));
  const added = new Map<string, MessageRow>();
  for (const row of rows) {
    if (here.has(row.messageId) || row.createdAtMs <= newest) continue;
    let { parentId } = row;
    while (parentId !== null && !here.has(parentId) && !added.has(parentId))
      parentId = byId.get(parentId)?.parentId ?? null;
    added.set(row.messageId, { ...row, parentId });
  }
  return [...added.values()];
}

/** The file's branch as far as it goes on from this leaf; nothing when it does not. */
function branchFrom(leafId: string | null, rows: readonly MessageRow[]): MessageRow[] {
  const branch: MessageRow[] = [];
  for (const row of rows) if (row.active && row.parentId === (branch.at(-1)?.messageId ?? leafId)) branch.push(row);
  return branch;
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
