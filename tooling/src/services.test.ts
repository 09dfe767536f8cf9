import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { createConnection as connectToMariaDb } from "mysql2/promise";
import { expect, test } from "vitest";
import { findProgram, freePort } from "./private-process.ts";
import { chromiumPath, openMariaDb, openRedis, sharedMariaDb } from "./services.ts";
import type { MariaDbAccess } from "./services.ts";
import { askRedis, isAlive, until } from "./testing/probe.ts";

async function query(access: MariaDbAccess, sql: string): Promise<unknown> {
  const { host, port, user, password, database } = access;
  const connection = await connectToMariaDb({ host, port, user, password, database, connectTimeout: 5_000 });
  try {
    return (await connection.query(sql))[0];
  } finally {
    connection.destroy();
  }
}

test("MariaDB keeps its port and its committed rows through a kill and a restart", async () => {
  await using mariaDb = await openMariaDb({ durability: "safe" });
  await using database = await mariaDb.createDatabase();
  await query(database, "create table kept (id int primary key)");
  await query(database, "insert into kept values (7)");

  await mariaDb.kill();
  await expect(query(database, "select 1")).rejects.toThrow(/ECONNREFUSED/);
  await mariaDb.restart();
  expect(await query(database, "select id from kept")).toEqual([{ id: 7 }]);

  await mariaDb.stop();
  await mariaDb.restart();
  expect(await query(database, "select id from kept")).toEqual([{ id: 7 }]);
});

test("databases of one MariaDB do not see each other, and closing one drops it", async () => {
  await using mariaDb = await openMariaDb();
  await using first = await mariaDb.createDatabase();
  const second = await mariaDb.createDatabase();
  await query(first, "create table mine (id int)");
  expect(await query(second, "show tables")).toEqual([]);
  await second[Symbol.asyncDispose]();
  await expect(query(second, "select 1")).rejects.toThrow(/Unknown database/);
});

test("the shared MariaDB is one server and a fresh database for each caller", async () => {
  await using first = await sharedMariaDb();
  await using second = await sharedMariaDb();
  expect(first.port).toBe(second.port);
  expect(first.database).not.toBe(second.database);
  expect(await query(first, "select database() as name")).toEqual([{ name: first.database }]);
});

test("a safe Redis keeps what it confirmed through a kill; flush forgets it", async () => {
  await using redis = await openRedis({ durability: "safe" });
  expect(await askRedis(redis.port, "SET key value")).toBe("+OK");
  await redis.kill();
  await expect(askRedis(redis.port, "GET key")).rejects.toThrow(/ECONNREFUSED/);
  await redis.restart();
  expect(await askRedis(redis.port, "EXISTS key")).toBe(":1");
  await redis.flush();
  expect(await askRedis(redis.port, "EXISTS key")).toBe(":0");
});

test("a stalled Redis answers once it is resumed, and can be stopped while stalled", async () => {
  await using redis = await openRedis();
  redis.stall();
  let answered = false;
  const answer = askRedis(redis.port, "PING").then((reply) => {
    answered = true;
    return reply;
  });
  expect(await askAnotherServer()).toBe("+PONG");
  expect(answered).toBe(false);
  redis.resume();
  expect(await answer).toBe("+PONG");
  redis.stall();
  await redis.stop();
  await expect(askRedis(redis.port, "PING")).rejects.toThrow(/ECONNREFUSED/);
});

/** A whole start and round trip of another Redis: more than enough time for the first to have answered. */
async function askAnotherServer(): Promise<string> {
  await using other = await openRedis();
  return await askRedis(other.port, "PING");
}

test("a closed instance leaves no process and no folder", async () => {
  const redis = await openRedis();
  const { pid, folder } = await whereabouts(redis.port);
  expect(isAlive(pid)).toBe(true);
  await redis[Symbol.asyncDispose]();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(folder)).toBe(false);
});

test.each(["SIGKILL", "SIGTERM", "exit"] as const)(
  "a test process that ends by %s takes its services along",
  async (how) => {
    const script = `
    const { openRedis } = await import(${JSON.stringify(import.meta.resolve("./services.ts"))});
    const redis = await openRedis();
    console.log(redis.port);
    process.stdin.once("data", () => process.exit(0));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the child ended with ${code}`)));
      createInterface({ input: child.stdout }).once("line", (line) => resolve(Number(line)));
    });
    const { pid, folder } = await whereabouts(port);

    if (how === "exit") child.stdin.write("\n");
    else child.kill(how);

    await until(() => !isAlive(pid) && !existsSync(folder));
  },
);

test("a missing program is an error that names its Debian package", () => {
  expect(() => findProgram(["no-such-program"], "the-package")).toThrow(/Debian package the-package/);
});

test("Chromium is installed", () => {
  expect(existsSync(chromiumPath())).toBe(true);
});

test("free ports differ and can be bound at once", async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  expect(new Set(ports).size).toBe(3);
});

async function whereabouts(port: number): Promise<{ pid: number; folder: string }> {
  const info = await askRedis(port, "INFO server");
  const pid = Number(/process_id:(\d+)/.exec(info)?.[1]);
  const folder = /\n(\/\S*chatee-redis-\S+)\r/.exec(await askRedis(port, "CONFIG GET dir"))?.[1] ?? "";
  expect(dirname(folder)).not.toBe("/");
  return { pid, folder };
}
