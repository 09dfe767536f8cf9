import type { Session } from "@chatee/shared/sessions";
import { createStore } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";

const key = "chatee.mcp.new";
const none: readonly string[] = [];

/** Which MCP servers a new chat starts with: those last chosen for one in this browser. */
export const newChatServers = createStore<readonly string[]>(readIds(parsed(readSaved(key) ?? "")));

export function rememberServers(serverIds: readonly string[]): void {
  newChatServers.set(serverIds);
  save(key, serverIds.length === 0 ? null : JSON.stringify(serverIds));
}

/** Which MCP servers a session's next question may use. Kept with the session, so that every screen shows the same. */
export function serversOf({ ext }: Pick<Session, "ext">): readonly string[] {
  return readIds(ext?.["mcpServerIds"]);
}

/** What a session carries beside the rest of what it carries. */
export function withServers(ext: Session["ext"], serverIds: readonly string[]): NonNullable<Session["ext"]> {
  return { ...ext, mcpServerIds: [...serverIds] };
}

function readIds(value: unknown): readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : none;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
