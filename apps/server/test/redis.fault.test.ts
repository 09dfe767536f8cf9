import { setTimeout as pause } from "node:timers/promises";
import type { Health } from "@chatee/shared/system";
import { openRedis, sharedMariaDb } from "@chatee/tooling/services";
import type { Redis } from "@chatee/tooling/services";
import { expect, test, vi } from "vitest";
import { openAuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import { startMember } from "./cluster.ts";
import { readMysql } from "./stored-rows.ts";
import type { Witness } from "./witness.ts";

/** Two processes on one database and one Redis, with a client on each. */
async function openPair() {
  const parts = new AsyncDisposableStack();
  const database = parts.use(await sharedMariaDb());
  const redis = parts.use(await openRedis());
  const [one, two] = await Promise.all([1, 2].map(() => startMember({ database, redis })));
  if (!one || !two) throw new Error("there are two");
  for (const server of [one, two]) parts.use(server);
  const auditor = createAuditor();
  const here = parts.use(openAuditedClient({ address: one, auditor, name: "here" }));
  const there = parts.use(openAuditedClient({ address: two, auditor, name: "there" }));
  return {
    redis,
    one,
    two,
    auditor,
    here,
    there,
    /** Ends both in order and says what is not as promised. */
    async audit(): Promise<string[]> {
      const read = readMysql(database);
      const late = await auditor.untilCaughtUp(read);
      const codes = await Promise.all([one.stop(), two.stop()]);
      expect(codes).toEqual([0, 0]);
      return [...late, ...(await auditor.findings(read))];
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The longest that a witness of a steady stream waited for something new, in milliseconds. */
async function longestSilence(witness: Witness, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let longest = 0;
  while (performance.now() < until) {
    const before = performance.now();
    const seen = witness.lastSeq();
    await witness.until(() => witness.lastSeq() > seen, 10_000);
    longest = Math.max(longest, performance.now() - before);
  }
  return longest;
}

const healthOf = async (url: string) => (await (await fetch(`${url}/health`)).json()) as Health;

test("whatever happens to Redis in mid-stream, the other process goes on showing the answer, once", async () => {
  await using pair = await openPair();
  const { here, there, redis } = pair;
  await here.client.sessions.create.mutate({ sessionId: "s" });
  here.follow("s");
  const witness = there.follow("s");
  const { runId, messageId } = await here.send("s", "/demo tokens=100000 delay=5 thinking=10");
  // Polling every half second is what is left without Redis; the bound has room for a busy machine.
  const expectFlow = async (weather: string) => {
    expect(await longestSilence(witness, 1_500), weather).toBeLessThan(3_000);
  };
  const faults: [string, (redis: Redis) => Promise<void>][] = [
    ["all is well", async () => {}],
    ["killed", (one) => one.kill()],
    ["started again, empty", (one) => one.restart()],
    ["flushed", (one) => one.flush()],
    ["stalled", async (one) => one.stall()],
  ];
  for (const [weather, strike] of faults) {
    await strike(redis);
    await expectFlow(weather);
    if (weather === "killed") {
      const health = await healthOf(pair.two.url);
      expect(health).toMatchObject({ status: "degraded", database: "ok", redis: "down" });
    }
  }
  redis.resume();
  await expectFlow("thawed");
  await vi.waitFor(async () => expect((await healthOf(pair.two.url)).redis).toBe("ok"), { timeout: 10_000 });

  await here.client.messages.stop.mutate({ messageId });
  expect(await witness.until(() => witness.hasEnded(runId), 5_000)).toBe(true);
  expect(await pair.audit()).toEqual([]);
});

test("a stop on one process stops the answer of the other, with Redis and without", async () => {
  await using pair = await openPair();
  const { here, there, redis } = pair;
  for (const [sessionId, isUp] of [
    ["with", true],
    ["without", false],
  ] as const) {
    if (!isUp) await redis.kill();
    await here.client.sessions.create.mutate({ sessionId });
    const witness = here.follow(sessionId, sessionId);
    const { runId, messageId } = await here.send(sessionId, "/demo tokens=100000 delay=5");
    expect(await witness.until(() => (witness.messages.get(messageId)?.content.length ?? 0) > 0, 5_000)).toBe(true);
    expect(await there.client.messages.stop.mutate({ messageId })).toEqual({ stopped: true });
    expect(await witness.until(() => witness.hasEnded(runId), 5_000), sessionId).toBe(true);
    expect(witness.messages.get(messageId)?.ended).toBe("cancelled");
    expect((await there.client.messages.get.query({ messageId })).status).toBe("cancelled");
  }
  expect(await pair.audit()).toEqual([]);
});

test("one conversation held on two processes at once is one conversation", async () => {
  await using pair = await openPair();
  const { here, there, redis } = pair;
  await here.client.sessions.create.mutate({ sessionId: "s" });
  const crowd = [here, there];
  const witnesses = crowd.map((client) => client.follow("s"));
  const talking = crowd.map(async (client, index) => {
    for (let turn = 0; turn < 8; turn++) {
      const { runId } = await client.send("s", `/demo tokens=30 delay=1 id=${index}-${turn}`);
      const witness = witnesses[index];
      expect(await witness?.until(() => witness.hasEnded(runId), 10_000)).toBe(true);
    }
  });
  await pause(500);
  await redis.kill();
  await pause(500);
  await redis.restart();
  await Promise.all(talking);
  const pages = await Promise.all(
    crowd.map(({ client }) => client.messages.list.query({ sessionId: "s", limit: 100 })),
  );
  expect(pages[0]?.messages.length).toBe(32);
  expect(pages[0]).toEqual(pages[1]);
  expect(await pair.audit()).toEqual([]);
});
