import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { openChaosProxy } from "@chatee/tooling/chaos-proxy";
import { freePort } from "@chatee/tooling/private-process";
import { openMariaDb } from "@chatee/tooling/services";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Database } from "../database.ts";
import { insert, OutcomeUnknown, raw } from "../statements.ts";
import { createStreamStore } from "../streams.store.ts";
import { createEmptyMysql } from "../testing/earlier-version.ts";
import { testMysqlOptions } from "../testing/engines.ts";
import { isConnectionLost, isOutage } from "../violations.ts";
import { DatabaseUnusable } from "./database-unusable.ts";
import { openMysql } from "./open-mysql.ts";

const audit = (auditId: string) => ({ auditId, ownerId: "ann", action: "x", subjectId: "y", atMs: 1 });
const add = (db: Database, auditId: string) => db.write(insert(db.tables.auditLog, audit(auditId)));
async function stored(db: Database): Promise<string[]> {
  const rows = await db.read.select({ id: db.tables.auditLog.auditId }).from(db.tables.auditLog);
  return rows.map((row) => row.id);
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Asks until the answer is no; while the database cannot be asked it is yes. */
async function untilDead(db: Database, bootId: string): Promise<void> {
  while (await db.isProcessAlive(bootId)) await pause(50);
}
const errorOf = async (work: Promise<unknown>) => await work.then(() => null).catch((error: unknown) => error);

/** Tells of each COMMIT before it passes it on. */
async function openCommitWatch(target: { host: string; port: number }, onCommit: () => void) {
  const server = createServer((client) => {
    const upstream = createConnection(target.port, target.host);
    client.on("data", (data) => {
      if (data.subarray(5).toString("latin1") === "commit") onCommit();
      upstream.write(data);
    });
    upstream.on("data", (data) => client.write(data));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => void server.close(),
  };
}

it("keeps all that was answered when the server is restarted and killed under load, and goes on by itself", async () => {
  await using server = await openMariaDb({ durability: "safe" });
  await using access = await server.createDatabase();
  await using db = await openMysql(testMysqlOptions(access));
  const streams = createStreamStore(db);
  const answered: string[] = [];
  const doubtful: string[] = [];
  let isOver = false;
  const work = async (worker: number) => {
    for (let number = 0; !isOver; number++) {
      const id = `w${worker}-${number}`;
      try {
        await db.write(insert(db.tables.auditLog, audit(id)), ...streams.append("s", [{ event: `"${id}"` }], 1));
        answered.push(id);
      } catch (error) {
        expect(isOutage(error), String(error)).toBe(true);
        doubtful.push(id);
        await pause(50);
      }
    }
  };
  const until = async (count: number) => {
    while (answered.length < count) await pause(10);
  };
  const workers = Array.from({ length: 6 }, (_, worker) => work(worker));
  await until(100);
  await server.restart();
  await until(answered.length + 100);
  await server.kill();
  await server.restart();
  await until(answered.length + 100);
  isOver = true;
  await Promise.all(workers);

  const found = new Set(await stored(db));
  expect(answered.filter((id) => !found.has(id))).toEqual([]);
  const known = new Set([...answered, ...doubtful]);
  expect([...found].filter((id) => !known.has(id))).toEqual([]);
  // Both halves of each write or none, in one order without a gap.
  const events = await streams.readAfter("s", 0, 1_000_000);
  expect(events.map((entry) => entry.seq)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map((entry) => String(JSON.parse(entry.event))))).toEqual(found);
  expect(events).toHaveLength(found.size);
});

it("ends every wait within a bound when the network swallows everything, and works again after it", async () => {
  await using server = await openMariaDb();
  await using access = await server.createDatabase();
  await using proxy = await openChaosProxy({ targetHost: server.host, targetPort: server.port });
  const options = { ...testMysqlOptions(access), port: proxy.port, poolSize: 3, statementTimeoutMs: 700 };
  await using db = await openMysql(options);
  await add(db, "before");
  proxy.blackhole(true);
  const startedAtMs = performance.now();
  const outcomes = await Promise.all([
    ...Array.from({ length: 6 }, (_, index) => errorOf(add(db, `lost${index}`))),
    errorOf(stored(db)),
    errorOf(db.query(sql`select 1`)),
  ]);
  expect(performance.now() - startedAtMs).toBeLessThan(30_000);
  for (const error of outcomes) expect(isOutage(error)).toBe(true);
  proxy.blackhole(false);
  await add(db, "after");
  const found = await stored(db);
  expect(found).toEqual(expect.arrayContaining(["before", "after"]));
});

it("does not repeat a write whose COMMIT was sent and never answered: it says that nobody knows", async () => {
  await using server = await openMariaDb();
  await using access = await server.createDatabase();
  await using proxy = await openChaosProxy({ targetHost: server.host, targetPort: server.port });
  let isArmed = false;
  using watch = await openCommitWatch(proxy, () => {
    if (isArmed) proxy.loseReplies(true);
  });
  await using db = await openMysql({ ...testMysqlOptions(access), port: watch.port, statementTimeoutMs: 700 });
  await add(db, "before");
  isArmed = true;
  const error = await errorOf(db.write(raw(sql`insert into audit_log values (${"doubt"}, 'ann', 'x', 'y', 1)`)));
  isArmed = false;
  proxy.loseReplies(false);
  expect(error).toBeInstanceOf(OutcomeUnknown);
  expect(isOutage(error)).toBe(true);
  expect((await stored(db)).toSorted()).toEqual(["before", "doubt"]);
});

it("repeats by itself what was cut before its COMMIT, and stores it once", async () => {
  await using server = await openMariaDb();
  await using access = await server.createDatabase();
  await using proxy = await openChaosProxy({ targetHost: server.host, targetPort: server.port });
  await using db = await openMysql({ ...testMysqlOptions(access), port: proxy.port });
  const ids = Array.from({ length: 60 }, (_, index) => `a${index}`);
  const writes = ids.map((id) => db.write(insert(db.tables.auditLog, audit(id)), raw(sql`do sleep(0.05)`)));
  const cuts = (async () => {
    for (let cut = 0; cut < 5; cut++) {
      await pause(60);
      proxy.resetAll();
    }
  })();
  const outcomes = await Promise.all(writes.map(errorOf));
  await cuts;
  for (const error of outcomes) if (error !== null) expect(error).toBeInstanceOf(OutcomeUnknown);
  const found = await stored(db);
  expect(new Set(found).size).toBe(found.length);
  for (const [index, id] of ids.entries()) if (outcomes[index] === null) expect(found).toContain(id);
});

it("bounds a statement that takes too long, and the wait for a free connection", async () => {
  const access = await createEmptyMysql();
  await using db = await openMysql({ ...testMysqlOptions(access), poolSize: 2, statementTimeoutMs: 500 });
  const startedAtMs = performance.now();
  const slow = await Promise.all(Array.from({ length: 5 }, () => errorOf(db.write(raw(sql`do sleep(3)`)))));
  expect(performance.now() - startedAtMs).toBeLessThan(30_000);
  for (const error of slow) expect(isConnectionLost(error)).toBe(true);
  await add(db, "after");
  expect(await stored(db)).toEqual(["after"]);
});

it("knows a process dead soon after a kill, and alive through a broken connection and a restarted server", async () => {
  await using server = await openMariaDb({ durability: "safe" });
  await using access = await server.createDatabase();
  await using proxy = await openChaosProxy({ targetHost: server.host, targetPort: server.port });
  await using db = await openMysql(testMysqlOptions(access));
  await using other = await openMysql({ ...testMysqlOptions(access), port: proxy.port, bootId: "other" });
  const options = { ...testMysqlOptions(access), bootId: "doomed" };
  const program = fileURLToPath(new URL("../testing/mysql-process.ts", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");

  expect(await Promise.all([db.isProcessAlive("doomed"), db.isProcessAlive("other")])).toEqual([true, true]);
  expect(await db.isProcessAlive("never was")).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  const startedAtMs = performance.now();
  await untilDead(db, "doomed");
  expect(performance.now() - startedAtMs).toBeLessThan(10_000);

  proxy.resetAll();
  expect(await db.isProcessAlive("other")).toBe(true);
  await server.restart();
  expect(await db.isProcessAlive("other")).toBe(true);
  await untilDead(other, "doomed");
});

it("says in one line why it cannot be opened", async () => {
  const access = await createEmptyMysql();
  const open = (values: object) => errorOf(openMysql({ ...testMysqlOptions(access), ...values }));
  const failures = [
    [await open({ port: await freePort() }), /does not answer/],
    [await open({ password: "wrong" }), /refuses us/],
    [await open({ database: "no_such_database" }), /create it|refuses us/],
    [await open({ host: "nowhere.invalid" }), /nobody knows/],
  ] as const;
  for (const [error, message] of failures) {
    expect(error).toBeInstanceOf(DatabaseUnusable);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain(access.password);
  }
});
