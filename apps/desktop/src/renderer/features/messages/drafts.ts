import { readSaved, save } from "../../ui/saved.ts";
import type { Pasted } from "./pasted.ts";

/** Longer drafts are not kept: the browser's store holds a few megabytes in all. */
const maxChars = 200_000;
const maxPastedChars = 1_000_000;

const keyOf = (sessionId: string | null) => `chatee.draft.${sessionId ?? "new"}`;
const pastedKeyOf = (sessionId: string | null) => `chatee.pasted.${sessionId ?? "new"}`;

/** What was typed into a session and not sent; null is the chat that has no session yet. */
export function readDraft(sessionId: string | null): string {
  return readSaved(keyOf(sessionId)) ?? "";
}

export function saveDraft(sessionId: string | null, text: string): void {
  save(keyOf(sessionId), text === "" || text.length > maxChars ? null : text);
}

/** What was pasted into a session and not sent. Whatever is not readable is forgotten. */
export function readPasted(sessionId: string | null): Pasted[] {
  try {
    const saved: unknown = JSON.parse(readSaved(pastedKeyOf(sessionId)) ?? "[]");
    if (!Array.isArray(saved)) return [];
    return (saved as Pasted[]).filter(({ name, text }) => typeof name === "string" && typeof text === "string");
  } catch {
    return [];
  }
}

export function savePasted(sessionId: string | null, pasted: readonly Pasted[]): void {
  const chars = pasted.reduce((sum, { text }) => sum + text.length, 0);
  save(pastedKeyOf(sessionId), chars === 0 || chars > maxPastedChars ? null : JSON.stringify(pasted));
}
