import { createStore } from "../../api/store.ts";

/** What lies over the screen and was opened with a key. */
export const overlay = createStore<"palette" | "shortcuts" | null>(null);

/** What the palette searches for when it opens. */
export const firstQuery = createStore("");

/** Opens the palette with something to search for in it. */
export function searchFor(query: string): void {
  firstQuery.set(query);
  overlay.set("palette");
}
