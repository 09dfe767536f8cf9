import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionStore } from "@chatee/db/sessions.store";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type { ImportSession, SessionExport } from "@chatee/shared/session-export";
import type { Session } from "@chatee/shared/sessions";
import type { Environment } from "../environment.ts";
import { previewOf, toMessage, toRow } from "../messages/message.ts";
import { newSessionRow } from "./new-session.ts";
import { toSession } from "./session.ts";

const pageSize = 500;

/** Sessions as files: the whole message tree, without keys, ids of configurations or anything of other sessions. */
export function createSessionTransfer(deps: {
  sessions: SessionStore;
  messages: MessageStore;
  search: MessageSearch;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
}) {
  const { sessions, messages, environment } = deps;

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
        messages: rows.map((row) => {
          const {
            sessionId: _session,
            seq: _seq,
            runId: _run,
            llmConfigId: _config,
            siblingIds: _siblings,
            updatedAtMs: _updated,
            failure: _failure,
            ...message
          } = toMessage(row);
          return {
            ...message,
            status: message.status === "streaming" ? "interrupted" : message.status,
            active: row.active,
          };
        }),
      };
    },

    /** A new session from a file; all its ids are new, so the same file can be imported twice. */
    async import(ownerId: string, file: ImportSession): Promise<Session> {
      const atMs = environment.now();
      const sessionId = environment.newId();
      const newIds = new Map(file.messages.map((message) => [message.messageId, environment.newId()]));
      const rows = file.messages.map((message) =>
        toRow({
          ...message,
          messageId: newIds.get(message.messageId) ?? environment.newId(),
          parentId: message.parentId === null ? null : (newIds.get(message.parentId) ?? null),
          sessionId,
          ownerId,
        }),
      );
      const branch = rows.filter((row) => row.active);
      const leaf = branch.at(-1);
      const session = {
        ...newSessionRow({ ...file.session, ownerId, sessionId, atMs, title: file.session.title }),
        lastSeq: rows.length,
        leafId: leaf?.messageId ?? null,
        messageCount: branch.length,
        previewText: leaf ? previewOf(leaf.content) : null,
        lastMessageAtMs: leaf?.createdAtMs ?? null,
      };
      await deps.write(
        sessions.insert(session),
        ...rows.flatMap((row, index) => [
          messages.insert({ ...row, back: rows.length - 1 - index }),
          ...deps.search.index({ messageId: row.messageId, sessionId, ownerId, text: row.content }),
        ]),
      );
      return toSession(session);
    },
  };
}
