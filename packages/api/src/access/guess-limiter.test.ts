import { DomainError } from "@chatee/shared/failure";
import { describe, expect, test } from "vitest";
import { createGuessLimiter } from "./guess-limiter.ts";

function setUp() {
  const clock = { nowMs: 1_700_000_000_000 };
  const limiter = createGuessLimiter({ now: () => clock.nowMs });
  /** Null when the peer may try, else how long it has to wait. */
  function waitOf(peer: string): number | null {
    try {
      limiter.check(peer);
      return null;
    } catch (error) {
      if (error instanceof DomainError && error.failure.code === "auth.too_many_attempts")
        return error.failure.retryAfterMs;
      throw error;
    }
  }
  const guess = (peer: string, times: number) => {
    for (let count = 0; count < times; count++) limiter.failed(peer);
  };
  return { clock, limiter, waitOf, guess };
}

describe("the guess limiter", () => {
  test("allows ten wrong guesses, then says exactly how long to wait, and keeps its word", () => {
    const { clock, waitOf, guess } = setUp();
    guess("192.0.2.1", 9);
    expect(waitOf("192.0.2.1")).toBeNull();
    guess("192.0.2.1", 1);
    const retryAfterMs = waitOf("192.0.2.1");
    expect(retryAfterMs).toBe(6_000);
    clock.nowMs += (retryAfterMs ?? 0) - 1;
    expect(waitOf("192.0.2.1")).toBe(1);
    clock.nowMs += 1;
    expect(waitOf("192.0.2.1")).toBeNull();
    guess("192.0.2.1", 1);
    expect(waitOf("192.0.2.1")).toBe(6_000);
  });

  test("never makes anybody wait longer than one refill, however many guesses were in flight", () => {
    const { waitOf, guess } = setUp();
    guess("192.0.2.1", 500);
    expect(waitOf("192.0.2.1")).toBe(6_000);
  });

  test("does not punish other peers, but takes the addresses of one host for one", () => {
    const { waitOf, guess } = setUp();
    guess("::ffff:192.0.2.1", 10);
    expect(waitOf("192.0.2.1")).not.toBeNull();
    expect(waitOf("192.0.2.2")).toBeNull();
    for (let host = 0; host < 10; host++) guess(`2001:db8:0:7::${host.toString(16)}`, 1);
    expect(waitOf("2001:0db8:0000:0007:ffff:1:2:3")).not.toBeNull();
    expect(waitOf("2001:db8:0:8::1")).toBeNull();
  });

  test("stays bounded under a flood of addresses and still remembers the newest", () => {
    const { waitOf, guess } = setUp();
    guess("192.0.2.1", 10);
    for (let host = 0; host < 10_000; host++) guess(`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`, 1);
    expect(waitOf("192.0.2.1")).toBeNull();
    guess("192.0.2.9", 10);
    expect(waitOf("192.0.2.9")).not.toBeNull();
  });
});
