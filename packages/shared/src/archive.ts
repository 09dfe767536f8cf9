import { z } from "zod";
import { fromChatGpt, isChatGpt } from "./archive-chatgpt.ts";
import { fromClaude, isClaude } from "./archive-claude.ts";
import { importSession } from "./session-export.ts";
import type { ImportSession } from "./session-export.ts";

export const archiveSources = ["chatee", "chatgpt", "claude"] as const;
export type ArchiveSource = (typeof archiveSources)[number];

/** Why a conversation cannot be taken in. */
export const archiveProblems = ["not_json", "not_a_conversation", "invalid", "empty", "too_large", "busy"] as const;
export type ArchiveProblem = (typeof archiveProblems)[number];

export const maxConversationChars = 32 * 1024 * 1024;
/** Of one call. */
export const maxConversations = 200;

export const importConversations = z.object({
  /** Each the JSON text of one conversation, as its archive holds it. */
  conversations: z.array(z.string().max(maxConversationChars)).min(1).max(maxConversations),
});

/** A conversation as its archive names it, in the shape of a session's file. `left`: messages that are not taken over. */
export type ArchivedConversation = { source: ArchiveSource; sourceId: string; file: ImportSession; left: number };
export type ReadConversation = ArchivedConversation | { problem: ArchiveProblem; title: string | null };

/**
 * `present`: it had been taken in before, or is the very session that the file was made of. `grown`: it had, and the
 * file holds messages that came after. `busy`: so it is, but an answer is being written there.
 */
export type ConversationImport = { title: string | null; left: number } & (
  | { outcome: "imported" | "grown"; sessionId: string; messages: number }
  | { outcome: "present"; sessionId: string }
  | { outcome: "skipped"; problem: ArchiveProblem }
);

/** Reads one conversation of any archive; whatever is wrong with it is an answer. */
export function readConversation(text: string): ReadConversation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "not_json", title: null };
  }
  const title = titleIn(value);
  const found = convert(value);
  if (!found) return { problem: "not_a_conversation", title };
  const parsed = importSession.safeParse(found.file);
  if (!parsed.success) return { problem: "invalid", title };
  if (parsed.data.messages.length === 0) return { problem: "empty", title };
  return { ...found, file: parsed.data };
}

type Found = Omit<ArchivedConversation, "file"> & { file: unknown };

function convert(value: unknown): Found | null {
  if (isChatGpt(value)) return { source: "chatgpt", ...fromChatGpt(value) };
  if (isClaude(value)) return { source: "claude", ...fromClaude(value) };
  if (typeof value !== "object" || value === null || Reflect.get(value, "exportType") !== "session") return null;
  const messages: unknown = Reflect.get(value, "messages");
  const first: unknown = Array.isArray(messages) ? messages[0] : null;
  const messageId: unknown = typeof first === "object" && first !== null ? Reflect.get(first, "messageId") : "";
  return { source: "chatee", sourceId: typeof messageId === "string" ? messageId : "", file: value, left: 0 };
}

function titleIn(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  const session: unknown = Reflect.get(value, "session");
  const named = typeof session === "object" && session !== null ? session : value;
  const title: unknown = Reflect.get(named, "title") ?? Reflect.get(named, "name");
  return typeof title === "string" && title.trim() !== "" ? title.trim().slice(0, 200) : null;
}
