import type { ServerResponse } from "node:http";
import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/client";
import { failureWithin } from "../connections/mcp-failure.ts";
import type { ProxyEnvironment } from "../environment.ts";
import { openEventStream } from "./event-stream.ts";
import { createResumableStreams } from "./resumable-streams.ts";
import type { ResumableStream, StreamLimits } from "./resumable-streams.ts";
import type { StdioTransport } from "./stdio-transport.ts";

/** One client's session (2025-11-25 basic/transports, Streamable HTTP) over one program of its own. */
export type BridgedSession = {
  readonly id: string;
  /** Requests without an answer yet. */
  readonly openRequests: number;
  readonly hasStream: boolean;
  /** True when a request of this id waits for its answer; ids may be used again only after it (JSON-RPC 2.0). */
  isOpen: (id: RequestId) => boolean;
  /** When something last came or went. */
  readonly lastActiveMs: number;
  /**
   * Requests, and what comes with them; answered on this response as they are answered. A reader that goes away has not
   * cancelled anything, and may come back. `isPrimed`: see `createResumableStreams`.
   */
  postRequests: (messages: JSONRPCMessage[], res: ServerResponse, isPrimed: boolean) => void;
  /** Notifications and answers of the client. */
  post: (messages: JSONRPCMessage[]) => void;
  /** The client's own stream for what belongs to no request; false when it has one already. */
  openStream: (res: ServerResponse, isPrimed: boolean) => boolean;
  /** Goes on with any stream of this session after this event; false, unanswered, when what came then is not kept. */
  resumeStream: (res: ServerResponse, lastEventId: string) => boolean;
  close: () => Promise<void>;
};

type Pending = { stream: ResumableStream; progressToken: unknown };

/** A reader that takes nothing for this long is broken off, since all others wait for it. */
const stalledMs = 30_000;
const aboutLists = /^notifications\/(.*\/list_changed|resources\/updated)$/;

/**
 * Carries messages unchanged between HTTP and pipes. What the program says goes to the request it belongs to: answers by
 * id, progress by token, questions to the newest request, news to the client's own stream. A reader that does not read
 * holds the program up rather than filling memory. Ends with the program, after telling every request so.
 */
export function createBridgedSession(options: {
  id: string;
  environment: ProxyEnvironment;
  /** Makes the transport; not started. */
  createTransport: (untilReady: () => Promise<void> | undefined) => StdioTransport;
  streamLimits: StreamLimits;
  onClosed: () => void;
}): BridgedSession & { start: () => Promise<void> } {
  const { id, environment } = options;
  const pending = new Map<RequestId, Pending>();
  const streams = createResumableStreams({
    limits: options.streamLimits,
    open: (res, onClose) => openEventStream(res, environment, { "mcp-session-id": id }, onClose),
  });
  let own: ResumableStream | undefined;
  let lastActiveMs = environment.elapsedMs();
  const transport = options.createTransport(untilReady);

  function untilReady(): Promise<void> | undefined {
    const drains = streams.readers().flatMap((reader) => reader.drained() ?? []);
    return drains.length === 0 ? undefined : untilDrained(Promise.all(drains));
  }

  async function untilDrained(drained: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const stalled = environment.wait(stalledMs, over.signal).then(
      () => streams.readers().forEach((reader) => reader.drained() !== undefined && reader.destroy()),
      () => {},
    );
    await Promise.race([drained, stalled]);
    over.abort();
  }

  function settle(requestId: RequestId, message: JSONRPCMessage): void {
    const request = pending.get(requestId);
    if (request === undefined) return;
    pending.delete(requestId);
    request.stream.send(message);
    if (![...pending.values()].some(({ stream }) => stream === request.stream)) request.stream.end();
  }

  function streamFor(message: { method: string; params?: unknown }): ResumableStream | undefined {
    if (aboutLists.test(message.method)) return own;
    // News are kept for who comes back; a question goes to somebody who is there.
    const isQuestion = "id" in message;
    const requests = [...pending.values()].filter(({ stream }) => stream.isOpen || !isQuestion);
    if (message.method === "notifications/progress") {
      const token = progressTokenIn(message.params);
      return requests.find(({ progressToken }) => progressToken === token)?.stream;
    }
    return requests.at(-1)?.stream ?? (own?.isOpen === true || !isQuestion ? own : undefined);
  }

  function hear(message: JSONRPCMessage): void {
    lastActiveMs = environment.elapsedMs();
    if (!("method" in message)) {
      if (message.id !== undefined) settle(message.id, message);
      return;
    }
    const stream = streamFor(message);
    if (stream !== undefined) return stream.send(message);
    // A question nobody hears would be waited for in vain.
    if ("id" in message) tell({ jsonrpc: "2.0", id: message.id, error: { code: -32_000, message: "nobody listens" } });
  }

  function tell(message: JSONRPCMessage): void {
    transport.send(message).catch((error: unknown) => {
      if ("id" in message && "method" in message && message.id !== undefined) {
        settle(message.id, endedError(message.id, failureWithin(error)?.code));
      }
    });
  }

  function post(messages: JSONRPCMessage[]): void {
    lastActiveMs = environment.elapsedMs();
    messages.forEach(tell);
  }

  transport.onmessage = hear;
  transport.onclose = () => {
    for (const requestId of pending.keys()) settle(requestId, endedError(requestId, transport.failure()?.code));
    streams.endAll();
    options.onClosed();
  };

  return {
    id,
    get openRequests() {
      return pending.size;
    },
    isOpen: (requestId) => pending.has(requestId),
    get hasStream() {
      return own?.isOpen ?? false;
    },
    get lastActiveMs() {
      return lastActiveMs;
    },
    start: () => transport.start(),
    postRequests(messages, res, isPrimed) {
      const stream = streams.begin(res, isPrimed);
      for (const message of messages) {
        if (!("method" in message) || !("id" in message)) continue;
        pending.set(message.id, { stream, progressToken: progressTokenIn(metaOf(message.params)) });
      }
      post(messages);
    },
    post,
    openStream(res, isPrimed) {
      if (own?.isOpen === true) return false;
      own?.end();
      own = streams.begin(res, isPrimed);
      return true;
    },
    resumeStream: (res, lastEventId) => streams.resume(res, lastEventId) !== undefined,
    close: () => transport.close(),
  };
}

function endedError(id: RequestId, code: string | undefined): JSONRPCMessage {
  return {
    jsonrpc: "2.0",
    id,
    error: { code: -32_000, message: "The local server ended.", data: { code: code ?? "mcp.closed" } },
  };
}

function metaOf(params: unknown): unknown {
  return typeof params === "object" && params !== null && "_meta" in params ? params._meta : undefined;
}

function progressTokenIn(params: unknown): unknown {
  return typeof params === "object" && params !== null && "progressToken" in params ? params.progressToken : undefined;
}
