import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import type { ModelMessage, ModelProvider, ModelRequest, ToolCallRequest } from "../llm/provider.ts";
import { streamModel } from "../llm/stream-model.ts";
import type { RunContext } from "../runs/run-handler.ts";
import type { Deadline } from "./deadline.ts";
import { runTools } from "./run-tools.ts";
import { shortenResults } from "./shorten-results.ts";
import { withFittingMedia } from "./tool-media.ts";
import type { Approve, ToolSet } from "./tools.ts";
import type { TurnState } from "./turn-state.ts";

/** What one turn may use up; past any of them it fails with `run.budget_exceeded`, its text kept. */
export type StepLimits = {
  maxSteps: number;
  /** Over all steps of a turn, as the provider counts; null for none. */
  maxOutputTokens: number | null;
  /** Without the time in which a person was asked. */
  maxDurationMs: number;
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
  prompt: ModelMessage[];
};

export function isTooLong(error: unknown): boolean {
  return error instanceof DomainError && error.failure.code === "llm.context_too_long";
}

function exceeded(limit: string): DomainError {
  return new DomainError({ code: "run.budget_exceeded", limit });
}

/**
 * The loop of model and tools, until the model has nothing more to call. Text goes to the log as it comes.
 * Results that do not fit the model's window are shortened, for the model only, and asked with once more.
 */
export async function runSteps(work: StepWork): Promise<void> {
  const { state, limits } = work;
  let messages = [...work.prompt];
  for (let step = 0; ; step++) {
    if (step >= limits.maxSteps) throw exceeded(`${limits.maxSteps} model steps`);
    const from = { content: state.message.content.length, thinking: state.message.thinking?.length ?? 0 };
    const requests = await runModel(work, messages).catch(async (error: unknown) => {
      const shorter = isTooLong(error) && step > 0 ? shortenResults(messages) : null;
      if (!shorter) throw error;
      messages = shorter;
      return await runModel(work, messages);
    });
    if (limits.maxOutputTokens !== null && state.tokens.output() > limits.maxOutputTokens)
      throw exceeded(`${limits.maxOutputTokens} output tokens`);
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
  let pieces = 0;
  const from = { content: message.content.length, thinking: message.thinking?.length ?? 0 };
  const request: ModelRequest = {
    model: config.model,
    messages: withFittingMedia(messages, config),
    tools: tools.definitions,
    maxOutputTokens: outputLimit(config.maxTokens, limits.maxOutputTokens, tokens.output()),
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
  try {
    for await (const event of events) {
      if (event.type === "content" || event.type === "thinking") {
        if (event.text === "") continue;
        const have = message[event.type] ?? "";
        message[event.type] = have + event.text;
        if (++pieces % piecesPerText === 0) flatten(message[event.type] ?? "");
        const held = writer.delta(message.messageId, event.type, have.length, event.text);
        if (held) await held;
        if (have.length > limits.maxAnswerChars) throw exceeded(`${limits.maxAnswerChars} characters`);
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
  }
  return requests;
}

/** What is joined piece by piece is a tree of thousands of pieces, which every collection of garbage walks and moves. */
const piecesPerText = 1_024;

/** Reading a character makes one text of the pieces. */
function flatten(text: string): void {
  text.charCodeAt(0);
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

function outputLimit(configured: number | null, budget: number | null, used: number): number | null {
  const left = budget === null ? null : Math.max(1, budget - used);
  return configured === null || left === null ? (configured ?? left) : Math.min(configured, left);
}
