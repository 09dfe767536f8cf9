import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { Implementation, PriorDiscovery, Transport } from "@modelcontextprotocol/client";
import type { ProxyEnvironment } from "../environment.ts";
import type { HttpServerSpec, ServerSpec, StdioServerSpec } from "../server-spec.ts";
import { serverAddress, serverPlace } from "../server-spec.ts";
import type { StdioTransport } from "../stdio/stdio-transport.ts";
import { watchBody } from "./body-limit.ts";
import { openDeadline } from "./deadline.ts";
import type { Elicitations } from "./elicitation.ts";
import type { Era, EraMemory } from "./era-memory.ts";
import { failureOf, rpcCodeIn } from "./failure-of.ts";
import type { ConnectionLimits } from "./limits.ts";
import { failureWithin, McpError } from "./mcp-failure.ts";
import type { McpFailure } from "./mcp-failure.ts";
import { createServerExchange } from "./server-exchange.ts";
import type { Authorization, GuardedFetch } from "./server-exchange.ts";
import { watchTransport } from "./watched-transport.ts";
import type { WatchedTransport } from "./watched-transport.ts";

/** One introduction to a server and what may be said after it; replaced when the server has forgotten us. */
export type Session = {
  readonly client: Client;
  readonly transport: WatchedTransport;
  readonly era: Era;
  /** False for the pipes of a program, which carry no headers. */
  readonly isHttp: boolean;
  /** Undefined while it lives; afterwards why it ended. */
  readonly ended: () => McpFailure | undefined;
  close: () => Promise<void>;
};

export type SessionOptions = {
  environment: ProxyEnvironment;
  limits: ConnectionLimits;
  clientInfo: Implementation;
  eras: EraMemory;
  fetch: GuardedFetch;
  authorization: Authorization;
  /** Makes the transport of a local program; it starts nothing that is not approved. */
  startProgram: (spec: StdioServerSpec) => StdioTransport;
  elicitations: Elicitations | undefined;
  /** Called when the session is over, whoever ended it. */
  onEnd: () => void;
  /** Installed before anything is received. */
  onClient: (client: Client) => void;
};

/** Longer than any clock of ours; the SDK's own 60 s would cut calls that make progress. */
export const sdkNeverMs = 2_147_000_000;
const maxInputRounds = 10;
const unsupportedVersion = -32_022;

/**
 * Introduces us to a server in the newest era both speak. Order: what is remembered, else `server/discover`
 * (2026-07-28), else `initialize`, else (http-stream only, after 400, 404 or 405) the HTTP+SSE transport of 2024-11-05.
 * A remembered verdict that fails is forgotten and the question asked again.
 *
 * @throws McpError. Nothing stays open then, no process runs.
 */
export async function openSession(spec: ServerSpec, options: SessionOptions, signal?: AbortSignal): Promise<Session> {
  const { eras, limits, environment } = options;
  using deadline = openDeadline(environment, { idleMs: limits.connectMs, totalMs: limits.connectMs, signal });
  const remembered = await eras.recall();
  const toError = (error: unknown) => {
    if (deadline.endedBy !== undefined && deadline.endedBy !== "caller") {
      return new McpError({ code: "mcp.timed_out", afterMs: limits.connectMs, waitedFor: "connection" }, error);
    }
    return new McpError(failureOf(error, { host: serverPlace(spec), method: "initialize", deadline }), error);
  };
  try {
    const session = await firstThatWorks(spec, options, remembered, deadline.signal);
    await eras.record(session.era);
    return session;
  } catch (error) {
    throw toError(error);
  }
}

async function firstThatWorks(
  spec: ServerSpec,
  options: SessionOptions,
  remembered: Exclude<Era, "modern"> | undefined,
  signal: AbortSignal,
): Promise<Session> {
  if (remembered !== undefined) {
    try {
      return await attempt(spec, options, remembered, signal);
    } catch (error) {
      if (!isAboutEra(error)) throw error;
      await options.eras.forget();
    }
  }
  try {
    return await attempt(spec, options, "ask", signal);
  } catch (error) {
    signal.throwIfAborted();
    // Some programs end at a question they do not know, instead of refusing it.
    if (spec.type === "stdio" && isEndedByQuestion(error)) return attempt(spec, options, "legacy", signal);
    if (spec.type !== "http-stream" || !isNotStreamable(error)) throw error;
    try {
      return await attempt(spec, options, "legacy-sse", signal);
    } catch {
      throw error;
    }
  }
}

async function attempt(
  spec: ServerSpec,
  options: SessionOptions,
  plan: Exclude<Era, "modern"> | "ask",
  signal: AbortSignal,
): Promise<Session> {
  signal.throwIfAborted();
  const { limits } = options;
  const opened = spec.type === "stdio" ? openPipes(spec, options) : openHttp(spec, options, plan === "legacy-sse");
  const transport = watchTransport(opened.transport, {
    maxPages: limits.maxPages,
    maxItems: limits.maxItems,
    isProcess: spec.type === "stdio",
    takeFailure: opened.takeFailure,
  });
  let ended: McpFailure | undefined;
  transport.onclose = () => {
    ended ??= (spec.type === "stdio" ? opened.failure() : undefined) ?? { code: "mcp.closed" };
    options.onEnd();
  };
  const client = createClient(options, spec);
  const close = async () => {
    await transport.close().catch(() => {});
  };
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const prior: PriorDiscovery | undefined = plan === "ask" ? undefined : { kind: "legacy" };
    const connecting = client.connect(transport, { timeout: limits.connectMs, ...(prior && { prior }) });
    await Promise.race([connecting, aborted.promise]);
  } catch (error) {
    await close();
    // What our own parts found out is more to the point than what the SDK made of it.
    const own = opened.failure();
    throw own !== undefined && failureWithin(error) === undefined ? new McpError(own, error) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  opened.onLost(() => {
    ended ??= { code: "mcp.connection_lost" };
    void close();
  });
  const era = client.getProtocolEra() === "modern" ? "modern" : plan === "legacy-sse" ? "legacy-sse" : "legacy";
  return {
    client,
    transport,
    era,
    isHttp: spec.type !== "stdio",
    ended: () => ended,
    close: () => closePolitely(opened, close),
  };
}

type Opened = {
  transport: Transport;
  takeFailure?: (id: string | number) => McpError | undefined;
  failure: () => McpFailure | undefined;
  /** Registers what happens when the wire breaks in a way the SDK would try to mend without a new introduction. */
  onLost: (listener: () => void) => void;
  /** Tells the server that we leave, when its era has a way to say so. */
  leave?: () => Promise<void>;
};

async function closePolitely(opened: Opened, close: () => Promise<void>): Promise<void> {
  await opened.leave?.().catch(() => {});
  await close();
}

function openPipes(spec: StdioServerSpec, options: SessionOptions): Opened {
  const transport = options.startProgram(spec);
  return { transport, failure: transport.failure, onLost() {} };
}

function openHttp(spec: HttpServerSpec, options: SessionOptions, isSse: boolean): Opened {
  const { environment, limits, fetch, authorization } = options;
  const exchange = createServerExchange({ spec, fetch, authorization, maxMessageBytes: limits.maxMessageBytes });
  const common = { takeFailure: exchange.takeFailure, failure: () => exchange.lastFailure()?.failure };
  if (isSse) return openSse(spec, exchange.fetch, common);
  const transport = new StreamableHTTPClientTransport(serverAddress(spec), {
    fetch: exchange.fetch,
    reconnectionOptions: {
      initialReconnectionDelay: 500,
      maxReconnectionDelay: 10_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: 4,
    },
    reconnectionScheduler(reconnect, delayMs) {
      const cancelled = new AbortController();
      environment.wait(Math.min(delayMs, limits.idleMs), cancelled.signal).then(reconnect, () => {});
      return () => cancelled.abort();
    },
  });
  const leave = async () => {
    using deadline = openDeadline(environment, { idleMs: 1_000, totalMs: 1_000 });
    const tooLong = new Promise<void>((resolve) => {
      deadline.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([transport.terminateSession(), tooLong]);
  };
  return { ...common, transport, onLost() {}, leave };
}

function openSse(spec: HttpServerSpec, fetch: GuardedFetch, common: Pick<Opened, "takeFailure" | "failure">): Opened {
  let onLost: (() => void) | undefined;
  // A stream that reconnects by itself meets a server that does not know us; only a new introduction helps.
  const watched: GuardedFetch = async (url, init) => {
    const response = await fetch(url, init);
    return (init?.method ?? "GET") === "GET" && response.ok ? watchBody(response, () => onLost?.()) : response;
  };
  const transport = new SSEClientTransport(serverAddress(spec), { fetch: watched });
  return { ...common, transport, onLost: (listener) => (onLost = listener) };
}

function createClient({ clientInfo, limits, elicitations, onClient }: SessionOptions, spec: ServerSpec): Client {
  const client = new Client(clientInfo, {
    capabilities: elicitations === undefined ? {} : { elicitation: { form: { applyDefaults: true }, url: {} } },
    versionNegotiation: {
      mode: "auto",
      probe: { timeoutMs: spec.type === "stdio" ? limits.stdioProbeMs : limits.connectMs },
    },
    inputRequired: { maxRounds: maxInputRounds },
    listMaxPages: limits.maxPages + 1,
    // Schemas of a server are data: compiling them, or running their patterns, would be running its code.
    jsonSchemaValidator: {
      getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
    },
  });
  elicitations?.attach(client);
  onClient(client);
  return client;
}

/** 2025-11-25 basic/transports, Backwards Compatibility: these answers to a POST mean an older transport. */
function isNotStreamable(error: unknown): boolean {
  return error instanceof SdkHttpError && [400, 404, 405].includes(error.status);
}

function isEndedByQuestion(error: unknown): boolean {
  if (failureWithin(error)?.code === "mcp.crashed") return true;
  return error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed;
}

/** True when a server said that it does not speak this way; outages and refusals say nothing of the kind. */
export function isAboutEra(error: unknown): boolean {
  if (error instanceof ProtocolError) return error.code === unsupportedVersion || error.code === -32_601;
  if (error instanceof SdkHttpError) {
    const text = typeof error.data["text"] === "string" ? error.data["text"] : "";
    return error.status < 500 && (error.status !== 404 || rpcCodeIn(text) !== -32_601);
  }
  return failureWithin(error)?.code === "mcp.crashed";
}
