import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import type { McpRequestContext, ServerContext } from "@modelcontextprotocol/server";
import type { OwnCall, OwnTool } from "./own-tool.ts";

export type OwnServerOptions = {
  info: { name: string; title: string; version: string };
  instructions: string;
  tools: readonly OwnTool[];
  /** Told to clients of 2025, which name their calls by it when they call one off. */
  newSessionId: () => string;
  onBug: (error: unknown) => void;
};

/** One request that was let in, its parsed body, and the headers that the host's door puts on the answer. */
export type OwnRequest = {
  ownerId: string;
  request: IncomingMessage;
  response: ServerResponse;
  body: unknown;
  door: OutgoingHttpHeaders;
};

const sessionHeader = "mcp-session-id";
const maxSessionChars = 200;

export type OwnServer = ReturnType<typeof createOwnServer>;

/**
 * An MCP server of our own over Streamable HTTP, in both eras and without any state that a restart could lose: a session
 * id of 2025 is only a name under which running calls are found again to be cancelled, so an old one keeps working.
 */
export function createOwnServer(options: OwnServerOptions) {
  const running = new Map<string, AbortController>();
  const keyOf = (ownerId: string, session: string, id: unknown) => JSON.stringify([ownerId, session, id]);

  function createServer({ era, authInfo, requestInfo }: McpRequestContext): McpServer {
    const ownerId = authInfo?.clientId;
    if (ownerId === undefined) throw new TypeError("a request came without its owner");
    const { info, instructions } = options;
    const server = new McpServer(info, { capabilities: { tools: {} }, instructions });
    const session = sessionOf(requestInfo?.headers.get(sessionHeader));
    const callOf = (context: ServerContext) => {
      const call = toCall(ownerId, context);
      if (era === "legacy")
        return cancellable(call, session === null ? null : keyOf(ownerId, session, context.mcpReq.id));
      // In 2026-07-28 closing the stream of the answer is how a call is called off.
      return { ...call, wasCancelled: () => call.signal.aborted, [Symbol.dispose]: () => {} };
    };
    for (const tool of options.tools) tool.register(server, callOf);
    return server;
  }

  /** Until it has ended, the call is found by its caller's `notifications/cancelled`. */
  function cancellable(call: BareCall, key: string | null): OwnCall & Disposable {
    const cancelled = new AbortController();
    if (key !== null && !running.has(key)) running.set(key, cancelled);
    return {
      ...call,
      signal: AbortSignal.any([call.signal, cancelled.signal]),
      wasCancelled: () => cancelled.signal.aborted,
      [Symbol.dispose]() {
        if (key !== null && running.get(key) === cancelled) running.delete(key);
      },
    };
  }

  const handler = createMcpHandler(createServer, { onerror: () => {} });
  const answer = toNodeHandler(handler, { onerror: options.onBug });

  return {
    /** Answers `response`; resolves when the exchange is over, and never rejects. */
    async handle({ ownerId, request, response, body, door }: OwnRequest): Promise<void> {
      for (const [name, value] of Object.entries(door)) if (value !== undefined) response.setHeader(name, value);
      response.setHeader("cache-control", "no-store");
      response.setHeader("x-accel-buffering", "no");
      const session = sessionOf(request.headers[sessionHeader]);
      for (const message of Array.isArray(body) ? body : [body]) {
        const { method, params } = toNotice(message);
        if (method === "initialize") response.setHeader(sessionHeader, options.newSessionId());
        if (method !== "notifications/cancelled" || session === null) continue;
        running.get(keyOf(ownerId, session, params?.["requestId"]))?.abort();
      }
      const auth = { token: "", clientId: ownerId, scopes: [] };
      try {
        await answer(Object.assign(request, { auth }), response, body);
      } catch (error) {
        options.onBug(error);
        response.destroy();
      }
    },
    close: () => handler.close(),
  };
}

type BareCall = Omit<OwnCall, "wasCancelled">;

function toCall(ownerId: string, { mcpReq }: ServerContext): BareCall {
  const progressToken = mcpReq._meta?.progressToken;
  return {
    ownerId,
    signal: mcpReq.signal,
    report(progress, message) {
      if (progressToken === undefined || mcpReq.signal.aborted) return;
      const params = { progressToken, progress, message };
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
    },
  };
}

function sessionOf(header: string | string[] | null | undefined): string | null {
  return typeof header === "string" && header.length <= maxSessionChars ? header : null;
}

function toNotice(message: unknown): { method?: unknown; params?: Record<string, unknown> } {
  return typeof message === "object" && message !== null ? message : {};
}
