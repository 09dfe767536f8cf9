import type { ServicesDeps } from "@chatee/api/services";
import { createTestEnvironment } from "@chatee/api/testing/environment";
import { openMcpHost } from "../src/mcp-host.ts";
import type { McpHostOptions } from "../src/mcp-host.ts";
import { openRestServer } from "./rest-server.ts";

/** What speaks MCP, as the server has it, with the real clock. */
export function openTestMcpHost(options: Partial<McpHostOptions> = {}) {
  const { environment } = createTestEnvironment();
  return openMcpHost({
    environment,
    version: "test",
    allowAddresses: [],
    runsPrograms: true,
    baseEnvironment: process.env,
    ...options,
  });
}

/** The REST face over services that reach real MCP servers. */
export async function openMcpServer(options: Partial<McpHostOptions> & { services?: Partial<ServicesDeps> } = {}) {
  await using opened = new AsyncDisposableStack();
  const { services, ...hostOptions } = options;
  const mcpHost = opened.use(openTestMcpHost(hostOptions));
  const server = opened.use(await openRestServer({ ...services, mcpHost }));
  const parts = opened.move();
  return { ...server, mcpHost, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
