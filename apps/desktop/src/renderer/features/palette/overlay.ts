import { createStore } from "../../api/store.ts";

/** What lies over the screen and was opened with a key. */
export const overlay = createStore<"palette" | "shortcuts" | null>(null);

/** What the palette searches for when it opens. */
export const firstQuery = createStore("");

/** The one session whose messages the palette searches; null for everything there is. */
export const searchedSession = createStore<string | null>(null);

/** Opens the palette for what was said in one session. */
export function searchIn(sessionId: string): void {
  searchedSession.set(sessionId);
  overlay.set("palette");
}

/** Opens the palette with something to search for in it. */
export function searchFor(query: string): void {
  firstQuery.set(query);
  overlay.set("palette");
}
