import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Environment } from "@chatee/api/environment";
import type { FastifyReply, FastifyRequest } from "fastify";
import { challenge, retryAfterS, toJsonBody, toRefusal, toTrpcBody } from "./errors.ts";
import type { Refusal } from "./errors.ts";

/** Long enough for an answer to arrive; then the socket goes, for its other side may never end it. */
const lastWordsMs = 1_000;

/** Answers on the bare socket of what is no request, or no longer one, and lets go of it. */
export function answerAndDestroy(socket: Duplex, status: number, body: Record<string, unknown>): void {
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  // What comes in the meantime is thrown away: unread, it would make the end a reset, which can take the answer with it.
  socket.resume();
  const last = setTimeout(() => socket.destroy(), lastWordsMs);
  last.unref();
  socket.once("close", () => clearTimeout(last));
}

/** How errors leave the server, in the shape that the door's clients parse. */
export function createReplies(environment: Pick<Environment, "log" | "newId">) {
  function send(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
    const seconds = retryAfterS(refusal.failure);
    if (seconds !== null) reply.header("retry-after", String(seconds));
    if (refusal.status === 401) reply.headers(challenge);
    const isTrpc = request.raw.url?.startsWith("/trpc") ?? false;
    return reply.code(refusal.status).send(isTrpc ? toTrpcBody(refusal) : toJsonBody(refusal));
  }

  return {
    onError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
      const known = toRefusal(error);
      if (known) return void send(request, reply, known);
      const errorId = environment.newId();
      environment.log.error({ error, errorId, requestId: request.id }, "a request failed on a bug");
      const message = `Something went wrong here. The log knows it as ${errorId}.`;
      return void send(request, reply, { code: "INTERNAL_SERVER_ERROR", status: 500, message, failure: null });
    },
    onNotFound(request: FastifyRequest, reply: FastifyReply) {
      return void send(request, reply, {
        code: "NOT_FOUND",
        status: 404,
        message: "There is nothing here.",
        failure: null,
      });
    },
    /** What is no HTTP at all, or too slow to become a request, never reaches a handler. */
    onClientError(error: Error & { code?: string }, socket: Socket) {
      if (error.code === "ECONNRESET" || !socket.writable) {
        socket.destroy();
        return;
      }
      const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
      const message = {
        431: "The request headers are too large.",
        408: "The request took too long to arrive.",
        400: "This is not HTTP.",
      }[status];
      const code = status === 408 ? ("TIMEOUT" as const) : ("BAD_REQUEST" as const);
      answerAndDestroy(socket, status, toJsonBody({ code, status, message: message ?? "", failure: null }));
    },
  };
}
