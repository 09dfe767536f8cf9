import { DialError } from "@chatee/mcp-proxy/dialer/dial-error";
import { McpError } from "@chatee/mcp-proxy/connections/mcp-failure";
import type { McpFailure } from "@chatee/mcp-proxy/connections/mcp-failure";
import { DomainError } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";

/** What went wrong with a server, in the words that callers of chatee know. */
export function toFailure(serverId: string, failure: McpFailure): Failure {
  switch (failure.code) {
    case "mcp.unreachable":
      return failure.reason === addressRefused
        ? { code: "mcp.address_refused", host: failure.host }
        : { code: "mcp.unreachable", host: failure.host, reason: failure.reason };
    case "mcp.bad_address":
      return { code: "mcp.address_refused", host: "This" };
    case "mcp.redirected":
      return { code: "mcp.bad_response", detail: `it redirects to ${failure.to}; use that address` };
    case "mcp.needs_auth":
      return { code: "mcp.needs_sign_in", serverId };
    case "mcp.forbidden":
      return { code: "mcp.refused_request", detail: "forbidden (403)" };
    case "mcp.rate_limited":
      return { code: "mcp.rate_limited", retryAfterMs: failure.retryAfterMs };
    case "mcp.http_error":
      return { code: "mcp.bad_response", detail: `HTTP status ${failure.status}` };
    case "mcp.refused_request":
      return { code: "mcp.refused_request", detail: failure.detail };
    case "mcp.not_supported":
      return { code: "mcp.refused_request", detail: `it does not know ${failure.method}` };
    case "mcp.bad_response":
      return { code: "mcp.bad_response", detail: failure.detail };
    case "mcp.too_large":
      return { code: "mcp.bad_response", detail: `larger than ${failure.maxBytes} bytes` };
    case "mcp.timed_out":
      return { code: "mcp.timed_out", afterMs: failure.afterMs };
    case "mcp.outcome_unknown":
      return { code: "mcp.outcome_unknown" };
    case "mcp.not_approved":
      return { code: "mcp.not_approved", serverId, approvalHash: failure.approvalHash };
    case "mcp.start_failed":
      return { code: "mcp.start_failed", reason: failure.reason };
    case "mcp.backing_off":
      return toFailure(serverId, failure.because);
    case "mcp.too_many_connections":
      return { code: "mcp.busy", retryAfterMs: null };
    default:
      return { code: "mcp.ended", reason: reasonOf(failure) };
  }
}

function reasonOf(failure: McpFailure): string {
  switch (failure.code) {
    case "mcp.crashed":
      return failure.signal === null
        ? `the program ended with code ${failure.exitCode ?? "unknown"}`
        : `the program was ended by ${failure.signal}`;
    case "mcp.flooded":
      return `the program's ${failure.what} ran over`;
    case "mcp.closed":
      return "it was closed";
    default:
      return "it was lost";
  }
}

/** As `work`, with what MCP threw as a `DomainError`; a caller that gave up gets the reason of its own signal. */
export async function translated<T>(
  serverId: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    signal?.throwIfAborted();
    throw new DomainError(toFailure(serverId, error.failure), { cause: error });
  }
}

const addressRefused = "address_refused";

/** What the dialer threw, as the connections expect it: above all whether anything can have reached the server. */
export function ofDialer(error: unknown, host: string): unknown {
  if (!(error instanceof DialError)) return error;
  switch (error.code) {
    case "address_refused":
      return new McpError({ code: "mcp.unreachable", host, reason: addressRefused }, error);
    case "url_invalid":
      return new McpError({ code: "mcp.bad_address" }, error);
    case "name_not_found":
      return new McpError({ code: "mcp.unreachable", host, reason: "ENOTFOUND" }, error);
    case "bad_answer":
      return new McpError({ code: "mcp.bad_response", detail: "not HTTP" }, error);
    default:
      return error.cause ?? error;
  }
}
