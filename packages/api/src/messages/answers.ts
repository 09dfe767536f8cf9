import type { FileRow } from "@chatee/db/files.store";
import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { SessionRow } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import { attachmentsOf } from "@chatee/shared/attachments";
import type { AnswerRef, AnswerResult, EditMessage, SendMessage, SendResult } from "@chatee/shared/messages";
import { toolCallsOf } from "@chatee/shared/transcript";
import type { FileService } from "../files/files.service.ts";
import type { LlmService } from "../llm/llm.service.ts";
import type { Branches } from "./branches.ts";
import type { ChatTurnInput } from "./chat-turn.ts";
import type { Turns } from "./turns.ts";

export type AnswersDeps = {
  messages: MessageStore;
  turns: Turns;
  branches: Branches;
  llm: Pick<LlmService, "get">;
  files: Pick<FileService, "require" | "findMany">;
  /** @throws DomainError `message.not_found` */
  findRow: (ownerId: string, messageId: string) => Promise<MessageRow>;
};

/** A clientId belongs to one action on one thing; the same id on another is another request. */
const keyOf = (action: string, subjectId: string, clientId: string | undefined) =>
  clientId === undefined ? null : `${action}:${subjectId}:${clientId}`;

/** The ways to have a model answer. Each starts one turn; what repeats an earlier turn uses its model and tools again. */
export function createAnswers({ messages, turns, branches, llm, files, findRow }: AnswersDeps) {
  const parentOf = async (ownerId: string, row: MessageRow) =>
    row.parentId === null ? null : await findRow(ownerId, row.parentId);

  /** The turn that wrote an answer; of a user message the newest one that answered it. */
  async function turnOf(ownerId: string, row: MessageRow): Promise<ChatTurnInput | null> {
    if (row.role !== "user") return await turns.inputOf(ownerId, row.runId);
    const children = await messages.children(ownerId, row.sessionId, [row.messageId]);
    const answers = await messages.findMany(
      ownerId,
      children.slice(-20).map((child) => child.messageId),
    );
    const newest = answers.filter((answer) => answer.runId !== null).sort((a, b) => b.seq - a.seq)[0];
    return newest ? await turns.inputOf(ownerId, newest.runId) : null;
  }

  /** The first of these that still exists and is switched on; null, the default, when none is. */
  async function firstUsable(ownerId: string, configIds: (string | null | undefined)[]): Promise<string | null> {
    for (const configId of configIds) {
      if (configId == null) continue;
      const config = await llm.get(ownerId, configId).catch((error: unknown) => {
        if (error instanceof DomainError) return null;
        throw error;
      });
      if (config?.enabled) return configId;
    }
    return null;
  }

  function assertAnswerable(row: MessageRow, action: "regenerate" | "continue"): void {
    if (row.role !== "assistant" && !(row.role === "user" && action === "regenerate"))
      throw new DomainError({ code: "message.wrong_role", messageId: row.messageId, role: row.role });
    if (action === "regenerate" || ["interrupted", "cancelled", "failed", "streaming"].includes(row.status)) return;
    if (row.ext?.["finishReason"] !== "length")
      throw new DomainError({ code: "message.not_continuable", messageId: row.messageId, status: row.status });
  }

  async function answerAgain(
    ownerId: string,
    input: AnswerRef,
    action: "regenerate" | "continue",
  ): Promise<AnswerResult> {
    const row = await findRow(ownerId, input.messageId);
    assertAnswerable(row, action);
    const idempotencyKey = keyOf(action, row.messageId, input.clientId);
    const stored = await turns.known(ownerId, idempotencyKey);
    if (stored) return { messageId: stored.messageId, runId: stored.runId };
    if (!row.active) await branches.select(ownerId, row.messageId);
    const repeated = await turnOf(ownerId, row);
    const { messageId, runId } = await turns.begin(
      ownerId,
      row.sessionId,
      idempotencyKey,
      async (session: SessionRow) => ({
        parent: row.role === "user" ? row : await parentOf(ownerId, row),
        content: null,
        files: [],
        configId:
          input.llmConfigId ??
          (await firstUsable(ownerId, [row.llmConfigId, repeated?.configId, session.llmConfigId])) ??
          session.llmConfigId,
        mcpServerIds: input.mcpServerIds ?? repeated?.mcpServerIds ?? [],
        continued: action === "continue" ? await unfinished(ownerId, row) : null,
      }),
    );
    return { messageId, runId };
  }

  /** Null when it never came to a word or a call: then there is nothing to carry on. */
  async function unfinished(ownerId: string, row: MessageRow): Promise<MessageRow | null> {
    const now = await findRow(ownerId, row.messageId);
    return now.content !== "" || toolCallsOf({ toolCalls: now.toolCalls }).length > 0 ? now : null;
  }

  /** What a message refers to and is still there, in its order. */
  async function keptFiles(ownerId: string, row: MessageRow): Promise<FileRow[]> {
    const wanted = attachmentsOf(row).map(({ fileId }) => fileId);
    const found = await files.findMany(ownerId, wanted);
    return [...new Set(wanted)].flatMap((fileId) => found.find((file) => file.fileId === fileId) ?? []);
  }

  return {
    async send(ownerId: string, input: SendMessage): Promise<SendResult> {
      const idempotencyKey = keyOf("send", input.sessionId, input.clientId);
      return await turns.begin(ownerId, input.sessionId, idempotencyKey, async (session) => {
        const parent = session.leafId === null ? null : await messages.find(ownerId, session.leafId);
        if (parent === undefined) return "moved";
        return {
          parent,
          content: input.content,
          files: await files.require(ownerId, input.fileIds ?? []),
          configId: input.llmConfigId ?? session.llmConfigId,
          mcpServerIds: input.mcpServerIds ?? [],
          continued: null,
        };
      });
    },
    /**
     * Another answer beside this one; on a user message, another answer to it. Without `llmConfigId` the model that
     * answered before is asked again, or the session's where that one is gone.
     */
    regenerate: (ownerId: string, input: AnswerRef) => answerAgain(ownerId, input, "regenerate"),
    /** Carries an unfinished answer on, in a sibling that starts with its text. */
    continue: (ownerId: string, input: AnswerRef) => answerAgain(ownerId, input, "continue"),
    /** The user message with other words, beside the old one, and an answer to it from the session's model. */
    async edit(ownerId: string, input: EditMessage): Promise<SendResult> {
      const row = await findRow(ownerId, input.messageId);
      if (row.role !== "user")
        throw new DomainError({ code: "message.wrong_role", messageId: row.messageId, role: row.role });
      const idempotencyKey = keyOf("edit", row.messageId, input.clientId);
      const stored = await turns.known(ownerId, idempotencyKey);
      if (stored) return stored;
      if (!row.active) await branches.select(ownerId, row.messageId);
      const repeated = await turnOf(ownerId, row);
      return await turns.begin(ownerId, row.sessionId, idempotencyKey, async (session) => ({
        parent: await parentOf(ownerId, row),
        content: input.content,
        files: input.fileIds ? await files.require(ownerId, input.fileIds) : await keptFiles(ownerId, row),
        configId: input.llmConfigId ?? session.llmConfigId ?? (await firstUsable(ownerId, [repeated?.configId])),
        mcpServerIds: input.mcpServerIds ?? repeated?.mcpServerIds ?? [],
        continued: null,
      }));
    },
  };
}
