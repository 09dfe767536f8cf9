import { DomainError } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";
import type { DrainableEvents, ModelEvent, ModelProvider, ModelRequest, ProviderDeps, TakeEvent } from "./provider.ts";
import type { LlmFailure } from "./providers/provider-failure.ts";
import { untilAborted } from "./until-aborted.ts";

export type StreamPolicy = {
  /** Requests in all, the first included. */
  maxAttempts: number;
  /** Full jitter: a pause is anything between 0 and this, doubled each time. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** With a longer wish of the provider the failure stands: the person is told how long to wait. */
  maxRetryAfterMs: number;
  firstEventStallMs: number;
  nextEventStallMs: number;
};

export const defaultStreamPolicy: StreamPolicy = {
  maxAttempts: 3,
  baseDelayMs: 500,
  maxDelayMs: 8_000,
  maxRetryAfterMs: 60_000,
  firstEventStallMs: 120_000,
  nextEventStallMs: 60_000,
};

export type Retry = { attempt: number; delayMs: number; retryAtMs: number; failure: LlmFailure };

export type StreamModelOptions = {
  /** Named in the failures that are found here (`llm.stalled`, an end without `finish`). */
  providerId: ProviderId;
  policy?: Partial<StreamPolicy>;
  now: ProviderDeps["now"];
  wait: ProviderDeps["wait"];
  /** In [0, 1). */
  random: () => number;
  /** Called before each pause; `attempt` is the number of the request that failed, from 1. */
  onRetry?: (retry: Retry) => void;
};

type Result = IteratorResult<ModelEvent, void>;
const end: Result = { done: true, value: undefined };

/**
 * A provider's stream, made patient: retried while nothing has been yielded yet and the failure may pass, and given up
 * when it stalls. Once an event is out nothing is ever asked again: the caller has shown it. Ends with `finish` or
 * throws; an abort throws the signal's reason at once even if the provider ignores it.
 */
export function streamModel(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
  options: StreamModelOptions,
): DrainableEvents {
  const policy = { ...defaultStreamPolicy, ...options.policy };
  let attempt = 1;
  let isFirst = true;
  let isOver = false;
  let answer: Answer | null = null;
  let waiting: PromiseWithResolvers<Result> | null = null;

  function close(): void {
    answer?.[Symbol.dispose]();
    answer = null;
  }

  const endless = () =>
    new DomainError({
      code: "llm.bad_response",
      provider: options.providerId,
      detail: "the answer ended without its end mark",
    });

  function took(result: IteratorResult<ModelEvent, unknown>): void {
    if (result.done === true) return failed(endless());
    isFirst = false;
    if (result.value.type === "finish") {
      isOver = true;
      close();
    }
    const asked = waiting;
    waiting = null;
    asked?.resolve(result);
  }

  function failed(reason: unknown): void {
    const asked = waiting;
    waiting = null;
    if (asked) void answerAgain(asked, reason);
  }

  async function answerAgain(asked: PromiseWithResolvers<Result>, reason: unknown): Promise<void> {
    try {
      await recover(reason);
      asked.resolve(await nextEvent());
    } catch (error) {
      asked.reject(error);
    }
  }

  /** Waits for the next try. @throws the failure, or the signal's reason, when there is none */
  async function recover(error: unknown): Promise<void> {
    close();
    isOver = true;
    signal.throwIfAborted();
    const failure = passingFailure(error);
    if (!isFirst || !failure || attempt >= policy.maxAttempts) throw error;
    const delayMs = delayBefore(attempt, failure, policy, options.random);
    if (delayMs === null) throw error;
    options.onRetry?.({ attempt, delayMs, retryAtMs: options.now() + delayMs, failure });
    await untilAborted(options.wait(delayMs, signal), signal);
    isOver = false;
    attempt++;
  }

  function nextEvent(): Promise<Result> {
    if (isOver) return Promise.resolve(end);
    const asked = Promise.withResolvers<Result>();
    waiting = asked;
    try {
      answer ??= openAnswer(provider, request, signal, { ...options, took, failed });
      answer.ask(isFirst ? policy.firstEventStallMs : policy.nextEventStallMs);
    } catch (error) {
      failed(error);
    }
    return asked.promise;
  }

  /** One try: resolves once `finish` is taken in. */
  async function drainOnce(take: TakeEvent): Promise<void> {
    const over = Promise.withResolvers<void>();
    answer = openAnswer(provider, request, signal, { ...options, took, failed: over.reject });
    answer.drain(
      (event) => {
        isFirst = false;
        const held = take(event);
        if (event.type !== "finish") return held;
        close();
        over.resolve(held);
        return undefined;
      },
      { first: policy.firstEventStallMs, next: policy.nextEventStallMs, endless },
    );
    await over.promise;
  }

  return {
    next: nextEvent,
    async drain(take) {
      while (!isOver) {
        try {
          await drainOnce(take);
          isOver = true;
        } catch (error) {
          await recover(error);
        }
      }
    },
    return() {
      isOver = true;
      close();
      waiting?.resolve(end);
      return Promise.resolve(end);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function passingFailure(error: unknown): LlmFailure | null {
  if (!(error instanceof DomainError)) return null;
  switch (error.failure.code) {
    case "llm.rate_limited":
    case "llm.overloaded":
    case "llm.unreachable":
    case "llm.stalled":
    case "llm.bad_response":
      return error.failure;
    default:
      return null;
  }
}

/** Null when the provider wants a longer pause than anybody sits through: to ask before would be against its word. */
function delayBefore(attempt: number, failure: LlmFailure, policy: StreamPolicy, random: () => number): number | null {
  const jitterMs = Math.round(random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1)));
  const wishedMs = "retryAfterMs" in failure ? (failure.retryAfterMs ?? 0) : 0;
  return wishedMs > policy.maxRetryAfterMs ? null : Math.max(jitterMs, wishedMs);
}

type Answer = ReturnType<typeof openAnswer>;

/** One request and its events, one at a time. Disposed, the upstream is aborted, whatever it does about it. */
function openAnswer(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
  told: Pick<StreamModelOptions, "providerId" | "now" | "wait"> & {
    took: (result: IteratorResult<ModelEvent, unknown>) => void;
    failed: (error: unknown) => void;
  },
) {
  signal.throwIfAborted();
  const attempt = new AbortController();
  const onAbort = () => attempt.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const silence = createSilence({ attempt, ...told });
  const stream = provider.stream(request, attempt.signal);
  const events: Partial<DrainableEvents> & AsyncIterator<ModelEvent> = stream.drain
    ? (stream as DrainableEvents)
    : stream[Symbol.asyncIterator]();
  let isOpen = true;
  const took = (result: IteratorResult<ModelEvent, unknown>) => {
    silence.end();
    if (isOpen) told.took(result);
  };
  const failed = (error: unknown) => {
    if (isOpen) told.failed(error);
  };
  // A listener and a race for each of thousands of events would cost more than the events do.
  attempt.signal.addEventListener("abort", () => failed(attempt.signal.reason), { once: true });

  return {
    /** Hands every event over as it comes. What `take` throws is the end, as any failure. */
    drain(take: TakeEvent, limits: { first: number; next: number; endless: () => Error }): void {
      const gone = () => silence.begin(limits.next);
      const each: TakeEvent = (event) => {
        silence.end();
        if (!isOpen) return undefined;
        try {
          const held = take(event);
          if (held) return held.then(gone, failed);
          if (isOpen) gone();
        } catch (error) {
          failed(error);
        }
        return undefined;
      };
      if (attempt.signal.aborted) return failed(attempt.signal.reason);
      silence.begin(limits.first);
      drainAll(events, each).then(() => failed(limits.endless()), failed);
    },
    ask(limitMs: number): void {
      if (attempt.signal.aborted) return failed(attempt.signal.reason);
      silence.begin(limitMs);
      events.next().then(took, failed);
    },
    [Symbol.dispose]() {
      isOpen = false;
      signal.removeEventListener("abort", onAbort);
      silence.stop();
      attempt.abort();
      // Not awaited: a provider that ignores its signal must not hold the caller.
      events.return?.()?.then(undefined, () => {});
    },
  };
}

async function drainAll(
  events: Pick<AsyncIterator<ModelEvent>, "next"> & Partial<Pick<DrainableEvents, "drain">>,
  take: TakeEvent,
): Promise<void> {
  if (events.drain) return await events.drain(take);
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    const held = take(next.value);
    if (held) await held;
  }
}

type SilenceDeps = Pick<StreamModelOptions, "providerId" | "now" | "wait"> & { attempt: AbortController };

/**
 * Aborts the attempt with `llm.stalled` when the upstream is silent for too long. Only time spent waiting for the
 * upstream counts, not the time the caller takes. A timer is set anew only when it would ring too late, so a stream
 * of thousands of tokens costs one timer per limit, not one per token.
 */
function createSilence({ attempt, providerId, now, wait }: SilenceDeps) {
  let sinceMs: number | null = null;
  let limitMs = 0;
  let timer: { dueMs: number; stop: AbortController } | null = null;

  async function watch(): Promise<void> {
    timer?.stop.abort();
    const mine = { dueMs: 0, stop: new AbortController() };
    timer = mine;
    while (!mine.stop.signal.aborted) {
      mine.dueMs = (sinceMs ?? now()) + limitMs;
      const leftMs = mine.dueMs - now();
      if (leftMs <= 0)
        return attempt.abort(new DomainError({ code: "llm.stalled", provider: providerId, afterMs: limitMs }));
      await wait(leftMs, mine.stop.signal);
    }
  }

  return {
    begin(newLimitMs: number) {
      sinceMs = now();
      limitMs = newLimitMs;
      if (!timer || sinceMs + limitMs < timer.dueMs) watch().catch(() => {});
    },
    end() {
      sinceMs = null;
    },
    stop() {
      timer?.stop.abort();
    },
  };
}
