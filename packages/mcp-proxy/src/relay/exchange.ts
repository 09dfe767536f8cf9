import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { DialError, toDialError } from "../dialer/dial-error.ts";
import type { SetAlarm } from "./alarm.ts";
import { BodyTooLarge, hasBody, isSmall, readWhole, toCountedBody } from "./counted-body.ts";
import { toCallerHeaders } from "./headers.ts";
import { ofDialError, refusals, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export type ExchangeLimits = {
  /** From the request to the headers of its response. A response that has begun is never cut. */
  proxyTimeoutMs: number;
  /** Of a request body. */
  maxRequestBytes: number;
  /** How long an event stream may stay without its first byte. */
  silenceMs: number;
};

export type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  dispatcher: Dispatcher;
  /** As they go up, in lower case. */
  headers: Record<string, string>;
  /** Headers of the door for every answer: CORS and the like. */
  door: OutgoingHttpHeaders;
  limits: ExchangeLimits;
  setAlarm: SetAlarm;
  /** Called once, with what the upstream's response begins with. */
  onHead: (status: number, headers: Readonly<Record<string, string | string[] | undefined>>) => void;
};

const redirects = new Set([300, 301, 302, 303, 307, 308]);
/** A comment of the event stream format: bytes that mean nothing. */
const comment = ":\n\n";
const keepAliveMs = 60_000;

/**
 * Carries one request up and its response down, byte for byte and at the pace of the slower side, so no more than the
 * buffers of two sockets is in memory, however long or large the stream. Resolves when both sides are done; it never
 * rejects. The caller leaves, and the upstream request is aborted at once (in MCP 2026-07-28 that is how to cancel); the
 * upstream breaks off, and so does the answer.
 */
export async function runExchange(exchange: Exchange): Promise<void> {
  const { request, response, url, door, limits, setAlarm } = exchange;
  // Left already: nobody would hear of it again.
  if (response.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let controller: Dispatcher.DispatchController | null = null;
  let isOver = false;
  const sends = request.method === "POST" && hasBody(request);
  const isWhole = sends && isSmall(request);
  const stream = sends && !isWhole ? toCountedBody(request, limits.maxRequestBytes) : null;
  if (!sends) request.resume();
  const offTimeout = setAlarm(limits.proxyTimeoutMs, () => fail(ofDialError(new DialError("timed_out"))));
  let offSilence = () => {};
  /** The head is written, and still waits for the first of its body. */
  let isHeadDue = false;

  /** Lets go of the upstream; what it still says is ignored. */
  function end(): void {
    isOver = true;
    offTimeout();
    offSilence();
    controller?.abort(new Error("the exchange is over"));
    stream?.destroy();
    resolve();
  }

  function fail(refusal: Refusal): void {
    if (isOver) return;
    refuse(response, refusal, door);
    end();
  }

  function begin(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    offTimeout();
    if (redirects.has(status)) return fail(ofDialError(new DialError("redirected")));
    exchange.onHead(status, headers);
    response.writeHead(status, toCallerHeaders(headers, door));
    isHeadDue = true;
    // In one packet with what the upstream's same packet brings, and without it when that brings nothing.
    process.nextTick(() => {
      if (isHeadDue && !isOver) response.flushHeaders();
    });
    if (isEndless(headers)) {
      // Finds a caller who is gone without a word, on a stream on which nothing is sent.
      request.socket.setKeepAlive(true, keepAliveMs);
      // Firefox hands a streamed response to the page at its first byte. Sent with the head it would be taken for part
      // of what the upstream says first, so it comes only when the upstream has nothing to say for now.
      offSilence = setAlarm(limits.silenceMs, () => void response.write(comment));
    }
  }

  response.once("close", end);
  response.on("drain", () => controller?.resume());

  const dispatch = (body: Buffer | Readable | null) =>
    exchange.dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method ?? "POST",
        headers: withoutLength(exchange.headers, sends),
        body,
        // Ours is the alarm above, which also sees a body that is not taken.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (isOver) started.abort(new Error("the exchange is over"));
        },
        onResponseStart(_controller, status, headers) {
          if (status >= 200 && !isOver) begin(status, headers);
        },
        onResponseData(started, chunk) {
          if (isOver) return;
          offSilence();
          isHeadDue = false;
          if (!response.write(chunk)) started.pause();
        },
        onResponseEnd() {
          if (isOver) return;
          offSilence();
          isHeadDue = false;
          controller = null;
          response.end();
        },
        onResponseError(_controller, error) {
          const isTooLarge = error instanceof BodyTooLarge || stream?.errored instanceof BodyTooLarge;
          fail(isTooLarge ? refusals.tooLarge : ofDialError(toDialError(error)));
        },
      },
    );
  if (isWhole) readWhole(request, (body) => void (isOver || dispatch(body)));
  else dispatch(stream);
  await promise;
}

/** An event stream that may go on: one whose end is not announced. */
function isEndless(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return /^text\/event-stream\b/i.test(String(headers["content-type"])) && headers["content-length"] === undefined;
}

function withoutLength(headers: Record<string, string>, hasBody: boolean): Record<string, string> {
  if (hasBody) return headers;
  const { "content-length": _, ...rest } = headers;
  return rest;
}
