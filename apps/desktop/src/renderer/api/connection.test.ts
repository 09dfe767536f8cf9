import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createConnection } from "./connection.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("after a failed call the server is asked until it answers, and who waits is told once", async () => {
  let isUp = false;
  let asked = 0;
  const connection = createConnection({ probe: async () => (asked++, isUp), random: () => 1 });
  const recovered = vi.fn();
  connection.onRecovered(recovered);
  connection.httpFailed();
  connection.httpFailed();
  expect(connection.get()).toBe("lost");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked).toBeGreaterThan(5);
  expect(asked).toBeLessThan(15);
  isUp = true;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(connection.get()).toBe("ok");
  expect(recovered).toHaveBeenCalledTimes(1);
});

test("a lost socket keeps the connection lost until it is open again, whatever calls say", async () => {
  const connection = createConnection({ probe: async () => true, random: () => 1 });
  connection.socketFailed();
  connection.httpFailed();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connection.get()).toBe("lost");
  connection.socketOpened();
  expect(connection.get()).toBe("ok");
});
