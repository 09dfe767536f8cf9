import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** What a caller's request may say to an upstream, besides everything that begins with `mcp-`. */
const upwards = new Set([
  "accept",
  "content-type",
  "content-length",
  "last-event-id",
  "traceparent",
  "tracestate",
  "baggage",
]);
/** What an upstream's response may say to a caller, besides everything that begins with `mcp-`. */
const downwards = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "www-authenticate",
  "retry-after",
  "allow",
]);
/** New `Mcp-*` headers come with each revision, and `Mcp-Param-*` from tool schemas: no list can name them. */
const mcpPrefix = "mcp-";

const ofBrowsers = new Set(["authorization"]);

/** Response headers that a page of another origin may read. */
export const exposedHeaders = "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Retry-After";

/**
 * The headers that go up: those of the caller on the list, and `own`, which win. Never our cookie or token, Host,
 * Origin, or what the caller's connection nominates as its own (RFC 9110 §7.6.1).
 */
export function toUpstreamHeaders(
  headers: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const { connection } = headers;
  const nominated = connection === undefined || connection === "keep-alive" ? none : nominatedBy(connection);
  const up: Record<string, string> = { "user-agent": "chatee" };
  for (const name in headers) {
    if (!upwards.has(name) && !name.startsWith(mcpPrefix)) continue;
    const value = headers[name];
    if (value !== undefined && !nominated.has(name)) up[name] = String(value);
  }
  for (const [name, value] of Object.entries(own)) up[name.toLowerCase()] = value;
  return up;
}

const none: ReadonlySet<string> = new Set();

function nominatedBy(connection: string): ReadonlySet<string> {
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}

/** The headers that go down, over those of the door; nothing on the way may keep or hold back what streams. */
export function toCallerHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  door: OutgoingHttpHeaders,
): OutgoingHttpHeaders {
  const down: OutgoingHttpHeaders = { ...door, "cache-control": "no-store", "x-accel-buffering": "no" };
  for (const name in headers) if (downwards.has(name) || name.startsWith(mcpPrefix)) down[name] = headers[name];
  return down;
}

/**
 * `Access-Control-Allow-Headers` for a preflight: the names it asks for, as far as a request with them would be
 * passed on. A list of ours could not express `Mcp-Param-*`, and `*` does not cover `Authorization`.
 */
export function toAllowedHeaders(requested: string | undefined): string {
  const names = (requested ?? "").split(",").map((name) => name.trim().toLowerCase());
  return names
    .filter((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
    .filter((name) => upwards.has(name) || ofBrowsers.has(name) || name.startsWith(mcpPrefix))
    .join(", ");
}
