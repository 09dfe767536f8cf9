import { locale } from "../i18n/locale.ts";

let format = { of: "", it: new Intl.DateTimeFormat() };

/** A day and a time, as the language of the screen writes them. */
export function momentOf(atMs: number): string {
  const of = locale.get();
  // Making one takes longer than a message's whole row.
  if (format.of !== of) format = { of, it: new Intl.DateTimeFormat(of, { dateStyle: "medium", timeStyle: "short" }) };
  return format.it.format(atMs);
}
