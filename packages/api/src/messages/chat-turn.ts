import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { Run } from "@chatee/db/runs.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import type { SessionStore } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import { id } from "@chatee/shared/ids";
import type { Json } from "@chatee/shared/json";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Message } from "@chatee/shared/messages";
import type { StreamEvent } from "@chatee/shared/stream-event";
import { z } from "zod";
import type { Environment } from "../environment.ts";
import type { Interactions } from "../interactions/interactions.service.ts";
import type { LlmService } from "../llm/llm.service.ts";
import { untilAborted } from "../llm/until-aborted.ts";
import { runBudget } from "../runs/run-budget.ts";
import type { RunBudget } from "../runs/run-budget.ts";
import type { RunHandler } from "../runs/run-handler.ts";
import type { RunEnd } from "../runs/run-writer.ts";
import { changeInstant, toNews, toSession } from "../sessions/session.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { Ledger } from "../usage/ledger.ts";
import type { Compaction } from "./compaction.ts";
import { createDeadline } from "./deadline.ts";
import { previewOf } from "./message.ts";
import { exceeded, isTooLong, runSteps } from "./run-steps.ts";
import type { StepLimits } from "./run-steps.ts";
import type { Approve, OpenTools, ToolSet } from "./tools.ts";
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
  ledger: Ledger;
  compaction: Compaction;
  interactions: Interactions;
  openTools: OpenTools;
  approve: Approve;
  environment: Environment;
  limits: StepLimits;
  /** For a run that none was pinned for. */
  budget: RunBudget;
};

/** Answers one user message: the model is asked, its tools are run, until it has nothing more to call. */
export function createChatTurn(deps: ChatTurnDeps): RunHandler<TurnState> {
  const { messages, sessions, environment } = deps;

  async function find(run: Run): Promise<MessageRow> {
    const row = await messages.find(run.ownerId, run.subjectId ?? "");
    if (!row) throw new DomainError({ code: "message.not_found", messageId: run.subjectId ?? "" });
    return row;
  }

  /** Null when it is gone: what it used is counted all the same. */
  async function configOf(ownerId: string, configId: string | null): Promise<LlmConfig | null> {
    if (configId === null) return null;
    return await deps.llm.get(ownerId, configId).catch((error: unknown) => {
      if (error instanceof DomainError) return null;
      throw error;
    });
  }

  return {
    kind: chatTurnKind,
    open: async (run) => newTurnState(await find(run)),

    async restore(run) {
      const events: StreamEvent[] = [];
      for (let after = run.startSeq ?? 0; ;) {
        const page = await deps.log.read(run.streamId, after, 500);
        events.push(...page.map((entry) => entry.event));
        const last = page.at(-1);
        if (!last) break;
        after = last.seq;
      }
      const state = newTurnState(await find(run));
      return { ...state, message: foldMessage(state.message, events) };
    },

    async work(state, context) {
      const { run } = context;
      const { ownerId } = run;
      const input = chatTurnInput.parse(run.input);
      const session = await sessions.find(ownerId, run.streamId);
      if (!session) throw new DomainError({ code: "session.not_found", sessionId: run.streamId });
      const budget = runBudget.safeParse(run.budget).data ?? deps.budget;
      const { maxDurationMs } = budget;
      using deadline = createDeadline(environment, context.signal, {
        maxMs: maxDurationMs,
        expired: () => exceeded(`${maxDurationMs / 60_000} minutes`),
      });
      const { signal } = deadline;
      const { config, provider } = await deps.llm.resolve(ownerId, input.configId);
      state.config = config;
      const { sessionId } = session;
      const opening = deps.openTools({
        ownerId,
        sessionId,
        messageId: input.messageId,
        runId: run.runId,
        provider: config.provider,
        mcpServerIds: input.mcpServerIds,
        signal,
      });
      opening.then((late) => (signal.aborted ? late[Symbol.asyncDispose]() : undefined)).catch(() => {});
      await using tools = closingSoon(await untilAborted(opening, signal), environment);
      if (tools.unavailable?.length)
        state.message.ext = { ...state.message.ext, unavailableServers: tools.unavailable as unknown as Json };
      const begun = { ...state.message };
      const prompt = (strict: boolean) =>
        deps.compaction.prompt({
          session,
          config,
          provider,
          strict,
          signal,
          claim: context.writer.claim,
          upToSeq: begun.seq - 1,
          tools: tools.definitions,
          continued: input.continuedFromId === null ? null : { ...begun, providerData: state.providerData },
        });
      const { approve, limits } = deps;
      const work = { state, context, deadline, config, provider, tools, approve, environment, limits, budget };
      try {
        await runSteps({ ...work, prompt: await prompt(false) });
      } catch (error) {
        const { content, thinking, toolCalls } = state.message;
        const saidNothing = content === begun.content && thinking === begun.thinking && toolCalls === begun.toolCalls;
        if (!isTooLong(error) || signal.aborted || !saidNothing) throw error;
        await runSteps({ ...work, prompt: await prompt(true) });
      }
      return { status: "completed" };
    },

    async close(state, run, end) {
      const atMs = environment.now();
      settleOrphans(state.message, atMs);
      const questions = await deps.interactions.endOf(run, atMs);
      const session = await sessions.find(run.ownerId, run.streamId);
      const { text, tokens } = countTokens(state);
      const parent =
        tokens.conversation === null && state.message.parentId !== null
          ? await messages.find(run.ownerId, state.message.parentId)
          : null;
      const spans = state.thinkingSpans;
      const message: Message = {
        ...state.message,
        ...(spans.length > 0 && { ext: { ...state.message.ext, thinkingSpans: spans } }),
        status: end.status,
        failure: end.failure ?? null,
        tokenCount: tokens.tokenCount,
        tokenCountEstimated: tokens.estimated,
        accToken: tokens.conversation ?? (parent?.accToken == null ? null : parent.accToken + tokens.tokenCount),
        updatedAtMs: changeInstant(state.message, atMs),
      };
      const { content, thinking, toolCalls, status, failure, ext, tokenCount, tokenCountEstimated } = message;
      const { accToken, updatedAtMs } = message;
      const change = { content, thinking, toolCalls, status, failure: failure as Json, ext, updatedAtMs };
      const providerData = state.providerData.some((data) => data !== null) ? state.providerData : null;
      const previewText = previewOf(content) || null;
      const ended = session && {
        ...session,
        activeRunId: null,
        accToken: session.accToken + tokens.spent,
        previewText: previewText ?? session.previewText,
        lastMessageAtMs: atMs,
        updatedAtMs: changeInstant(session, atMs),
      };
      const config = state.config ?? (await configOf(run.ownerId, message.llmConfigId));
      return {
        statements: [
          ...questions.statements,
          ...deps.ledger.enter({
            usageId: run.runId,
            ownerId: run.ownerId,
            purpose: "answer",
            sessionId: run.streamId,
            messageId: message.messageId,
            config,
            model: message.model,
            used: tokens.used,
          }),
          messages.change(run.ownerId, message.messageId, {
            ...change,
            tokenCount,
            tokenCountEstimated,
            accToken,
            providerData,
          }),
          ...(ended
            ? [
                sessions.endRun(run.ownerId, run.streamId, run.runId, {
                  seen: session,
                  addTokens: tokens.spent,
                  previewText,
                  atMs,
                  updatedAtMs: ended.updatedAtMs,
                }),
              ]
            : []),
          ...deps.search.index({
            messageId: message.messageId,
            sessionId: run.streamId,
            ownerId: run.ownerId,
            text,
          }),
        ],
        events: [
          ...questions.events,
          messageEvent(message, end),
          ...(ended ? [{ type: "session.updated" as const, session: toNews(toSession(ended)) }] : []),
        ],
      };
    },

    abandon: (run, end, state) => ({
      statements: [
        deps.interactions.expireRun(run.runId, environment.now()),
        messages.abandon(run.ownerId, run.subjectId ?? "", {
          status: end.status,
          failure: end.failure ?? null,
          updatedAtMs: environment.now(),
          ...(state && { content: state.message.content, thinking: state.message.thinking }),
        }),
        sessions.freeRun(run.ownerId, run.streamId, run.runId),
      ],
      events: [],
    }),
  };
}

const closeToolsMs = 5_000;

/** Tools that do not let go in time are left behind: an answer must not wait for them. */
function closingSoon(tools: ToolSet, environment: Environment): ToolSet {
  return {
    ...tools,
    async [Symbol.asyncDispose]() {
      const timer = new AbortController();
      const closing = (async () => await tools[Symbol.asyncDispose]())().catch((error: unknown) =>
        environment.log.warn({ error }, "closing the tools of a turn failed"),
      );
      await Promise.race([closing, environment.wait(closeToolsMs, timer.signal).catch(() => {})]);
      timer.abort();
    },
  };
}

function messageEvent(message: Message, end: RunEnd): StreamEvent {
  if (end.status === "completed") return { type: "message.completed", message };
  if (end.status === "failed" && end.failure) return { type: "message.failed", message, failure: end.failure };
  return { type: "message.interrupted", message, reason: end.status === "cancelled" ? "stopped" : "crashed" };
}

function countTokens({ message, tokens }: TurnState) {
  return { text: message.content, tokens: tokens.total(`${message.thinking ?? ""}${message.content}`) };
}
