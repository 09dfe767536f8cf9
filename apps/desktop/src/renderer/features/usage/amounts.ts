import { locale } from "../../i18n/locale.ts";

/** A count as short as a list needs: `950`, `12.3K`, `4.1M`. */
export function shortCount(count: number): string {
  return new Intl.NumberFormat(locale.get(), { notation: "compact", maximumFractionDigits: 1 }).format(count);
}

/** Small costs keep two digits that say something. */
export function dollars(usd: number): string {
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(usd)));
  return new Intl.NumberFormat(locale.get(), {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: 2,
    maximumFractionDigits: Math.max(2, digits),
  }).format(usd);
}

export function shortDay(atMs: number): string {
  return new Date(atMs).toLocaleDateString(locale.get(), { month: "short", day: "numeric" });
}
