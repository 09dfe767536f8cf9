import type { MessageRow } from "@chatee/db/messages.store";
import type { Json, JsonObject } from "@chatee/shared/json";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Message, ToolCall } from "@chatee/shared/messages";
import type { StreamEvent } from "@chatee/shared/stream-event";
import { thinkingSpansOf } from "@chatee/shared/thinking-spans";
import type { ThinkingSpan } from "@chatee/shared/thinking-spans";
import { applyEvent, toolCallsOf, toTranscript } from "@chatee/shared/transcript";
import { toMessage } from "./message.ts";
import { createTurnTokens } from "./turn-tokens.ts";
import type { TurnTokens } from "./turn-tokens.ts";

/** The answer as it stands: what is in the log, and what the provider told of itself. */
export type TurnState = {
  message: Message;
  tokens: TurnTokens;
  /** What answers; null until it is known, and of a turn that is only closed. */
  config: LlmConfig | null;
  /** Per model step, what that step's provider must get back; null where it asked for nothing. */
  providerData: (JsonObject | null)[];
  /** How long it thought, and where in its thinking. */
  thinkingSpans: ThinkingSpan[];
  /** How much of tool results the message holds. */
  stored: { resultChars: number; blockChars: number };
  /** The number of this run's first model step: an answer that is carried on has some already. */
  firstStep: number;
};

export function newTurnState(row: MessageRow): TurnState {
  const message = toMessage(row);
  const calls = toolCallsOf(message);
  const firstStep = calls.reduce((last, call) => Math.max(last, call.step), -1) + 1;
  const known = Array.isArray(row.providerData) ? (row.providerData as (JsonObject | null)[]) : [];
  return {
    message,
    tokens: createTurnTokens(row.tokenCount ?? 0),
    config: null,
    thinkingSpans: thinkingSpansOf(message),
    providerData: Array.from({ length: firstStep }, (_, step) => known[step] ?? null),
    stored: {
      resultChars: calls.reduce((sum, { result }) => sum + (result?.length ?? 0), 0),
      blockChars: calls.reduce((sum, { blocks }) => sum + (blocks ? JSON.stringify(blocks).length : 0), 0),
    },
    firstStep,
  };
}

/** Brings a message up to date with events of the log; the same reducer that screens use. */
export function foldMessage(message: Message, events: Iterable<StreamEvent>): Message {
  let transcript = toTranscript({ messages: [message] });
  for (const event of events) transcript = applyEvent(transcript, event);
  return transcript.messages.find((known) => known.messageId === message.messageId) ?? message;
}

/** Replaces the call of the same id, or adds it. */
export function putCall(message: Message, call: ToolCall): void {
  const calls = toolCallsOf(message);
  const index = calls.findIndex((known) => known.toolCallId === call.toolCallId);
  message.toolCalls = (index < 0 ? [...calls, call] : calls.with(index, call)) as Json;
}

/** Calls that had started when their process died may have taken effect: nobody knows, and it is said so. */
export function settleOrphans(message: Message, atMs: number): void {
  for (const call of toolCallsOf(message)) {
    if (call.status === "running") putCall(message, { ...call, status: "unknown", finishedAtMs: atMs });
    if (call.status === "waiting") putCall(message, { ...call, status: "denied", finishedAtMs: atMs });
  }
}
