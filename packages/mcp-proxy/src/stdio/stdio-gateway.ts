import type { IncomingMessage, ServerResponse } from "node:http";
import { isInitializeRequest, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/client";
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { toNodeHandler, toWebRequest } from "@modelcontextprotocol/node";
import { isLegacyRequest } from "@modelcontextprotocol/server";
import { createBackOff, defaultBackOff } from "../connections/back-off.ts";
import type { BackOffTimes } from "../connections/back-off.ts";
import type { Connection } from "../connections/connection.ts";
import type { Lease, PoolTarget } from "../connections/connection-pool.ts";
import { failureWithin, McpError } from "../connections/mcp-failure.ts";
import { refuse } from "../relay/refusal.ts";
import { configHash } from "../server-spec.ts";
import type { StdioServerSpec } from "../server-spec.ts";
import { createBridgedSession } from "./bridged-session.ts";
import type { BridgedSession } from "./bridged-session.ts";
import { answerError, sessionProblem, toRefusal } from "./gateway-answers.ts";
import type { ProgramHost } from "./program.ts";
import { defaultStreamLimits } from "./resumable-streams.ts";
import type { StreamLimits } from "./resumable-streams.ts";
import { isRequest, readRpcBody, toMessages } from "./rpc-body.ts";
import { createStatelessFront } from "./stateless-front.ts";
import type { StatelessFront } from "./stateless-front.ts";
import { createStdioTransport } from "./stdio-transport.ts";
import type { StdioLimits } from "./stdio-transport.ts";

/** Whose request for which program; decided by whoever let the request in. */
export type GatewayTarget = PoolTarget & { spec: StdioServerSpec; approval: string | undefined };

export type GatewayLimits = {
  maxBodyBytes: number;
  maxSessions: number;
  maxSessionsPerUser: number;
  /** A session without request or stream ends after this long. */
  idleMs: number;
  /** What is kept of each session's streams for clients that lost their connection. */
  streams: StreamLimits;
  /** One with a stream on which nothing is said, after this long: its reader may have vanished. */
  quietMs: number;
};

const defaultGatewayLimits: GatewayLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  maxSessions: 100,
  maxSessionsPerUser: 10,
  idleMs: 10 * 60_000,
  quietMs: 60 * 60_000,
  streams: defaultStreamLimits,
};

export type StdioGateway = AsyncDisposable & {
  /**
   * Answers one request of `/mcp/:serverId`. Host, origin and caller have been checked. `headers` go on every answer
   * (CORS). Never rejects for anything a client or a program does.
   */
  handle: (
    req: IncomingMessage,
    res: ServerResponse,
    target: GatewayTarget,
    given?: { parsedBody?: unknown; headers?: Record<string, string> },
  ) => Promise<void>;
  /** Ends the sessions of a server that was changed, switched off or deleted. */
  closeServer: (serverId: string) => Promise<void>;
  readonly sessionCount: number;
};

type Held = { session: BridgedSession; target: GatewayTarget; key: string };

/**
 * Local programs over Streamable HTTP. 2025-era clients get a session with a program of its own, bound to its user
 * and server; another user's session id is unknown. Requests of 2026-07-28 share the user's pooled connection, which is
 * safe because each is complete in itself. Nothing starts without the owner's approval.
 */
export function createStdioGateway(options: {
  host: ProgramHost;
  /** Not to be guessed: who has a session's id and its user's sign-in may use it. */
  newSessionId: () => string;
  lease: (target: GatewayTarget) => Promise<Lease>;
  limits?: Partial<GatewayLimits>;
  programLimits?: Partial<StdioLimits>;
  backOff?: BackOffTimes;
}): StdioGateway {
  const { environment } = options.host;
  const { elapsedMs, wait } = environment;
  const limits = { ...defaultGatewayLimits, ...options.limits };
  const times = options.backOff ?? defaultBackOff;
  const backOff = createBackOff(environment, times);
  const sessions = new Map<string, Held>();
  const fronts = new WeakMap<Connection, StatelessFront>();
  const over = new AbortController();

  async function handle(
    req: IncomingMessage,
    res: ServerResponse,
    target: GatewayTarget,
    given: { parsedBody?: unknown; headers?: Record<string, string> },
  ): Promise<void> {
    for (const [name, value] of Object.entries(given.headers ?? {})) res.setHeader(name, value);
    if (req.method === "GET") return openStream(req, res, target);
    if (req.method === "DELETE") return endSession(req, res, target);
    const read =
      given.parsedBody === undefined
        ? await readRpcBody(req, limits.maxBodyBytes)
        : { ok: true as const, value: given.parsedBody };
    if (!read.ok) return answerError(res, [read.status, -32_700, read.message]);
    const request = await toWebRequest(req, read.value);
    if (!(await isLegacyRequest(request, read.value))) return serveStateless(req, res, target, read.value);
    const messages = toMessages(read.value);
    if (messages === undefined) return answerError(res, [400, -32_600, "Not a JSON-RPC message"]);
    return servePost(req, res, target, messages);
  }

  async function servePost(
    req: IncomingMessage,
    res: ServerResponse,
    target: GatewayTarget,
    messages: JSONRPCMessage[],
  ) {
    const accept = req.headers.accept ?? "";
    if (!/application\/json|\*\/\*/.test(accept) || !/text\/event-stream|\*\/\*/.test(accept)) {
      return answerError(res, [406, -32_000, "Accept must name application/json and text/event-stream"]);
    }
    const version = req.headers["mcp-protocol-version"];
    if (typeof version === "string" && !SUPPORTED_PROTOCOL_VERSIONS.includes(version)) {
      return answerError(res, [400, -32_000, "Unsupported protocol version"]);
    }
    const isFirst = messages.some(isInitializeRequest);
    if (isFirst && messages.length > 1) return answerError(res, [400, -32_600, "initialize comes alone"]);
    const session = isFirst ? await start(target) : find(req, target);
    if (session === undefined) return answerError(res, sessionProblem(req));
    if (messages.some((message) => isRequest(message) && session.isOpen(message.id))) {
      return answerError(res, [400, -32_600, "A request of this id is open"]);
    }
    if (messages.some(isRequest)) session.postRequests(messages, res, isPrimed(version ?? versionIn(messages[0])));
    else {
      session.post(messages);
      res.writeHead(202).end();
    }
  }

  async function start(target: GatewayTarget): Promise<BridgedSession> {
    const key = JSON.stringify([target.serverId, target.userId, configHash(target.spec)]);
    const due = backOff.due(key);
    if (due !== undefined) throw new McpError({ code: "mcp.backing_off", ...due });
    makeRoom(target.userId);
    const id = options.newSessionId();
    const startedMs = elapsedMs();
    let transport: ReturnType<typeof createStdioTransport> | undefined;
    const session = createBridgedSession({
      id,
      environment,
      streamLimits: limits.streams,
      createTransport(untilReady) {
        const { spec, approval } = target;
        const { host, programLimits } = options;
        transport = createStdioTransport({
          spec,
          approval,
          host,
          untilReady,
          ...(programLimits && { limits: programLimits }),
        });
        return transport;
      },
      onClosed() {
        sessions.delete(id);
        const failure = transport?.failure();
        if (failure === undefined) return;
        if (elapsedMs() - startedMs >= times.healthyMs) backOff.forget((one) => one === key);
        backOff.failed(key, failure);
      },
    });
    sessions.set(id, { session, target, key });
    try {
      await session.start();
    } catch (error) {
      sessions.delete(id);
      const failure = failureWithin(error);
      if (failure !== undefined) backOff.failed(key, failure);
      throw error;
    }
    void closeWhenIdle(session).catch(() => {});
    return session;
  }

  function makeRoom(userId: string): void {
    const own = [...sessions.values()].filter(({ target }) => target.userId === userId);
    const crowded =
      own.length >= limits.maxSessionsPerUser ? own : sessions.size >= limits.maxSessions ? [...sessions.values()] : [];
    if (crowded.length === 0) return;
    const [idle] = crowded
      .filter(({ session }) => session.openRequests === 0)
      .sort((a, b) => a.session.lastActiveMs - b.session.lastActiveMs);
    if (idle === undefined) throw new McpError({ code: "mcp.too_many_connections", max: crowded.length });
    sessions.delete(idle.session.id);
    void idle.session.close();
  }

  async function closeWhenIdle(session: BridgedSession): Promise<void> {
    while (sessions.has(session.id)) {
      await wait(Math.min(limits.idleMs, 60_000), over.signal);
      const quietMs = elapsedMs() - session.lastActiveMs;
      const isIdle = session.openRequests === 0 && quietMs >= (session.hasStream ? limits.quietMs : limits.idleMs);
      if (isIdle) await session.close();
    }
  }

  function find(req: IncomingMessage, { userId, serverId }: GatewayTarget): BridgedSession | undefined {
    const id = req.headers["mcp-session-id"];
    const held = typeof id === "string" ? sessions.get(id) : undefined;
    return held?.target.userId === userId && held.target.serverId === serverId ? held.session : undefined;
  }

  async function openStream(req: IncomingMessage, res: ServerResponse, target: GatewayTarget): Promise<void> {
    if (!/text\/event-stream|\*\/\*/.test(req.headers.accept ?? "")) {
      return answerError(res, [406, -32_000, "Accept must name text/event-stream"]);
    }
    const session = find(req, target);
    if (session === undefined) return answerError(res, sessionProblem(req));
    const lastEventId = req.headers["last-event-id"];
    if (typeof lastEventId === "string") {
      if (!session.resumeStream(res, lastEventId)) answerError(res, [400, -32_000, "This event is not kept any more"]);
      return;
    }
    const isOpen = session.openStream(res, isPrimed(req.headers["mcp-protocol-version"]));
    if (!isOpen) answerError(res, [409, -32_000, "This session has its stream already"]);
  }

  async function endSession(req: IncomingMessage, res: ServerResponse, target: GatewayTarget): Promise<void> {
    const session = find(req, target);
    if (session === undefined) return answerError(res, sessionProblem(req));
    await session.close();
    res.writeHead(200).end();
  }

  async function serveStateless(req: IncomingMessage, res: ServerResponse, target: GatewayTarget, body: unknown) {
    await using lease = await options.lease(target);
    const { connection } = lease;
    let front = fronts.get(connection);
    if (front === undefined) {
      front = createStatelessFront(connection, environment);
      fronts.set(connection, front);
      void connection.ended.then(front.close);
    }
    await toNodeHandler(front.handler)(req, res, body);
  }

  return {
    get sessionCount() {
      return sessions.size;
    },
    async handle(req, res, target, given = {}) {
      try {
        await handle(req, res, target, given);
      } catch (error) {
        const failure = failureWithin(error);
        if (failure === undefined) {
          environment.log.error({ error }, "a request to a local server failed");
          return refuse(
            res,
            { status: 500, code: "INTERNAL_SERVER_ERROR", reason: "internal", message: "Something went wrong." },
            {},
          );
        }
        refuse(res, toRefusal(failure), {});
      }
    },
    async closeServer(serverId) {
      backOff.forget((key) => key.startsWith(JSON.stringify([serverId]).slice(0, -1)));
      const meant = [...sessions.values()].filter(({ target }) => target.serverId === serverId);
      await Promise.all(meant.map(({ session }) => session.close()));
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all([...sessions.values()].map(({ session }) => session.close()));
    },
  };
}

/** Clients of earlier revisions do not know events without data. */
function isPrimed(version: unknown): boolean {
  return typeof version === "string" && version >= "2025-11-25";
}

function versionIn(message: JSONRPCMessage | undefined): unknown {
  return isInitializeRequest(message) ? message.params.protocolVersion : undefined;
}
