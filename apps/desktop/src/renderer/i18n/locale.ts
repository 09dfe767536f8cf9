import { createStore } from "../api/store.ts";
import type { Store } from "../api/store.ts";
import { readSaved, save } from "../ui/saved.ts";

export const locales = ["en", "zh-CN"] as const;
export type Locale = (typeof locales)[number];
/** `system` follows the browser's languages, also when they change. */
export const localeChoices = ["system", ...locales] as const;
export type LocaleChoice = (typeof localeChoices)[number];

const key = "chatee.language";

/** The first of a reader's languages that chatee speaks; English when it speaks none of them. */
export function localeFor(languages: readonly string[]): Locale {
  for (const language of languages) {
    const [base] = language.toLowerCase().split("-");
    if (base === "zh") return "zh-CN";
    if (base === "en") return "en";
  }
  return "en";
}

const chosen = createStore<LocaleChoice>("system");
const current = createStore<Locale>("en");

export const localeChoice: Store<LocaleChoice> = chosen;
/** The language of every word on the screen. */
export const locale: Store<Locale> = current;

function settle(): void {
  const choice = chosen.get();
  current.set(choice === "system" ? localeFor(navigator.languages) : choice);
  document.documentElement.lang = current.get();
}

/** Call before the first render, so that nothing is said in one language and then in another. */
export function restoreLocale(): void {
  const saved = readSaved(key);
  const known = localeChoices.find((choice) => choice === saved);
  if (known) chosen.set(known);
  settle();
  window.addEventListener("languagechange", settle);
}

export function chooseLocale(choice: LocaleChoice): void {
  chosen.set(choice);
  save(key, choice === "system" ? null : choice);
  settle();
}
