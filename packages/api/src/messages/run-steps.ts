import { DomainError } from "@chatee/shared/failure";
import type { Json } from "@chatee/shared/json";
import type { LlmConfig } from "@chatee/shared/llm";
import type { ToolCall } from "@chatee/shared/messages";
import type { Environment } from "../environment.ts";
import type { ModelMessage, ModelProvider, ModelUsage, ToolCallRequest } from "../llm/provider.ts";
import { streamModel } from "../llm/stream-model.ts";
import type { RunContext } from "../runs/run-kernel.ts";
import type { Approve, ToolSet } from "./tools.ts";
import { putCall } from "./turn-state.ts";
import type { TurnState } from "./turn-state.ts";

export type StepLimits = {
  maxSteps: number;
  /** Over all steps of a turn, as the provider counts; null for none. */
  maxOutputTokens: number | null;
  maxDurationMs: number;
  toolTimeoutMs: number;
};

export type StepWork = {
  state: TurnState;
  context: RunContext;
  config: LlmConfig;
  provider: ModelProvider;
  tools: ToolSet;
  approve: Approve;
  environment: Environment;
  limits: StepLimits;
  prompt: ModelMessage[];
};

/**
 * The loop of model and tools. Text goes to the log as it comes; a call is in the log, durably, before it
 * runs and is settled after; the calls of one step run side by side and their results go back in order.
 */
export async function runSteps(work: StepWork): Promise<void> {
  const { state, environment, limits } = work;
  const messages = [...work.prompt];
  const startedMs = environment.elapsedMs();
  for (let step = 0; ; step++) {
    if (step >= limits.maxSteps)
      throw new DomainError({ code: "run.budget_exceeded", limit: `${limits.maxSteps} model steps` });
    if (environment.elapsedMs() - startedMs > limits.maxDurationMs)
      throw new DomainError({ code: "run.budget_exceeded", limit: `${limits.maxDurationMs / 60_000} minutes` });
    const from = { content: state.message.content.length, thinking: state.message.thinking?.length ?? 0 };
    const requests = await runModel(work, messages);
    if (limits.maxOutputTokens !== null && (state.usage?.outputTokens ?? 0) > limits.maxOutputTokens) {
      throw new DomainError({ code: "run.budget_exceeded", limit: `${limits.maxOutputTokens} output tokens` });
    }
    if (requests.length === 0) return;
    const results = await Promise.all(requests.map((request) => runTool(work, request, step)));
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
async function runModel(
  { state, context, config, provider, tools, environment }: StepWork,
  messages: ModelMessage[],
): Promise<ToolCallRequest[]> {
  const { message } = state;
  const { writer, signal, run } = context;
  const request = { model: config.model, messages, tools: tools.definitions, maxOutputTokens: config.maxTokens };
  const requests: ToolCallRequest[] = [];
  const events = streamModel(provider, request, signal, {
    providerId: config.provider,
    now: environment.now,
    wait: environment.wait,
    random: environment.random,
    onRetry: ({ attempt, delayMs, failure }) =>
      void writer.event({ type: "run.retrying", runId: run.runId, attempt, delayMs, failure }),
  });
  for await (const event of events) {
    if (event.type === "content" || event.type === "thinking") {
      if (event.text === "") continue;
      const have = message[event.type] ?? "";
      message[event.type] = have + event.text;
      const held = writer.delta(message.messageId, event.type, have.length, event.text);
      if (held) await held;
    } else if (event.type === "tool_call") {
      requests.push(event.call);
    } else {
      state.usage = addUsage(state.usage, event.usage);
      state.providerData.push(event.providerData);
      if (event.reason !== "stop" && event.reason !== "tool_calls")
        message.ext = { ...message.ext, finishReason: event.reason };
    }
  }
  return requests;
}

async function runTool(
  { state, context, tools, approve, environment, limits }: StepWork,
  request: ToolCallRequest,
  step: number,
): Promise<ModelMessage> {
  const { message } = state;
  const { writer, signal } = context;
  const settle = async (call: ToolCall) => {
    putCall(message, call);
    await writer.event(
      { type: call.finishedAtMs === null ? "tool.started" : "tool.finished", messageId: message.messageId, call },
      { durable: true },
    );
  };
  const call: ToolCall = {
    toolCallId: request.toolCallId,
    name: request.name,
    arguments: parseArguments(request.input),
    status: "running",
    result: null,
    step,
    contentOffset: message.content.length,
    thinkingOffset: message.thinking?.length ?? 0,
    startedAtMs: environment.now(),
    finishedAtMs: null,
  };
  await settle(call);
  signal.throwIfAborted();
  const input = {
    toolCallId: call.toolCallId,
    name: call.name,
    arguments: call.arguments,
    signal: AbortSignal.any([signal, AbortSignal.timeout(limits.toolTimeoutMs)]),
  };
  const denied = (await approve(input)) === "deny";
  const result = denied
    ? { output: "The user did not allow this call.", isError: true }
    : await tools.call(input).catch((error: unknown) => {
        signal.throwIfAborted();
        if (input.signal.aborted)
          return { output: `The tool did not answer within ${limits.toolTimeoutMs / 1000} s.`, isError: true };
        if (error instanceof DomainError) return { output: error.message, isError: true };
        throw error;
      });
  const status = denied ? "denied" : result.isError ? "error" : "done";
  await settle({ ...call, status, result: result.output, finishedAtMs: environment.now() });
  return { role: "tool", toolCallId: call.toolCallId, name: call.name, output: result.output, isError: result.isError };
}

/** What the model wrote may be no JSON at all; then the tool, and the reader, get its text. */
function parseArguments(input: string): Json {
  if (input.trim() === "") return {};
  try {
    return JSON.parse(input) as Json;
  } catch {
    return input;
  }
}

/** The last request holds the whole conversation, so its input counts; output adds up over the steps. */
function addUsage(before: ModelUsage | null, next: ModelUsage): ModelUsage {
  const add = (a: number | null | undefined, b: number | null) => (a == null ? b : b === null ? a : a + b);
  return {
    inputTokens: next.inputTokens ?? before?.inputTokens ?? null,
    outputTokens: add(before?.outputTokens, next.outputTokens),
    thinkingTokens: add(before?.thinkingTokens, next.thinkingTokens),
    cachedInputTokens: next.cachedInputTokens ?? before?.cachedInputTokens ?? null,
  };
}
