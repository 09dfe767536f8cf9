import { expect, test } from "vitest";
import { relativeTime } from "./relative-time.ts";

test("times read as short as a list needs them, and a clock that is ahead says now", () => {
  const now = new Date(2026, 10, 25, 12).getTime();
  const minutes = (count: number) => relativeTime(now - count * 60_000, now, "en");
  expect([0, -30, 5, 61, 25 * 60, 6 * 24 * 60].map(minutes)).toEqual(["now", "now", "5m", "1h", "1d", "6d"]);
  expect(minutes(20 * 24 * 60)).toBe("Nov 5");
  expect(minutes(400 * 24 * 60)).toBe("Oct 21, 2025");
});
