import { expect, test } from "vitest";
import { backOffMs } from "./back-off.ts";

test("waits double up to their bound, and chance takes at most half away", () => {
  const longest = [0, 1, 2, 3, 10, 1_000].map((attempt) => backOffMs(attempt, () => 1));
  expect(longest).toEqual([250, 500, 1_000, 2_000, 5_000, 5_000]);
  expect([0, 1, 10].map((attempt) => backOffMs(attempt, () => 0))).toEqual([125, 250, 2_500]);
});
