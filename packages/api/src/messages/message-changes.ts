import type { FileStore } from "@chatee/db/files.store";
import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionRow, SessionStore } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { isUniqueViolation } from "@chatee/db/violations";
import { DomainError } from "@chatee/shared/failure";
import type { CreateMessage, Message, UpdateMessage } from "@chatee/shared/messages";
import type { Environment } from "../environment.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { changeInstant } from "../sessions/session.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { Branches } from "./branches.ts";
import { accTokenAfter, previewOf, titleOf, toMessage, toRow } from "./message.ts";

export type MessageChangesDeps = {
  messages: MessageStore;
  sessions: SessionStore;
  search: MessageSearch;
  branches: Branches;
  files: FileStore;
  log: EventLog;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
  /** @throws DomainError `message.not_found` */
  findRow: (ownerId: string, messageId: string) => Promise<MessageRow>;
  /** @throws DomainError `session.not_found` */
  findSession: (ownerId: string, sessionId: string) => Promise<SessionRow>;
};

/** Others may move the session on between our look at it and our write; then we look again. */
const maxTries = 20;

/** Messages as people and other programs write them: no model is asked. */
export function createMessageChanges(deps: MessageChangesDeps) {
  const { messages, sessions, log, environment, findRow, findSession } = deps;

  function refuseBusy({ sessionId, activeRunId }: SessionRow): void {
    if (activeRunId !== null) throw new DomainError({ code: "session.busy", sessionId, runId: activeRunId });
  }

  /** Tries until a write was not overtaken. @throws DomainError `session.busy` when it always is. */
  async function untilWritten<TResult>(sessionId: string, attempt: () => Promise<TResult>): Promise<TResult> {
    for (let tries = 0; tries < maxTries; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof NothingTouched)) throw error;
      }
    }
    throw new DomainError({ code: "session.busy", sessionId, runId: "" });
  }

  /** The message stored under this id, if it is one of this session. */
  async function stored(ownerId: string, messageId: string, sessionId: string): Promise<Message | null> {
    const row = await messages.find(ownerId, messageId);
    if (row && row.sessionId !== sessionId) throw new DomainError({ code: "message.exists", messageId });
    return row ? toMessage(row) : null;
  }

  async function parentFor(ownerId: string, session: SessionRow, parentId: string | null): Promise<MessageRow | null> {
    if (parentId === null) return null;
    const parent = await findRow(ownerId, parentId);
    if (parent.sessionId !== session.sessionId)
      throw new DomainError({ code: "message.not_found", messageId: parentId });
    return parent;
  }

  async function insert(ownerId: string, input: CreateMessage, messageId: string): Promise<Message> {
    const { sessionId } = input;
    const session = await findSession(ownerId, sessionId);
    const known = await stored(ownerId, messageId, sessionId);
    if (known) return known;
    refuseBusy(session);
    const parent = await parentFor(ownerId, session, input.parentId ?? session.leafId);
    if (parent && !parent.active) {
      await deps.branches.select(ownerId, parent.messageId);
      return await insert(ownerId, input, messageId);
    }
    const atMs = environment.now();
    const cut =
      parent === null || parent.messageId === session.leafId ? 0 : await messages.countAbove(sessionId, parent.seq);
    const tokenCount = input.tokenCount ?? estimateTokens(input.content);
    const row = toRow({
      messageId,
      sessionId,
      ownerId,
      role: input.role,
      content: input.content,
      createdAtMs: atMs,
      parentId: parent?.messageId ?? null,
      thinking: input.thinking ?? null,
      toolCalls: input.toolCalls ?? null,
      mcpdetail: input.mcpdetail ?? null,
      ext: input.ext ?? null,
      model: input.model ?? null,
      tokenCount,
      tokenCountEstimated: input.tokenCount == null,
      accToken: input.accToken ?? accTokenAfter(parent, tokenCount),
    });
    const message = toMessage({ ...row, seq: session.lastSeq + 1 });
    const set: Partial<SessionRow> = {
      previewText: previewOf(input.content) || session.previewText,
      lastMessageAtMs: atMs,
      ...(session.titleIsDefault && session.messageCount === 0 && input.role === "user" && input.content.trim() !== ""
        ? { title: titleOf(input.content), titleIsDefault: false }
        : {}),
    };
    await deps.write(
      sessions.begin(ownerId, sessionId, {
        seen: session,
        leafId: messageId,
        seqs: 1,
        addMessages: 1 - cut,
        atMs: changeInstant(session, atMs),
        set,
      }),
      ...(parent && cut > 0 ? [messages.cutBranch(sessionId, parent.seq)] : []),
      messages.insert({ ...row, back: 0 }),
      ...deps.search.index({ messageId, sessionId, ownerId, text: input.content }),
      ...log.append(sessionId, [{ type: "message.created", message }]),
    );
    log.announce(sessionId, ownerId);
    return message;
  }

  return {
    /** Saves a message as given, at the end of the branch or below `parentId`. The same `messageId` again answers with the stored one. */
    async create(ownerId: string, input: CreateMessage): Promise<Message> {
      const messageId = input.messageId ?? environment.newId();
      try {
        return await untilWritten(input.sessionId, () => insert(ownerId, input, messageId));
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        const known = await stored(ownerId, messageId, input.sessionId);
        if (known) return known;
        throw new DomainError({ code: "message.exists", messageId }, { cause: error });
      }
    },

    /** Changes a message in place. Other words keep the old ones as a sibling out of sight. */
    async update(ownerId: string, input: UpdateMessage): Promise<Message> {
      const { sessionId } = await findRow(ownerId, input.messageId);
      return await untilWritten(sessionId, async () => {
        const row = await findRow(ownerId, input.messageId);
        const session = await findSession(ownerId, sessionId);
        if (row.status === "streaming")
          throw new DomainError({ code: "session.busy", sessionId, runId: session.activeRunId ?? "" });
        const { messageId: _id, ...fields } = input;
        const text = input.content !== undefined && input.content !== row.content ? input.content : null;
        const change = {
          ...fields,
          ...(text !== null && input.tokenCount === undefined
            ? { tokenCount: estimateTokens(text), tokenCountEstimated: true }
            : {}),
          updatedAtMs: changeInstant(row, environment.now()),
        };
        const message = toMessage({ ...row, ...(change as Partial<MessageRow>) });
        await deps.write(
          messages.changeSeen(ownerId, row, change),
          ...(text === null ? [] : replaceWords(ownerId, session, row, text)),
          ...log.append(sessionId, [{ type: "message.updated", message }]),
        );
        log.announce(sessionId, ownerId);
        return message;
      });
    },

    /** Removes one message; what hung on it hangs on its parent. */
    async delete(ownerId: string, messageId: string, sessionId?: string): Promise<void> {
      const found = await findRow(ownerId, messageId);
      if (sessionId !== undefined && found.sessionId !== sessionId)
        throw new DomainError({ code: "message.not_found", messageId });
      await untilWritten(found.sessionId, async () => {
        const row = await findRow(ownerId, messageId);
        const session = await findSession(ownerId, row.sessionId);
        refuseBusy(session);
        const isLeaf = session.leafId === messageId;
        const parent = isLeaf && row.parentId !== null ? await findRow(ownerId, row.parentId) : null;
        await deps.write(
          sessions.begin(ownerId, row.sessionId, {
            seen: session,
            leafId: isLeaf ? row.parentId : session.leafId,
            seqs: 0,
            addMessages: row.active ? -1 : 0,
            atMs: changeInstant(session, environment.now()),
            set: isLeaf ? { previewText: parent ? previewOf(parent.content) || null : null } : {},
          }),
          messages.adopt(row.sessionId, messageId, row.parentId),
          messages.remove(ownerId, messageId),
          deps.files.unrefer(ownerId, messageId),
          sessions.clearSummariesFrom(row.sessionId, row.seq),
          ...deps.search.remove(messageId),
          ...log.append(row.sessionId, [{ type: "message.deleted", messageId }]),
        );
        log.announce(row.sessionId, ownerId);
      });
    },
  };

  /** What follows when a message gets other words. */
  function replaceWords(ownerId: string, session: SessionRow, row: MessageRow, text: string): Statement[] {
    const { sessionId, messageId } = row;
    const { seq: _seq, ...old } = row;
    return [
      sessions.takeSeq(ownerId, sessionId),
      messages.insert({
        ...old,
        messageId: environment.newId(),
        active: false,
        runId: null,
        ext: { ...old.ext, replacedBy: messageId },
        back: 0,
      }),
      sessions.clearSummariesFrom(sessionId, row.seq),
      ...(session.leafId === messageId
        ? [sessions.setPreview(ownerId, sessionId, messageId, previewOf(text) || null)]
        : []),
      ...deps.search.index({ messageId, sessionId, ownerId, text }),
    ];
  }
}
