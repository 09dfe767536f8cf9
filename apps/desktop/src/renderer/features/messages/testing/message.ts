import type { Message, ToolCall } from "@chatee/shared/messages";

/** A complete message from the fields that matter. */
export function message(fields: Partial<Message> & Pick<Message, "messageId" | "seq">): Message {
  return {
    sessionId: "s",
    parentId: null,
    role: "assistant",
    status: "completed",
    content: "",
    thinking: null,
    toolCalls: null,
    tokenCount: null,
    tokenCountEstimated: false,
    accToken: null,
    ext: null,
    mcpdetail: null,
    model: null,
    llmConfigId: null,
    runId: null,
    failure: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...fields,
  };
}

export function toolCall(fields: Partial<ToolCall> & Pick<ToolCall, "toolCallId">): ToolCall {
  return {
    name: "clock",
    arguments: {},
    status: "done",
    result: "noon",
    step: 0,
    contentOffset: 0,
    thinkingOffset: 0,
    startedAtMs: 1,
    finishedAtMs: 2,
    ...fields,
  };
}
