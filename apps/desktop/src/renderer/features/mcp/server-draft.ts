import type { Json, JsonObject } from "@chatee/shared/json";
import { maskedSecret, mcpServerExt } from "@chatee/shared/mcp";
import type { CreateMcpServer, McpServer, McpServerExt, McpServerType, UpdateMcpServer } from "@chatee/shared/mcp";
import { isWebAddress } from "./web-address.ts";

/** A line of headers or of the environment; `key` stays the line's own while its name changes. */
export type Pair = { key: number; name: string; value: string };

/** A server while it is edited. Fields of the kind that was not chosen are kept here and not saved. */
export type ServerDraft = {
  name: string;
  type: McpServerType;
  url: string;
  headers: Pair[];
  command: string;
  args: string[];
  env: Pair[];
  cwd: string;
  description: string;
  enabled: boolean;
  allowReadOnly: boolean;
};

let lastKey = 0;
export const newPair = (name = "", value = ""): Pair => ({ key: ++lastKey, name, value });
const toPairs = (record: Record<string, string> | null | undefined): Pair[] =>
  Object.entries(record ?? {}).map(([name, value]) => newPair(name, value));

export const emptyDraft: ServerDraft = {
  name: "",
  type: "http-stream",
  url: "",
  headers: [],
  command: "",
  args: [],
  env: [],
  cwd: "",
  description: "",
  enabled: true,
  allowReadOnly: false,
};

/** What chatee knows of `ext`; of one that is not readable, nothing. */
export function readExt(ext: Json): McpServerExt {
  return mcpServerExt.safeParse(ext ?? {}).data ?? {};
}

export function toDraft(server: McpServer | null): ServerDraft {
  if (server === null) return emptyDraft;
  const ext = readExt(server.ext);
  return {
    name: server.name,
    type: server.type,
    url: server.url ?? "",
    headers: toPairs(ext.headers),
    command: ext.command ?? "",
    args: ext.args ?? [],
    env: toPairs(ext.env),
    cwd: ext.cwd ?? "",
    description: server.description ?? "",
    enabled: server.enabled,
    allowReadOnly: server.allowReadOnly,
  };
}

export function isComplete(draft: ServerDraft): boolean {
  if (draft.name.trim() === "") return false;
  return draft.type === "stdio" ? draft.command.trim() !== "" : isWebAddress(draft.url.trim());
}

/** Whether a value is the saved one, which nobody sees. */
export const isSaved = ({ value }: Pair): boolean => value === maskedSecret;

/** The server sends saved headers only where they were entered for: whether the draft names another place. */
export function isElsewhere(draft: ServerDraft, server: McpServer | null): boolean {
  const originOf = (url: string) => (URL.canParse(url) ? new URL(url).origin : null);
  return server !== null && draft.type !== "stdio" && originOf(server.url ?? "") !== originOf(draft.url.trim());
}

/** Whether saved headers cannot come along: somebody has to enter them anew, or remove them. */
export function asksForHeaders(draft: ServerDraft, server: McpServer | null): boolean {
  return isElsewhere(draft, server) && draft.headers.some(isSaved);
}

function toRecord(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(pairs.flatMap(({ name, value }) => (name.trim() === "" ? [] : [[name.trim(), value]])));
}

/** What of `before` is none of ours stays. */
function toExt(draft: ServerDraft, before: JsonObject | null): McpServerExt {
  const { command: _command, args: _args, env: _env, cwd: _cwd, headers: _headers, ...own } = before ?? {};
  if (draft.type !== "stdio") return { ...own, headers: toRecord(draft.headers) };
  const cwd = draft.cwd.trim();
  const last = draft.args.findLastIndex((arg) => arg !== "");
  const args = draft.args.slice(0, last + 1);
  return { ...own, command: draft.command.trim(), args, env: toRecord(draft.env), ...(cwd ? { cwd } : {}) };
}

function toFields(draft: ServerDraft, before: JsonObject | null) {
  return {
    name: draft.name.trim(),
    type: draft.type,
    url: draft.type === "stdio" ? null : draft.url.trim(),
    description: draft.description.trim() || null,
    enabled: draft.enabled,
    allowReadOnly: draft.allowReadOnly,
    ext: toExt(draft, before),
  };
}

export function toCreate(draft: ServerDraft, serverId: string): CreateMcpServer {
  return { ...toFields(draft, null), serverId, useProxy: true };
}

export function toUpdate(draft: ServerDraft, server: McpServer): UpdateMcpServer {
  return { ...toFields(draft, server.ext), serverId: server.serverId };
}
