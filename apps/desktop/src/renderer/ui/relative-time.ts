import { strings } from "./ui.strings.ts";
import { locale as shownLocale } from "../i18n/locale.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long ago, as short as a list needs: `now`, `5m`, `3h`, `2d`, then the date. A clock that is ahead counts as now. */
export function relativeTime(atMs: number, nowMs: number, locale: string = shownLocale.get()): string {
  const ago = nowMs - atMs;
  if (ago < minuteMs) return strings.justNow;
  if (ago < hourMs) return strings.minutesAgo(Math.floor(ago / minuteMs));
  if (ago < dayMs) return strings.hoursAgo(Math.floor(ago / hourMs));
  if (ago < 7 * dayMs) return strings.daysAgo(Math.floor(ago / dayMs));
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return new Date(atMs).toLocaleDateString(locale, {
    month: "short",
    day: "numeric",
    ...(isThisYear ? {} : { year: "numeric" }),
  });
}
