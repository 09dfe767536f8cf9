import { locale } from "../i18n/locale.ts";

/** A day and a time, as the language of the screen writes them. */
export function momentOf(atMs: number): string {
  return new Date(atMs).toLocaleString(locale.get(), { dateStyle: "medium", timeStyle: "short" });
}
