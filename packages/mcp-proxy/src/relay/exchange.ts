import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { DialError, toDialError } from "../dialer/dial-error.ts";
import type { SetAlarm } from "./alarm.ts";
import { BodyTooLarge, hasBody, isSmall, readWhole, toCountedBody } from "./counted-body.ts";
import { toCallerHeaders, toUpstreamHeaders } from "./headers.ts";
import { ofDialError, refusals, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** One request, and whom it came from. */
export type Asked = {
  request: IncomingMessage;
  response: ServerResponse;
  /** Headers of the host's door for every answer: CORS and the like. */
  door: OutgoingHttpHeaders;
  /** Called when an answer is not over with its head, and may go on for hours. */
  onLasting?: (() => void) | undefined;
};

/** Where a request goes. */
export type Target = {
  url: URL;
  dispatcher: Dispatcher;
  /** Credentials and other headers that chatee adds; they win over the caller's. */
  headers: Readonly<Record<string, string>>;
};

type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type ExchangeOptions = {
  limits: {
    /** From the request to the headers of its response. A response that has begun is never cut. */
    proxyTimeoutMs: number;
    /** Of a request body. */
    maxRequestBytes: number;
    /** How long an event stream may stay without its first byte. */
    silenceMs: number;
  };
  setAlarm: SetAlarm;
  /** Called once, with what the upstream's response begins with. */
  onHead: (status: number, headers: UpstreamHeaders) => void;
  /** Called once, when both sides are done. */
  onEnd: () => void;
};

const redirects = new Set([300, 301, 302, 303, 307, 308]);
/** A comment of the event stream format: bytes that mean nothing. */
const comment = ":\n\n";
const keepAliveMs = 60_000;

/**
 * Carries one request up and its response down, byte for byte and at the pace of the slower side, so no more than the
 * buffers of two sockets is in memory, however long or large the stream. The caller leaves, and the upstream request is
 * aborted at once (in MCP 2026-07-28 that is how to cancel); the upstream breaks off, and so does the answer.
 */
export function runExchange({ request, response, door, onLasting }: Asked, target: Target, options: ExchangeOptions) {
  const { limits, setAlarm, onHead, onEnd } = options;
  const { url } = target;
  let controller: Dispatcher.DispatchController | null = null;
  let isOver = false;
  const sends = request.method === "POST" && hasBody(request);
  const isWhole = sends && isSmall(request);
  const stream = sends && !isWhole ? toCountedBody(request, limits.maxRequestBytes) : null;
  if (!sends) request.resume();
  const offTimeout = setAlarm(limits.proxyTimeoutMs, () => fail(ofDialError(new DialError("timed_out"))));
  let offSilence = () => {};
  /** The head came, and it and `first` wait for what the same packet brings. */
  let isHeadDue = false;
  let first: Buffer | null = null;

  /** Lets go of the upstream; what it still says is ignored. */
  function end(): void {
    if (isOver) return;
    isOver = true;
    offTimeout();
    offSilence();
    controller?.abort(new Error("the exchange is over"));
    stream?.destroy();
    onEnd();
  }

  function fail(refusal: Refusal): void {
    if (isOver) return;
    refuse(response, refusal, door);
    end();
  }

  function begin(status: number, headers: UpstreamHeaders): void {
    offTimeout();
    if (redirects.has(status)) return fail(ofDialError(new DialError("redirected")));
    onHead(status, headers);
    response.writeHead(status, toCallerHeaders(headers, door));
    isHeadDue = true;
    // In one packet with what the upstream's same packet brings, and without it when that brings nothing.
    process.nextTick(() => {
      if (isOver || response.writableEnded) return;
      onLasting?.();
      if (isHeadDue) sendHead();
    });
    if (isEndless(headers)) {
      // Finds a caller who is gone without a word, on a stream on which nothing is sent.
      request.socket.setKeepAlive(true, keepAliveMs);
      // Firefox hands a streamed response to the page at its first byte. Sent with the head it would be taken for part
      // of what the upstream says first, so it comes only when the upstream has nothing to say for now.
      offSilence = setAlarm(limits.silenceMs, () => void response.write(comment));
    }
  }

  function sendHead(): void {
    isHeadDue = false;
    if (first === null) return response.flushHeaders();
    write(first);
    first = null;
  }

  function write(chunk: Buffer): void {
    if (response.write(chunk)) return;
    controller?.pause();
    response.once("drain", () => controller?.resume());
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (isOver) started.abort(new Error("the exchange is over"));
    },
    onResponseStart(_controller, status, headers) {
      if (status >= 200 && !isOver) begin(status, headers);
    },
    onResponseData(_controller, chunk) {
      if (isOver) return;
      offSilence();
      if (isHeadDue && first === null) {
        first = chunk;
        return;
      }
      if (isHeadDue) sendHead();
      write(chunk);
    },
    onResponseEnd() {
      if (isOver) return;
      offSilence();
      controller = null;
      if (first === null) response.end();
      else response.end(first);
    },
    onResponseError(_controller, error) {
      const isTooLarge = error instanceof BodyTooLarge || stream?.errored instanceof BodyTooLarge;
      fail(isTooLarge ? refusals.tooLarge : ofDialError(toDialError(error)));
    },
  };

  function dispatch(body: Buffer | Readable | null): void {
    target.dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method ?? "POST",
        headers: toUpstreamHeaders(request.headers, target.headers, sends),
        body,
        // Ours is the alarm above, which also sees a body that is not taken.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    );
  }

  response.once("close", end);
  if (isWhole) readWhole(request, (body) => void (isOver || dispatch(body)));
  else dispatch(stream);
}

/** An event stream that may go on: one whose end is not announced. */
function isEndless(headers: UpstreamHeaders): boolean {
  return /^text\/event-stream\b/i.test(String(headers["content-type"])) && headers["content-length"] === undefined;
}
