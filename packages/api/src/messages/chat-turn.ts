import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { Run } from "@chatee/db/runs.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionStore } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import { id } from "@chatee/shared/ids";
import type { Json } from "@chatee/shared/json";
import type { Message } from "@chatee/shared/messages";
import type { StreamEvent } from "@chatee/shared/stream-event";
import { z } from "zod";
import type { Environment } from "../environment.ts";
import type { LlmService } from "../llm/llm.service.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { RunHandler } from "../runs/run-kernel.ts";
import type { RunEnd } from "../runs/run-writer.ts";
import { toSession } from "../sessions/session.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { Compaction } from "./compaction.ts";
import { previewOf, toMessage } from "./message.ts";
import { runSteps } from "./run-steps.ts";
import type { StepLimits } from "./run-steps.ts";
import type { Approve, OpenTools } from "./tools.ts";
import { foldMessage, newTurnState, settleOrphans } from "./turn-state.ts";
import type { TurnState } from "./turn-state.ts";

export const chatTurnKind = "chat";

/** What is pinned when a turn is accepted, and all that is needed to answer the same request again. */
export const chatTurnInput = z.object({
  userMessageId: id.nullable(),
  messageId: id,
  configId: id.nullable(),
  mcpServerIds: z.array(id),
  /** The unfinished answer that this one carries on. */
  continuedFromId: id.nullable(),
});
export type ChatTurnInput = z.infer<typeof chatTurnInput>;

export type ChatTurnDeps = {
  messages: MessageStore;
  sessions: SessionStore;
  search: MessageSearch;
  llm: LlmService;
  log: EventLog;
  compaction: Compaction;
  openTools: OpenTools;
  approve: Approve;
  environment: Environment;
  limits: StepLimits;
};

/** Answers one user message: the model is asked, its tools are run, until it has nothing more to call. */
export function createChatTurn(deps: ChatTurnDeps): RunHandler<TurnState> {
  const { messages, sessions, environment } = deps;

  async function find(run: Run): Promise<MessageRow> {
    const row = await messages.find(run.ownerId, run.subjectId ?? "");
    if (!row) throw new DomainError({ code: "message.not_found", messageId: run.subjectId ?? "" });
    return row;
  }

  return {
    kind: chatTurnKind,
    open: async (run) => newTurnState(toMessage(await find(run))),

    async restore(run) {
      const events: StreamEvent[] = [];
      for (let after = run.startSeq ?? 0; ;) {
        const page = await deps.log.read(run.streamId, after, 500);
        events.push(...page.map((entry) => entry.event));
        const last = page.at(-1);
        if (!last) break;
        after = last.seq;
      }
      return newTurnState(foldMessage(toMessage(await find(run)), events));
    },

    async work(state, context) {
      const { run, signal } = context;
      const input = chatTurnInput.parse(run.input);
      const { ownerId } = run;
      const session = await sessions.find(ownerId, run.streamId);
      if (!session) throw new DomainError({ code: "session.not_found", sessionId: run.streamId });
      const { config, provider } = await deps.llm.resolve(ownerId, input.configId);
      const toolRequest = {
        ownerId,
        sessionId: session.sessionId,
        provider: config.provider,
        mcpServerIds: input.mcpServerIds,
      };
      await using tools = await deps.openTools(toolRequest);
      const upToSeq = state.message.seq - 1;
      const prompt = (strict: boolean) =>
        deps.compaction.prompt({
          session,
          config,
          provider,
          upToSeq,
          strict,
          signal,
          continued: input.continuedFromId !== null ? state.message : null,
        });
      const work = { state, context, config, provider, tools, approve: deps.approve, environment, limits: deps.limits };
      try {
        await runSteps({ ...work, prompt: await prompt(false) });
      } catch (error) {
        const tooLong = error instanceof DomainError && error.failure.code === "llm.context_too_long";
        if (!tooLong || signal.aborted || state.message.content !== "") throw error;
        await runSteps({ ...work, prompt: await prompt(true) });
      }
      return { status: "completed" };
    },

    async close(state, run, end) {
      const atMs = environment.now();
      settleOrphans(state.message, atMs);
      const { tokenCount, accToken, estimated } = countTokens(state);
      const message: Message = {
        ...state.message,
        status: end.status,
        failure: end.failure ?? null,
        tokenCount,
        tokenCountEstimated: estimated,
        accToken,
        updatedAtMs: atMs,
      };
      const preview = previewOf(message.content) || null;
      const session = await sessions.find(run.ownerId, run.streamId);
      const { content, thinking, toolCalls, status, failure, ext } = message;
      const change = {
        content,
        thinking,
        toolCalls,
        status,
        failure: failure as Json,
        ext,
        tokenCount,
        tokenCountEstimated: estimated,
        accToken,
        updatedAtMs: atMs,
      };
      const providerData = state.providerData.some((data) => data !== null) ? state.providerData : null;
      return {
        statements: () => [
          messages.change(run.ownerId, message.messageId, { ...change, providerData }),
          sessions.endRun(run.ownerId, run.streamId, run.runId, {
            addTokens: accToken ?? 0,
            previewText: preview,
            atMs,
          }),
          ...deps.search.index({
            messageId: message.messageId,
            sessionId: run.streamId,
            ownerId: run.ownerId,
            text: content,
          }),
        ],
        events: [
          messageEvent(message, end),
          ...(session
            ? [
                {
                  type: "session.updated" as const,
                  session: toSession({
                    ...session,
                    activeRunId: null,
                    accToken: session.accToken + (accToken ?? 0),
                    previewText: preview ?? session.previewText,
                    lastMessageAtMs: atMs,
                    updatedAtMs: atMs,
                  }),
                },
              ]
            : []),
        ],
      };
    },
  };
}

function messageEvent(message: Message, end: RunEnd): StreamEvent {
  if (end.status === "completed") return { type: "message.completed", message };
  if (end.status === "failed" && end.failure) return { type: "message.failed", message, failure: end.failure };
  return { type: "message.interrupted", message, reason: end.status === "cancelled" ? "stopped" : "crashed" };
}

/** The provider's own counts, or ours with the mark of an estimate. */
function countTokens({ message, usage }: TurnState): {
  tokenCount: number;
  accToken: number | null;
  estimated: boolean;
} {
  if (usage?.outputTokens != null) {
    const accToken = usage.inputTokens === null ? null : usage.inputTokens + usage.outputTokens;
    return { tokenCount: usage.outputTokens, accToken, estimated: false };
  }
  return { tokenCount: estimateTokens(`${message.thinking ?? ""}${message.content}`), accToken: null, estimated: true };
}
