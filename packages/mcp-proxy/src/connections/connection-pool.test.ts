import { describe, expect, test } from "vitest";
import type { Connection } from "./connection.ts";
import { createConnectionPool } from "./connection-pool.ts";
import type { PoolTarget, PoolTimes } from "./connection-pool.ts";
import { McpError } from "./mcp-failure.ts";
import type { McpFailure } from "./mcp-failure.ts";
import { createManualTime } from "./testing/test-environment.ts";

/** A connection that does nothing but be open, end when told and count its closing. */
function createStandIn() {
  const ended = Promise.withResolvers<McpFailure>();
  const standIn = {
    closings: 0,
    crash: () => ended.resolve({ code: "mcp.crashed", exitCode: 1, signal: null }),
    connection: {
      ended: ended.promise,
      async [Symbol.asyncDispose]() {
        standIn.closings += 1;
        ended.resolve({ code: "mcp.closed" });
      },
    } as unknown as Connection,
  };
  return standIn;
}

function openPool(options: { maxConnections?: number; maxPerUser?: number; times?: Partial<PoolTimes> } = {}) {
  const time = createManualTime();
  const opened: (ReturnType<typeof createStandIn> & { target: PoolTarget })[] = [];
  const behavior: { failure: McpFailure | undefined; openMs: number } = { failure: undefined, openMs: 0 };
  const pool = createConnectionPool({
    environment: time,
    async open(target, signal) {
      if (behavior.openMs > 0) await time.wait(behavior.openMs, signal);
      if (behavior.failure !== undefined) throw new McpError(behavior.failure);
      const standIn = Object.assign(createStandIn(), { target });
      opened.push(standIn);
      return standIn.connection;
    },
    ...options,
  });
  return { pool, time, opened, behavior };
}

const target = (serverId = "s1", userId = "ada", url = "http://a.example/mcp"): PoolTarget => ({
  serverId,
  userId,
  spec: { type: "http-stream", url },
});
const failure = (code: string) => expect.objectContaining({ failure: expect.objectContaining({ code }) });

test("callers at the same moment share one opening; two users never share", async () => {
  const { pool, time, opened, behavior } = openPool();
  behavior.openMs = 100;
  const leases = Promise.all([pool.lease(target()), pool.lease(target()), pool.lease(target("s1", "bob"))]);
  await time.advance(100);
  const [first, second, other] = await leases;
  expect([pool.isOpen("s1", "ada"), pool.isOpen("s1", "bob"), pool.isOpen("s2", "ada")]).toEqual([true, true, false]);
  expect(opened).toHaveLength(2);
  expect(first?.connection).toBe(second?.connection);
  expect(other?.connection).not.toBe(first?.connection);
});

test("a caller that stops waiting does not stop the opening for others", async () => {
  const { pool, time, behavior } = openPool();
  behavior.openMs = 100;
  const stop = new AbortController();
  const stopped = pool.lease(target(), stop.signal);
  const patient = pool.lease(target());
  stop.abort();
  await expect(stopped).rejects.toEqual(failure("mcp.cancelled"));
  await time.advance(100);
  expect((await patient).connection).toBeDefined();
});

test("what nobody uses is closed after a while, what is used is not", async () => {
  const { pool, time, opened } = openPool({ times: { idleMs: 1_000 } });
  const lease = await pool.lease(target());
  await time.advance(10_000);
  expect(opened[0]?.closings).toBe(0);
  await lease[Symbol.asyncDispose]();
  await lease[Symbol.asyncDispose]();
  await time.advance(500);
  await (await pool.lease(target()))[Symbol.asyncDispose]();
  await time.advance(999);
  expect(opened).toHaveLength(1);
  expect(opened[0]?.closings).toBe(0);
  await time.advance(1);
  expect(opened[0]?.closings).toBe(1);
  expect(pool.size).toBe(0);
});

test("a changed configuration gets a new connection, and the old one ends with its last call", async () => {
  const { pool, opened } = openPool();
  const before = await pool.lease(target());
  const after = await pool.lease(target("s1", "ada", "http://b.example/mcp"));
  expect(after.connection).not.toBe(before.connection);
  expect(opened[0]?.closings).toBe(0);
  await before[Symbol.asyncDispose]();
  expect(opened[0]?.closings).toBe(1);
  expect(opened[1]?.closings).toBe(0);
});

describe("a server that fails", () => {
  test("is left alone, longer each time up to a bound, and the reason is told", async () => {
    const { pool, time, behavior } = openPool({
      times: { backOff: { firstMs: 10_000, longestMs: 40_000, healthyMs: 1 } },
    });
    behavior.failure = { code: "mcp.unreachable", host: "a.example", reason: "ECONNREFUSED" };
    for (const expectedMs of [10_000, 20_000, 40_000, 40_000]) {
      await expect(pool.lease(target())).rejects.toEqual(failure("mcp.unreachable"));
      await expect(pool.lease(target())).rejects.toMatchObject({
        failure: { code: "mcp.backing_off", retryAfterMs: expectedMs, because: { code: "mcp.unreachable" } },
      });
      await time.advance(expectedMs);
    }
    behavior.failure = undefined;
    expect((await pool.lease(target())).connection).toBeDefined();
  });

  test("after a short pause is tried again by the lease itself", async () => {
    const { pool, time, behavior } = openPool();
    behavior.failure = { code: "mcp.connection_lost" };
    await expect(pool.lease(target())).rejects.toEqual(failure("mcp.connection_lost"));
    behavior.failure = undefined;
    const lease = pool.lease(target());
    await time.advance(500);
    expect((await lease).connection).toBeDefined();
  });

  test("by crashing again and again is slowed down; one that held for long starts afresh", async () => {
    const { pool, time, opened } = openPool();
    for (const aliveMs of [0, 0, 0, 40_000]) {
      const waiting = pool.lease(target());
      await time.advance(2_000);
      await using lease = await waiting;
      expect(lease.connection).toBeDefined();
      await time.advance(aliveMs);
      opened.at(-1)?.crash();
      await time.advance(0);
    }
    const due = pool.lastFailure(target());
    expect(due).toMatchObject({ code: "mcp.crashed" });
    const again = pool.lease(target());
    await time.advance(500);
    expect((await again).connection).toBeDefined();
  });

  test("for want of a sign-in is asked again as soon as the user wants, and so is one whose configuration changed", async () => {
    const { pool, behavior } = openPool();
    behavior.failure = { code: "mcp.needs_auth", wwwAuthenticate: null };
    await expect(pool.lease(target())).rejects.toEqual(failure("mcp.needs_auth"));
    await expect(pool.lease(target())).rejects.toEqual(failure("mcp.needs_auth"));
    behavior.failure = { code: "mcp.rate_limited", retryAfterMs: 90_000 };
    await expect(pool.lease(target())).rejects.toEqual(failure("mcp.rate_limited"));
    await expect(pool.lease(target())).rejects.toMatchObject({ failure: { retryAfterMs: 90_000 } });
    behavior.failure = undefined;
    expect((await pool.lease(target("s1", "ada", "http://b.example/mcp"))).connection).toBeDefined();
    await pool.closeServer("s1");
    expect((await pool.lease(target())).connection).toBeDefined();
  });
});

test("a full pool makes room by closing what was used longest ago, and never what is in use", async () => {
  const { pool, time, opened } = openPool({ maxConnections: 2 });
  await (await pool.lease(target("s1")))[Symbol.asyncDispose]();
  await time.advance(10);
  await using used = await pool.lease(target("s2"));
  await using more = await pool.lease(target("s3"));
  expect(opened.map(({ closings }) => closings)).toEqual([1, 0, 0]);
  await expect(pool.lease(target("s4"))).rejects.toEqual(failure("mcp.too_many_connections"));
  expect([used, more]).toHaveLength(2);
});

test("one user cannot take all", async () => {
  const { pool } = openPool({ maxPerUser: 1 });
  await using ada = await pool.lease(target("s1", "ada"));
  await expect(pool.lease(target("s2", "ada"))).rejects.toEqual(failure("mcp.too_many_connections"));
  await using bob = await pool.lease(target("s2", "bob"));
  expect([ada, bob]).toHaveLength(2);
});

test("closing a server or the pool closes what is open, in use, retired or still opening", async () => {
  const { pool, time, opened, behavior } = openPool();
  await pool.lease(target("s1", "ada"));
  await pool.lease(target("s1", "bob"));
  await pool.lease(target("s2"));
  await pool.closeServer("s1");
  expect(opened.map(({ closings }) => closings)).toEqual([1, 1, 0]);
  await pool.lease(target("s2", "ada", "http://b.example/mcp"));
  behavior.openMs = 1_000;
  const opening = pool.lease(target("s3"));
  opening.catch(() => {});
  await pool[Symbol.asyncDispose]();
  expect(opened.map(({ closings }) => closings)).toEqual([1, 1, 1, 1]);
  await expect(opening).rejects.toThrow();
  await expect(pool.lease(target())).rejects.toEqual(failure("mcp.closed"));
  await time.advance(10_000);
  expect(pool.size).toBe(0);
});
