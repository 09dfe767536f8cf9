import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sharedMariaDb } from "@chatee/tooling/services";
import { describe, onTestFinished } from "vitest";
import type { Database } from "../database.ts";
import { openMysql } from "../dialect/open-mysql.ts";
import type { MysqlOptions } from "../dialect/open-mysql.ts";
import { openSqlite } from "../dialect/open-sqlite.ts";

export const engines = ["sqlite", "mysql"] as const;
export type Engine = (typeof engines)[number];

/** The production migrations of one engine. */
export function migrationsFolder(engine: Engine): string {
  return fileURLToPath(new URL(`../../migrations/${engine}`, import.meta.url));
}

/** An empty folder that goes when the running test ends. */
export async function openTestFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-db-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What `openMysql` needs beside the address of a server. */
export function testMysqlOptions(
  access: Pick<MysqlOptions, "host" | "port" | "user" | "password" | "database">,
): MysqlOptions {
  const { host, port, user, password, database } = access;
  return {
    host,
    port,
    user,
    password,
    database,
    poolSize: 10,
    migrationsFolder: migrationsFolder("mysql"),
    bootId: randomUUID(),
  };
}

/** A fresh database with the production migrations; closed and gone when the running test ends. */
export async function openTestDatabase(engine: Engine): Promise<Database> {
  if (engine === "sqlite") {
    const file = join(await openTestFolder(), "chatee.db");
    return closing(await openSqlite({ file, migrationsFolder: migrationsFolder("sqlite"), bootId: randomUUID() }));
  }
  const access = await sharedMariaDb();
  onTestFinished(() => access[Symbol.asyncDispose]());
  return closing(await openMysql(testMysqlOptions(access)));
}

function closing(db: Database): Database {
  onTestFinished(() => db[Symbol.asyncDispose]());
  return db;
}

/** Declares the same tests once for SQLite and once for a real MariaDB. `open` gives each test a fresh database. */
export function describeEngines(name: string, define: (open: () => Promise<Database>, engine: Engine) => void): void {
  for (const engine of engines)
    describe(`${name} on ${engine}`, { timeout: 60_000 }, () => define(() => openTestDatabase(engine), engine));
}
