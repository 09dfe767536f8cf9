import { isUniqueViolation } from "@chatee/db/violations";
import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { RunStore } from "@chatee/db/runs.store";
import { snippetOf } from "@chatee/db/search/snippet";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionRow, SessionStore } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type {
  AnswerRef,
  AnswerResult,
  CreateMessage,
  EditMessage,
  Execution,
  ListMessagePage,
  ListMessages,
  Message,
  MessagePage,
  NumberedMessagePage,
  SearchHit,
  SearchMessages,
  SendMessage,
  SendResult,
  UpdateMessage,
} from "@chatee/shared/messages";
import type { Environment } from "../environment.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { RunKernel } from "../runs/run-kernel.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { Branches } from "./branches.ts";
import { previewOf, toMessage, toRow } from "./message.ts";
import type { MessagePages } from "./message-pages.ts";
import type { Turns } from "./turns.ts";

export type MessageServiceDeps = {
  messages: MessageStore;
  sessions: SessionStore;
  runs: RunStore;
  search: MessageSearch;
  turns: Turns;
  pages: MessagePages;
  branches: Branches;
  kernel: RunKernel;
  log: EventLog;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
};
export type MessageService = ReturnType<typeof createMessageService>;

export function createMessageService(deps: MessageServiceDeps) {
  const { messages, sessions, turns, pages, log, environment } = deps;

  async function findRow(ownerId: string, messageId: string): Promise<MessageRow> {
    const row = await messages.find(ownerId, messageId);
    if (!row) throw new DomainError({ code: "message.not_found", messageId });
    return row;
  }
  async function findSession(ownerId: string, sessionId: string): Promise<SessionRow> {
    const session = await sessions.find(ownerId, sessionId);
    if (!session) throw new DomainError({ code: "session.not_found", sessionId });
    return session;
  }
  async function parentOf(ownerId: string, row: MessageRow) {
    return row.parentId === null ? null : await findRow(ownerId, row.parentId);
  }
  function refuseStreaming(session: SessionRow, row: MessageRow): void {
    if (row.status === "streaming")
      throw new DomainError({ code: "session.busy", sessionId: row.sessionId, runId: session.activeRunId ?? "" });
  }
  /** A clientId belongs to one action on one thing; the same id on another is another request. */
  const keyOf = (action: string, subjectId: string, clientId: string | undefined) =>
    clientId === undefined ? null : `${action}:${subjectId}:${clientId}`;

  async function answerAgain(
    ownerId: string,
    input: AnswerRef,
    action: "regenerate" | "continue",
  ): Promise<AnswerResult> {
    const row = await findRow(ownerId, input.messageId);
    if (row.role !== "assistant" && !(row.role === "user" && action === "regenerate")) {
      throw new DomainError({ code: "message.wrong_role", messageId: row.messageId, role: row.role });
    }
    if (
      action === "continue" &&
      !["interrupted", "cancelled", "failed", "streaming"].includes(row.status) &&
      row.ext?.["finishReason"] !== "length"
    ) {
      throw new DomainError({ code: "message.not_continuable", messageId: row.messageId, status: row.status });
    }
    if (!row.active) await deps.branches.select(ownerId, row.messageId);
    const { messageId, runId } = await turns.begin(ownerId, row.sessionId, async (session) => ({
      session,
      parent: row.role === "user" ? row : await parentOf(ownerId, row),
      content: null,
      configId: input.llmConfigId ?? row.llmConfigId ?? session.llmConfigId,
      mcpServerIds: [],
      continued: action === "continue" && row.content !== "" ? await findRow(ownerId, row.messageId) : null,
      idempotencyKey: keyOf(action, row.messageId, input.clientId),
    }));
    return { messageId, runId };
  }

  return {
    async list(ownerId: string, input: ListMessages): Promise<MessagePage> {
      return await pages.page(await findSession(ownerId, input.sessionId), input);
    },
    async page(ownerId: string, input: ListMessagePage): Promise<NumberedMessagePage> {
      return await pages.numbered(await findSession(ownerId, input.sessionId), input);
    },
    async get(ownerId: string, messageId: string): Promise<Message> {
      return await pages.current(await findRow(ownerId, messageId));
    },
    async send(ownerId: string, input: SendMessage): Promise<SendResult> {
      return await turns.begin(ownerId, input.sessionId, async (session) => ({
        session,
        parent: session.leafId === null ? null : await findRow(ownerId, session.leafId),
        content: input.content,
        configId: input.llmConfigId ?? session.llmConfigId,
        mcpServerIds: input.mcpServerIds ?? [],
        continued: null,
        idempotencyKey: keyOf("send", input.sessionId, input.clientId),
      }));
    },
    /** Another answer beside this one; on a user message, another answer to it. */
    regenerate: (ownerId: string, input: AnswerRef) => answerAgain(ownerId, input, "regenerate"),
    /** Carries an unfinished answer on, in a sibling that starts with its text. */
    continue: (ownerId: string, input: AnswerRef) => answerAgain(ownerId, input, "continue"),
    /** The user message with other words, beside the old one, and an answer to it. */
    async edit(ownerId: string, input: EditMessage): Promise<SendResult> {
      const row = await findRow(ownerId, input.messageId);
      if (row.role !== "user")
        throw new DomainError({ code: "message.wrong_role", messageId: row.messageId, role: row.role });
      if (!row.active) await deps.branches.select(ownerId, row.messageId);
      return await turns.begin(ownerId, row.sessionId, async (session) => ({
        session,
        parent: await parentOf(ownerId, row),
        content: input.content,
        configId: input.llmConfigId ?? session.llmConfigId,
        mcpServerIds: [],
        continued: null,
        idempotencyKey: keyOf("edit", row.messageId, input.clientId),
      }));
    },
    selectBranch: (ownerId: string, messageId: string): Promise<void> => deps.branches.select(ownerId, messageId),
    /** Harmless when the answer ended already; `stopped` says whether it was still going. */
    async stop(ownerId: string, messageId: string): Promise<{ stopped: boolean }> {
      const row = await findRow(ownerId, messageId);
      if (row.runId === null) return { stopped: false };
      return { stopped: await deps.kernel.cancel(ownerId, row.runId) };
    },

    /** Saves a message as given. The same `messageId` again answers with the stored one. */
    async create(ownerId: string, input: CreateMessage): Promise<Message> {
      const messageId = input.messageId ?? environment.newId();
      const stored = async () => {
        const row = await messages.find(ownerId, messageId);
        if (row && row.sessionId !== input.sessionId) throw new DomainError({ code: "message.exists", messageId });
        return row ? toMessage(row) : null;
      };
      for (let attempt = 0; attempt < 20; attempt++) {
        const session = await findSession(ownerId, input.sessionId);
        const known = await stored();
        if (known) return known;
        if (session.activeRunId !== null)
          throw new DomainError({ code: "session.busy", sessionId: session.sessionId, runId: session.activeRunId });
        const atMs = environment.now();
        const estimated = input.tokenCount == null;
        const row = toRow({
          messageId,
          sessionId: session.sessionId,
          ownerId,
          role: input.role,
          content: input.content,
          createdAtMs: atMs,
          parentId: session.leafId,
          thinking: input.thinking ?? null,
          toolCalls: input.toolCalls ?? null,
          mcpdetail: input.mcpdetail ?? null,
          ext: input.ext ?? null,
          model: input.model ?? null,
          accToken: input.accToken ?? null,
          tokenCount: input.tokenCount ?? estimateTokens(input.content),
          tokenCountEstimated: estimated,
        });
        const message = toMessage({ ...row, seq: session.lastSeq + 1 });
        try {
          await deps.write(
            sessions.begin(ownerId, session.sessionId, {
              seenLeafId: session.leafId,
              leafId: messageId,
              seqs: 1,
              addMessages: 1,
              atMs,
              set: { previewText: previewOf(input.content) || session.previewText, lastMessageAtMs: atMs },
            }),
            messages.insert({ ...row, back: 0 }),
            ...deps.search.index({ messageId, sessionId: session.sessionId, ownerId, text: input.content }),
            ...log.append(session.sessionId, [{ type: "message.created", message }]),
          );
          log.announce(session.sessionId);
          return message;
        } catch (error) {
          if (isUniqueViolation(error) && !(await stored()))
            throw new DomainError({ code: "message.exists", messageId }, { cause: error });
          if (!(error instanceof NothingTouched) && !isUniqueViolation(error)) throw error;
        }
      }
      throw new DomainError({ code: "session.busy", sessionId: input.sessionId, runId: "" });
    },

    /** Changes a message in place. Other words keep the old ones as a sibling out of sight. */
    async update(ownerId: string, input: UpdateMessage): Promise<Message> {
      const row = await findRow(ownerId, input.messageId);
      const session = await findSession(ownerId, row.sessionId);
      refuseStreaming(session, row);
      const { messageId: _id, ...fields } = input;
      const atMs = environment.now();
      const newText = input.content !== undefined && input.content !== row.content;
      const change = {
        ...fields,
        ...(newText && input.tokenCount === undefined
          ? { tokenCount: estimateTokens(input.content ?? ""), tokenCountEstimated: true }
          : {}),
        updatedAtMs: atMs,
      };
      const message = toMessage({ ...row, ...(change as Partial<MessageRow>) });
      const { seq: _seq, ...old } = row;
      await deps.write(
        messages.change(ownerId, row.messageId, change),
        ...(newText
          ? [
              sessions.change(ownerId, row.sessionId, sessions.oneMoreSeq),
              messages.insert({
                ...old,
                messageId: environment.newId(),
                active: false,
                runId: null,
                ext: { ...old.ext, replacedBy: row.messageId },
                back: 0,
              }),
              sessions.clearSummariesFrom(row.sessionId, row.seq),
              ...deps.search.index({
                messageId: row.messageId,
                sessionId: row.sessionId,
                ownerId,
                text: message.content,
              }),
            ]
          : []),
        ...log.append(row.sessionId, [{ type: "message.updated", message }]),
      );
      log.announce(row.sessionId);
      return message;
    },

    /** Removes one message; what hung on it hangs on its parent. */
    async delete(ownerId: string, messageId: string, sessionId?: string): Promise<void> {
      for (let attempt = 0; attempt < 10; attempt++) {
        const row = await findRow(ownerId, messageId);
        if (sessionId !== undefined && row.sessionId !== sessionId)
          throw new DomainError({ code: "message.not_found", messageId });
        const session = await findSession(ownerId, row.sessionId);
        refuseStreaming(session, row);
        if (session.activeRunId !== null)
          throw new DomainError({ code: "session.busy", sessionId: row.sessionId, runId: session.activeRunId });
        const leafId = session.leafId === messageId ? row.parentId : session.leafId;
        try {
          await deps.write(
            sessions.begin(ownerId, row.sessionId, {
              seenLeafId: session.leafId,
              leafId,
              seqs: 0,
              addMessages: row.active ? -1 : 0,
              atMs: environment.now(),
            }),
            messages.adopt(row.sessionId, messageId, row.parentId),
            messages.remove(ownerId, messageId),
            sessions.clearSummariesFrom(row.sessionId, row.seq),
            ...deps.search.remove(messageId),
            ...log.append(row.sessionId, [{ type: "message.deleted", messageId }]),
          );
          log.announce(row.sessionId);
          return;
        } catch (error) {
          if (!(error instanceof NothingTouched)) throw error;
        }
      }
      throw new DomainError({ code: "message.not_found", messageId });
    },

    async search(ownerId: string, input: SearchMessages): Promise<SearchHit[]> {
      const hits = await deps.search.find({
        ownerId,
        query: input.query,
        sessionId: input.sessionId,
        limit: input.limit,
      });
      const rows = new Map(
        (
          await messages.findMany(
            ownerId,
            hits.map((hit) => hit.messageId),
          )
        ).map((row) => [row.messageId, row]),
      );
      const titles = new Map(
        (await sessions.findMany(ownerId, [...new Set(hits.map((hit) => hit.sessionId))])).map((row) => [
          row.sessionId,
          row.title,
        ]),
      );
      return hits.flatMap(({ messageId, sessionId, score }) => {
        const row = rows.get(messageId);
        if (!row) return [];
        const { role, createdAtMs } = toMessage(row);
        return [
          {
            messageId,
            sessionId,
            sessionTitle: titles.get(sessionId) ?? "",
            role,
            createdAtMs,
            score,
            snippet: snippetOf(row.content, input.query, 200),
          },
        ];
      });
    },

    /** The newest run of the component that a message carries. */
    async execution(ownerId: string, messageId: string): Promise<Execution> {
      await findRow(ownerId, messageId);
      const row = await messages.latestExecution(ownerId, messageId);
      if (!row) throw new DomainError({ code: "execution.not_found", messageId });
      return toExecution(row);
    },
    async executions(ownerId: string, sessionId: string): Promise<Execution[]> {
      await findSession(ownerId, sessionId);
      return (await messages.executions(ownerId, sessionId)).map(toExecution);
    },
    /** Components are MCP tools and workflows; without their engines a message that names one cannot be run yet. */
    async execute(ownerId: string, messageId: string): Promise<Execution> {
      const row = await findRow(ownerId, messageId);
      const component = componentOf(row);
      if (!component) throw new DomainError({ code: "message.has_no_component", messageId });
      throw new DomainError({ code: "feature.unavailable", feature: `Running ${component} components` });
    },
  };
}

function toExecution({
  ownerId: _owner,
  ...row
}: NonNullable<Awaited<ReturnType<MessageStore["latestExecution"]>>>): Execution {
  return {
    ...row,
    componentType: row.componentType as Execution["componentType"],
    status: row.status as Execution["status"],
  };
}

/** What a message's own fields name as its component. */
function componentOf(row: MessageRow): "mcp" | "workflow" | null {
  if (row.ext?.["workflowId"] !== undefined) return "workflow";
  const detail = row.mcpdetail;
  return typeof detail === "object" && detail !== null && !Array.isArray(detail) && Object.keys(detail).length > 0
    ? "mcp"
    : null;
}
