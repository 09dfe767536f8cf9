/** What a ratio must be. */
export type Bar = { atLeast: number } | { atMost: number };

export type Measurement = {
  name: string;
  /** What was measured and what it is compared with, each with its unit. */
  measured: string;
  reference: string;
  /** Null where there is nothing to compare with. */
  ratio: number | null;
  /** Null for a number that is only told. */
  bar: Bar | null;
};

export type Bench = {
  name: string;
  /** Yields each measurement as soon as it is made. */
  run(options: { isQuick: boolean }): AsyncIterable<Measurement>;
};

/** One round of a contestant: what one operation cost. */
export type Round = () => Promise<number>;

/**
 * Lets two contestants take turns, the first of each pair changing, so that what else the machine does falls on
 * both. `ratio` is the median of the pairs' own ratios, which a slow minute does not move.
 */
export async function compare(
  rounds: number,
  measured: Round,
  reference: Round,
): Promise<{ measured: number; reference: number; ratio: number }> {
  const pairs: { measured: number; reference: number }[] = [];
  await measured();
  await reference();
  for (let index = 0; index < rounds; index++) {
    if (index % 2 === 0) {
      const ours = await measured();
      pairs.push({ measured: ours, reference: await reference() });
    } else {
      const theirs = await reference();
      pairs.push({ measured: await measured(), reference: theirs });
    }
  }
  return {
    measured: median(pairs.map((pair) => pair.measured)),
    reference: median(pairs.map((pair) => pair.reference)),
    ratio: median(pairs.map((pair) => pair.measured / pair.reference)),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What takes its time before somebody's eyes: `ratio` is of the bar, for they feel the time itself. */
export function withinBar(
  name: string,
  barMs: number,
  measured: number[],
  reference: { name: string; values: number[] },
): Measurement {
  const found = median(measured);
  return {
    name: `${name} (of ${barMs} ms)`,
    measured: ms(found),
    reference: `${ms(median(reference.values))} (${reference.name})`,
    ratio: found / barMs,
    bar: { atMost: 1 },
  };
}

/** Processor time of this process for one of `count` operations, in microseconds. */
export async function cpuUs(count: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Time on the clock for one of `count` operations, in microseconds: for work that is done in other processes too. */
export async function wallUs(count: number, work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return ((performance.now() - startedMs) * 1000) / count;
}

export function isMet({ ratio, bar }: Measurement): boolean {
  if (bar === null || ratio === null) return true;
  return "atLeast" in bar ? ratio >= bar.atLeast : ratio <= bar.atMost;
}

/** `10k`, `1M`. */
export const toCount = (count: number) => (count >= 1_000_000 ? `${count / 1_000_000}M` : `${count / 1_000}k`);
export const us = (value: number) => `${value.toPrecision(3)} µs`;
export const ms = (value: number) => `${value.toPrecision(3)} ms`;
