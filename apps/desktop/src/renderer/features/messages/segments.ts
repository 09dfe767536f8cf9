import type { Message, ToolCall } from "@chatee/shared/messages";
import { toolCallsOf } from "@chatee/shared/transcript";

/** A stretch of an answer in the order it came: `key` stays the same while the answer grows. */
export type Segment =
  | { kind: "thinking"; key: string; text: string; from: number }
  | { kind: "content"; key: string; text: string }
  | { kind: "tool"; key: string; call: ToolCall };

/**
 * An answer cut where its tool calls stand. Joined again, the thinking and content segments are exactly the
 * message's text, whatever offsets the calls carry.
 */
export function toSegments(message: Pick<Message, "content" | "thinking" | "toolCalls">): Segment[] {
  const segments: Segment[] = [];
  const thinking = message.thinking ?? "";
  const { content } = message;
  const at = { thinking: 0, content: 0 };

  function cut(kind: "thinking" | "content", whole: string, wanted: number): void {
    const from = at[kind];
    const end = Math.max(from, Math.min(wanted, whole.length));
    const text = whole.slice(from, end);
    at[kind] = end;
    const key = `${kind}-${segments.length}`;
    if (text !== "") segments.push(kind === "thinking" ? { kind, key, text, from } : { kind, key, text });
  }

  for (const call of toolCallsOf(message)) {
    cut("thinking", thinking, call.thinkingOffset);
    cut("content", content, call.contentOffset);
    segments.push({ kind: "tool", key: call.toolCallId, call });
  }
  cut("thinking", thinking, thinking.length);
  cut("content", content, content.length);
  return segments;
}
