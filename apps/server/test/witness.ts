import type { FollowedEvent, StreamEvent } from "@chatee/shared/stream-event";
import { fromEventId } from "@chatee/shared/stream-event";

type Parts = { content: string; thinking: string };
export type SeenMessage = Parts & {
  /** The status its terminal event gave; null while none was seen. */
  ended: string | null;
};

export type Witness = ReturnType<typeof createWitness>;

const runEnds = ["run.completed", "run.failed", "run.cancelled", "run.interrupted"];

/**
 * One subscriber's memory of a session. It trusts nothing: every event must come once and in order, every
 * delta must start where the last one ended, and a message's end must carry on from what was shown of it.
 */
export function createWitness(name: string, sessionId: string) {
  const messages = new Map<string, SeenMessage>();
  const runs = new Map<string, { started: number; ends: string[] }>();
  const findings: string[] = [];
  let lastSeq = 0;
  let lastEventId: string | null = null;
  let waiting: (() => boolean)[] = [];

  const report = (what: string) => findings.push(`${name}: ${what}`);

  function runOf(runId: string) {
    const run = runs.get(runId) ?? { started: 0, ends: [] };
    runs.set(runId, run);
    return run;
  }

  function onDelta({ messageId, part, offset, text }: Extract<StreamEvent, { type: "message.delta" }>): void {
    const message = messages.get(messageId);
    if (!message) return void report(`a delta of ${messageId}, which was never created`);
    if (message.ended !== null) report(`a delta of ${messageId} after its end`);
    const length = message[part].length;
    if (offset !== length) report(`${messageId} ${part}: a delta at ${offset}, but ${length} were seen`);
    message[part] = message[part].slice(0, offset) + text;
  }

  function onEnd({ message }: Extract<StreamEvent, { type: `message.${"completed" | "failed" | "interrupted"}` }>) {
    const seen = messages.get(message.messageId);
    if (!seen) return void report(`the end of ${message.messageId}, which was never created`);
    if (seen.ended !== null) report(`${message.messageId} ended twice`);
    for (const part of ["content", "thinking"] as const) {
      const whole = message[part] ?? "";
      if (!whole.startsWith(seen[part]))
        report(`${message.messageId} ${part}: ${seen[part].length} characters were shown that its end does not have`);
      seen[part] = whole;
    }
    seen.ended = message.status;
  }

  function onEvent(event: FollowedEvent): void {
    switch (event.type) {
      case "message.created": {
        const { messageId, content, thinking, status } = event.message;
        if (messages.has(messageId)) report(`${messageId} was created twice`);
        messages.set(messageId, { content, thinking: thinking ?? "", ended: status === "streaming" ? null : status });
        return;
      }
      case "message.delta":
        return onDelta(event);
      case "message.completed":
      case "message.failed":
      case "message.interrupted":
        return onEnd(event);
      case "run.started":
        runOf(event.runId).started++;
        return;
      case "resync":
        report(`was told to resync (${event.reason})`);
        return;
      default:
        if (runEnds.includes(event.type) && "runId" in event) runOf(event.runId).ends.push(event.type);
    }
  }

  return {
    name,
    sessionId,
    messages,
    runs,
    findings,
    lastSeq: () => lastSeq,
    lastEventId: () => lastEventId,
    see(eventId: string, event: FollowedEvent): void {
      const seq = fromEventId(sessionId, eventId);
      if (seq === null) return void report(`an event with the id ${eventId}`);
      if (seq <= lastSeq) report(`event ${seq} after event ${lastSeq}`);
      lastSeq = Math.max(lastSeq, seq);
      lastEventId = eventId;
      onEvent(event);
      waiting = waiting.filter((isDone) => !isDone());
    },
    /** Resolves as soon as `condition` holds after an event, or holds already; false when `ms` have passed. */
    async until(condition: () => boolean, ms: number): Promise<boolean> {
      if (condition()) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), ms);
      const isDone = () => {
        const holds = condition();
        if (holds) resolve(true);
        return holds;
      };
      waiting.push(isDone);
      const held = await promise;
      clearTimeout(timer);
      waiting = waiting.filter((one) => one !== isDone);
      return held;
    },
    hasEnded: (runId: string) => (runs.get(runId)?.ends.length ?? 0) > 0,
  };
}
