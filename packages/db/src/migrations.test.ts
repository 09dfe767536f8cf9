import { generateMySQLDrizzleJson, generateMySQLMigration } from "drizzle-kit/api";
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from "drizzle-kit/api";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mysqlKit } from "./dialect/kit.mysql.ts";
import { sqliteKit } from "./dialect/kit.sqlite.ts";
import { readMigrations } from "./migrate.ts";
import { createTables } from "./tables.ts";
import { migrationsUpTo } from "./testing/earlier-version.ts";
import { engines, migrationsFolder } from "./testing/engines.ts";
import type { Engine } from "./testing/engines.ts";

async function newestSnapshot(engine: Engine) {
  const newest = readMigrations(migrationsFolder(engine)).at(-1);
  const number = String(newest?.idx).padStart(4, "0");
  return JSON.parse(await readFile(join(migrationsFolder(engine), `meta/${number}_snapshot.json`), "utf8")) as never;
}

it("leaves nothing to generate: the migrations are those of the tables", async () => {
  const sqlite = await generateSQLiteDrizzleJson(createTables(sqliteKit), undefined, "snake_case");
  expect(await generateSQLiteMigration(await newestSnapshot("sqlite"), sqlite)).toEqual([]);
  const mysql = await generateMySQLDrizzleJson(createTables(mysqlKit), undefined, "snake_case");
  expect(await generateMySQLMigration(await newestSnapshot("mysql"), mysql)).toEqual([]);
});

it("tells drizzle-kit of every table", async () => {
  for (const engine of engines) {
    const schema: unknown = await import(new URL(`../drizzle/${engine}.schema.ts`, import.meta.url).href);
    expect(Object.keys(schema as object).toSorted()).toEqual(Object.keys(createTables(sqliteKit)).toSorted());
  }
});

it("has the same steps on every engine, numbered without a gap", () => {
  const [sqlite, mysql] = engines.map((engine) => readMigrations(migrationsFolder(engine)).map(({ tag }) => tag));
  expect(mysql).toEqual(sqlite);
  expect(sqlite?.map((tag) => Number(tag.slice(0, 4)))).toEqual(sqlite?.map((_, index) => index));
});

it("takes a migration with other line ends for the same one", async () => {
  const step = { tag: "0001_step", sql: "create table one (\n id int\n);\n--> statement-breakpoint\nselect 1;" };
  const folder = await migrationsUpTo("sqlite", 0, step);
  const before = readMigrations(folder);
  await writeFile(join(folder, "0001_step.sql"), step.sql.replaceAll("\n", "\r\n"));
  expect(readMigrations(folder)).toEqual(before);
});
