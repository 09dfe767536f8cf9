import type { ApiClient } from "../../api/client.ts";
import { backOffMs } from "../../api/back-off.ts";
import { toProblem } from "../../api/problem.ts";
import type { TranscriptSource } from "./transcript-store.ts";

/** A hidden tab gets no animation frames; its text shall still be right when somebody looks. */
const hiddenFlushMs = 200;

/** Once per frame, however many events a frame brings, and not before `gapMs` have passed since the last time. */
export function createFrameSchedule(): TranscriptSource["schedule"] {
  let waiting = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (flush, gapMs) => {
    if (waiting) return;
    waiting = true;
    let frame = 0;
    const run = () => {
      if (!waiting) return;
      waiting = false;
      lastMs = performance.now();
      cancelAnimationFrame(frame);
      clearTimeout(hidden);
      clearTimeout(early);
      flush();
    };
    const ask = () => void (frame = requestAnimationFrame(run));
    const restMs = lastMs + gapMs - performance.now();
    const early = restMs > 0 ? setTimeout(ask, restMs) : undefined;
    if (early === undefined) ask();
    const hidden = setTimeout(run, Math.max(restMs, 0) + hiddenFlushMs);
  };
}

export function waitMs(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** A session as the server has it. tRPC's socket resumes by itself with the id of the last event it delivered. */
export function createTranscriptSource(client: ApiClient, sessionId: string): TranscriptSource {
  return {
    page: (before, limit, signal) => client.messages.list.query({ sessionId, limit, before }, { signal }),
    follow(lastEventId, handlers) {
      const subscription = client.sessions.events.subscribe(
        { sessionId, lastEventId },
        {
          onData: ({ id, data }) => handlers.onEvent(id, data),
          onError: (error) => handlers.onEnd(toProblem(error)),
          onComplete: () => handlers.onEnd(null),
        },
      );
      return () => subscription.unsubscribe();
    },
    pause: (attempt, signal) => waitMs(backOffMs(attempt, Math.random), signal),
    schedule: createFrameSchedule(),
  };
}
