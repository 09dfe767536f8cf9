import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import {
  NodeStreamableHTTPServerTransport,
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import {
  McpServer,
  createMcpHandler,
  createRequestStateCodec,
  isInitializeRequest,
  isLegacyRequest,
} from "@modelcontextprotocol/server";
import type { EventStore, JSONRPCMessage, ServerNotifier } from "@modelcontextprotocol/server";
import { addContentTools, addPrompts, addResources, text } from "./fixture-content.ts";
import { addAskingTools, addStreamingTools } from "./fixture-dialogue.ts";
import { addRounds } from "./fixture-rounds.ts";
import { openHttpServer } from "./http-server.ts";

const codec = createRequestStateCodec({ key: randomUUID() + randomUUID() });

/** One MCP server with everything the official conformance suite asks for, in the names it asks by. */
function createFixture(era: "legacy" | "modern", notifier: () => ServerNotifier | null): McpServer {
  const capabilities = {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
    logging: {},
  };
  const options = { capabilities, requestState: { verify: codec.verify } };
  const server = new McpServer({ name: "chatee-fixture", version: "1.0.0" }, options);
  addContentTools(server);
  addResources(server);
  addPrompts(server);
  addStreamingTools(server);
  server.registerTool("test_trigger_tool_change", { description: "Says that tools have changed" }, () => {
    notifier()?.toolsChanged();
    return text("said");
  });
  server.registerTool("test_trigger_prompt_change", { description: "Says that prompts have changed" }, () => {
    notifier()?.promptsChanged();
    return text("said");
  });
  if (era === "modern") {
    addRounds(server, codec);
    return server;
  }
  addAskingTools(server);
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
  return server;
}

/**
 * Speaks every revision on one URL, `/mcp`: sessions, resumable streams and requests to the client up to 2025-11-25,
 * and the stateless 2026-07-28. Guards Host and Origin as a server on a developer's machine should.
 */
export async function openFixtureServer() {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const modern = createMcpHandler(() => createFixture("modern", () => modern.notify), { legacy: "reject" });
  const answerModern = toNodeHandler(modern);
  const isOwnHost = localhostHostValidation();
  const isOwnOrigin = localhostOriginValidation();

  async function answerLegacy(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const sessionId = request.headers["mcp-session-id"];
    const known = typeof sessionId === "string" ? sessions.get(sessionId) : undefined;
    if (known) return await known.handleRequest(request, response, body);
    if (sessionId !== undefined || !isInitializeRequest(body)) {
      const status = sessionId === undefined ? 400 : 404;
      const error = { jsonrpc: "2.0", error: { code: -32_000, message: "No such session" }, id: null };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(error));
      return;
    }
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await createFixture("legacy", () => null).connect(transport);
    await transport.handleRequest(request, response, body);
  }

  const http = await openHttpServer((request, response) => {
    if (!isOwnHost(request, response) || !isOwnOrigin(request, response)) return;
    const answer = async () => {
      const bytes = await buffer(request);
      const body = parsed(bytes);
      const { method = "GET" } = request;
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const whole = new Request("http://localhost/mcp", { method, headers, body: bytes.length > 0 ? bytes : null });
      if (await isLegacyRequest(whole)) await answerLegacy(request, response, body);
      else await answerModern(request, response, body);
    };
    answer().catch(() => response.destroy());
  });
  return {
    ...http,
    url: `http://localhost:${http.port}/mcp`,
    /** Sessions that were begun and not ended. */
    sessions: () => sessions.size,
    async [Symbol.asyncDispose]() {
      await modern.close();
      await http[Symbol.asyncDispose]();
    },
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Keeps what a session's streams said, so that a client which lost one can go on after the last event it has. */
function createEventStore(): EventStore {
  const events: { id: string; streamId: string; message: JSONRPCMessage }[] = [];
  return {
    storeEvent: async (streamId, message) => {
      const id = String(events.length);
      events.push({ id, streamId, message });
      return id;
    },
    async replayEventsAfter(lastEventId, { send }) {
      const last = events[Number(lastEventId)];
      if (!last) throw new TypeError("there is no such event");
      for (const { id, streamId, message } of events.slice(Number(lastEventId) + 1)) {
        if (streamId === last.streamId) await send(id, message);
      }
      return last.streamId;
    },
  };
}
