import { createStore } from "../api/store.ts";
import { readSaved, save } from "./saved.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "chatee.theme";

function isTheme(value: string | null): value is Theme {
  return themes.some((theme) => theme === value);
}
function show(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export const theme = createStore<Theme>("system");

/** Call before the first render, so that no page flashes in the wrong colors. */
export function restoreTheme(): void {
  const saved = readSaved(key);
  if (isTheme(saved)) theme.set(saved);
  show(theme.get());
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  show(chosen);
  save(key, chosen === "system" ? null : chosen);
}
