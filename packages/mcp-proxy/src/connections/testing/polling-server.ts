import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

const sampled = { messages: [{ role: "user", content: { type: "text", text: "hi" } }], maxTokens: 5 };

/** A server of the SDK's first generation that ends its stream in mid-call and answers on the next, and asks its clients for a model. */
export async function openPollingServer() {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const http = createServer((req, res) => {
    const known = transports.get(String(req.headers["mcp-session-id"]));
    void (known ? known.handleRequest(req, res) : start().then((transport) => transport.handleRequest(req, res)));
  });

  async function start(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, transport),
      eventStore: createEventStore(),
      retryInterval: 50,
    });
    const server = new McpServer({ name: "polling", version: "1" });
    server.registerTool("poll", {}, async ({ _meta, requestId, sendNotification, closeSSEStream }) => {
      const progressToken = _meta?.progressToken ?? "";
      const tell = (progress: number) =>
        sendNotification({ method: "notifications/progress", params: { progressToken, progress } });
      await tell(1);
      closeSSEStream?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await tell(2);
      return { content: [{ type: "text", text: requestId === undefined ? "" : "done" }] };
    });
    for (const method of ["sampling/createMessage", "roots/list"]) {
      server.registerTool(method.split("/")[0] ?? "", {}, async (extra) => {
        const asked = extra.sendRequest(
          { method, params: sampled } as Parameters<typeof extra.sendRequest>[0],
          z.any(),
        );
        const answer = await asked.catch((error: unknown) => `refused: ${String((error as { code?: number }).code)}`);
        return { content: [{ type: "text", text: String(answer) }] };
      });
    }
    await server.connect(transport);
    return transport;
  }

  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      for (const transport of transports.values()) await transport.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function createEventStore(): EventStore {
  const events: { id: string; streamId: string; message: unknown }[] = [];
  return {
    async storeEvent(streamId, message) {
      const id = String(events.length);
      events.push({ id, streamId, message });
      return id;
    },
    async replayEventsAfter(lastEventId, { send }) {
      const last = events[Number(lastEventId)];
      if (last === undefined) return "";
      for (const { id, streamId, message } of events.slice(Number(lastEventId) + 1)) {
        if (streamId === last.streamId) await send(id, message as Parameters<typeof send>[1]);
      }
      return last.streamId;
    },
  };
}
