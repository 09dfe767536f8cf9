import type { Client, GetPromptResult, Implementation, Result, ServerCapabilities } from "@modelcontextprotocol/client";
import type { ProxyEnvironment } from "../environment.ts";
import { configHash, serverPlace } from "../server-spec.ts";
import type { ServerSpec } from "../server-spec.ts";
import { createStdioTransport } from "../stdio/stdio-transport.ts";
import type { StdioLimits, StdioTransport } from "../stdio/stdio-transport.ts";
import { createTextTail } from "../stdio/text-tail.ts";
import type { TextTail } from "../stdio/text-tail.ts";
import type { ProgramHost } from "../stdio/program.ts";
import { createCatalogue } from "./catalogue.ts";
import type { Catalogue } from "./catalogue.ts";
import { hearChanges, watchChanges } from "./change-watch.ts";
import type { ListKind } from "./change-watch.ts";
import { createElicitations } from "./elicitation.ts";
import type { OnElicitation } from "./elicitation.ts";
import { createEraMemory, createEraStoreInMemory } from "./era-memory.ts";
import type { Era, EraStore } from "./era-memory.ts";
import { defaultLimits } from "./limits.ts";
import type { ConnectionLimits } from "./limits.ts";
import { createListCache } from "./list-cache.ts";
import type { ListCache } from "./list-cache.ts";
import { McpError } from "./mcp-failure.ts";
import type { McpFailure } from "./mcp-failure.ts";
import { openSession } from "./open-session.ts";
import type { Session, SessionOptions } from "./open-session.ts";
import type { Authorization, GuardedFetch } from "./server-exchange.ts";
import { factsOfFailure } from "./server-facts.ts";
import type { ServerFacts } from "./server-facts.ts";
import { createSessionHolder } from "./session-holder.ts";
import type { Progress } from "./session-holder.ts";
import { createToolCaller } from "./tool-call.ts";
import type { ToolCall } from "./tool-call.ts";
import { toResourceContent } from "./tool-result.ts";
import type { ResourceContent, ToolResult } from "./tool-result.ts";

export type ConnectionOptions = {
  environment: ProxyEnvironment;
  clientInfo: Implementation;
  /** Connects to checked addresses only. Never called for a local program. */
  fetch: GuardedFetch;
  authorization: Authorization;
  eras?: EraStore;
  lists?: ListCache;
  limits?: Partial<ConnectionLimits>;
  /** Without it a server is told that this user cannot be asked. */
  onElicitation?: OnElicitation;
  /** What a local program needs; without it none is started. */
  stdio?: {
    host: ProgramHost;
    /** The hash the owner approved; compared with the spec at every start. */
    approval: string | undefined;
    limits?: Partial<StdioLimits>;
    tail?: TextTail;
  };
};

export type RelayedRequest = {
  method:
    | "tools/list"
    | "tools/call"
    | "resources/list"
    | "resources/templates/list"
    | "resources/read"
    | "prompts/list"
    | "prompts/get"
    | "completion/complete";
  params?: Record<string, unknown> | undefined;
};

export type RelayOptions = { signal?: AbortSignal; onProgress?: (progress: Progress) => void };

/** One user's connection to one server, whatever its transport and era. */
export type Connection = AsyncDisposable &
  Pick<Catalogue, "tools" | "resources" | "resourceTemplates" | "prompts"> & {
    readonly era: Era;
    readonly protocolVersion: string | undefined;
    readonly serverInfo: Implementation | undefined;
    /** The server's hints for the model; data, not orders. */
    readonly instructions: string | undefined;
    readonly capabilities: ServerCapabilities;
    call: (call: ToolCall) => Promise<ToolResult>;
    readResource: (uri: string, signal?: AbortSignal) => Promise<ResourceContent[]>;
    getPrompt: (
      name: string,
      given: Readonly<Record<string, string>>,
      signal?: AbortSignal,
    ) => Promise<Pick<GetPromptResult, "description" | "messages">>;
    /** One request as it is, for whoever passes on someone else's; calls of tools are never sent twice. */
    relay: (request: RelayedRequest, options?: RelayOptions) => Promise<Result>;
    /** By `server/discover` or `ping`, never a bare GET. Never rejects. */
    ping: (signal?: AbortSignal) => Promise<ServerFacts>;
    /** Called when the server says that a list changed, or may have while nobody listened. Returns how to stop. */
    onListChanged: (listener: (kind: ListKind) => void) => () => void;
    /** Why the connection is over for good, such as a crash; undefined while it can be used. */
    failure: () => McpFailure | undefined;
    /** Resolves when it is over for good. */
    readonly ended: Promise<McpFailure>;
    /** The end of a local program's stderr; empty for a remote server. */
    stderrTail: () => string;
  };

/**
 * Opens a connection. Close it; that also ends a local program and everything it started.
 *
 * @throws McpError
 */
export async function openConnection(
  spec: ServerSpec,
  options: ConnectionOptions,
  signal?: AbortSignal,
): Promise<Connection> {
  const { environment, authorization } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const owner = { configHash: configHash(spec), credentialKey: authorization.credentialKey };
  const eras = createEraMemory(environment, options.eras ?? createEraStoreInMemory(), owner);
  const elicitations =
    options.onElicitation &&
    createElicitations({ onElicitation: options.onElicitation, maxOpen: limits.maxOpenElicitations });
  const listeners = new Set<(kind: ListKind) => void>();
  const ended = Promise.withResolvers<McpFailure>();
  let failure: McpFailure | undefined;
  /** Known once the first session is; a server may speak before. */
  const known: { catalogue?: Catalogue } = {};
  let program: StdioTransport | undefined;
  let watching = new AbortController();

  function changed(kind: ListKind): void {
    known.catalogue?.forget(kind);
    for (const listener of listeners) listener(kind);
  }
  function finish(reason: McpFailure): void {
    failure ??= reason;
    watching.abort();
    ended.resolve(failure);
  }
  function watch(session: Session): void {
    watching.abort();
    watching = new AbortController();
    if (spec.type !== "http-post") void watchChanges(session, environment, changed, watching.signal);
  }

  const sessionOptions: SessionOptions = {
    environment,
    limits,
    clientInfo: options.clientInfo,
    eras,
    fetch: options.fetch,
    authorization,
    elicitations,
    startProgram(stdioSpec) {
      const { stdio } = options;
      if (stdio === undefined) throw new McpError({ code: "mcp.start_failed", reason: "not_allowed_here" });
      const tail = stdio.tail ?? createTextTail(64 * 1024);
      program = createStdioTransport({ ...stdio, spec: stdioSpec, tail });
      return program;
    },
    onEnd() {
      if (spec.type === "stdio" && known.catalogue !== undefined) finish(program?.failure() ?? { code: "mcp.closed" });
    },
    onClient: (client: Client) => hearChanges(client, changed),
  };
  const session = await openSession(spec, sessionOptions, signal);
  const holder = createSessionHolder(session, {
    environment,
    host: serverPlace(spec),
    reopen: spec.type === "stdio" ? undefined : () => openSession(spec, sessionOptions),
    forgetEra: eras.forget,
    onRenewed(renewed) {
      watch(renewed);
      for (const kind of ["tools", "resources", "prompts"] as const) changed(kind);
    },
  });
  const lists = createCatalogue({ holder, cache: options.lists ?? createListCache(environment), owner, limits });
  known.catalogue = lists;
  const early = session.ended();
  if (early !== undefined && spec.type === "stdio") finish(early);
  watch(session);
  const once = { idleMs: limits.idleMs, totalMs: 2 * limits.idleMs };

  return {
    tools: lists.tools,
    resources: lists.resources,
    resourceTemplates: lists.resourceTemplates,
    prompts: lists.prompts,
    get era() {
      return holder.session.era;
    },
    get protocolVersion() {
      return holder.session.client.getNegotiatedProtocolVersion();
    },
    get serverInfo() {
      return holder.session.client.getServerVersion();
    },
    get instructions() {
      return holder.session.client.getInstructions();
    },
    get capabilities() {
      return holder.session.client.getServerCapabilities() ?? {};
    },
    call: createToolCaller({ holder, catalogue: lists, elicitations, limits }),
    readResource: (uri, signal) =>
      holder.request({ method: "resources/read", isSafe: true, signal, ...once }, async ({ client }, sdk) => {
        const { contents } = await client.readResource({ uri }, { ...sdk, cacheMode: "bypass" });
        return contents.map(toResourceContent);
      }),
    getPrompt: (name, given, signal) =>
      holder.request({ method: "prompts/get", isSafe: true, signal, ...once }, async ({ client }, sdk) => {
        const { description, messages } = await client.getPrompt({ name, arguments: { ...given } }, sdk);
        return { ...(description === undefined ? {} : { description }), messages };
      }),
    relay: ({ method, params }, given = {}) =>
      holder.request(
        { method, isSafe: method !== "tools/call", ...given, idleMs: limits.idleMs, totalMs: limits.totalMs },
        ({ client }, sdk) => client.request({ method, ...(params && { params }) }, sdk) as Promise<Result>,
      ),
    async ping(signal) {
      const startedMs = environment.elapsedMs();
      const latencyMs = () => Math.round(environment.elapsedMs() - startedMs);
      try {
        await holder.request({ method: "ping", isSafe: true, signal, ...once }, async ({ client, era }, sdk) => {
          await (era === "modern" ? client.discover(sdk) : client.ping(sdk));
        });
      } catch (error) {
        const reason = error instanceof McpError ? error.failure : { code: "mcp.connection_lost" as const };
        // A server without ping has answered all the same.
        if (reason.code !== "mcp.not_supported") return factsOfFailure(reason, latencyMs());
      }
      const serverInfo = holder.session.client.getServerVersion();
      const facts = { reachable: true, needsAuth: false, era: holder.session.era, latencyMs: latencyMs() };
      return { ...facts, ...(serverInfo && { serverInfo }) };
    },
    onListChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    failure: () => failure,
    ended: ended.promise,
    stderrTail: () => program?.stderrTail() ?? "",
    async [Symbol.asyncDispose]() {
      finish({ code: "mcp.closed" });
      listeners.clear();
      await holder.close();
    },
  };
}
