import { expect, test } from "vitest";
import { maxBands, rangeOf, toDays } from "./usage-days.ts";

const dayMs = 86_400_000;

test("a range ends with the reader's own day, and begins at a midnight of theirs", () => {
  const lateInLondon = 20_000 * dayMs - 3_600_000;
  expect(rangeOf(lateInLondon, 1, 0)).toEqual({ fromMs: 19_999 * dayMs, toMs: 20_000 * dayMs });
  const inShanghai = { fromMs: 20_000 * dayMs - 8 * 3_600_000, toMs: 20_001 * dayMs - 8 * 3_600_000 };
  expect(rangeOf(lateInLondon, 1, 480)).toEqual(inShanghai);
});

test("every day is there, and small models share the last band without a token getting lost", () => {
  const range = { fromMs: 0, toMs: 3 * dayMs };
  const points = Array.from({ length: 9 }, (_, index) => ({
    dayStartMs: (index % 2) * 2 * dayMs,
    provider: "p",
    model: `m${index}`,
    tokens: 100 - index,
    costUsd: null,
  }));
  const { bands, days } = toDays(points, range);
  expect(bands).toHaveLength(maxBands + 1);
  expect(bands.at(-1)?.isRest).toBe(true);
  expect(days.map(({ total }) => total)).toEqual([480, 0, 384]);
  expect(days.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0))).toEqual([480, 0, 384]);
});
