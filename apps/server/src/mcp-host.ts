import { randomBytes } from "node:crypto";
import type { Environment } from "@chatee/api/environment";
import type { McpConnection, McpHost, McpLease, McpSight, McpTarget, ProgramSpec } from "@chatee/api/mcp/mcp-host";
import type { Connection, ConnectionOptions } from "@chatee/mcp-proxy/connections/connection";
import type { ConnectionPool, PoolTarget } from "@chatee/mcp-proxy/connections/connection-pool";
import { McpError } from "@chatee/mcp-proxy/connections/mcp-failure";
import { factsOfFailure } from "@chatee/mcp-proxy/connections/server-facts";
import type { ServerFacts } from "@chatee/mcp-proxy/connections/server-facts";
import { nameTools } from "@chatee/mcp-proxy/connections/tool-names";
import { diffTools, toolPin } from "@chatee/mcp-proxy/connections/tool-pin";
import { toVisibleOffer } from "@chatee/mcp-proxy/connections/visible-offer";
import { toVisibleTool } from "@chatee/mcp-proxy/connections/visible-tool";
import type { Dialer } from "@chatee/mcp-proxy/dialer/dialer";
import { approvalHash } from "@chatee/mcp-proxy/server-spec";
import type { Exchange } from "@chatee/mcp-proxy/relay.plugin";
import type { OrphanGuard } from "@chatee/mcp-proxy/stdio/orphan-guard";
import type { StdioGateway } from "@chatee/mcp-proxy/stdio/stdio-gateway";
import { createTextTail } from "@chatee/mcp-proxy/stdio/text-tail";
import type { TextTail } from "@chatee/mcp-proxy/stdio/text-tail";
import type { JsonObject } from "@chatee/shared/json";
import type { McpCallResult, McpResourceContent, McpToolDefinition } from "@chatee/shared/mcp";
import { ofDialer, toFailure, translated } from "./mcp-failures.ts";

export type McpHostOptions = {
  environment: Environment;
  version: string;
  /** Private addresses that may be reached although nobody registered them. */
  allowAddresses: readonly string[];
  /** Whether local programs may be started at all. */
  runsPrograms: boolean;
  /** This process's own variables; all but a short allow-list stay here. */
  baseEnvironment: Readonly<Record<string, string | undefined>>;
};

/** What the pool carries for a connection that is opened later, and what for. */
type HostTarget = PoolTarget & { mcp: McpTarget };
/** As the SDK's types have it; on the wire it is JSON. */
type SdkTool = Parameters<typeof toolPin>[0];

const maxTails = 200;
const tailBytes = 64 * 1024;
/** A call may think for long before its first byte; how long is decided per call. */
const headersTimeoutMs = 20 * 60_000;

/** The services' host, which also lends local programs to whoever speaks MCP over HTTP. */
export type ServerMcpHost = McpHost & {
  /** Answers one request for an approved program; the caller was let in. Never rejects. */
  serveProgram: (target: McpTarget, exchange: Exchange) => Promise<void>;
};

/** Speaks MCP for the services: connections in a pool, local programs with their output, all through the guarded dialer. */
export function openMcpHost(options: McpHostOptions): ServerMcpHost {
  const { environment } = options;
  let opened: Promise<Awaited<ReturnType<typeof openParts>>> | null = null;
  const tails = new Map<string, TextTail>();
  let openPool: ConnectionPool | null = null;
  const keyOf = (ownerId: string, serverId: string) => JSON.stringify([serverId, ownerId]);

  /** At the first use: the libraries take longer to load than the server to start. */
  async function openParts() {
    const [{ openConnection }, { createConnectionPool }, { createListCache }, dialing] = await Promise.all([
      import("@chatee/mcp-proxy/connections/connection"),
      import("@chatee/mcp-proxy/connections/connection-pool"),
      import("@chatee/mcp-proxy/connections/list-cache"),
      import("@chatee/mcp-proxy/dialer/dialer"),
    ]);
    const dialer = dialing.createDialer({ allowAddresses: options.allowAddresses, headersTimeoutMs });
    const shared = {
      environment,
      clientInfo: { name: "chatee", version: options.version },
      lists: createListCache(environment),
    };
    let guard: OrphanGuard | null = null;
    async function programHost() {
      guard ??= (await import("@chatee/mcp-proxy/stdio/orphan-guard")).openOrphanGuard();
      return { environment, baseEnvironment: options.baseEnvironment, guard };
    }
    const pool: ConnectionPool = createConnectionPool({
      environment,
      async open(target, signal) {
        const { mcp } = target as HostTarget;
        const { spec, authorization } = mcp;
        const stdio =
          spec.type === "stdio" && options.runsPrograms
            ? { host: await programHost(), approval: mcp.approvedHash ?? undefined, tail: tailOf(mcp) }
            : undefined;
        const connection = await openConnection(
          spec,
          {
            ...shared,
            authorization,
            // Kept with the server's other facts, which are forgotten when it or its sign-in changes.
            eras: { read: mcp.eras.read, write: (_key, verdict) => mcp.eras.write(verdict), forget: mcp.eras.forget },
            fetch: fetchFor(dialer, mcp),
            onElicitation: mcp.onElicitation,
            ...(stdio && { stdio }),
          },
          signal,
        );
        connection.onListChanged((kind) => {
          if (kind === "tools") mcp.onToolsChanged();
        });
        return connection;
      },
    });
    openPool = pool;
    let gateway: StdioGateway | null = null;
    return {
      pool,
      async gateway() {
        if (gateway) return gateway;
        const [{ createStdioGateway }, host] = await Promise.all([
          import("@chatee/mcp-proxy/stdio/stdio-gateway"),
          programHost(),
        ]);
        return (gateway ??= createStdioGateway({
          host,
          newSessionId: () => randomBytes(24).toString("base64url"),
          lease: (target) => pool.lease(target),
        }));
      },
      /** What runs for a server that was changed. */
      async closeServer(serverId: string, ownerId: string) {
        await Promise.all([pool.closeServer(serverId, ownerId), gateway?.closeServer(serverId)]);
      },
      async close() {
        await gateway?.[Symbol.asyncDispose]();
        await pool[Symbol.asyncDispose]();
        await guard?.[Symbol.asyncDispose]();
        await dialer[Symbol.asyncDispose]();
      },
    };
  }
  const parts = async () => await (opened ??= openParts());

  function tailOf({ ownerId, serverId }: McpTarget): TextTail {
    const key = keyOf(ownerId, serverId);
    const tail = tails.get(key) ?? createTextTail(tailBytes);
    tails.delete(key);
    tails.set(key, tail);
    for (const oldest of tails.keys()) {
      if (tails.size <= maxTails) break;
      tails.delete(oldest);
    }
    return tail;
  }

  function toPoolTarget(mcp: McpTarget): HostTarget {
    const { ownerId: userId, serverId, spec, authorization } = mcp;
    return { userId, serverId, spec, credentialKey: authorization.credentialKey, mcp };
  }

  return {
    runsPrograms: options.runsPrograms,
    lease: (target, signal) =>
      translated(target.serverId, signal, async (): Promise<McpLease> => {
        const { pool } = await parts();
        const lease = await pool.lease(toPoolTarget(target), signal);
        return {
          connection: toMcpConnection(target.serverId, lease.connection),
          [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
        };
      }),
    async look(target, signal) {
      const startedMs = environment.elapsedMs();
      const { pool } = await parts();
      try {
        await using lease = await pool.lease(toPoolTarget(target), signal);
        return toSight(target.serverId, await lease.connection.ping(signal));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof McpError)) throw error;
        const failure = error.failure.code === "mcp.backing_off" ? error.failure.because : error.failure;
        const latencyMs = Math.round(environment.elapsedMs() - startedMs);
        return toSight(target.serverId, factsOfFailure(failure, latencyMs));
      }
    },
    isOpen: (ownerId, serverId) => openPool?.isOpen(serverId, ownerId) ?? false,
    async close(ownerId, serverId) {
      if (opened) await (await opened).closeServer(serverId, ownerId);
    },
    stderr: (ownerId, serverId) => tails.get(keyOf(ownerId, serverId))?.read() ?? "",
    approvalHash: (spec: ProgramSpec) => approvalHash(spec),
    toolHash: (tool) => toolPin(tool as SdkTool),
    toolChanges: (before, after) => diffTools(before as SdkTool, after as SdkTool),
    visibleTool(definition) {
      const { tool, hiddenIn } = toVisibleTool(definition as SdkTool);
      return { tool: tool as McpToolDefinition, hiddenIn };
    },
    toolNames: nameTools,
    async serveProgram(mcp, { request, response, door }) {
      const { spec } = mcp;
      if (spec.type !== "stdio" || !options.runsPrograms) return void response.writeHead(422).end();
      const gateway = await (await parts()).gateway();
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(door)) if (value !== undefined) headers[name] = String(value);
      const target = { ...toPoolTarget(mcp), spec, approval: mcp.approvedHash ?? undefined };
      await gateway.handle(request, response, target, { headers });
    },
    async [Symbol.asyncDispose]() {
      if (opened) await (await opened).close();
    },
  };
}

function fetchFor(dialer: Dialer, { spec }: McpTarget): ConnectionOptions["fetch"] {
  if (spec.type === "stdio") return () => Promise.reject(new TypeError("a local program is not fetched from"));
  const host = new URL(spec.url).host;
  return async (url, init) => {
    try {
      return await dialer.forTarget(spec.url).fetch(url, init);
    } catch (error) {
      throw ofDialer(error, host);
    }
  };
}

function toSight(serverId: string, { reachable, needsAuth, era, latencyMs, failure }: ServerFacts): McpSight {
  return {
    reachable,
    needsAuth,
    era: era ?? null,
    latencyMs,
    failure: failure === undefined ? null : toFailure(serverId, failure),
  };
}

function toMcpConnection(serverId: string, connection: Connection): McpConnection {
  const run = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) => translated(serverId, signal, work);
  const offered = <TOffer>(signal: AbortSignal | undefined, ask: () => Promise<unknown>) =>
    run(signal, async () => toVisibleOffer(await ask()) as TOffer);
  return {
    get era() {
      return connection.era;
    },
    tools: (given) => run(given.signal, async () => (await connection.tools(given)) as readonly McpToolDefinition[]),
    resources: (signal) => offered<readonly JsonObject[]>(signal, () => connection.resources({ signal })),
    resourceTemplates: (signal) =>
      offered<readonly JsonObject[]>(signal, () => connection.resourceTemplates({ signal })),
    prompts: (signal) => offered<readonly JsonObject[]>(signal, () => connection.prompts({ signal })),
    readResource: (uri, signal) =>
      offered<readonly McpResourceContent[]>(signal, () => connection.readResource(uri, signal)),
    getPrompt: (name, given, signal) => offered<JsonObject>(signal, () => connection.getPrompt(name, given, signal)),
    call: (call) => run(call.signal, async () => (await connection.call(call)) as McpCallResult),
  };
}
