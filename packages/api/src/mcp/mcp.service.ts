import type { AccessStore } from "@chatee/db/access.store";
import type { McpStore } from "@chatee/db/mcp.store";
import type { McpToolStore } from "@chatee/db/mcp.tools.store";
import { DomainError } from "@chatee/shared/failure";
import type { JsonObject } from "@chatee/shared/json";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type {
  McpCallResult,
  McpResourceContent,
  McpServerTest,
  McpTool,
  McpToolDefinition,
  ToolPolicy,
} from "@chatee/shared/mcp";
import type { Environment } from "../environment.ts";
import type { Interactions } from "../interactions/interactions.service.ts";
import type { Secrets } from "../secrets.ts";
import type { Wakes } from "../streams/wakes.ts";
import { createElicitations } from "./mcp.elicitations.ts";
import { createFacts, serversTopic } from "./mcp.facts.ts";
import { createHealth } from "./mcp.health.ts";
import type { McpHost, McpSignIn, McpTarget } from "./mcp-host.ts";
import { createConnections } from "./mcp.service-connections.ts";
import { createServers } from "./mcp.service-servers.ts";
import { createToolPolicies } from "./mcp.tool-policies.ts";
import { createMcpTools } from "./mcp.tools.ts";

export type McpDeps = {
  store: McpStore;
  tools: McpToolStore;
  audit: Pick<AccessStore, "appendAudit">;
  secrets: Secrets;
  host: McpHost;
  signIn: McpSignIn;
  signOut: (ownerId: string, serverId: string) => Promise<unknown>;
  interactions: Interactions;
  wakes: Wakes;
  environment: Environment;
  /** Between two looks at a server in use. */
  healthIntervalMs: number;
  /** How long a change may go unseen when its wake was lost or there was none. */
  lookAgainMs: number;
};

/** A call that somebody made by hand. */
const handCallMs = 15 * 60_000;

export type McpService = ReturnType<typeof createMcpService>;

/** Other people's MCP servers: registered, connected to when they are needed, and looked after while they are in use. */
export function createMcpService(deps: McpDeps) {
  const { host, environment, wakes, interactions } = deps;
  const facts = createFacts(deps);
  const elicitations = createElicitations({ interactions });
  const policies = createToolPolicies({ ...deps, store: deps.tools });
  const servers = createServers({
    ...deps,
    async onChanged(ownerId, serverId, isOther) {
      if (isOther) await forget(ownerId, serverId);
      else wakes.wake(serversTopic(ownerId));
    },
  });
  const connections = createConnections({ ...deps, servers, elicitations, facts });
  const health = createHealth({ ...deps, connections, facts, intervalMs: deps.healthIntervalMs });
  const openTools = createMcpTools({ ...deps, servers, connections, policies, elicitations });

  /** What was open to a server as it was, and what was known of it, is over. Never rejects. */
  async function forget(ownerId: string, serverId: string): Promise<void> {
    try {
      await Promise.all([host.close(ownerId, serverId), facts.forget(ownerId, serverId)]);
    } catch (error) {
      environment.log.warn({ error, serverId }, "closing a server that was changed failed");
    }
    wakes.wake(serversTopic(ownerId));
  }

  async function definitionOf(
    ownerId: string,
    serverId: string,
    name: string,
    signal?: AbortSignal,
  ): Promise<McpToolDefinition> {
    const { tools } = await connections.tools(ownerId, serverId, { signal });
    const found = tools.find((tool) => tool.name === name);
    if (!found) throw new DomainError({ code: "mcp.tool_not_found", serverId, name });
    return found;
  }

  return {
    list: servers.list,
    get: servers.get,
    create: servers.create,
    update: servers.update,
    /** Signed out of first, so that what was granted ends there, too. */
    async remove(ownerId: string, serverId: string): Promise<void> {
      await servers.row(ownerId, serverId);
      await deps.signOut(ownerId, serverId);
      await servers.remove(ownerId, serverId);
    },
    approve: servers.approve,
    openTools,
    health: health.servers,
    events: health.events,
    /** What an owner may do at a server is something else now: it is connected to anew. */
    forget,
    /** Nobody is signed in any more: known at once, not only when the next call fails. */
    signInLost(ownerId: string, serverId: string): void {
      void facts.failed(ownerId, serverId, new DomainError({ code: "mcp.needs_sign_in", serverId }));
    },
    start: health.start,
    stop: health.stop,

    /** Connects and asks for the tools, whatever is remembered; a server that cannot be used is an answer, too. */
    async test(ownerId: string, serverId: string, signal?: AbortSignal): Promise<McpServerTest> {
      const startedMs = environment.elapsedMs();
      const latencyMs = () => Math.round(environment.elapsedMs() - startedMs);
      try {
        const { target } = await connections.find(ownerId, serverId, { isDisabledToo: true });
        // It may have recovered since it was last tried.
        if (!host.isOpen(ownerId, serverId)) await host.close(ownerId, serverId);
        const tools = await connections.toolsOf(target, { signal, refresh: true });
        const shown = tools.map((tool) => host.visibleTool(tool).tool);
        return { success: true, latencyMs: latencyMs(), needsSignIn: false, tools: shown };
      } catch (error) {
        if (!(error instanceof DomainError) || error.failure.code === "mcp.server_not_found") throw error;
        const needsSignIn = error.failure.code === "mcp.needs_sign_in";
        return { success: false, latencyMs: latencyMs(), needsSignIn, error: error.message };
      }
    },
    async tools(
      ownerId: string,
      { serverId, refresh }: { serverId: string; refresh: boolean },
      signal?: AbortSignal,
    ): Promise<{ tools: McpTool[] }> {
      const { row, tools } = await connections.tools(ownerId, serverId, { signal, refresh });
      const judged = await policies.judgeAll(ownerId, row, tools);
      return { tools: judged.map(({ forModel: _model, asksFor: _reason, ...tool }) => tool) };
    },
    /** Calls a tool because its owner says so: nobody is asked whether it may be called. */
    async call(
      ownerId: string,
      input: { serverId: string; name: string; arguments: JsonObject },
      signal: AbortSignal,
    ): Promise<{ result: McpCallResult }> {
      const { serverId, name, arguments: given } = input;
      const callId = environment.newId();
      const nowhere = { sessionId: null, messageId: null, runId: null, toolCallId: null };
      const pause = () => ({ [Symbol.dispose]() {} });
      using _scope = elicitations.open(callId, { ...nowhere, ownerId, serverId, signal, pause });
      const call = { name, arguments: given, callId, signal, idleMs: handCallMs };
      return { result: await connections.use(ownerId, serverId, signal, (connection) => connection.call(call)) };
    },
    setToolPolicy: async (
      ownerId: string,
      { serverId, name, policy }: { serverId: string; name: string; policy: ToolPolicy },
    ): Promise<void> => {
      await servers.row(ownerId, serverId);
      await policies.setPolicy(ownerId, serverId, name, policy);
    },
    /** Allows a tool as it is defined now. */
    async approveTool(
      ownerId: string,
      { serverId, name, hash }: { serverId: string; name: string; hash: string },
      signal?: AbortSignal,
    ): Promise<void> {
      const current = await definitionOf(ownerId, serverId, name, signal);
      await policies.approve(ownerId, serverId, { name, hash, current });
    },
    async resources(ownerId: string, serverId: string, signal?: AbortSignal) {
      return await connections.use(ownerId, serverId, signal, async (connection) => ({
        resources: await connection.resources(signal),
        resourceTemplates: await connection.resourceTemplates(signal),
      }));
    },
    readResource: async (
      ownerId: string,
      { serverId, uri }: { serverId: string; uri: string },
      signal?: AbortSignal,
    ): Promise<{ contents: readonly McpResourceContent[] }> => ({
      contents: await connections.use(ownerId, serverId, signal, (connection) => connection.readResource(uri, signal)),
    }),
    prompts: async (ownerId: string, serverId: string, signal?: AbortSignal) => ({
      prompts: await connections.use(ownerId, serverId, signal, (connection) => connection.prompts(signal)),
    }),
    getPrompt: async (
      ownerId: string,
      { serverId, name, ...given }: { serverId: string; name: string; arguments: Record<string, string> },
      signal?: AbortSignal,
    ): Promise<{ prompt: JsonObject }> => ({
      prompt: await connections.use(ownerId, serverId, signal, (connection) =>
        connection.getPrompt(name, given.arguments, signal),
      ),
    }),
    /** The end of what a local program wrote beside its answers. */
    async stderr(ownerId: string, serverId: string): Promise<{ stderr: string }> {
      await servers.row(ownerId, serverId);
      return { stderr: host.stderr(ownerId, serverId) };
    },
    /**
     * Where requests to a registered server go, for those who hand them on unread; null when there is no such server or
     * it is switched off. Holds the owner's credentials: for the relay only.
     */
    relayTarget(ownerId: string, serverId: string): MaybePromise<McpTarget | null> {
      return whenHere(servers.find(ownerId, serverId), (row) => {
        if (!row?.enabled) return null;
        const target = connections.targetOf(ownerId, row);
        facts.use(ownerId, serverId);
        return target;
      });
    },
  };
}
