import type { Implementation } from "@modelcontextprotocol/client";
import type { Era } from "./era-memory.ts";
import type { McpFailure } from "./mcp-failure.ts";

/** What a look at a server found, as separate facts; one does not follow from another. */
export type ServerFacts = {
  /** Something there answered, if only with a refusal. */
  reachable: boolean;
  needsAuth: boolean;
  era?: Era;
  latencyMs: number;
  serverInfo?: Implementation;
  failure?: McpFailure;
};

/** A refusal, too, comes from a server that is alive: 401, 403, 405, 429 and 5xx are answers. */
export function factsOfFailure(failure: McpFailure, latencyMs: number): ServerFacts {
  return {
    reachable: isAnswer(failure),
    needsAuth: failure.code === "mcp.needs_auth",
    latencyMs,
    failure,
  };
}

function isAnswer({ code }: McpFailure): boolean {
  switch (code) {
    case "mcp.needs_auth":
    case "mcp.forbidden":
    case "mcp.rate_limited":
    case "mcp.http_error":
    case "mcp.refused_request":
    case "mcp.not_supported":
    case "mcp.bad_response":
    case "mcp.redirected":
    case "mcp.too_large":
    case "mcp.session_lost":
      return true;
    default:
      return false;
  }
}
