import type { McpServerRow } from "@chatee/db/mcp.store";
import { DomainError } from "@chatee/shared/failure";
import type { McpToolDefinition } from "@chatee/shared/mcp";
import type { Elicitations } from "./mcp.elicitations.ts";
import type { Facts } from "./mcp.facts.ts";
import type { McpServers } from "./mcp.service-servers.ts";
import { noSignIn } from "./mcp-host.ts";
import type { McpConnection, McpHost, McpSignIn, McpTarget } from "./mcp-host.ts";
import { toSpec } from "./server-spec.ts";

export type ConnectionsDeps = {
  servers: McpServers;
  host: McpHost;
  signIn: McpSignIn;
  elicitations: Elicitations;
  facts: Facts;
};

export type Connections = ReturnType<typeof createConnections>;
/** A tool name longer than this has no place in a table, nor in a model's request. */
const maxNameChars = 255;

/** Owners' connections to their servers. What is learned on the way becomes known. */
export function createConnections({ servers, host, signIn, elicitations, facts }: ConnectionsDeps) {
  /** A row that is remembered is asked about with every request through the relay; all that follows from it is the same. */
  const targets = new WeakMap<McpServerRow, McpTarget>();

  /**
   * @throws DomainError `mcp.server_not_found`, `mcp.server_disabled`, `feature.unavailable` and `mcp.not_approved` for
   *   programs, `secret.unreadable`
   */
  async function find(
    ownerId: string,
    serverId: string,
    { isDisabledToo = false } = {},
  ): Promise<{ row: McpServerRow; target: McpTarget }> {
    const row = await servers.row(ownerId, serverId);
    if (!row.enabled && !isDisabledToo) throw new DomainError({ code: "mcp.server_disabled", serverId });
    return { row, target: targetOf(ownerId, row) };
  }

  /** @throws DomainError as `find`, of a server that is there */
  function targetOf(ownerId: string, row: McpServerRow): McpTarget {
    const known = targets.get(row);
    if (known) return known;
    const { serverId } = row;
    const spec = toSpec(row, servers.secretsOf(row));
    if (spec.type === "stdio") {
      if (!host.runsPrograms)
        throw new DomainError({ code: "feature.unavailable", feature: "Running local MCP servers (mcp.stdio)" });
      const approvalHash = host.approvalHash(spec);
      if (row.approvedHash !== approvalHash)
        throw new DomainError({ code: "mcp.not_approved", serverId, approvalHash });
    }
    const { authorization } = spec.type === "stdio" ? noSignIn : signIn;
    const url = spec.type === "stdio" ? "" : spec.url;
    const target: McpTarget = {
      ownerId,
      serverId,
      spec,
      approvedHash: row.approvedHash,
      authorization: authorization(ownerId, { serverId, url }),
      eras: facts.erasOf(ownerId, serverId),
      onElicitation: (question, signal) => elicitations.answer(ownerId, row, question, signal),
      onToolsChanged: () => void lookAtTools(ownerId, serverId),
    };
    targets.set(row, target);
    return target;
  }

  async function over<T>(
    target: McpTarget,
    signal: AbortSignal | undefined,
    work: (connection: McpConnection) => Promise<T>,
  ): Promise<T> {
    const { ownerId, serverId } = target;
    facts.use(ownerId, serverId);
    try {
      await using lease = await host.lease(target, signal);
      const result = await work(lease.connection);
      void facts.worked(ownerId, serverId, lease.connection.era);
      return result;
    } catch (error) {
      void facts.failed(ownerId, serverId, error);
      throw error;
    }
  }

  async function toolsOf(target: McpTarget, options: { signal?: AbortSignal | undefined; refresh?: boolean }) {
    const { signal, refresh = false } = options;
    const tools = await over(target, signal, (connection) =>
      connection.tools({ refresh, ...(signal ? { signal } : {}) }),
    );
    const usable = tools.filter(({ name }) => name !== "" && name.length <= maxNameChars);
    void facts.sawTools(target.ownerId, target.serverId, usable);
    return usable;
  }

  /** A server said that its tools are others; nobody waits for this, and a failure is told where it matters. */
  async function lookAtTools(ownerId: string, serverId: string): Promise<void> {
    if (!host.isOpen(ownerId, serverId)) return;
    try {
      const { target } = await find(ownerId, serverId);
      await toolsOf(target, {});
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }

  return {
    find,
    targetOf,
    /** Does `work` over the owner's connection, which is opened when there is none. */
    async use<T>(
      ownerId: string,
      serverId: string,
      signal: AbortSignal | undefined,
      work: (connection: McpConnection) => Promise<T>,
    ): Promise<T> {
      const { target } = await find(ownerId, serverId);
      return await over(target, signal, work);
    },
    over,
    toolsOf,
    /** The server and its tools, as it declares them now. */
    async tools(
      ownerId: string,
      serverId: string,
      options: { signal?: AbortSignal | undefined; refresh?: boolean },
    ): Promise<{ row: McpServerRow; tools: readonly McpToolDefinition[] }> {
      const { row, target } = await find(ownerId, serverId);
      return { row, tools: await toolsOf(target, options) };
    },
    look: (target: McpTarget, signal: AbortSignal) => host.look(target, signal),
  };
}
