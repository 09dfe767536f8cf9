import { emptyDraft, newPair } from "./server-draft.ts";
import type { Pair, ServerDraft } from "./server-draft.ts";
import { isWebAddress } from "./web-address.ts";

/** A server found in a pasted text; null when it does not say where the server is. */
export type PastedServer = { name: string; draft: ServerDraft | null };

/**
 * The servers in the JSON that other programs use (`{"mcpServers": {"name": {"command" | "url"}}}`, also below
 * `servers` or bare), or the one behind a bare address. Null when it is neither.
 */
export function readPasted(text: string): PastedServer[] | null {
  const trimmed = text.trim();
  if (isWebAddress(trimmed)) {
    const name = new URL(trimmed).hostname;
    return [{ name, draft: { ...emptyDraft, name, url: trimmed } }];
  }
  const whole = parse(trimmed);
  if (!isRecord(whole)) return null;
  const servers = whole["mcpServers"] ?? whole["servers"] ?? whole;
  if (!isRecord(servers)) return null;
  const found = Object.entries(servers).flatMap(([name, entry]) => (isRecord(entry) ? [toPasted(name, entry)] : []));
  return found.length === 0 ? null : found;
}

function toPasted(name: string, entry: Record<string, unknown>): PastedServer {
  const base = { ...emptyDraft, name: name.slice(0, 200), enabled: entry["disabled"] !== true };
  const { command, url, serverUrl, cwd, args } = entry;
  if (typeof command === "string" && command.trim() !== "") {
    const draft: ServerDraft = {
      ...base,
      type: "stdio",
      command,
      args: Array.isArray(args) ? args.map(String) : [],
      env: toPairs(entry["env"]),
      cwd: typeof cwd === "string" ? cwd : "",
    };
    return { name, draft };
  }
  const address = [url, serverUrl].find((one) => typeof one === "string" && isWebAddress(one));
  if (typeof address !== "string") return { name, draft: null };
  return { name, draft: { ...base, url: address, headers: toPairs(entry["headers"]) } };
}

function toPairs(record: unknown): Pair[] {
  if (!isRecord(record)) return [];
  return Object.entries(record).map(([name, value]) => newPair(name, String(value)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
