import type { FileRow, FileStore } from "@chatee/db/files.store";
import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { RunStore } from "@chatee/db/runs.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionRow, SessionStore } from "@chatee/db/sessions.store";
import { NothingTouched, OutcomeUnknown } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { isUniqueViolation } from "@chatee/db/violations";
import { DomainError } from "@chatee/shared/failure";
import { toAttachment } from "@chatee/shared/files";
import type { StoredFile } from "@chatee/shared/files";
import type { SendResult } from "@chatee/shared/messages";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import type { LlmService } from "../llm/llm.service.ts";
import type { RunBudget } from "../runs/run-budget.ts";
import type { RunKernel } from "../runs/run-kernel.ts";
import { changeInstant, toNews, toSession } from "../sessions/session.ts";
import type { EventLog } from "../streams/event-log.ts";
import { chatTurnInput, chatTurnKind } from "./chat-turn.ts";
import type { ChatTurnInput } from "./chat-turn.ts";
import { estimatedCounts, previewOf, titleOf, toMessage, toRow } from "./message.ts";

export type TurnRequest = {
  session: SessionRow;
  /** The message that the new ones hang on; null at the root. */
  parent: Pick<MessageRow, "messageId" | "seq" | "accToken"> | null;
  /** What the user says; null when only a new answer is wanted. */
  content: string | null;
  /** What the user attached to it. */
  files: FileRow[];
  /** Null for the owner's default. */
  configId: string | null;
  mcpServerIds: string[];
  /** An unfinished answer whose text the new one starts with. */
  continued: MessageRow | null;
  idempotencyKey: string | null;
};

export type TurnDeps = {
  messages: MessageStore;
  sessions: SessionStore;
  runs: RunStore;
  search: MessageSearch;
  files: FileStore;
  kernel: RunKernel;
  log: EventLog;
  llm: LlmService;
  environment: Environment;
  /** What each run may use up; pinned when it is accepted. */
  budget: RunBudget;
  write: (...statements: Statement[]) => Promise<number[]>;
};

/** What an unfinished answer says of its end is not true of the one that carries it on. */
function withoutEnd(ext: MessageRow["ext"]): MessageRow["ext"] {
  const { finishReason: _reason, ...rest } = ext ?? {};
  return rest;
}

/** What a run answered when it was accepted, for a caller that asks the same again. */
function answerOf(run: { runId: string; input: unknown }): SendResult {
  const input = chatTurnInput.parse(run.input);
  return { userMessageId: input.userMessageId ?? "", messageId: input.messageId, runId: run.runId };
}

/**
 * Accepts turns. User message, empty answer, run and idempotency record are one durable write: what was
 * answered is stored, and what is stored once is never started twice.
 */
export function createTurns(deps: TurnDeps) {
  const { messages, sessions, runs, environment, log } = deps;

  async function known(ownerId: string, idempotencyKey: string | null): Promise<SendResult | null> {
    const run = idempotencyKey === null ? undefined : await runs.findByIdempotencyKey(ownerId, idempotencyKey);
    return run ? answerOf(run) : null;
  }

  /** Why the session could not be taken. Returns when it was only moved on meanwhile: then try again. */
  async function explain(session: SessionRow): Promise<void> {
    const { ownerId, sessionId } = session;
    const now = await sessions.find(ownerId, sessionId);
    if (!now) throw new DomainError({ code: "session.not_found", sessionId });
    if (now.activeRunId !== null) throw new DomainError({ code: "session.busy", sessionId, runId: now.activeRunId });
  }

  async function start(request: TurnRequest): Promise<SendResult | "moved"> {
    const { session, parent, content, continued, files } = request;
    const { ownerId, sessionId } = session;
    const atMs = environment.now();
    const updatedAtMs = changeInstant(session, atMs);
    const { headSeq } = await log.bounds(sessionId);
    const ids = {
      user: content === null ? null : environment.newId(),
      answer: environment.newId(),
      run: environment.newId(),
    };
    const { config } = await deps.llm.resolve(ownerId, request.configId);
    const seqs = ids.user === null ? 1 : 2;
    const cut = parent === null ? session.messageCount : await messages.countAbove(sessionId, parent.seq);
    const base = { sessionId, ownerId, createdAtMs: atMs };

    const user =
      content === null || ids.user === null
        ? null
        : toRow({
            ...base,
            messageId: ids.user,
            role: "user",
            content,
            ext: files.length > 0 ? { attachments: files.map((file) => toAttachment(file as StoredFile)) } : null,
            parentId: parent?.messageId ?? null,
            ...estimatedCounts(content, parent),
          });
    const answer = toRow({
      ...base,
      messageId: ids.answer,
      role: "assistant",
      status: "streaming",
      parentId: ids.user ?? parent?.messageId ?? null,
      content: continued?.content ?? "",
      thinking: continued?.thinking ?? null,
      toolCalls: continued?.toolCalls ?? null,
      providerData: continued?.providerData ?? null,
      tokenCount: continued?.tokenCount ?? null,
      tokenCountEstimated: continued?.tokenCountEstimated ?? false,
      ext: continued ? { ...withoutEnd(continued.ext), continuedFrom: continued.messageId } : null,
      runId: ids.run,
      model: config.model,
      llmConfigId: config.configId,
    });
    const input: ChatTurnInput = {
      userMessageId: ids.user ?? parent?.messageId ?? null,
      messageId: ids.answer,
      configId: config.configId,
      mcpServerIds: request.mcpServerIds,
      continuedFromId: continued?.messageId ?? null,
    };
    const run = deps.kernel.claimed({
      runId: ids.run,
      ownerId,
      kind: chatTurnKind,
      streamId: sessionId,
      subjectId: ids.answer,
      input,
      budget: deps.budget,
      idempotencyKey: request.idempotencyKey,
      startSeq: headSeq,
    });
    const set: Partial<SessionRow> = { activeRunId: ids.run, lastMessageAtMs: atMs };
    if (content !== null) {
      const names = files.map(({ name }) => name).join(", ");
      set.previewText = previewOf(content) || previewOf(names);
      if (session.titleIsDefault && session.messageCount === 0)
        Object.assign(set, { title: titleOf(content.trim() === "" ? names : content), titleIsDefault: false });
    }
    const addMessages = seqs - cut;
    const first = session.lastSeq + 1;
    const created: StreamEvent[] = [user, answer].flatMap((row, index) =>
      row
        ? [{ type: "message.created" as const, message: toMessage({ ...row, seq: user ? first + index : first }) }]
        : [],
    );
    const changed = toNews(
      toSession({
        ...session,
        ...set,
        messageCount: session.messageCount + addMessages,
        updatedAtMs,
      }),
    );
    try {
      await deps.write(
        sessions.begin(ownerId, sessionId, {
          seen: session,
          leafId: ids.answer,
          seqs,
          addMessages,
          atMs: updatedAtMs,
          set,
        }),
        ...(cut > 0 ? [messages.cutBranch(sessionId, parent?.seq ?? 0)] : []),
        ...(user
          ? [
              messages.insert({ ...user, back: 1 }),
              ...deps.files.refer(
                ownerId,
                { messageId: user.messageId, sessionId, atMs },
                files.map(({ fileId }) => fileId),
              ),
              ...deps.search.index({ messageId: user.messageId, sessionId, ownerId, text: user.content }),
            ]
          : []),
        messages.insert({ ...answer, back: 0 }),
        runs.insert(run),
        ...log.append(sessionId, [
          ...created,
          { type: "session.updated", session: changed },
          { type: "run.started", runId: ids.run, kind: chatTurnKind, messageId: ids.answer },
        ]),
      );
    } catch (error) {
      if (error instanceof NothingTouched) return "moved";
      const stored = isUniqueViolation(error) ? await known(ownerId, request.idempotencyKey) : null;
      if (stored) return stored;
      if (!(error instanceof OutcomeUnknown) || !(await runs.find(ownerId, ids.run))) throw error;
    }
    log.announce(sessionId, ownerId);
    deps.kernel.start(run);
    return answerOf(run);
  }

  return {
    known,
    /** What was pinned when the turn of this run was accepted; null when it is not known any more. */
    async inputOf(ownerId: string, runId: string | null): Promise<ChatTurnInput | null> {
      const run = runId === null ? undefined : await runs.find(ownerId, runId);
      return chatTurnInput.safeParse(run?.input).data ?? null;
    },
    /**
     * Starts the turn that `prepare` describes of the session as it is now; asked again when the session
     * moved on in between. What was accepted under the same key before is answered again.
     *
     * @throws DomainError `session.busy` while another answer is being written.
     */
    async begin(
      ownerId: string,
      sessionId: string,
      idempotencyKey: string | null,
      prepare: (session: SessionRow) => Promise<Omit<TurnRequest, "session" | "idempotencyKey"> | "moved">,
    ): Promise<SendResult> {
      for (let attempt = 0; attempt < 10; attempt++) {
        // First of all: what the request names may be gone since it was accepted.
        const stored = await known(ownerId, idempotencyKey);
        if (stored) return stored;
        const session = await sessions.find(ownerId, sessionId);
        if (!session) throw new DomainError({ code: "session.not_found", sessionId });
        if (session.activeRunId !== null) {
          const raced = await known(ownerId, idempotencyKey);
          if (raced) return raced;
          throw new DomainError({ code: "session.busy", sessionId, runId: session.activeRunId });
        }
        const request = await prepare(session);
        const result = request === "moved" ? request : await start({ ...request, session, idempotencyKey });
        if (result !== "moved") return result;
        const raced = await known(ownerId, idempotencyKey);
        if (raced) return raced;
        await explain(session);
      }
      throw new DomainError({ code: "session.busy", sessionId, runId: "" });
    },
  };
}
export type Turns = ReturnType<typeof createTurns>;
