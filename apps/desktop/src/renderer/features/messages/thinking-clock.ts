import type { FollowedEvent } from "@chatee/shared/stream-event";

const maxKept = 200;

/** How long models were seen thinking by this page, per message. What was thought before it looked is not known. */
export function createThinkingClock(now: () => number) {
  const spans = new Map<string, { fromMs: number; toMs: number | null }>();
  return {
    note(event: FollowedEvent): void {
      if (event.type !== "message.delta") return;
      const span = spans.get(event.messageId);
      if (event.part === "content") {
        if (span) span.toMs ??= now();
        return;
      }
      if (span || event.offset > 0) return;
      spans.set(event.messageId, { fromMs: now(), toMs: null });
      const oldest = spans.keys().next();
      if (spans.size > maxKept && !oldest.done) spans.delete(oldest.value);
    },
    /** Whole seconds, or null when unknown. While it goes on, up to now. */
    secondsOf(messageId: string): number | null {
      const span = spans.get(messageId);
      return span ? Math.round(((span.toMs ?? now()) - span.fromMs) / 1000) : null;
    },
  };
}
export type ThinkingClock = ReturnType<typeof createThinkingClock>;
