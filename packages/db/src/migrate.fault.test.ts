import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { openMysql } from "./dialect/open-mysql.ts";
import { migrateSqlite } from "./migrate.ts";
import { appliedTo, createEmptyMysql, migrationsUpTo } from "./testing/earlier-version.ts";
import { openTestFolder, testMysqlOptions } from "./testing/engines.ts";

/** Starts a process that migrates, and kills it with SIGKILL when it says that it is in the middle. */
async function killInTheMiddle(...args: string[]): Promise<void> {
  const program = fileURLToPath(new URL("testing/migrating-process.ts", import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  for await (const line of createInterface(child.stdout)) {
    expect(line).toBe("in the middle");
    child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
}

const later = (...statements: string[]) => ({
  tag: "0001_later",
  sql: statements.join("\n--> statement-breakpoint\n"),
});

it("a SQLite migration killed in the middle left nothing and runs whole at the next start", async () => {
  const file = join(await openTestFolder(), "chatee.db");
  const folder = await migrationsUpTo("sqlite", 0, later("create table one (n int)", "insert into one select pause()"));
  await killInTheMiddle("sqlite", file, folder);

  const client = new Sqlite(file);
  const tables = client.prepare("select name from sqlite_master where name in ('one', 'sessions')").pluck();
  expect(tables.all()).toEqual(["sessions"]);
  client.function("pause", () => 2);
  migrateSqlite(client, folder);
  expect(client.prepare("select n from one").pluck().all()).toEqual([2]);
  client.close();
});

it("a MySQL migration killed in the middle is taken up where it was cut", async () => {
  const access = await createEmptyMysql();
  const statements = [
    "create table one (n int)",
    "create table two select sleep(3) as n",
    "create table three (n int)",
  ];
  const folder = await migrationsUpTo("mysql", 0, later(...statements));
  await killInTheMiddle("mysql", JSON.stringify(access), folder);

  await using db = await openMysql({ ...testMysqlOptions(access), migrationsFolder: folder });
  expect((await appliedTo(db)).map((row) => [row["done"], row["total"]]).at(-1)).toEqual([3, 3]);
});
