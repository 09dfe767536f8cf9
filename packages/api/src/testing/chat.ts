import { DomainError } from "@chatee/shared/failure";
import type { Message } from "@chatee/shared/messages";
import type { ModelEvent, ModelUsage } from "../llm/provider.ts";
import type { OpenTools, ToolCallInput, ToolResult } from "../messages/tools.ts";
import { finish } from "./scripted-provider.ts";
import type { TestServices } from "./test-services.ts";

export async function newSession({ services, ownerId }: TestServices): Promise<string> {
  return (await services.sessions.create(ownerId, { sessionType: "memory" })).sessionId;
}

export const text = (content: string): ModelEvent => ({ type: "content", text: content });
export const call = (toolCallId: string, input: unknown = {}, name = "look"): ModelEvent => ({
  type: "tool_call",
  call: { toolCallId, name, input: JSON.stringify(input) },
});
/** The end of a step, with what the provider counted. */
export const counted = (inputTokens: number, outputTokens: number): ModelEvent & { usage: ModelUsage } => ({
  ...finish,
  usage: { inputTokens, outputTokens, thinkingTokens: null, cachedInputTokens: null },
});

/** The code of the failure that a promise rejects with. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no failure",
    (error: unknown) => (error instanceof DomainError ? error.failure.code : String(error)),
  );

/** Resolves with an answer once it is not being written any more. */
export async function ended({ services, ownerId, environment }: TestServices, messageId: string): Promise<Message> {
  for (;;) {
    const message = await services.messages.get(ownerId, messageId);
    if (message.status !== "streaming") return message;
    await environment.wait(5);
  }
}

/** Sends, has the model answer, and waits for the end. */
export async function say(app: TestServices, sessionId: string, content: string, ...events: ModelEvent[]) {
  const sent = await app.services.messages.send(app.ownerId, { sessionId, content });
  const { request, say } = await app.model.next();
  say(...events, ...(events.some((event) => event.type === "finish") ? [] : [finish]));
  return { ...sent, request, answer: await ended(app, sent.messageId) };
}

/** One tool named `look` that does what the test says; `asked` tells of each time the tools of a turn were opened. */
export function createTestTools(run: (input: ToolCallInput) => Promise<ToolResult> | ToolResult) {
  const asked: Parameters<OpenTools>[0][] = [];
  const closed: string[] = [];
  const openTools: OpenTools = async (request) => {
    asked.push(request);
    return {
      definitions: [{ name: "look", description: "", inputSchema: { type: "object" } }],
      call: async (input) => await run(input),
      async [Symbol.asyncDispose]() {
        closed.push(request.sessionId);
      },
    };
  };
  return { openTools, asked, closed };
}
