import { expect, test } from "vitest";
import { createStillEnvironment } from "../testing/call-context.ts";
import { createDeadline } from "./deadline.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(maxMs: number) {
  const { environment, advance } = createStillEnvironment();
  const outer = new AbortController();
  const deadline = createDeadline(environment, outer.signal, { maxMs, expired: () => "expired" });
  return {
    outer,
    deadline,
    async pass(ms: number) {
      advance(ms);
      await settle();
    },
  };
}

test("time runs out, but stands still while somebody is asked, however many questions there are", async () => {
  const { deadline, pass } = setUp(100);
  await pass(60);
  const first = deadline.pause();
  const second = deadline.pause();
  await pass(1_000);
  first[Symbol.dispose]();
  await pass(1_000);
  expect(deadline.signal.aborted).toBe(false);
  second[Symbol.dispose]();
  await pass(39);
  expect(deadline.signal.aborted).toBe(false);
  await pass(1);
  expect(deadline.signal.reason).toBe("expired");
});

test("the outer signal goes through with its reason, also during a pause; disposed, nothing happens any more", async () => {
  const { outer, deadline, pass } = setUp(100);
  using _pause = deadline.pause();
  outer.abort("stopped");
  expect(deadline.signal.reason).toBe("stopped");
  const other = setUp(100);
  const pause = other.deadline.pause();
  other.deadline[Symbol.dispose]();
  pause[Symbol.dispose]();
  await pass(1_000);
  await other.pass(1_000);
  other.outer.abort();
  expect(other.deadline.signal.aborted).toBe(false);
});
