import { createHash } from "node:crypto";
import { McpError } from "./connections/mcp-failure.ts";

/**
 * A server reached over HTTP. `http-stream` may answer with event streams and may push (Streamable HTTP, and the older
 * HTTP+SSE found by falling back); `http-post` answers requests and never pushes: no GET is ever sent to it.
 */
export type HttpServerSpec = {
  type: "http-stream" | "http-post";
  url: string;
  /** Static headers of the owner, keys included: go to the origin of `url` and nowhere else, and are never logged. */
  headers?: Readonly<Record<string, string>>;
};

/** A program on this machine that speaks over its standard input and output. Running it needs an approval. */
export type StdioServerSpec = {
  type: "stdio";
  command: string;
  /** Passed as they are; no shell ever reads them. */
  args: readonly string[];
  /** Added to the minimal environment; everything else of ours stays with us. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
};

export type ServerSpec = HttpServerSpec | StdioServerSpec;

/**
 * The parsed address of an HTTP server.
 *
 * @throws McpError `mcp.bad_address` unless it is http(s) without user or password.
 */
export function serverAddress(spec: HttpServerSpec): URL {
  const url = URL.canParse(spec.url) ? new URL(spec.url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new McpError({ code: "mcp.bad_address" });
  if (url.username !== "" || url.password !== "") throw new McpError({ code: "mcp.bad_address" });
  url.hash = "";
  return url;
}

/** What a screen or a log may show of where a server is: host and port, or the program's file name. */
export function serverPlace(spec: ServerSpec): string {
  if (spec.type === "stdio") return spec.command.split(/[\\/]/).at(-1) ?? "";
  return URL.canParse(spec.url) ? new URL(spec.url).host : "";
}

/** Changes whenever anything about how a server is reached changes; SHA-256, hex. Order of keys does not matter. */
export function configHash(spec: ServerSpec): string {
  const facts =
    spec.type === "stdio"
      ? [spec.type, spec.command, spec.args, sortedEntries(spec.env), spec.cwd ?? null]
      : [spec.type, spec.url, sortedEntries(spec.headers ?? {})];
  return hashOf(["chatee-mcp-config-1", facts]);
}

/**
 * What an owner approves before a program may start: exactly this command, arguments, environment and folder.
 * SHA-256, hex. Two specs share a hash only if they would start the same program in the same way.
 */
export function approvalHash(spec: StdioServerSpec): string {
  return hashOf(["chatee-mcp-approval-1", spec.command, spec.args, sortedEntries(spec.env), spec.cwd ?? null]);
}

function sortedEntries(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** JSON keeps boundaries, so ["a b"] and ["a", "b"] differ. */
function hashOf(facts: unknown): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}
