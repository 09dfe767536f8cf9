/** How long a model thought without saying anything: from this place in its thinking, in UTF-16 units. */
export type ThinkingSpan = { offset: number; ms: number };

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** What a message carries in `ext.thinkingSpans`. Whatever else a client stored there is nothing. */
export function thinkingSpansOf({ ext }: { ext: Readonly<Record<string, unknown>> | null }): ThinkingSpan[] {
  const spans = ext?.["thinkingSpans"];
  if (!Array.isArray(spans)) return [];
  return (spans as (Partial<ThinkingSpan> | null)[]).flatMap((span) => {
    const { offset, ms } = span ?? {};
    return isCount(offset) && isCount(ms) ? [{ offset, ms }] : [];
  });
}

/** Of the thinking from `from` up to `to`; null when nobody measured it. */
export function thinkingMs(spans: readonly ThinkingSpan[], from: number, to: number): number | null {
  const within = spans.filter(({ offset }) => offset >= from && offset < to);
  return within.length === 0 ? null : within.reduce((sum, { ms }) => sum + ms, 0);
}
