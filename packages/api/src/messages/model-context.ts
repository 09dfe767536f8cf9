import type { MessageRow } from "@chatee/db/messages.store";
import type { JsonObject } from "@chatee/shared/json";
import type { ToolCall } from "@chatee/shared/messages";
import { toolCallsOf } from "@chatee/shared/transcript";
import type { ModelMessage, ToolMedia } from "../llm/provider.ts";
import { mediaPart } from "./tool-media.ts";

/** What a model gets to know of a message. */
export type ModelView = Pick<MessageRow, "role" | "content" | "thinking" | "toolCalls" | "providerData"> & {
  /** What the user attached and the model can see. */
  media?: readonly ToolMedia[];
};

/** Stored messages as a model reads them. What says nothing (an answer cut before its first word) is left out. */
export function toModelMessages(rows: ModelView[]): ModelMessage[] {
  return rows.flatMap(toModelMessage);
}

function toModelMessage(row: ModelView): ModelMessage[] {
  if (row.role === "assistant") return assistantMessages(row);
  if (row.content.trim() === "") return [];
  if (row.role === "system") return [{ role: "system", content: row.content }];
  if (row.role === "tool") return [{ role: "user", content: `Tool result:\n${row.content}` }];
  return [{ role: "user", content: row.content, ...(row.media ? { media: row.media } : {}) }];
}

/** Where the messages between a summary and those that are sent are neither in the one nor among the others. */
const gap = "(What was said between this and the messages that follow is left out here.)";

/** A summary as a model reads it; with `isPartial`, it does not reach as far as the messages that follow. */
export function summaryMessages(text: string | null, isPartial = false): ModelMessage[] {
  const said = text === null ? [] : [`Summary of the conversation so far:\n${text}`];
  if (isPartial) said.push(gap);
  if (said.length === 0) return [];
  return [
    { role: "user", content: said.join("\n\n") },
    { role: "assistant", content: "Understood." },
  ];
}

/** An answer with tool calls is several model steps in one message: each is cut out by the offsets of its calls. */
function assistantMessages(row: ModelView): ModelMessage[] {
  const steps = new Map<number, ToolCall[]>();
  for (const call of toolCallsOf(row)) steps.set(call.step, [...(steps.get(call.step) ?? []), call]);
  const providerData = Array.isArray(row.providerData) ? (row.providerData as (JsonObject | null)[]) : [];
  const messages: ModelMessage[] = [];
  let content = 0;
  let thinking = 0;
  let nextStep = 0;
  for (const [step, calls] of [...steps].sort(([a], [b]) => a - b)) {
    const [first] = calls;
    if (!first) continue;
    messages.push({
      role: "assistant",
      content: row.content.slice(content, first.contentOffset),
      ...thinkingPart(row.thinking?.slice(thinking, first.thinkingOffset)),
      toolCalls: calls.map((call) => ({
        toolCallId: call.toolCallId,
        name: call.name,
        input: JSON.stringify(call.arguments),
      })),
      ...dataPart(providerData[step]),
    });
    for (const call of calls)
      messages.push({
        role: "tool",
        toolCallId: call.toolCallId,
        name: call.name,
        output: resultOf(call),
        isError: call.status !== "done",
        ...mediaPart(call.blocks),
      });
    nextStep = step + 1;
    content = first.contentOffset;
    thinking = first.thinkingOffset;
  }
  const rest = row.content.slice(content);
  if (rest.trim() !== "") {
    messages.push({
      role: "assistant",
      content: rest,
      ...thinkingPart(row.thinking?.slice(thinking)),
      ...dataPart(providerData[nextStep]),
    });
  }
  return messages;
}

function resultOf(call: ToolCall): string {
  if (call.result !== null) return call.result;
  return call.status === "unknown" ? "It is not known whether this call took effect." : "This call was not made.";
}

function thinkingPart(thinking: string | undefined) {
  return thinking ? { thinking } : {};
}

function dataPart(providerData: JsonObject | null | undefined) {
  return providerData ? { providerData } : {};
}
