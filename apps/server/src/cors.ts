import type { FastifyReply, FastifyRequest } from "fastify";
import type { Doors } from "./doors.ts";

const methods = "GET, POST, PUT, DELETE, OPTIONS";
const headers = "Content-Type, Authorization";
const preflightS = 600;

/** What a route says to pages of the configured origins beyond what every route says. */
export type RouteCors = { exposedHeaders: string; toAllowedHeaders: (requested: string | undefined) => string };

/**
 * Lets pages of the configured origins read what they asked for; every other page was refused before (see
 * doors). True when the request was a preflight and is answered.
 */
export function answerCors(
  doors: Doors,
  request: FastifyRequest,
  reply: FastifyReply,
  cors: RouteCors | undefined,
): boolean {
  const origin = doors.foreignOrigin(request.raw);
  if (origin === null) return false;
  reply.headers({
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": cors?.exposedHeaders ?? "Retry-After",
    vary: "Origin",
  });
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
  reply.headers({
    "access-control-allow-methods": methods,
    "access-control-allow-headers":
      cors?.toAllowedHeaders(request.headers["access-control-request-headers"]) ?? headers,
    "access-control-max-age": String(preflightS),
  });
  void reply.code(204).send();
  return true;
}
