import type { FollowedEvent } from "@chatee/shared/stream-event";
import { expect, test } from "vitest";
import { createThinkingClock } from "./thinking-clock.ts";

const delta = (part: "content" | "thinking", offset: number): FollowedEvent => ({
  type: "message.delta",
  messageId: "m",
  part,
  offset,
  text: "x",
});

test("thinking lasts from its first piece to the first piece of the answer", () => {
  let now = 0;
  const clock = createThinkingClock(() => now);
  expect(clock.secondsOf("m")).toBeNull();
  clock.note(delta("thinking", 0));
  now = 3_000;
  clock.note(delta("thinking", 1));
  expect(clock.secondsOf("m")).toBe(3);
  now = 4_000;
  clock.note(delta("content", 0));
  now = 90_000;
  clock.note(delta("content", 1));
  expect(clock.secondsOf("m")).toBe(4);
});

test("what began before this page looked has no duration rather than a wrong one", () => {
  const clock = createThinkingClock(() => 5);
  clock.note(delta("thinking", 40));
  expect(clock.secondsOf("m")).toBeNull();
});
