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
  expect(clock.secondsOf("m", 0, 50)).toBeNull();
  clock.note(delta("thinking", 0));
  now = 3_000;
  clock.note(delta("thinking", 1));
  expect(clock.secondsOf("m", 0, 50)).toBe(3);
  now = 4_000;
  clock.note(delta("content", 0));
  now = 90_000;
  clock.note(delta("content", 1));
  expect(clock.secondsOf("m", 0, 50)).toBe(4);
});

test("what began before this page looked has no duration rather than a wrong one", () => {
  const clock = createThinkingClock(() => 5);
  clock.note(delta("thinking", 40));
  expect(clock.secondsOf("m", 0, 50)).toBeNull();
});

test("a tool ends it, and what is thought after the tool is counted by itself", () => {
  let now = 0;
  const clock = createThinkingClock(() => now);
  clock.note(delta("thinking", 0));
  now = 2_000;
  clock.note({ type: "tool.started", messageId: "m" } as FollowedEvent);
  now = 300_000;
  clock.note(delta("thinking", 10));
  now = 305_000;
  expect([clock.secondsOf("m", 0, 10), clock.secondsOf("m", 10, 20)]).toEqual([2, 5]);
  clock.note({ type: "message.interrupted", message: { messageId: "m" } } as FollowedEvent);
  now = 900_000;
  expect(clock.secondsOf("m", 10, 20)).toBe(5);
});
