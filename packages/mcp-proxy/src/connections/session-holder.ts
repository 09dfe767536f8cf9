import { ProtocolError, SdkHttpError } from "@modelcontextprotocol/client";
import type { RequestOptions } from "@modelcontextprotocol/client";
import type { ProxyEnvironment } from "../environment.ts";
import { openDeadline } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { failureOf, isOutcomeKnown, rpcCodeIn } from "./failure-of.ts";
import { McpError } from "./mcp-failure.ts";
import type { McpFailure } from "./mcp-failure.ts";
import { sdkNeverMs } from "./open-session.ts";
import type { Session } from "./open-session.ts";

export type Progress = { progress: number; total?: number; message?: string };

export type HeldRequest = {
  method: string;
  /** True when sending it twice does no harm; only then is it ever sent twice. */
  isSafe: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  idleMs: number;
  totalMs: number;
};

export type Send<T> = (session: Session, options: RequestOptions, deadline: Deadline) => Promise<T>;

/** A session that is renewed when the server has forgotten it. */
export type SessionHolder = {
  readonly session: Session;
  request: <T>(request: HeldRequest, send: Send<T>) => Promise<T>;
  close: () => Promise<void>;
};

const unsupportedVersion = -32_022;

/**
 * Sends requests over the current session, bounded in time. When the server has lost the session (404 to its id,
 * 2025-11-25 basic/transports, Session Management) or changed its era, one new introduction is made for all who notice,
 * and a safe request is sent once more; so is a safe one whose connection broke. Any other that may have run is
 * reported as `mcp.outcome_unknown`.
 */
export function createSessionHolder(
  first: Session,
  options: {
    environment: ProxyEnvironment;
    host: string;
    /** Undefined for a wire that cannot be renewed, such as the pipes of one process. */
    reopen: (() => Promise<Session>) | undefined;
    forgetEra: () => Promise<void>;
    onRenewed: (session: Session) => void;
  },
): SessionHolder {
  const { environment, host } = options;
  let current = first;
  let renewing: Promise<Session> | undefined;
  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new McpError({ code: "mcp.closed" });
    const ended = current.ended();
    if (ended !== undefined && options.reopen === undefined) throw new McpError(ended);
  }

  async function renew(lost: Session): Promise<Session> {
    if (current !== lost) return current;
    renewing ??= replaceCurrent(lost).finally(() => (renewing = undefined));
    return renewing;
  }

  async function replaceCurrent(lost: Session): Promise<Session> {
    if (options.reopen === undefined || isClosed) throw new McpError(lost.ended() ?? { code: "mcp.closed" });
    const session = await options.reopen();
    void lost.close();
    if (isClosed) {
      await session.close();
      throw new McpError({ code: "mcp.closed" });
    }
    current = session;
    options.onRenewed(session);
    return session;
  }

  async function usable(): Promise<Session> {
    assertOpen();
    if (renewing !== undefined) return renewing;
    return current.ended() === undefined ? current : renew(current);
  }

  async function request<T>(held: HeldRequest, send: Send<T>): Promise<T> {
    using deadline = openDeadline(environment, held);
    for (let attempt = 0; ; attempt++) {
      const session = await orEnd(usable(), deadline, { host, method: held.method });
      try {
        return await send(session, sdkOptions(held, deadline), deadline);
      } catch (error) {
        const loss = options.reopen === undefined ? undefined : lossOf(error, session);
        if (loss === "era") await options.forgetEra();
        const renewed = loss === undefined ? undefined : renew(session);
        renewed?.catch(() => {});
        const failure = endOf(session, failureOf(error, { host, method: held.method, deadline }));
        const isBroken = loss !== undefined || (failure.code === "mcp.connection_lost" && options.reopen !== undefined);
        if (isBroken && held.isSafe && attempt === 0 && deadline.endedBy === undefined) continue;
        throw new McpError(reported(held, loss === undefined ? failure : { code: "mcp.session_lost" }), error);
      }
    }
  }

  return {
    get session() {
      return current;
    },
    request,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await current.close();
      await renewing?.catch(() => {});
    },
  };
}

const ofSdk = /^Fulfilling input required by '.*' \(round \d+\)$/;

function sdkOptions({ onProgress }: HeldRequest, deadline: Deadline): RequestOptions {
  return {
    signal: deadline.signal,
    timeout: sdkNeverMs,
    ...(onProgress && {
      onprogress({ progress, total, message }) {
        deadline.touch();
        // The SDK's own words, about questions that the user sees as what they are.
        if (message !== undefined && ofSdk.test(message)) return;
        onProgress({
          progress,
          ...(total === undefined ? {} : { total }),
          ...(message === undefined ? {} : { message }),
        });
      },
    }),
  };
}

/** Waiting for a new introduction counts against the request that needs it. */
async function orEnd<T>(work: Promise<T>, deadline: Deadline, context: { host: string; method: string }): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const onAbort = () => ended.reject(new McpError(failureOf(undefined, { ...context, deadline })));
  if (deadline.signal.aborted) onAbort();
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, ended.promise]);
  } catch (error) {
    throw error instanceof McpError ? error : new McpError(failureOf(error, { ...context, deadline }), error);
  } finally {
    deadline.signal.removeEventListener("abort", onAbort);
    ended.promise.catch(() => {});
  }
}

/** A broken pipe is a symptom; how the program ended is the cause. */
function endOf(session: Session, failure: McpFailure): McpFailure {
  return failure.code === "mcp.connection_lost" ? (session.ended() ?? failure) : failure;
}

function reported({ isSafe }: HeldRequest, failure: McpFailure): McpFailure {
  if (isSafe || failure.code === "mcp.cancelled" || isOutcomeKnown(failure)) return failure;
  return { code: "mcp.outcome_unknown", because: failure };
}

/** Whether an error says that the server does not know this session, or no longer speaks its era. */
function lossOf(error: unknown, session: Session): "session" | "era" | undefined {
  if (session.ended() !== undefined) return "session";
  if (error instanceof ProtocolError) return error.code === unsupportedVersion ? "era" : undefined;
  if (session.era === "legacy-sse") {
    return error instanceof Error && /\(HTTP 40[04]\)/.test(error.message) ? "session" : undefined;
  }
  if (!(error instanceof SdkHttpError)) return undefined;
  const text = typeof error.data["text"] === "string" ? error.data["text"] : "";
  const rpcCode = rpcCodeIn(text);
  if (rpcCode === unsupportedVersion) return "era";
  if (session.era === "modern") {
    return [400, 404, 405].includes(error.status) && rpcCode !== -32_601 ? "era" : undefined;
  }
  if (session.transport.sessionId === undefined) return undefined;
  // 404 is what the revision asks for; several servers answer 400 and say so in words.
  return error.status === 404 || (error.status === 400 && /session/i.test(text)) ? "session" : undefined;
}
