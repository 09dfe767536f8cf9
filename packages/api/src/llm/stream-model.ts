import { DomainError } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";
import type { ModelEvent, ModelProvider, ModelRequest, ProviderDeps } from "./provider.ts";
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

/**
 * A provider's stream, made patient: retried while nothing has been yielded yet and the failure may pass, and given up
 * when it stalls. Once an event is out nothing is ever asked again: the caller has shown it. Ends with `finish` or
 * throws; an abort throws the signal's reason at once even if the provider ignores it.
 */
export async function* streamModel(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
  options: StreamModelOptions,
): AsyncGenerator<ModelEvent, void, undefined> {
  const policy = { ...defaultStreamPolicy, ...options.policy };
  for (let attempt = 1; ; attempt++) {
    let isFirst = true;
    try {
      using answer = openAnswer(provider, request, signal, options);
      for (let limitMs = policy.firstEventStallMs; ; limitMs = policy.nextEventStallMs) {
        const { done, value: event } = await answer.next(limitMs);
        if (done) {
          const detail = "the answer ended without its end mark";
          throw new DomainError({ code: "llm.bad_response", provider: options.providerId, detail });
        }
        isFirst = false;
        yield event;
        if (event.type === "finish") return;
      }
    } catch (error) {
      signal.throwIfAborted();
      const failure = passingFailure(error);
      if (!isFirst || !failure || attempt >= policy.maxAttempts) throw error;
      const delayMs = delayBefore(attempt, failure, policy, options.random);
      if (delayMs === null) throw error;
      options.onRetry?.({ attempt, delayMs, retryAtMs: options.now() + delayMs, failure });
      await untilAborted(options.wait(delayMs, signal), signal);
    }
  }
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

/** One request and its events, one at a time. Disposed, the upstream is aborted, whatever it does about it. */
function openAnswer(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
  { providerId, now, wait }: StreamModelOptions,
) {
  signal.throwIfAborted();
  const attempt = new AbortController();
  const onAbort = () => attempt.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const silence = createSilence({ attempt, providerId, now, wait });
  const events = provider.stream(request, attempt.signal)[Symbol.asyncIterator]();
  // A listener and a race for each of thousands of events would cost more than the events do.
  let giveUp: (reason: unknown) => void = () => {};
  attempt.signal.addEventListener("abort", () => giveUp(attempt.signal.reason), { once: true });

  return {
    next(limitMs: number): Promise<IteratorResult<ModelEvent, unknown>> {
      return new Promise((resolve, reject) => {
        giveUp = reject;
        silence.begin(limitMs);
        events.next().then((result) => {
          silence.end();
          resolve(result);
        }, reject);
      });
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", onAbort);
      silence.stop();
      attempt.abort();
      // Not awaited: a provider that ignores its signal must not hold the caller.
      events.return?.()?.then(undefined, () => {});
    },
  };
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
