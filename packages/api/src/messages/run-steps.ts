import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import type { ModelMessage, ModelProvider, ModelRequest, ToolCallRequest } from "../llm/provider.ts";
import { streamModel } from "../llm/stream-model.ts";
import type { RunBudget } from "../runs/run-budget.ts";
import type { RunContext } from "../runs/run-handler.ts";
import { costNanoUsd, priceOf } from "../usage/prices.ts";
import type { Deadline } from "./deadline.ts";
import { runTools } from "./run-tools.ts";
import { shortenResults } from "./shorten-results.ts";
import { withFittingMedia } from "./tool-media.ts";
import type { Approve, ToolSet } from "./tools.ts";
import type { TurnState } from "./turn-state.ts";

/** What holds for every turn, whatever its budget; past it a turn fails as with its budget. */
export type StepLimits = {
  /** One call; the model is told. */
  toolTimeoutMs: number;
  /** Text and thinking together, in UTF-16 units: what one message may hold. */
  maxAnswerChars: number;
};

export type StepWork = {
  state: TurnState;
  context: RunContext;
  deadline: Deadline;
  config: LlmConfig;
  provider: ModelProvider;
  tools: ToolSet;
  approve: Approve;
  environment: Environment;
  limits: StepLimits;
  budget: RunBudget;
  prompt: ModelMessage[];
};

export function isTooLong(error: unknown): boolean {
  return error instanceof DomainError && error.failure.code === "llm.context_too_long";
}

export function exceeded(limit: string): DomainError {
  return new DomainError({ code: "run.budget_exceeded", limit });
}

/**
 * The loop of model and tools, until the model has nothing more to call. Text goes to the log as it comes.
 * Results that do not fit the model's window are shortened, for the model only, and asked with once more.
 */
export async function runSteps(work: StepWork): Promise<void> {
  const { state, budget } = work;
  let messages = [...work.prompt];
  for (let step = 0; ; step++) {
    if (step >= budget.maxSteps) throw exceeded(`${budget.maxSteps} model steps`);
    const from = { content: state.message.content.length, thinking: state.message.thinking?.length ?? 0 };
    const requests = await runModel(work, messages).catch(async (error: unknown) => {
      const shorter = isTooLong(error) && step > 0 ? shortenResults(messages) : null;
      if (!shorter) throw error;
      messages = shorter;
      return await runModel(work, messages);
    });
    assertWithin(work);
    if (requests.length === 0) return;
    const results = await runTools(work, requests, state.firstStep + step);
    const thinking = state.message.thinking?.slice(from.thinking);
    const providerData = state.providerData.at(-1);
    messages.push(
      {
        role: "assistant",
        content: state.message.content.slice(from.content),
        ...(thinking ? { thinking } : {}),
        toolCalls: requests,
        ...(providerData ? { providerData } : {}),
      },
      ...results,
    );
  }
}

/** One model request: its text goes to the log, its calls come back. */
async function runModel(work: StepWork, messages: ModelMessage[]): Promise<ToolCallRequest[]> {
  const { state, context, deadline, config, provider, tools, environment, limits } = work;
  const { message, tokens } = state;
  const { writer, run } = context;
  const requests: ToolCallRequest[] = [];
  let inputChars = 0;
  const from = { content: message.content.length, thinking: message.thinking?.length ?? 0 };
  const request: ModelRequest = {
    model: config.model,
    messages: withFittingMedia(messages, config),
    tools: tools.definitions,
    maxOutputTokens: outputLimit(work),
    contextWindowTokens: config.capabilities.contextWindowTokens,
  };
  const events = streamModel(provider, request, deadline.signal, {
    providerId: config.provider,
    now: environment.elapsedMs,
    wait: environment.wait,
    random: environment.random,
    onRetry: ({ attempt, delayMs, failure }) =>
      void writer.event({ type: "run.retrying", runId: run.runId, attempt, delayMs, failure }),
  });
  tokens.ask(messages, () => said(work, from, requests));
  let thinking: { offset: number; fromMs: number } | null = null;
  const thought = ({ offset, fromMs }: { offset: number; fromMs: number }) =>
    state.thinkingSpans.push({ offset, ms: Math.round(environment.elapsedMs() - fromMs) });
  try {
    for await (const event of events) {
      if (event.type === "thinking") {
        thinking ??= { offset: message.thinking?.length ?? 0, fromMs: environment.elapsedMs() };
      } else if (thinking !== null) {
        thought(thinking);
        thinking = null;
      }
      if (event.type === "content" || event.type === "thinking") {
        if (event.text === "") continue;
        const have = message[event.type] ?? "";
        if (have.length > limits.maxAnswerChars) throw exceeded(`${limits.maxAnswerChars} characters`);
        message[event.type] = have + event.text;
        await writer.delta(message.messageId, event.type, have.length, event.text);
      } else if (event.type === "tool_call") {
        requests.push(withOwnId(event.call, requests));
        inputChars += event.call.input.length;
        if (inputChars > limits.maxAnswerChars) throw exceeded(`${limits.maxAnswerChars} characters`);
      } else {
        tokens.answered(event.usage);
        state.providerData.push(event.providerData);
        if (event.reason !== "stop" && event.reason !== "tool_calls")
          message.ext = { ...message.ext, finishReason: event.reason };
      }
    }
  } catch (error) {
    if (isTooLong(error)) tokens.refused();
    throw error;
  } finally {
    if (thinking !== null) thought(thinking);
  }
  return requests;
}

/** All that one request said: for an estimate, where its provider does not count. */
function said({ state }: StepWork, from: { content: number; thinking: number }, requests: ToolCallRequest[]): string {
  const { content, thinking } = state.message;
  const calls = requests.map(({ name, input }) => `${name} ${input}`);
  return [content.slice(from.content), thinking?.slice(from.thinking) ?? "", ...calls].filter(Boolean).join("\n");
}

/** Results find back to their calls by id, so within one step no two may have the same. */
function withOwnId(call: ToolCallRequest, others: ToolCallRequest[]): ToolCallRequest {
  const isTaken = call.toolCallId === "" || others.some(({ toolCallId }) => toolCallId === call.toolCallId);
  return isTaken ? { ...call, toolCallId: `${call.toolCallId || "call"}-${others.length}` } : call;
}

function assertWithin({ state, budget, config }: StepWork): void {
  const used = state.tokens.used();
  const { maxOutputTokens, maxCostUsd } = budget;
  if (maxOutputTokens !== null && used.outputTokens > maxOutputTokens)
    throw exceeded(`${maxOutputTokens} output tokens`);
  const price = maxCostUsd === null ? null : priceOf(config);
  if (maxCostUsd !== null && price !== null && costNanoUsd(price, used) > maxCostUsd * nanoUsdPerUsd)
    throw exceeded(`${maxCostUsd} US dollars`);
}

/** What one request may say: what is configured, and what the budget has left for it. Null for as much as it likes. */
function outputLimit({ state, budget, config }: StepWork): number | null {
  const used = state.tokens.used();
  const most = [config.maxTokens, budget.maxOutputTokens === null ? null : budget.maxOutputTokens - used.outputTokens];
  const price = budget.maxCostUsd === null ? null : priceOf(config);
  if (budget.maxCostUsd !== null && price !== null && price.output > 0) {
    const leftNanoUsd = budget.maxCostUsd * nanoUsdPerUsd - costNanoUsd(price, used);
    most.push(Math.ceil(leftNanoUsd / costNanoUsd(price, oneOutputToken)));
  }
  const limits = most.filter((limit) => limit !== null);
  return limits.length === 0 ? null : Math.max(1, Math.min(...limits));
}

const nanoUsdPerUsd = 1e9;
const oneOutputToken = { inputTokens: 0, cachedTokens: 0, outputTokens: 1 };
