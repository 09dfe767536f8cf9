/** How long to wait before the next try, from 0: doubles up to `maxMs`, and half of it is chance, so that tabs do not call in step. */
export function backOffMs(attempt: number, random: () => number, firstMs = 250, maxMs = 5_000): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20));
  return full / 2 + (full / 2) * random();
}
