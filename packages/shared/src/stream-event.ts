import { z } from "zod";
import type { Failure } from "./failure.ts";
import type { Interaction } from "./interactions.ts";
import type { Message, ToolCall, ToolProgress } from "./messages.ts";
import type { SessionNews } from "./sessions.ts";

/**
 * What happened in a session, in the order it was committed. Events announce; they never command.
 *
 * Every run writes `run.started`, then exactly one of `run.completed | run.failed | run.cancelled |
 * run.interrupted`, which is committed together with the terminal event of the message it wrote.
 * `message.delta.offset` is where `text` starts within its part, in UTF-16 units: applying a delta twice
 * changes nothing, and a missing one is seen. Deltas are removed from the log once the terminal event,
 * which carries the whole message, is in it.
 */
export type StreamEvent =
  | { type: "message.created"; message: Message }
  | { type: "message.delta"; messageId: string; part: "content" | "thinking"; offset: number; text: string }
  | { type: "tool.started"; messageId: string; call: ToolCall }
  /** Passing, and not of every step: what counts is `tool.finished`. */
  | { type: "tool.progress"; messageId: string; toolCallId: string; progress: ToolProgress }
  | { type: "tool.finished"; messageId: string; call: ToolCall }
  /** The owner is asked something; the call it belongs to waits. */
  | { type: "interaction.opened"; interaction: Interaction }
  /** Answered, or expired: `interaction.status` says which. */
  | { type: "interaction.answered"; interaction: Interaction }
  | { type: "message.completed"; message: Message }
  | { type: "message.failed"; message: Message; failure: Failure }
  | { type: "message.interrupted"; message: Message; reason: "stopped" | "crashed" }
  | { type: "message.updated"; message: Message }
  | { type: "message.deleted"; messageId: string }
  /** Another branch became the active one: what is shown must be read again. */
  | { type: "branch.selected"; leafId: string | null }
  | { type: "session.updated"; session: SessionNews }
  | { type: "session.deleted"; sessionId: string }
  | { type: "run.started"; runId: string; kind: string; messageId: string | null }
  | { type: "run.retrying"; runId: string; attempt: number; delayMs: number; failure: Failure }
  | { type: "run.completed"; runId: string }
  | { type: "run.failed"; runId: string; failure: Failure }
  | { type: "run.cancelled"; runId: string }
  | { type: "run.interrupted"; runId: string };

/** Sent instead of events that cannot be replayed: read the state again and go on from this event's id. */
export type Resync = { type: "resync"; reason: "unknown_id" | "future_id" | "pruned" };

export type FollowedEvent = StreamEvent | Resync;

const checkLength = 7;

/** FNV-1a over UTF-16 units: ties an event id to its stream so that another stream's id is not taken for one. */
function streamCheck(streamId: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < streamId.length; index++) {
    hash = Math.imul(hash ^ streamId.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(36).padStart(checkLength, "0");
}

/** The opaque id a client gives back to resume after `seq`. */
export function toEventId(streamId: string, seq: number): string {
  return `${seq.toString(36)}-${streamCheck(streamId)}`;
}

/** The sequence in an event id of this stream, or null when it is not one. */
export function fromEventId(streamId: string, eventId: string): number | null {
  const match = /^([0-9a-z]{1,10})-([0-9a-z]{7})$/.exec(eventId);
  if (!match || match[2] !== streamCheck(streamId)) return null;
  const seq = Number.parseInt(match[1] ?? "", 36);
  return Number.isSafeInteger(seq) ? seq : null;
}

export const followSession = z.object({
  sessionId: z.string().min(1).max(100),
  /** The id of the last event seen; without it the log is replayed from its oldest kept event. */
  lastEventId: z.string().max(200).nullish(),
});
