import type { Message, ToolCall, ToolProgress } from "./messages.ts";
import type { FollowedEvent } from "./stream-event.ts";

/** The visible part of a session's active branch, oldest first. */
export type Transcript = {
  messages: readonly Message[];
  /** True when events alone can no longer bring the transcript up to date: read the page again. */
  stale: boolean;
};

export const emptyTranscript: Transcript = { messages: [], stale: false };

export function toTranscript(page: { messages: readonly Message[] }): Transcript {
  return { messages: page.messages, stale: false };
}

/** Puts an older page in front; what is there already wins. */
export function prependPage(transcript: Transcript, older: readonly Message[]): Transcript {
  const known = new Set(transcript.messages.map((message) => message.messageId));
  const fresh = older.filter((message) => !known.has(message.messageId));
  return fresh.length === 0 ? transcript : { ...transcript, messages: [...fresh, ...transcript.messages] };
}

/**
 * Applies one event. Pure, and idempotent per event: replaying any stretch of the log over a page that
 * already holds some of it gives what the page would be at the end of that stretch.
 */
export function applyEvent(transcript: Transcript, event: FollowedEvent): Transcript {
  switch (event.type) {
    case "message.created":
      return insert(transcript, event.message);
    case "message.delta":
      return patch(transcript, event.messageId, (message) =>
        appendDelta(message, event.part, event.offset, event.text),
      );
    case "tool.started":
    case "tool.finished":
      return patch(transcript, event.messageId, (message) => withCall(message, event.call));
    case "tool.progress":
      return patch(transcript, event.messageId, (message) => withProgress(message, event.toolCallId, event.progress));
    case "message.completed":
    case "message.failed":
    case "message.interrupted":
    case "message.updated":
      return patch(transcript, event.message.messageId, (message) => keepSiblings(event.message, message));
    case "message.deleted":
      return remove(transcript, event.messageId);
    case "branch.selected":
    case "resync":
      return { ...transcript, stale: true };
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
    case "run.interrupted":
      return isWriting(transcript, event.runId) ? { ...transcript, stale: true } : transcript;
    default:
      return transcript;
  }
}

/** A run that ended without the end of its message could not say more: what is stored says how the message ended. */
function isWriting(transcript: Transcript, runId: string): boolean {
  return transcript.messages.some((message) => message.runId === runId && message.status === "streaming");
}

const gap = Symbol("gap");

function indexOf(messages: readonly Message[], messageId: string): number {
  for (let index = messages.length - 1; index >= 0; index--) if (messages[index]?.messageId === messageId) return index;
  return -1;
}

function patch(
  transcript: Transcript,
  messageId: string,
  change: (message: Message) => Message | typeof gap,
): Transcript {
  const index = indexOf(transcript.messages, messageId);
  const found = transcript.messages[index];
  if (!found) return transcript;
  const changed = change(found);
  if (changed === gap) return { ...transcript, stale: true };
  return changed === found ? transcript : { ...transcript, messages: transcript.messages.with(index, changed) };
}

/** A new message ends the branch at its parent: what stood below the parent becomes a sibling out of sight. */
function insert(transcript: Transcript, message: Message): Transcript {
  if (indexOf(transcript.messages, message.messageId) >= 0) return transcript;
  const last = transcript.messages.at(-1);
  if (last && message.seq < last.seq) return transcript;
  const parentIndex = message.parentId === null ? -1 : indexOf(transcript.messages, message.parentId);
  if (parentIndex < 0 && message.parentId !== null && transcript.messages.length > 0)
    return { ...transcript, stale: true };
  const kept = transcript.messages.slice(0, parentIndex + 1);
  const replaced = transcript.messages[parentIndex + 1];
  const siblingIds = replaced && [...(replaced.siblingIds ?? [replaced.messageId]), message.messageId];
  return { ...transcript, messages: [...kept, siblingIds ? { ...message, siblingIds } : message] };
}

function remove(transcript: Transcript, messageId: string): Transcript {
  if (indexOf(transcript.messages, messageId) < 0) return transcript;
  return { ...transcript, messages: transcript.messages.filter((message) => message.messageId !== messageId) };
}

function appendDelta(
  message: Message,
  part: "content" | "thinking",
  offset: number,
  text: string,
): Message | typeof gap {
  if (message.status !== "streaming") return message;
  const have = message[part] ?? "";
  if (offset > have.length) return gap;
  const fresh = text.slice(have.length - offset);
  return fresh === "" ? message : { ...message, [part]: have + fresh };
}

/** The tool calls of an assistant message in our own form; what old clients stored in another form is left out. */
export function toolCallsOf(message: Pick<Message, "toolCalls">): ToolCall[] {
  return Array.isArray(message.toolCalls) ? (message.toolCalls.filter(isToolCall) as ToolCall[]) : [];
}

function isToolCall(value: unknown): boolean {
  return typeof value === "object" && value !== null && "toolCallId" in value && "step" in value && "status" in value;
}

function withCall(message: Message, call: ToolCall): Message {
  if (message.status !== "streaming") return message;
  const calls = toolCallsOf(message);
  const index = calls.findIndex((known) => known.toolCallId === call.toolCallId);
  const known = calls[index];
  if (known && known.finishedAtMs !== null) return message;
  return { ...message, toolCalls: index < 0 ? [...calls, call] : calls.with(index, call) };
}

function withProgress(message: Message, toolCallId: string, progress: ToolProgress): Message {
  if (message.status !== "streaming") return message;
  const calls = toolCallsOf(message);
  const index = calls.findIndex((known) => known.toolCallId === toolCallId);
  const call = calls[index];
  if (!call || call.finishedAtMs !== null) return message;
  return { ...message, toolCalls: calls.with(index, { ...call, progress }) };
}

function keepSiblings(next: Message, previous: Message): Message {
  return previous.siblingIds && !next.siblingIds ? { ...next, siblingIds: previous.siblingIds } : next;
}
