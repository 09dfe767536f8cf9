import type { ServicesDeps } from "@chatee/api/services";
import { call, ended, newSession } from "@chatee/api/testing/chat";
import { finish } from "@chatee/api/testing/scripted-provider";
import { openTestServices, watch } from "@chatee/api/testing/test-services";
import type { Database } from "@chatee/db/database";
import { openTestDatabase } from "@chatee/db/testing/engines";
import type { Interaction } from "@chatee/shared/interactions";
import { toolCallsOf } from "@chatee/shared/transcript";
import { openTestMcpHost } from "./mcp-server.ts";

export const wantsTools = { ...finish, reason: "tool_calls" as const };
export { call };

/** Services with a scripted model that reach real MCP servers, and one session. */
export async function openMcpChat(options: Partial<ServicesDeps> & { db?: Database } = {}) {
  await using opened = new AsyncDisposableStack();
  const { db = await openTestDatabase("sqlite"), ...deps } = options;
  const mcpHost = opened.use(openTestMcpHost());
  const app = opened.use(await openTestServices(db, { mcpHost, ...deps }));
  const sessionId = await newSession(app);
  const { services, ownerId, model } = app;
  const parts = opened.move();

  return {
    ...app,
    db,
    mcpHost,
    sessionId,
    async register(url: string, more: { name?: string; allowReadOnly?: boolean; owner?: string } = {}) {
      const server = await services.mcp.create(more.owner ?? ownerId, {
        name: more.name ?? "fixture",
        url,
        type: "http-stream",
        enabled: true,
        useProxy: true,
        allowReadOnly: more.allowReadOnly ?? false,
      });
      return server.serverId;
    },
    send: (...mcpServerIds: string[]) => services.messages.send(ownerId, { sessionId, content: "Go", mcpServerIds }),
    /** The model asks for calls in its next step. */
    async wants(...calls: [id: string, name: string, input?: unknown][]) {
      const step = await model.next();
      step.say(...calls.map(([id, name, input = {}]) => call(id, input, name)), wantsTools);
      return step;
    },
    /** The model has nothing more to call; resolves with the stored answer. */
    async finish(messageId: string) {
      const step = await model.next();
      step.answer("Done");
      const message = await ended(app, messageId);
      return { message, calls: toolCallsOf(message), request: step.request };
    },
    ended: (messageId: string) => ended(app, messageId),
    watch: () => watch(app, sessionId),
    answer: (interactionId: string, decision: "allow" | "deny", remember = true) =>
      services.interactions.answer(ownerId, { interactionId, response: { decision, remember } }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
export type McpChat = Awaited<ReturnType<typeof openMcpChat>>;

/** Resolves with the next question that a screen is shown and that was not taken before. */
export function questionsOn(screen: ReturnType<typeof watch>) {
  const taken = new Set<string>();
  return {
    async next(): Promise<Interaction> {
      const { event } = await screen.until(
        ({ event }) => event.type === "interaction.opened" && !taken.has(event.interaction.interactionId),
      );
      if (event.type !== "interaction.opened") throw new TypeError("not a question");
      taken.add(event.interaction.interactionId);
      return event.interaction;
    },
  };
}
