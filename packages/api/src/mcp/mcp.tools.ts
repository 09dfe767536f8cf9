import { DomainError } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import type { McpToolDefinition } from "@chatee/shared/mcp";
import type { UnavailableServer } from "@chatee/shared/unavailable-servers";
import type { Environment } from "../environment.ts";
import type { Interactions } from "../interactions/interactions.service.ts";
import { untilAborted } from "../llm/until-aborted.ts";
import { createDeadline } from "../messages/deadline.ts";
import type { Decision, OpenTools, ToolCallInput, ToolResult } from "../messages/tools.ts";
import type { Wakes } from "../streams/wakes.ts";
import type { Elicitations } from "./mcp.elicitations.ts";
import type { McpHost } from "./mcp-host.ts";
import type { Connections } from "./mcp.service-connections.ts";
import type { McpServers } from "./mcp.service-servers.ts";
import { createToolApprovals } from "./mcp.tool-approvals.ts";
import type { JudgedTool, ToolPolicies } from "./mcp.tool-policies.ts";
import { toModelText, toToolBlocks } from "./tool-blocks.ts";

export type McpToolsDeps = {
  connections: Connections;
  servers: Pick<McpServers, "row">;
  policies: ToolPolicies;
  interactions: Interactions;
  elicitations: Elicitations;
  host: Pick<McpHost, "toolNames">;
  wakes: Wakes;
  environment: Environment;
  /** How long a change of the policies may go unseen when its wake was lost or there was none. */
  lookAgainMs: number;
};

/** A tool of a turn. `definition` is the server's, `judged` what may be said of it. */
export type TurnTool = {
  /** As the model calls it. */
  alias: string;
  server: { serverId: string; name: string; allowReadOnly: boolean };
  definition: McpToolDefinition;
  judged: JudgedTool;
};

/** A server that does not answer within this time is done without. */
const openMs = 20_000;
/** What model APIs take at most, and then some. */
const maxTools = 512;

/** The tools of the servers that were chosen for a turn. A server that cannot be reached is named and done without. */
export function createMcpTools(deps: McpToolsDeps): OpenTools {
  const { connections, policies, elicitations, host, environment } = deps;

  async function nameOf(ownerId: string, serverId: string): Promise<string | null> {
    return (await deps.servers.row(ownerId, serverId).catch(() => null))?.name ?? null;
  }

  async function openServer(
    ownerId: string,
    serverId: string,
    signal: AbortSignal,
  ): Promise<Omit<TurnTool, "alias">[] | UnavailableServer> {
    try {
      using late = createDeadline(environment, signal, {
        maxMs: openMs,
        expired: () => new DomainError({ code: "mcp.timed_out", afterMs: openMs }),
      });
      const opening = connections.tools(ownerId, serverId, { signal: late.signal });
      const { row: server, tools } = await untilAborted(opening, late.signal);
      const judged = await policies.judgeAll(ownerId, server, tools);
      return tools.flatMap((definition, index) => {
        const one = judged[index];
        return one ? [{ server, definition, judged: one }] : [];
      });
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureBehind(error, environment);
      return { serverId, name: await nameOf(ownerId, serverId), failure };
    }
  }

  return async (request) => {
    const { ownerId, sessionId, messageId, runId, mcpServerIds, signal } = request;
    const servers = await Promise.all([...new Set(mcpServerIds)].map((id) => openServer(ownerId, id, signal)));
    const unavailable = servers.flatMap((one) => (Array.isArray(one) ? [] : [one]));
    const found = servers.flatMap((one) => (Array.isArray(one) ? one : []));
    const names = host.toolNames(
      found.map(({ server, definition }) => ({
        serverId: server.serverId,
        serverName: server.name,
        toolName: definition.name,
      })),
    );
    const tools = new Map<string, TurnTool>();
    for (const [index, one] of found.slice(0, maxTools).entries()) {
      const alias = names[index] ?? "";
      tools.set(alias, { ...one, alias });
    }
    const approvals = createToolApprovals(deps, { ownerId, sessionId, messageId, runId, tools });

    async function call(input: ToolCallInput): Promise<ToolResult> {
      const tool = tools.get(input.name);
      if (!tool) return { output: `There is no tool named ${input.name}.`, isError: true };
      const { arguments: given } = input;
      if (typeof given !== "object" || given === null || Array.isArray(given))
        return { output: "The arguments of a call must be one JSON object.", isError: true };
      const callId = environment.newId();
      const { serverId } = tool.server;
      const { toolCallId, pause = noPause, onProgress = () => {} } = input;
      using _scope = elicitations.open(callId, {
        ownerId,
        serverId,
        sessionId,
        messageId,
        runId,
        toolCallId,
        signal,
        pause,
      });
      try {
        const result = await connections.use(ownerId, serverId, input.signal, (connection) =>
          connection.call({
            name: tool.definition.name,
            arguments: given,
            callId,
            signal: input.signal,
            onProgress,
            idleMs: neverIdleMs,
          }),
        );
        return { output: toModelText(result), isError: result.isError, blocks: toToolBlocks(result) };
      } catch (error) {
        input.signal.throwIfAborted();
        const isUnknown = error instanceof DomainError && error.failure.code === "mcp.outcome_unknown";
        if (!isUnknown) throw error;
        return { output: error.message, isError: true, isUnknown };
      }
    }

    return {
      definitions: [...tools.values()].map(({ alias, judged: { forModel } }) => ({
        name: alias,
        description: forModel.description ?? forModel.title ?? "",
        inputSchema: forModel.inputSchema,
      })),
      unavailable,
      sourceOf(name) {
        const tool = tools.get(name);
        if (!tool) return null;
        return { serverId: tool.server.serverId, serverName: tool.server.name, toolName: tool.definition.name };
      },
      approve: (asked): Decision | Promise<Decision> => approvals.decide(asked),
      call,
      async [Symbol.asyncDispose]() {
        approvals[Symbol.dispose]();
      },
    };
  };
}

/** Whoever calls has a clock of their own. */
const neverIdleMs = 15 * 60_000;
const noPause = (): Disposable => ({ [Symbol.dispose]() {} });

function failureBehind(error: unknown, { newId, log }: Pick<Environment, "newId" | "log">): Failure {
  if (error instanceof DomainError) return error.failure;
  const errorId = newId();
  log.error({ error, errorId }, "opening the tools of an MCP server failed on a bug");
  return { code: "run.internal_error", errorId };
}
