import { cp, readFile, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { sharedMariaDb } from "@chatee/tooling/services";
import { onTestFinished } from "vitest";
import type { Database } from "../database.ts";
import { openMysql } from "../dialect/open-mysql.ts";
import { openSqlite } from "../dialect/open-sqlite.ts";
import { migrationsFolder, openTestFolder, testMysqlOptions } from "./engines.ts";
import type { Engine } from "./engines.ts";

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
export async function createEmptyDatabase(engine: Engine): Promise<{ open(migrations?: string): Promise<Database> }> {
  if (engine === "sqlite") {
    const file = join(await openTestFolder(), "chatee.db");
    return {
      open: (migrations = migrationsFolder(engine)) =>
        openSqlite({ file, migrationsFolder: migrations, bootId: randomUUID() }),
    };
  }
  const access = await sharedMariaDb();
  onTestFinished(() => access[Symbol.asyncDispose]());
  return {
    open: (migrations = migrationsFolder(engine)) =>
      openMysql({ ...testMysqlOptions(access), migrationsFolder: migrations }),
  };
}
