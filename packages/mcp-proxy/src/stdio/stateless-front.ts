import { createMcpHandler, ProtocolError, Server } from "@modelcontextprotocol/server";
import type { McpHttpHandler, ServerCapabilities, ServerContext } from "@modelcontextprotocol/server";
import type { Connection, RelayedRequest } from "../connections/connection.ts";
import { failureWithin } from "../connections/mcp-failure.ts";
import type { ProxyEnvironment } from "../environment.ts";

export type StatelessFront = {
  /** Serves requests of 2026-07-28 and refuses older ones. */
  handler: McpHttpHandler;
  close: () => Promise<void>;
};

const progressEveryMs = 100;
const internalError = -32_603;

/**
 * One user's open connection as a stateless server (2026-07-28): each request is passed on as it is, whatever era the
 * program behind speaks, and changes of its lists reach those who listen. Programs are not told that the user can be
 * asked; those of 2025 would ask in a way this era has no words for.
 */
export function createStatelessFront(connection: Connection, environment: ProxyEnvironment): StatelessFront {
  const handler = createMcpHandler(() => createServer(connection, environment), {
    legacy: "reject",
    maxSubscriptions: 16,
  });
  const unsubscribe = connection.onListChanged((kind) => {
    if (kind === "tools") handler.notify.toolsChanged();
    else if (kind === "prompts") handler.notify.promptsChanged();
    else handler.notify.resourcesChanged();
  });
  return {
    handler,
    async close() {
      unsubscribe();
      await handler.close();
    },
  };
}

function createServer(connection: Connection, environment: ProxyEnvironment): Server {
  const { serverInfo, instructions } = connection;
  const capabilities = servedCapabilities(connection.capabilities);
  const server = new Server(serverInfo ?? { name: "local", version: "0" }, {
    capabilities,
    ...(instructions === undefined ? {} : { instructions }),
  });
  const pass = (method: RelayedRequest["method"]) => {
    server.setRequestHandler(method, ({ params }: { params?: Record<string, unknown> }, ctx: ServerContext) =>
      passOn(connection, { method, params }, ctx, environment),
    );
  };
  if (capabilities.tools) (["tools/list", "tools/call"] as const).forEach(pass);
  if (capabilities.resources) (["resources/list", "resources/templates/list", "resources/read"] as const).forEach(pass);
  if (capabilities.prompts) (["prompts/list", "prompts/get"] as const).forEach(pass);
  if (capabilities.completions) pass("completion/complete");
  return server;
}

/** What can be passed on statelessly; subscriptions to single resources and logging cannot. */
function servedCapabilities({ tools, resources, prompts, completions }: ServerCapabilities): ServerCapabilities {
  const changes = (one: { listChanged?: boolean | undefined }) =>
    one.listChanged === true ? { listChanged: true } : {};
  return {
    ...(tools && { tools: changes(tools) }),
    ...(resources && { resources: changes(resources) }),
    ...(prompts && { prompts: changes(prompts) }),
    ...(completions && { completions: {} }),
  };
}

/** Results have been checked against the method's schema by the connection, which no type here can say. */
async function passOn(
  connection: Connection,
  request: RelayedRequest,
  { mcpReq }: ServerContext,
  { elapsedMs }: ProxyEnvironment,
): Promise<never> {
  const progressToken = mcpReq._meta?.progressToken;
  let nextMs = 0;
  try {
    const result = await connection.relay(request, {
      signal: mcpReq.signal,
      ...(progressToken !== undefined && {
        // A reader that is slow gets the newest now and then, not all of it late.
        onProgress({ message, ...progress }) {
          if (elapsedMs() < nextMs) return;
          nextMs = elapsedMs() + progressEveryMs;
          const text = message === undefined ? {} : { message: message.slice(0, 1_000) };
          const params = { progressToken, ...progress, ...text };
          mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
        },
      }),
    });
    return result as never;
  } catch (error) {
    const failure = failureWithin(error);
    if (failure === undefined) throw error;
    if (failure.code === "mcp.refused_request") throw new ProtocolError(failure.rpcCode, failure.detail);
    throw new ProtocolError(internalError, "The local server did not answer.", { code: failure.code });
  }
}
