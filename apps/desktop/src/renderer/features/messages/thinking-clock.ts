import { thinkingMs } from "@chatee/shared/thinking-spans";
import type { FollowedEvent } from "@chatee/shared/stream-event";

const maxKept = 200;

type Seen = { spans: { offset: number; fromMs: number; toMs: number | null }[]; isKnown: boolean };

/** How long models were seen thinking by this page, per message. What was thought before it looked is not known. */
export function createThinkingClock(now: () => number) {
  const messages = new Map<string, Seen>();

  /** With the first word, the first tool, or the answer itself. */
  function end(messageId: string): void {
    const seen = messages.get(messageId);
    if (!seen) return;
    seen.isKnown = true;
    const last = seen.spans.at(-1);
    if (last) last.toMs ??= now();
  }
  function begin(messageId: string, offset: number): void {
    const seen = messages.get(messageId) ?? { spans: [], isKnown: offset === 0 };
    messages.set(messageId, seen);
    const oldest = messages.keys().next();
    if (messages.size > maxKept && !oldest.done) messages.delete(oldest.value);
    const last = seen.spans.at(-1);
    if (seen.isKnown && last?.toMs !== null) seen.spans.push({ offset, fromMs: now(), toMs: null });
  }

  return {
    note(event: FollowedEvent): void {
      switch (event.type) {
        case "message.delta":
          return event.part === "content" ? end(event.messageId) : begin(event.messageId, event.offset);
        case "tool.started":
          return end(event.messageId);
        case "message.completed":
        case "message.failed":
        case "message.interrupted":
          return end(event.message.messageId);
        default:
      }
    },
    /** Whole seconds of the thinking from `from` up to `to`, or null when unknown. While it goes on, up to now. */
    secondsOf(messageId: string, from: number, to: number): number | null {
      const spans = (messages.get(messageId)?.spans ?? []).map(({ offset, fromMs, toMs }) => ({
        offset,
        ms: (toMs ?? now()) - fromMs,
      }));
      const ms = thinkingMs(spans, from, to);
      return ms === null ? null : Math.round(ms / 1000);
    },
  };
}
export type ThinkingClock = ReturnType<typeof createThinkingClock>;
