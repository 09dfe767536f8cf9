/** Everything that can go wrong on purpose with someone else's server, as one closed union. Texts of the server are data. */
export type McpFailure =
  | { code: "mcp.bad_address" }
  | { code: "mcp.unreachable"; host: string; reason: string }
  | { code: "mcp.redirected"; to: string }
  | { code: "mcp.needs_auth"; wwwAuthenticate: string | null }
  | { code: "mcp.forbidden" }
  | { code: "mcp.rate_limited"; retryAfterMs: number | null }
  | { code: "mcp.http_error"; status: number }
  | { code: "mcp.refused_request"; rpcCode: number; detail: string }
  | { code: "mcp.not_supported"; method: string }
  | { code: "mcp.bad_response"; detail: string }
  | { code: "mcp.too_large"; maxBytes: number }
  | { code: "mcp.timed_out"; afterMs: number; waitedFor: "connection" | "progress" | "result" }
  | { code: "mcp.cancelled" }
  | { code: "mcp.session_lost" }
  | { code: "mcp.connection_lost" }
  /** The call may have run, and nobody may repeat it without asking. */
  | { code: "mcp.outcome_unknown"; because: McpFailure }
  | { code: "mcp.not_approved"; approvalHash: string }
  | { code: "mcp.start_failed"; reason: string }
  | { code: "mcp.crashed"; exitCode: number | null; signal: string | null }
  | { code: "mcp.flooded"; what: string }
  | { code: "mcp.backing_off"; retryAfterMs: number; because: McpFailure }
  | { code: "mcp.too_many_connections"; max: number }
  | { code: "mcp.closed" };

export type McpFailureCode = McpFailure["code"];

/** A failure on its way to whoever asked. Anything thrown by this package that is not one is a bug. */
export class McpError extends Error {
  readonly failure: McpFailure;

  constructor(failure: McpFailure, cause?: unknown) {
    super(failure.code, cause === undefined ? {} : { cause });
    this.name = "McpError";
    this.failure = failure;
  }
}

/** The failure somewhere in a chain of causes; libraries wrap what our own parts threw through them. */
export function failureWithin(error: unknown): McpFailure | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; current = current.cause, depth++) {
    if (current instanceof McpError) return current.failure;
  }
  return undefined;
}

const longestDetail = 2_000;

/** A server's words, short enough to store and without characters that could fool a terminal or a reader. */
export function boundedDetail(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  return visible.length > longestDetail ? `${visible.slice(0, longestDetail)}…` : visible;
}
