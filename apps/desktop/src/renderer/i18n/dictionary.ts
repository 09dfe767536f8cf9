import { locale } from "./locale.ts";
import type { Locale } from "./locale.ts";

/** The same places as `TWords`, with any words in them: what each language has to fill in. */
export type Same<TWords> = {
  readonly [TKey in keyof TWords]: TWords[TKey] extends (...given: infer TGiven) => string
    ? (...given: TGiven) => string
    : TWords[TKey] extends string
      ? string
      : Same<TWords[TKey]>;
};

const tables = new WeakMap<object, Record<Locale, object>>();

/**
 * The words of one part of the screen, in each language. A word that a language lacks does not compile. Answers as
 * the language shown now: read words while drawing, not when a file is loaded.
 */
export function dictionary<TWords extends object>(en: TWords, zh: NoInfer<Same<TWords>>): Same<TWords> {
  const byLocale: Record<Locale, object> = { en, "zh-CN": zh };
  const words = {};
  for (const key of Object.keys(en)) {
    const read = () => byLocale[locale.get()][key as keyof object];
    Object.defineProperty(words, key, { enumerable: true, get: read });
  }
  tables.set(words, byLocale);
  // The getters above answer for every key of both tables.
  return words as Same<TWords>;
}

/** Both tables behind `words`, to compare them; undefined when it is not a dictionary. */
export function tablesOf(words: object): Record<Locale, object> | undefined {
  return tables.get(words);
}
