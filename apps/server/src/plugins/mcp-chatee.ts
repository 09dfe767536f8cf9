import { exposedHeaders, toAllowedHeaders } from "@chatee/mcp-proxy/relay/headers";
import type { OwnServer } from "@chatee/mcp-proxy/own-server/own-server";
import type { FastifyPluginAsync } from "fastify";
import type { OutgoingHttpHeaders } from "node:http";
import { callerOf } from "../caller-of.ts";
import type { ChateeServerDeps } from "../mcp-chatee/chatee-server.ts";

/** chatee as an MCP server of its own, for other hosts: `/mcp/chatee`, behind the same doors as everything else. */
export const mcpChateePlugin: FastifyPluginAsync<ChateeServerDeps> = async (app, deps) => {
  let opened: Promise<OwnServer> | null = null;
  /** At the first request: few installations are ever asked. */
  const open = async () => {
    const { createChateeServer } = await import("../mcp-chatee/chatee-server.ts");
    return createChateeServer(deps);
  };
  app.route({
    method: ["GET", "POST", "DELETE"],
    url: "/mcp/chatee",
    exposeHeadRoute: false,
    config: { mayLast: true, cors: { exposedHeaders, toAllowedHeaders } },
    async handler(asked, reply) {
      const { ownerId } = callerOf(asked);
      const server = await (opened ??= open());
      const door = reply.getHeaders() as OutgoingHttpHeaders;
      reply.hijack();
      await server.handle({ ownerId, request: asked.raw, response: reply.raw, body: asked.body, door });
    },
  });
  app.addHook("onClose", async () => {
    if (opened) await (await opened).close();
  });
};
