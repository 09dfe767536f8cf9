import { createStore } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";

const key = "chatee.mcp";
const maxSessions = 200;

/** Newest first; null is the chat that has no session yet, and what new chats start with. */
type Chosen = readonly (readonly [sessionId: string | null, serverIds: readonly string[]])[];

const none: readonly string[] = [];

/** Which MCP servers were attached to which session in this browser; the latest sessions are remembered. */
export const attachedServers = createStore<Chosen>(restore());

export function attachedTo(chosen: Chosen, sessionId: string | null): readonly string[] {
  return chosen.find(([of]) => of === sessionId)?.[1] ?? none;
}

export function attachServers(sessionId: string | null, serverIds: readonly string[]): void {
  const others = attachedServers.get().filter(([of]) => of !== sessionId);
  const next: Chosen = [[sessionId, serverIds], ...others];
  attachedServers.set(next.slice(0, maxSessions));
  save(key, JSON.stringify(attachedServers.get()));
}

function restore(): Chosen {
  try {
    const saved: unknown = JSON.parse(readSaved(key) ?? "[]");
    return Array.isArray(saved) ? saved.flatMap((entry) => (isEntry(entry) ? [entry] : [])) : [];
  } catch {
    return [];
  }
}

function isEntry(entry: unknown): entry is Chosen[number] {
  if (!Array.isArray(entry)) return false;
  const [sessionId, serverIds] = entry as unknown[];
  return (
    (sessionId === null || typeof sessionId === "string") &&
    Array.isArray(serverIds) &&
    serverIds.every((one) => typeof one === "string")
  );
}
