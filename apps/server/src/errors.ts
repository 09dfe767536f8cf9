import { failureStatus } from "@chatee/api/failure-status";
import { DomainError } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";

/** An error as it leaves through a door: never a stack, a path or a statement. */
export type Refusal = { code: TRPC_ERROR_CODE_KEY; status: number; message: string; failure: Failure | null };

const codesByStatus: Record<number, TRPC_ERROR_CODE_KEY> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_SUPPORTED",
  408: "TIMEOUT",
  409: "CONFLICT",
  413: "PAYLOAD_TOO_LARGE",
  414: "BAD_REQUEST",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  431: "BAD_REQUEST",
  503: "SERVICE_UNAVAILABLE",
};

/** RFC 9110 §11.6.1 wants it with every 401; MCP clients look for it before they ask for a token. */
export const challenge = { "www-authenticate": 'Bearer realm="chatee"' };

/** What a caller is told of an error that Fastify or one of our own hooks threw; null when it is a bug. */
export function toRefusal(error: unknown): Refusal | null {
  if (error instanceof DomainError) {
    const code = failureStatus[error.failure.code];
    return { code, status: statusOf(code), message: error.message, failure: error.failure };
  }
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : Number.NaN;
  const code = codesByStatus[status];
  if (!(error instanceof Error) || code === undefined) return null;
  return { code, status, message: sentences[status] ?? error.message, failure: null };
}

/** Fastify's own sentences name its options; these name what the caller did. */
const sentences: Record<number, string> = {
  413: "The request body is too large.",
  415: "The body must be JSON (Content-Type: application/json).",
};

export function statusOf(code: TRPC_ERROR_CODE_KEY): number {
  return getHTTPStatusCodeFromError(new TRPCError({ code }));
}

/** The body of a refusal outside `/trpc`. */
export function toJsonBody({ code, message, failure }: Refusal): Record<string, unknown> {
  const issues = failure?.code === "input.invalid" ? { issues: failure.issues } : {};
  const limit = failure?.code === "input.too_large" ? { max_bytes: failure.maxBytes } : {};
  return { error: { code, message, ...issues }, message, ...limit };
}

/** The body of a refusal under `/trpc`, in the shape its clients parse (JSON-RPC code, data, inside superjson's envelope). */
export function toTrpcBody({ code, status, message, failure }: Refusal): Record<string, unknown> {
  const data = { code, httpStatus: status, failure, errorId: null };
  return { error: { json: { message, code: TRPC_ERROR_CODES_BY_KEY[code], data } } };
}

/** Seconds for `Retry-After`, where the failure knows when to come back. */
export function retryAfterS(failure: Failure | null): number | null {
  if (!failure || !("retryAfterMs" in failure) || failure.retryAfterMs === null) return null;
  return Math.max(1, Math.ceil(failure.retryAfterMs / 1000));
}
