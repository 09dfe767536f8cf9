import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { APICallError } from "@ai-sdk/provider";
import { DomainError } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";
import type { FinishReason, ModelEvent, ModelRequest } from "../provider.ts";
import { untilAborted } from "../until-aborted.ts";
import { createEchoRecorder } from "./echo.ts";
import { type LlmFailure, toFailure } from "./provider-failure.ts";
import { createThinkTags, type TaggedText } from "./think-tags.ts";
import { readErrorText, readErrorValue } from "./upstream-error.ts";
import { toUsage } from "./usage.ts";

export type StreamSetup = {
  provider: ProviderId;
  apiKey: string | null;
  request: ModelRequest;
  /** Whether `open` asks for more with `extras` than without. */
  hasExtras: boolean;
  /** Opens the upstream stream. `extras` asks for what not every server accepts (thinking output, usage). */
  open: (signal: AbortSignal, extras: boolean) => Promise<ReadableStream<LanguageModelV4StreamPart>>;
  /** True where content may carry `<think>` tags. */
  inlineThinking: boolean;
};

/** A refusal with these words may be about an extra, not about the request. */
const aboutExtras =
  /think|thought|reason|summar|verif|adaptive|budget|effort|stream_options|include_usage|unrecognized|unknown|extra/i;

/**
 * The one way from an AI SDK stream to `ModelEvent`s. Ends with one `finish` or throws a `DomainError`; an abort
 * throws the signal's reason at once, even if the upstream ignores it. However it is left, the upstream is closed.
 * A refusal of the extras is answered by asking once more without them.
 */
export async function* streamParts(
  setup: StreamSetup,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  signal.throwIfAborted();
  const upstream = new AbortController();
  let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | null = null;
  const close = () => {
    upstream.abort(signal.reason);
    // Whoever waits for a part is told at once that there are no more.
    reader?.cancel().catch(() => {});
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    reader = (await openStream(setup, upstream.signal)).getReader();
    const { toEvents, toFinish } = createTranslator(setup);
    for (;;) {
      const { done, value: part } = await reader.read();
      signal.throwIfAborted();
      if (done) throw cut(setup.provider);
      for (const event of toEvents(part)) yield event;
      if (part.type !== "finish") continue;
      yield toFinish(part);
      return;
    }
  } catch (error) {
    signal.throwIfAborted();
    const failure = failureOf(error, setup);
    throw error instanceof DomainError && error.failure === failure
      ? error
      : new DomainError(failure, { cause: causeOf(error) });
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function openStream(setup: StreamSetup, signal: AbortSignal) {
  const open = (extras: boolean) => {
    const opening = setup.open(signal, extras);
    const letGo = (late: ReadableStream<unknown>) => (signal.aborted ? late.cancel() : undefined);
    opening.then(letGo).catch(() => {});
    return untilAborted(opening, signal);
  };
  try {
    return await open(true);
  } catch (error) {
    const failure = signal.aborted || !setup.hasExtras ? null : failureOf(error, setup);
    if (failure?.code !== "llm.refused_request" || !aboutExtras.test(failure.detail)) throw error;
    return await open(false);
  }
}

/** Tells what each part of the stream means. Throws what the provider sent as an error. */
function createTranslator({ provider, request, inlineThinking }: StreamSetup) {
  const echo = createEchoRecorder(provider, request.model);
  const tags = createThinkTags();
  const blocks = { thinking: createBlocks(), content: createBlocks() };
  let hasToolCalls = false;
  const shown = (pieces: TaggedText[]): TaggedText[] => {
    for (const piece of pieces) if (piece.type === "content") echo.showed(piece.text.length);
    return pieces;
  };
  const asContent = (text: string): TaggedText => ({ type: "content", text });

  function translate(part: LanguageModelV4StreamPart): ModelEvent[] {
    if (part.type === "text-delta" && part.delta !== "") {
      // Answers of several blocks (commentary, then the answer) would otherwise run into each other.
      const gap = provider === "openai" ? blocks.content.gapBefore(part.id) : "";
      const said = shown(inlineThinking ? tags.push(part.delta) : [asContent(part.delta)]);
      return gap ? [...shown([asContent(gap)]), ...said] : said;
    }
    if (part.type === "reasoning-delta" && part.delta !== "")
      return [{ type: "thinking", text: blocks.thinking.gapBefore(part.id) + part.delta }];
    if (part.type === "tool-call" && !part.providerExecuted) {
      hasToolCalls = true;
      const { toolCallId, toolName: name, input } = part;
      return [...shown(tags.end()), { type: "tool_call", call: { toolCallId, name, input: input || "{}" } }];
    }
    return part.type === "finish" ? shown(tags.end()) : [];
  }

  return {
    toEvents(part: LanguageModelV4StreamPart): ModelEvent[] {
      if (part.type === "error") throw part.error;
      const events = translate(part);
      echo.see(part);
      return events;
    },
    /** @throws DomainError when the answer only looks finished. */
    toFinish(part: Extract<LanguageModelV4StreamPart, { type: "finish" }>): ModelEvent {
      const reason = toReason(part.finishReason, hasToolCalls, provider);
      return { type: "finish", reason, usage: toUsage(part.usage), providerData: echo.result() };
    },
  };
}

/** Remembers which block spoke last; a new one that follows another is set apart by a blank line. */
function createBlocks() {
  let last: string | null = null;
  return {
    gapBefore(id: string) {
      const gap = last !== null && last !== id ? "\n\n" : "";
      last = id;
      return gap;
    },
  };
}

const cutFailure = (provider: ProviderId): LlmFailure => ({
  code: "llm.bad_response",
  provider,
  detail: "the answer was cut off before its end",
});
const cut = (provider: ProviderId) => new DomainError(cutFailure(provider));

function toReason(
  { unified, raw }: LanguageModelV4FinishReason,
  hasToolCalls: boolean,
  provider: ProviderId,
): FinishReason {
  if (unified === "interrupted" || (unified === "other" && raw === undefined)) throw cut(provider);
  if (unified === "error") {
    throw new DomainError({ code: "llm.bad_response", provider, detail: `the model stopped: ${raw ?? "error"}` });
  }
  if (unified === "content-filter") return "content_filter";
  // Several servers say "stop", or a word of their own, after a tool call.
  if (unified === "tool-calls" || (hasToolCalls && unified !== "length")) return "tool_calls";
  return unified;
}

/** Finds our own failure behind whatever a library wrapped around it, else reads the error a provider sent in-stream. */
function failureOf(error: unknown, { provider, apiKey, request }: StreamSetup): LlmFailure {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; current = current.cause, depth++) {
    if (current instanceof DomainError && isLlmFailure(current.failure)) return current.failure;
  }
  const context = { provider, apiKey, model: request.model, retryAfterMs: null };
  if (APICallError.isInstance(error) && (error.statusCode ?? 0) >= 400) {
    return toFailure(readErrorText(error.responseBody ?? error.message, error.statusCode ?? 0), context);
  }
  if (error instanceof Error) {
    if (/ended without/.test(error.message)) return cutFailure(provider);
    const isUnreadable = /JSONParse|TypeValidation|InvalidResponseData/.test(error.name);
    const detail = isUnreadable ? "a part of the stream does not follow the protocol" : "the connection broke";
    return { code: "llm.bad_response", provider, detail };
  }
  const status = typeof error === "object" && error !== null && "statusCode" in error ? Number(error.statusCode) : null;
  const isMade = typeof error === "object" && error !== null && "data" in error;
  return toFailure(readErrorValue(isMade ? error.data : error, status), context);
}

const isLlmFailure = (failure: { code: string }): failure is LlmFailure => failure.code.startsWith("llm.");

/** Library errors carry the request (the prompt) and pieces of the answer; only their name may reach a log. */
const causeOf = (error: unknown) => new Error(error instanceof Error ? error.name : "an error event in the stream");
