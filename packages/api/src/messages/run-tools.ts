import { DomainError } from "@chatee/shared/failure";
import type { Json } from "@chatee/shared/json";
import type { ToolCall, ToolProgress } from "@chatee/shared/messages";
import { toolCallsOf } from "@chatee/shared/transcript";
import type { ModelMessage, ToolCallRequest } from "../llm/provider.ts";
import { untilAborted } from "../llm/until-aborted.ts";
import { clip } from "./clip.ts";
import { createDeadline } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { StepWork } from "./run-steps.ts";
import { mediaPart } from "./tool-media.ts";
import type { Decision, ToolResult } from "./tools.ts";
import { putCall } from "./turn-state.ts";

type ToolMessage = Extract<ModelMessage, { role: "tool" }>;

/** Calls of one step that run side by side; more wait for a place. */
const maxAtOnce = 8;
/** How often the progress of one call is told. */
const progressEveryMs = 250;
/** Of a result, what the model gets to read. */
const maxResultChars = 200_000;
/** Of all results of a turn together, what is stored: as text, and as the parts that they came in. */
const maxTurnResultChars = 1_000_000;
const maxTurnBlockChars = 3_000_000;
const leastResultChars = 1_000;

/** A call as it is about to be made. */
type Pending = {
  request: ToolCallRequest;
  call: ToolCall;
  decision: Decision | Promise<Decision>;
};

/**
 * Makes the calls of one step. All are in the log, durably and in their order, before the first one runs, and each
 * is settled there after; the results come back in the order of the calls. A tool that fails, even on a bug, is a
 * result; what ends the whole turn is only its signal.
 */
export async function runTools(work: StepWork, requests: ToolCallRequest[], step: number): Promise<ToolMessage[]> {
  const pending = withOwnIds(work, requests, step).map(({ request, call }, index): Pending => {
    if (index >= work.budget.maxCallsPerStep) return { request, call, decision: "deny" };
    const decision = ask(work, call);
    const runsAtOnce = decision === "allow" && index < maxAtOnce;
    return { request, call: { ...call, status: runsAtOnce ? "running" : "waiting" }, decision };
  });
  await Promise.all(pending.map(({ call }) => record(work, call)));
  const results: ToolMessage[] = [];
  const left = pending.entries();
  const worker = async () => {
    for (const [index, one] of left) results[index] = await runTool(work, one, index);
  };
  await Promise.all(Array.from({ length: Math.min(maxAtOnce, requests.length) }, worker));
  return results;
}

/** Some servers give the same id to several calls of a turn; in the transcript each has its own. */
function withOwnIds({ state, environment, tools }: StepWork, requests: ToolCallRequest[], step: number) {
  const { message } = state;
  const taken = new Set(toolCallsOf(message).map((call) => call.toolCallId));
  return requests.map((request, index) => {
    let { toolCallId } = request;
    for (let copy = 1; taken.has(toolCallId); copy++)
      toolCallId = `${request.toolCallId}-${step}-${index}${copy > 1 ? `-${copy}` : ""}`;
    taken.add(toolCallId);
    const call: ToolCall = {
      toolCallId,
      name: request.name,
      arguments: parseArguments(request.input),
      status: "waiting",
      result: null,
      step,
      contentOffset: message.content.length,
      thinkingOffset: message.thinking?.length ?? 0,
      startedAtMs: environment.now(),
      finishedAtMs: null,
      ...tools.sourceOf?.(request.name),
    };
    return { request, call };
  });
}

function ask({ state, context, tools, deadline, ...work }: StepWork, call: ToolCall): Decision | Promise<Decision> {
  const { messageId, sessionId } = state.message;
  const { toolCallId, name, arguments: input } = call;
  const { ownerId } = context.run;
  const { signal } = deadline;
  const approve = tools.approve ?? work.approve;
  const decision = approve({ ownerId, sessionId, messageId, toolCallId, name, arguments: input, signal });
  if (typeof decision === "string") return decision;
  const answer = untilAborted(decision, signal);
  answer.catch(() => {});
  return answer;
}

async function runTool(work: StepWork, { request, call, decision }: Pending, index: number): Promise<ToolMessage> {
  const { deadline, environment } = work;
  const { maxCallsPerStep } = work.budget;
  const settle = async (made: ToolResult, status: ToolCall["status"]): Promise<ToolMessage> => {
    await record(work, { ...call, status, ...kept(work, made), finishedAtMs: environment.now() });
    const output = clip(made.output, maxResultChars);
    const { toolCallId } = request;
    return { role: "tool", toolCallId, name: call.name, output, isError: made.isError, ...mediaPart(made.blocks) };
  };
  if (index >= maxCallsPerStep)
    return await settle(failed(`Only ${maxCallsPerStep} calls are made at once; this one was not made.`), "denied");
  if ((await decided(decision, deadline)) === "deny")
    return await settle(failed("The user did not allow this call."), "denied");
  if (call.status !== "running") await record(work, { ...call, status: "running" });
  deadline.signal.throwIfAborted();
  const result = await makeCall(work, call);
  return await settle(result, result.isUnknown ? "unknown" : result.isError ? "error" : "done");
}

/** What is stored of a result: all results of a turn are in one message, which one write must be able to take. */
function kept({ state }: StepWork, { output, blocks }: ToolResult): Pick<ToolCall, "result" | "blocks"> {
  const { stored } = state;
  const left = Math.max(leastResultChars, maxTurnResultChars - stored.resultChars);
  const result = clip(output, Math.min(maxResultChars, left));
  stored.resultChars += result.length;
  const blockChars = blocks === undefined ? 0 : JSON.stringify(blocks).length;
  if (blocks === undefined || stored.blockChars + blockChars > maxTurnBlockChars) return { result };
  stored.blockChars += blockChars;
  return { result, blocks };
}

async function decided(decision: Decision | Promise<Decision>, deadline: Deadline): Promise<Decision> {
  if (typeof decision === "string") return decision;
  using _pause = deadline.pause();
  return await decision;
}

/** @throws DomainError `run.fenced` when it is not in the log: then nothing may be done that counts on it. */
async function record({ state, context }: StepWork, call: ToolCall): Promise<void> {
  const { message } = state;
  putCall(message, call);
  const type = call.finishedAtMs === null ? "tool.started" : "tool.finished";
  const isStored = await context.writer.event({ type, messageId: message.messageId, call }, { durable: true });
  if (!isStored) throw new DomainError({ code: "run.fenced", runId: context.run.runId });
}

async function makeCall(work: StepWork, call: ToolCall): Promise<ToolResult> {
  const { tools, deadline, limits, environment, context } = work;
  let isLate = false;
  using time = createDeadline(environment, deadline.signal, {
    maxMs: limits.toolTimeoutMs,
    expired() {
      isLate = true;
      return new Error("the tool took too long");
    },
  });
  const { toolCallId, name, arguments: input } = call;
  const { signal } = time;
  const pause = () => {
    const pauses = [deadline.pause(), time.pause()];
    return { [Symbol.dispose]: () => pauses.forEach((one) => one[Symbol.dispose]()) };
  };
  const onProgress = toldNowAndThen(work, call, time);
  try {
    return await untilAborted(tools.call({ toolCallId, name, arguments: input, signal, onProgress, pause }), signal);
  } catch (error) {
    deadline.signal.throwIfAborted();
    if (isLate) return failed(`The tool did not answer within ${limits.toolTimeoutMs / 1000} s.`);
    if (error instanceof DomainError) return failed(error.message);
    const errorId = environment.newId();
    environment.log.error({ error, errorId, runId: context.run.runId }, "a tool failed on a bug");
    return failed(`The tool failed. The log knows it as ${errorId}.`);
  }
}

/** Every progress gives the call its whole time again; only some are told. */
function toldNowAndThen({ state, context, environment }: StepWork, call: ToolCall, time: Deadline) {
  const { messageId } = state.message;
  const { toolCallId } = call;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (progress: ToolProgress): void => {
    if (time.signal.aborted) return;
    time.restart();
    const nowMs = environment.elapsedMs();
    if (nowMs - toldAtMs < progressEveryMs) return;
    toldAtMs = nowMs;
    void context.writer.event({ type: "tool.progress", messageId, toolCallId, progress });
  };
}

const failed = (output: string): ToolResult => ({ output, isError: true });

/** What the model wrote may be no JSON at all; then the tool, and the reader, get its text. */
function parseArguments(input: string): Json {
  if (input.trim() === "") return {};
  try {
    return JSON.parse(input) as Json;
  } catch {
    return input;
  }
}
