import { DomainError } from "@chatee/shared/failure";
import type { Json } from "@chatee/shared/json";
import type { ToolCall } from "@chatee/shared/messages";
import { toolCallsOf } from "@chatee/shared/transcript";
import type { ModelMessage, ToolCallRequest } from "../llm/provider.ts";
import { untilAborted } from "../llm/until-aborted.ts";
import { clip } from "./clip.ts";
import type { StepWork } from "./run-steps.ts";
import type { ToolResult } from "./tools.ts";
import { putCall } from "./turn-state.ts";

type ToolMessage = Extract<ModelMessage, { role: "tool" }>;

/** Calls of one step that run side by side; more wait for a place. */
const maxAtOnce = 8;
/** Calls of one step that are made at all. */
const maxPerStep = 64;
/** Of a result, what is stored and what the model gets to read. */
const maxResultChars = 200_000;

/**
 * Makes the calls of one step. Each is in the log, durably, before it runs, and is settled there after; the
 * results come back in the order of the calls. A tool that fails, even on a bug, is a result; what ends the
 * whole turn is only its signal.
 */
export async function runTools(work: StepWork, requests: ToolCallRequest[], step: number): Promise<ToolMessage[]> {
  const results: ToolMessage[] = [];
  const left = withOwnIds(work, requests, step).entries();
  const worker = async () => {
    for (const [index, { request, call }] of left) results[index] = await runTool(work, request, call, index);
  };
  await Promise.all(Array.from({ length: Math.min(maxAtOnce, requests.length) }, worker));
  return results;
}

/** Some servers give the same id to several calls of a turn; in the transcript each has its own. */
function withOwnIds({ state, environment }: StepWork, requests: ToolCallRequest[], step: number) {
  const { message } = state;
  const taken = new Set(toolCallsOf(message).map((call) => call.toolCallId));
  return requests.map((request, index) => {
    let { toolCallId } = request;
    for (let copy = 1; toolCallId === "" || taken.has(toolCallId); copy++)
      toolCallId = `${request.toolCallId || "call"}-${step}-${index}${copy > 1 ? `-${copy}` : ""}`;
    taken.add(toolCallId);
    const call: ToolCall = {
      toolCallId,
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
    return { request, call };
  });
}

async function runTool(work: StepWork, request: ToolCallRequest, call: ToolCall, index: number): Promise<ToolMessage> {
  const { deadline } = work;
  let { output, isError, status }: ToolResult & { status: ToolCall["status"] } = {
    output: `Only ${maxPerStep} calls are made at once; this one was not made.`,
    isError: true,
    status: "denied",
  };
  if (index < maxPerStep) {
    const decision = await ask(work, call);
    await record(work, call);
    deadline.signal.throwIfAborted();
    if (decision === "deny") output = "The user did not allow this call.";
    else {
      ({ output, isError } = await makeCall(work, call));
      status = isError ? "error" : "done";
    }
  }
  output = clip(output, maxResultChars);
  await record(work, { ...call, status, result: output, finishedAtMs: work.environment.now() });
  return { role: "tool", toolCallId: request.toolCallId, name: call.name, output, isError };
}

/** Shows the call as `waiting` unless the answer is there at once. */
async function ask(work: StepWork, call: ToolCall): Promise<"allow" | "deny"> {
  const { state, context, approve, deadline } = work;
  const { messageId, sessionId } = state.message;
  const { toolCallId, name, arguments: input } = call;
  const decision = approve({
    ownerId: context.run.ownerId,
    sessionId,
    messageId,
    toolCallId,
    name,
    arguments: input,
    signal: deadline.signal,
  });
  if (typeof decision === "string") return decision;
  using _pause = deadline.pause();
  const answer = untilAborted(decision, deadline.signal);
  answer.catch(() => {});
  await record(work, { ...call, status: "waiting" });
  return await answer;
}

/** @throws DomainError `run.fenced` when it is not in the log: then nothing may be done that counts on it. */
async function record({ state, context }: StepWork, call: ToolCall): Promise<void> {
  const { message } = state;
  putCall(message, call);
  const type = call.finishedAtMs === null ? "tool.started" : "tool.finished";
  const isStored = await context.writer.event({ type, messageId: message.messageId, call }, { durable: true });
  if (!isStored) throw new DomainError({ code: "run.fenced", runId: context.run.runId });
}

async function makeCall(
  { tools, deadline, limits, environment, context }: StepWork,
  call: ToolCall,
): Promise<ToolResult> {
  const { signal } = deadline;
  const over = new AbortController();
  const onAbort = () => over.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = new AbortController();
  let isLate = false;
  environment.wait(limits.toolTimeoutMs, timer.signal).then(
    () => {
      isLate = true;
      over.abort(new Error("the tool took too long"));
    },
    () => {},
  );
  const { toolCallId, name, arguments: input } = call;
  try {
    return await untilAborted(tools.call({ toolCallId, name, arguments: input, signal: over.signal }), over.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isLate) return failed(`The tool did not answer within ${limits.toolTimeoutMs / 1000} s.`);
    if (error instanceof DomainError) return failed(error.message);
    const errorId = environment.newId();
    environment.log.error({ error, errorId, runId: context.run.runId }, "a tool failed on a bug");
    return failed(`The tool failed. The log knows it as ${errorId}.`);
  } finally {
    signal.removeEventListener("abort", onAbort);
    timer.abort();
  }
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
