import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import type { Deadline } from "./deadline.ts";
import { boundedDetail, failureWithin } from "./mcp-failure.ts";
import type { McpFailure } from "./mcp-failure.ts";
import { failureBehind } from "./watched-transport.ts";

const methodNotFound = -32_601;
/** Errors of a socket that never was: nothing has reached the server. */
const notConnectedCodes = new Set(
  (
    "ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENETDOWN EADDRNOTAVAIL " +
    "UND_ERR_CONNECT_TIMEOUT ERR_TLS_CERT_ALTNAME_INVALID CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT " +
    "SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY " +
    // Of the guarded dialer.
    "address_refused name_not_found untrusted"
  ).split(" "),
);

/**
 * What the SDK, the socket or our own parts threw, as a failure. `deadline` tells whose doing an abort was.
 * Texts of the server appear only where it answered in protocol; bodies of HTTP errors never do.
 */
export function failureOf(error: unknown, context: { host: string; method: string; deadline?: Deadline }): McpFailure {
  const { deadline, method } = context;
  if (deadline?.endedBy === "caller") return { code: "mcp.cancelled" };
  if (deadline?.endedBy !== undefined)
    return { code: "mcp.timed_out", afterMs: deadline.waitedMs, waitedFor: deadline.endedBy };
  const own = failureWithin(error);
  if (own !== undefined) return own;
  if (error instanceof ProtocolError) {
    const behind = failureBehind(error.data);
    if (behind !== undefined) return behind.failure;
    if (error.code === methodNotFound) return { code: "mcp.not_supported", method };
    return { code: "mcp.refused_request", rpcCode: error.code, detail: boundedDetail(error.message) };
  }
  if (error instanceof SdkHttpError) return httpFailure(error, method);
  if (error instanceof SdkError) return sdkFailure(error, context);
  return socketFailure(error, context.host);
}

function httpFailure({ status, data }: SdkHttpError, method: string): McpFailure {
  // From 2026-07-28 on an unknown method is a 404 whose body says so.
  const text = typeof data["text"] === "string" ? data["text"] : "";
  if (status === 404 && rpcCodeIn(text) === methodNotFound) return { code: "mcp.not_supported", method };
  return { code: "mcp.http_error", status };
}

/** The code of the JSON-RPC error in an HTTP error's body, if there is one. */
export function rpcCodeIn(body: string): number | undefined {
  try {
    const parsed = JSON.parse(body) as { error?: { code?: unknown } } | null;
    return typeof parsed?.error?.code === "number" ? parsed.error.code : undefined;
  } catch {
    return undefined;
  }
}

function sdkFailure(error: SdkError, { host, method }: { host: string; method: string }): McpFailure {
  switch (error.code) {
    case SdkErrorCode.ConnectionClosed:
    case SdkErrorCode.NotConnected:
    case SdkErrorCode.SendFailed:
      return { code: "mcp.connection_lost" };
    case SdkErrorCode.CapabilityNotSupported:
    case SdkErrorCode.MethodNotSupportedByProtocolVersion:
    case SdkErrorCode.UnsupportedResultType:
      return { code: "mcp.not_supported", method };
    // Requests have our own clocks; the SDK's are only used while connecting.
    case SdkErrorCode.RequestTimeout:
      return { code: "mcp.timed_out", afterMs: timeoutIn(error.data), waitedFor: "connection" };
    case SdkErrorCode.EraNegotiationFailed:
      return error.cause === undefined
        ? { code: "mcp.bad_response", detail: "no common protocol version" }
        : failureOf(error.cause, { host, method });
    default:
      return { code: "mcp.bad_response", detail: error.code };
  }
}

function timeoutIn(data: unknown): number {
  const timeout = typeof data === "object" && data !== null && "timeout" in data ? data.timeout : undefined;
  return typeof timeout === "number" ? timeout : 0;
}

function socketFailure(error: unknown, host: string): McpFailure {
  const codes = codesOf(error);
  const notConnected = codes.find((code) => notConnectedCodes.has(code));
  if (notConnected !== undefined) return { code: "mcp.unreachable", host, reason: notConnected };
  if (codes.includes("url_invalid")) return { code: "mcp.bad_address" };
  if (error instanceof SyntaxError || codes.includes("bad_answer"))
    return { code: "mcp.bad_response", detail: "not JSON" };
  if (error instanceof Error && error.name === "ZodError") return { code: "mcp.bad_response", detail: "not JSON-RPC" };
  return { code: "mcp.connection_lost" };
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let current = error, depth = 0; current instanceof Error && depth < 8; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string") codes.push(current.code);
    if (current instanceof AggregateError) codes.push(...current.errors.flatMap(codesOf));
  }
  return codes;
}

/** True when nobody has to wonder whether a call ran: it was refused, never sent, or answered with an error. */
export function isOutcomeKnown(failure: McpFailure): boolean {
  switch (failure.code) {
    case "mcp.bad_address":
    case "mcp.unreachable":
    case "mcp.redirected":
    case "mcp.needs_auth":
    case "mcp.forbidden":
    case "mcp.rate_limited":
    case "mcp.refused_request":
    case "mcp.not_supported":
    case "mcp.not_approved":
    case "mcp.start_failed":
    case "mcp.backing_off":
    case "mcp.too_many_connections":
    case "mcp.closed":
      return true;
    case "mcp.http_error":
      return failure.status < 500 || failure.status === 503;
    default:
      return false;
  }
}
