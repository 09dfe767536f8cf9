import type { IncomingHttpHeaders, OutgoingHttpHeader, OutgoingHttpHeaders } from "node:http";

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

/** Names in lower case and values in turn, as undici and node take them: no object is built up and taken apart again. */
export type HeaderList = string[];

/**
 * The headers that go up: those of the caller on the list, and `own`, which win. Never our cookie or token, Host,
 * Origin, what the caller's connection nominates as its own (RFC 9110 §7.6.1), or the length of a body that is not sent.
 */
export function toUpstreamHeaders(
  headers: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
  hasBody: boolean,
): HeaderList {
  const { connection } = headers;
  const nominated = connection === undefined || connection === "keep-alive" ? none : nominatedBy(connection);
  const up: HeaderList = [];
  for (const [name, value] of Object.entries(own)) up.push(name.toLowerCase(), value);
  const ours = up.length;
  if (!includesName(up, ours, "user-agent")) up.push("user-agent", "chatee");
  for (const name in headers) {
    if (!upwards.has(name) && !name.startsWith(mcpPrefix)) continue;
    const value = headers[name];
    if (value === undefined || nominated.has(name) || includesName(up, ours, name)) continue;
    if (hasBody || name !== "content-length") up.push(name, String(value));
  }
  return up;
}

function includesName(list: HeaderList, end: number, name: string): boolean {
  for (let at = 0; at < end; at += 2) if (list[at] === name) return true;
  return false;
}

const none: ReadonlySet<string> = new Set();

function nominatedBy(connection: string): ReadonlySet<string> {
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}

/**
 * Names and values in turn of what goes down: the door's, which say nothing of the answer itself, and those of the
 * upstream on the list. Nothing on the way may keep or hold back what streams.
 */
export function toCallerHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  door: OutgoingHttpHeaders,
): OutgoingHttpHeader[] {
  const down: OutgoingHttpHeader[] = ["cache-control", "no-store", "x-accel-buffering", "no"];
  for (const name in door) push(down, name, door[name]);
  for (const name in headers) {
    if (downwards.has(name) || name.startsWith(mcpPrefix)) push(down, name, headers[name]);
  }
  return down;
}

function push(list: OutgoingHttpHeader[], name: string, value: OutgoingHttpHeader | undefined): void {
  if (value !== undefined) list.push(name, value);
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
