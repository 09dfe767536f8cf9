import type { IncomingMessage, ServerResponse } from "node:http";
import type { McpFailure } from "../connections/mcp-failure.ts";
import type { Refusal } from "../relay/refusal.ts";

const noSession: [number, number, string] = [404, -32_001, "Session not found"];

/** Why a request came to no session: its status, code and words. */
export function sessionProblem(req: IncomingMessage): [number, number, string] {
  return req.headers["mcp-session-id"] === undefined ? [400, -32_000, "Mcp-Session-Id is missing"] : noSession;
}

/** An answer within the protocol, for what the protocol has a word for. */
export function answerError(res: ServerResponse, [status, code, message]: [number, number, string]): void {
  const body = JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null });
  res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(body);
}

/** What the owner is told of a program that cannot answer. */
export function toRefusal(failure: McpFailure): Refusal {
  const reason = failure.code.replace("mcp.", "");
  switch (failure.code) {
    case "mcp.not_approved":
      return {
        status: 403,
        code: "FORBIDDEN",
        reason,
        message: "This local server has not been approved by its owner.",
      };
    case "mcp.backing_off": {
      const headers = { "retry-after": String(Math.ceil(failure.retryAfterMs / 1_000)) };
      return { status: 503, code: "SERVICE_UNAVAILABLE", reason, message: "This local server keeps failing.", headers };
    }
    case "mcp.too_many_connections":
      return { status: 429, code: "TOO_MANY_REQUESTS", reason, message: "Too many local servers are running." };
    case "mcp.start_failed":
      return { status: 502, code: "BAD_GATEWAY", reason, message: "This local server cannot be started." };
    case "mcp.timed_out":
      return { status: 504, code: "GATEWAY_TIMEOUT", reason, message: "This local server does not answer." };
    default:
      return { status: 502, code: "BAD_GATEWAY", reason, message: "This local server cannot be used." };
  }
}
