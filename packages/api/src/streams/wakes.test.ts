import { expect, test } from "vitest";
import { createBells, createLocalWakes } from "./wakes.ts";

const never = new AbortController().signal;

test("a wake before anyone waits is not lost, and many of them ring once", async () => {
  const wakes = createLocalWakes();
  using bell = wakes.listen("a");
  using other = wakes.listen("b");
  for (let index = 0; index < 3; index++) wakes.wake("a");
  await bell.next(never);
  const stop = new AbortController();
  let rang = false;
  const second = bell.next(stop.signal).then(() => (rang = true));
  const third = other.next(stop.signal);
  await Promise.resolve();
  expect(rang).toBe(false);
  wakes.wake("a");
  await second;
  stop.abort();
  await third;
});

test("a topic is announced with its first listener and given up with its last, also when it is used again", () => {
  const told: string[] = [];
  const bells = createBells({ onFirst: (topic) => told.push(`+${topic}`), onLast: (topic) => told.push(`-${topic}`) });
  const first = bells.listen("a");
  const second = bells.listen("a");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(told).toEqual(["+a"]);
  second[Symbol.dispose]();
  const third = bells.listen("a");
  second[Symbol.dispose]();
  expect([...bells.topics()]).toEqual(["a"]);
  third[Symbol.dispose]();
  expect(told).toEqual(["+a", "-a", "+a", "-a"]);
  expect([...bells.topics()]).toEqual([]);
});
