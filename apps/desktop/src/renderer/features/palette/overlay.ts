import { createStore } from "../../api/store.ts";

/** What lies over the screen and was opened with a key. */
export const overlay = createStore<"palette" | "shortcuts" | null>(null);
