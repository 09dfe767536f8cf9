import type { UsagePoint } from "@chatee/shared/usage";

const dayMs = 86_400_000;
/** As many models as a reader can tell apart by color; what is left is one more. */
export const maxBands = 5;

export type Band = { name: string; isRest: boolean };
export type Day = { startMs: number; total: number; parts: number[] };

/** Local midnight, `days` days back from the day of `nowMs`; days are told by the clock as it goes now. */
export function rangeOf(nowMs: number, days: number, offsetMinutes: number) {
  const offsetMs = offsetMinutes * 60_000;
  const today = Math.floor((nowMs + offsetMs) / dayMs) * dayMs - offsetMs;
  return { fromMs: today - (days - 1) * dayMs, toMs: today + dayMs };
}

/** Every day of the range, used or not, with its tokens for each of the largest models and for all others. */
export function toDays(points: readonly UsagePoint[], range: { fromMs: number; toMs: number }) {
  const totals = new Map<string, number>();
  for (const { model, tokens } of points) totals.set(model ?? "", (totals.get(model ?? "") ?? 0) + tokens);
  const names = [...totals].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const large = names.length <= maxBands + 1 ? names : names.slice(0, maxBands);
  const bands: Band[] = large.map((name) => ({ name, isRest: false }));
  if (large.length < names.length) bands.push({ name: "", isRest: true });
  const count = Math.round((range.toMs - range.fromMs) / dayMs);
  const days: Day[] = Array.from({ length: count }, (_, index) => ({
    startMs: range.fromMs + index * dayMs,
    total: 0,
    parts: bands.map(() => 0),
  }));
  for (const { dayStartMs, model, tokens } of points) {
    const day = days[Math.round((dayStartMs - range.fromMs) / dayMs)];
    if (!day) continue;
    const at = large.indexOf(model ?? "");
    const band = at < 0 ? bands.length - 1 : at;
    day.parts[band] = (day.parts[band] ?? 0) + tokens;
    day.total += tokens;
  }
  return { bands, days };
}
