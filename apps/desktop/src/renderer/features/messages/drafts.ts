import { readSaved, save } from "../../ui/saved.ts";

/** Longer drafts are not kept: the browser's store holds a few megabytes in all. */
const maxChars = 200_000;

const keyOf = (sessionId: string | null) => `chatee.draft.${sessionId ?? "new"}`;

/** What was typed into a session and not sent; null is the chat that has no session yet. */
export function readDraft(sessionId: string | null): string {
  return readSaved(keyOf(sessionId)) ?? "";
}

export function saveDraft(sessionId: string | null, text: string): void {
  save(keyOf(sessionId), text === "" || text.length > maxChars ? null : text);
}
