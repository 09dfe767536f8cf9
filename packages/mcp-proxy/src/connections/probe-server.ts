import type { ServerSpec } from "../server-spec.ts";
import { openConnection } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { McpError } from "./mcp-failure.ts";
import { factsOfFailure } from "./server-facts.ts";
import type { ServerFacts } from "./server-facts.ts";

/**
 * A look at a server that nobody is connected to: one introduction, by `server/discover` or `initialize`, never a bare
 * GET, and nothing left open. Never rejects with an McpError. A local program is started for it, if approved.
 */
export async function probeServer(
  spec: ServerSpec,
  options: ConnectionOptions,
  signal?: AbortSignal,
): Promise<ServerFacts> {
  const { elapsedMs } = options.environment;
  const startedMs = elapsedMs();
  const latencyMs = () => Math.round(elapsedMs() - startedMs);
  try {
    await using connection = await openConnection(spec, options, signal);
    const { era, serverInfo } = connection;
    return { reachable: true, needsAuth: false, era, latencyMs: latencyMs(), ...(serverInfo && { serverInfo }) };
  } catch (error) {
    if (error instanceof McpError) return factsOfFailure(error.failure, latencyMs());
    throw error;
  }
}
