import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { DialError, DialErrorCode } from "../dialer/dial-error.ts";

/** An answer of ours, where there is none of the upstream. */
export type Refusal = {
  status: number;
  code: string;
  /** For programs: what exactly is wrong. */
  reason: string;
  message: string;
  headers?: OutgoingHttpHeaders;
};

const dialStatus: Record<DialErrorCode, readonly [status: number, code: string]> = {
  url_invalid: [400, "BAD_REQUEST"],
  address_refused: [403, "FORBIDDEN"],
  name_not_found: [502, "BAD_GATEWAY"],
  unreachable: [502, "BAD_GATEWAY"],
  untrusted: [502, "BAD_GATEWAY"],
  redirected: [502, "BAD_GATEWAY"],
  bad_answer: [502, "BAD_GATEWAY"],
  timed_out: [504, "GATEWAY_TIMEOUT"],
};

export function ofDialError(error: DialError): Refusal {
  const [status, code] = dialStatus[error.code];
  return { status, code, reason: error.code, message: error.message };
}

export const refusals = {
  noServer: {
    status: 404,
    code: "NOT_FOUND",
    reason: "no_server",
    message: "There is no such MCP server.",
  },
  foreignSession: {
    status: 404,
    code: "NOT_FOUND",
    reason: "no_session",
    message: "There is no such MCP session. Start a new one.",
  },
  notOverHttp: {
    status: 422,
    code: "UNPROCESSABLE_CONTENT",
    reason: "not_over_http",
    message: "This MCP server is not reached over HTTP.",
  },
  noUrl: {
    status: 400,
    code: "BAD_REQUEST",
    reason: "no_url",
    message: "Say once which server is meant: /mcp/<server id>, or /mcp?url=<encoded URL>.",
  },
  otherTransport: {
    status: 400,
    code: "BAD_REQUEST",
    reason: "other_transport",
    message: "transportType must be streamable-http.",
  },
  badMethod: {
    status: 405,
    code: "METHOD_NOT_SUPPORTED",
    reason: "method",
    message: "MCP over HTTP is POST, GET and DELETE.",
    headers: { allow: "GET, POST, DELETE, OPTIONS" },
  },
  tooManyExchanges: {
    status: 429,
    code: "TOO_MANY_REQUESTS",
    reason: "too_many_exchanges",
    message: "Too many MCP requests are open. Close some, or try again shortly.",
    headers: { "retry-after": "1" },
  },
  tooLarge: {
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
    reason: "too_large",
    message: "The request body is too large.",
    headers: { connection: "close" },
  },
} satisfies Record<string, Refusal>;

export function toRefusalBody({ code, reason, message }: Refusal): string {
  return JSON.stringify({ error: { code, reason, message }, message });
}

/** Answers with a refusal; when an answer has begun already, breaks it off so that nobody takes it for whole. */
export function refuse(response: ServerResponse, refusal: Refusal, door: OutgoingHttpHeaders): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = toRefusalBody(refusal);
  response.writeHead(refusal.status, {
    ...door,
    ...refusal.headers,
    "cache-control": "no-store",
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
