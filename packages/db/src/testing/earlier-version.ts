import { cp, readFile, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { sharedMariaDb } from "@chatee/tooling/services";
import Sqlite from "better-sqlite3";
import { sql } from "drizzle-orm";
import mysql from "mysql2/promise";
import { onTestFinished } from "vitest";
import type { Database } from "../database.ts";
import { openMysql } from "../dialect/open-mysql.ts";
import { openSqlite } from "../dialect/open-sqlite.ts";
import { migrationsFolder, openTestFolder, testMysqlOptions } from "./engines.ts";
import type { Engine } from "./engines.ts";

export type EmptyDatabase = {
  /** Opens it as the version with these migrations; as this one unless told. */
  open(migrations?: string): Promise<Database>;
  /** Runs one statement while nobody has it open. */
  run(text: string): Promise<void>;
};
type Journal = { entries: { idx: number; tag: string }[] };

/** The tags of the migrations of this version, oldest first. */
export async function migrationTags(engine: Engine): Promise<string[]> {
  const journal = JSON.parse(await readFile(join(migrationsFolder(engine), "meta/_journal.json"), "utf8")) as Journal;
  return journal.entries.map((entry) => entry.tag);
}

/** A migrations folder as the version had it whose newest migration was `lastIdx`; `add` puts a later one behind it. */
export async function migrationsUpTo(engine: Engine, lastIdx: number, add?: { tag: string; sql: string }) {
  const folder = await openTestFolder();
  await cp(migrationsFolder(engine), folder, { recursive: true });
  const file = join(folder, "meta/_journal.json");
  const journal = JSON.parse(await readFile(file, "utf8")) as Journal;
  journal.entries = journal.entries.filter((entry) => entry.idx <= lastIdx);
  if (add) {
    journal.entries.push({ idx: lastIdx + 1, tag: add.tag });
    await writeFile(join(folder, `${add.tag}.sql`), add.sql);
  }
  await writeFile(file, JSON.stringify(journal));
  return folder;
}

/** One empty database that can be opened by one version after another; gone when the running test ends. */
export async function createEmptyDatabase(engine: Engine): Promise<EmptyDatabase> {
  if (engine === "sqlite") {
    const file = join(await openTestFolder(), "chatee.db");
    return {
      open: (migrations = migrationsFolder(engine)) =>
        openSqlite({ file, migrationsFolder: migrations, bootId: randomUUID() }),
      async run(text) {
        const client = new Sqlite(file);
        client.exec(text);
        client.close();
      },
    };
  }
  const access = await createEmptyMysql();
  return {
    open: (migrations = migrationsFolder(engine)) =>
      openMysql({ ...testMysqlOptions(access), migrationsFolder: migrations }),
    async run(text) {
      const connection = await mysql.createConnection(access);
      await connection.query(text).finally(() => connection.destroy());
    },
  };
}

/** The address of one empty MariaDB database; gone when the running test ends. */
export async function createEmptyMysql() {
  const access = await sharedMariaDb();
  onTestFinished(() => access[Symbol.asyncDispose]());
  const { host, port, user, password, database } = access;
  return { host, port, user, password, database };
}

/** Every table with its columns and indexes, in an order that does not depend on how they were made. */
export async function shapeOf(db: Database): Promise<unknown[]> {
  if (db.engine === "sqlite")
    return await db.query(sql`select name, sql from sqlite_master where name not like 'sqlite_%' order by name`);
  return [
    ...(await db.query(
      sql`select table_name as t, column_name as c, column_type as ty, is_nullable as n, collation_name as co
        from information_schema.columns where table_schema = database() order by 1, ordinal_position`,
    )),
    ...(await db.query(
      sql`select table_name as t, index_name as i, column_name as c, non_unique as u, index_type as ty
        from information_schema.statistics where table_schema = database() order by 1, 2, seq_in_index`,
    )),
  ];
}

/** Which migrations ran on it, and how far. */
export async function appliedTo(db: Database): Promise<Record<string, unknown>[]> {
  return await db.query(sql`select idx, tag, hash, done, total from schema_migrations order by idx`);
}
