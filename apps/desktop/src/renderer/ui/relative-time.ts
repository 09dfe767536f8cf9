import { strings } from "./ui.strings.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long ago, as short as a list needs: `now`, `5m`, `3h`, `2d`, then the date. A clock that is ahead counts as now. */
export function relativeTime(atMs: number, nowMs: number, locale?: string): string {
  const ago = nowMs - atMs;
  if (ago < minuteMs) return strings.justNow;
  if (ago < hourMs) return `${Math.floor(ago / minuteMs)}m`;
  if (ago < dayMs) return `${Math.floor(ago / hourMs)}h`;
  if (ago < 7 * dayMs) return `${Math.floor(ago / dayMs)}d`;
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return new Date(atMs).toLocaleDateString(locale, {
    month: "short",
    day: "numeric",
    ...(isThisYear ? {} : { year: "numeric" }),
  });
}
