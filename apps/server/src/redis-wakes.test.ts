import type { Bell } from "@chatee/api/streams/wakes";
import { openRedis } from "@chatee/tooling/services";
import { expect, test } from "vitest";
import { Hidden, parseConfig } from "./config.ts";
import { createEnvironment } from "./environment.ts";
import { openRedisWakes } from "./redis-wakes.ts";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const environment = createEnvironment(quiet);
const never = new AbortController().signal;

function open(port: number, bootId: string) {
  return openRedisWakes({ ...parseConfig(null, {}).redis, host: "127.0.0.1", port }, { bootId, environment });
}

async function isSilent(bell: Bell): Promise<boolean> {
  const soon = AbortSignal.timeout(200);
  await bell.next(soon);
  return soon.aborted;
}
async function untilSilent(bell: Bell): Promise<void> {
  await bell.next(never);
  while (!(await isSilent(bell)));
}

test("a wake rings the bells of every process, and only those of its topic", async () => {
  await using redis = await openRedis();
  await using first = open(redis.port, "a");
  await using second = open(redis.port, "b");
  using here = first.listen("t1");
  using there = second.listen("t1");
  using other = second.listen("t2");
  // Every bell rings when its subscription stands: from then on nothing is missed.
  await Promise.all([here, there, other].map(untilSilent));
  first.wake("t1");
  await Promise.all([here.next(never), there.next(never)]);
  expect(await isSilent(other)).toBe(true);
});

test("local bells ring while Redis is away; after it came back every bell rings once", async () => {
  await using redis = await openRedis();
  await using first = open(redis.port, "a");
  await using second = open(redis.port, "b");
  using here = first.listen("t1");
  using there = second.listen("t1");
  await Promise.all([here.next(never), there.next(never)]);
  await redis.kill();
  first.wake("t1");
  await here.next(never);
  await expect(first.ping()).rejects.toThrow();
  await redis.restart();
  await Promise.all([here.next(never), there.next(never)]);
  await expect
    .poll(
      () =>
        first.ping().then(
          () => "answers",
          () => "down",
        ),
      { timeout: 10_000 },
    )
    .toBe("answers");
  await expect
    .poll(
      async () => {
        first.wake("t1");
        return !(await isSilent(there));
      },
      { timeout: 10_000 },
    )
    .toBe(true);
});

test("a Redis that hangs holds nobody up, and closing does not wait for it", async () => {
  await using redis = await openRedis();
  const wakes = open(redis.port, "a");
  using bell = wakes.listen("t1");
  await bell.next(never);
  redis.stall();
  for (let index = 0; index < 20_000; index++) wakes.wake("t1");
  expect(await isSilent(bell)).toBe(false);
  await wakes[Symbol.asyncDispose]();
  redis.resume();
});

test("a wrong password is reported and costs nothing but speed", async () => {
  await using redis = await openRedis();
  const { redis: defaults } = parseConfig(null, {});
  await using wakes = openRedisWakes(
    { ...defaults, host: "127.0.0.1", port: redis.port, password: new Hidden("wrong") },
    { bootId: "a", environment },
  );
  using bell = wakes.listen("t1");
  wakes.wake("t1");
  expect(await isSilent(bell)).toBe(false);
});
