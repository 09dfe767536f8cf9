import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Sqlite from "better-sqlite3";
import { z } from "zod";

/** The database was written by a newer chatee; nothing was changed. */
export class DatabaseTooNew extends Error {
  override readonly name = "DatabaseTooNew";
  constructor(found: string) {
    super(
      `the database was written by a newer version of chatee (it has the change "${found}"): upgrade chatee, or restore a backup`,
    );
  }
}

/** A migration that ran on this database differs from the one this version carries. */
export class DatabaseDiverged extends Error {
  override readonly name = "DatabaseDiverged";
  constructor(tag: string) {
    super(`the change "${tag}" ran on this database in another form than this version of chatee carries`);
  }
}

type Migration = { idx: number; tag: string; hash: string; statements: string[] };
type Applied = { idx: number; tag: string; hash: string; done: number; total: number };

const journalSchema = z.object({ entries: z.array(z.object({ idx: z.number(), tag: z.string() })) });

/** The migrations of one engine's folder (as drizzle-kit writes it), oldest first. */
export function readMigrations(folder: string): Migration[] {
  const journal = journalSchema.parse(JSON.parse(readFileSync(join(folder, "meta/_journal.json"), "utf8")), {
    jitless: true,
  });
  return journal.entries.map(({ idx, tag }) => {
    // A checkout on Windows may bring other line ends; it is the same migration.
    const text = readFileSync(join(folder, `${tag}.sql`), "utf8").replaceAll("\r\n", "\n");
    const statements = text.split("--> statement-breakpoint").map((part) => part.trim());
    return { idx, tag, hash: createHash("sha256").update(text).digest("hex"), statements: statements.filter(Boolean) };
  });
}

/** What is still to do: whole migrations, and the rest of one that was cut off. */
function pending(
  migrations: Migration[],
  applied: Applied[],
): { migration: Migration; from: number; wasCutOff: boolean }[] {
  for (const row of applied) {
    const known = migrations.find((migration) => migration.idx === row.idx);
    if (!known) throw new DatabaseTooNew(row.tag);
    if (known.hash !== row.hash) throw new DatabaseDiverged(row.tag);
  }
  return migrations.flatMap((migration) => {
    const row = applied.find((one) => one.idx === migration.idx);
    const from = row?.done ?? 0;
    const wasCutOff = row !== undefined && from < migration.statements.length;
    return row === undefined || wasCutOff ? [{ migration, from, wasCutOff }] : [];
  });
}

const sqliteTable = `create table if not exists schema_migrations (
  idx integer primary key, tag text not null, hash text not null, done integer not null, total integer not null, at_ms integer not null)`;

/**
 * Each migration is one transaction, so a process killed inside it leaves nothing and the next start runs it again.
 * @param steps only so many of the oldest.
 */
export function migrateSqlite(client: Sqlite.Database, folder: string, steps = Number.POSITIVE_INFINITY): void {
  client.exec(sqliteTable);
  const applied = client
    .prepare("select idx, tag, hash, done, total from schema_migrations order by idx")
    .all() as Applied[];
  const record = client.prepare("insert into schema_migrations values (?, ?, ?, ?, ?, ?)");
  for (const { migration } of pending(readMigrations(folder).slice(0, steps), applied)) {
    client
      .transaction(() => {
        for (const statement of migration.statements) client.exec(statement);
        const total = migration.statements.length;
        record.run(migration.idx, migration.tag, migration.hash, total, total, Date.now());
      })
      .immediate();
  }
}

/** What the MySQL migrator needs of a connection. */
export type MigrationConnection = { query(sql: string, values?: unknown[]): Promise<[unknown, unknown]> };

const mysqlTable = `create table if not exists schema_migrations (
  idx int primary key, tag varchar(200) not null, hash varchar(64) not null, done int not null, total int not null, at_ms bigint not null)`;

/** table exists, column exists, index exists, nothing to drop: the statement in doubt had run. */
const alreadyDone = new Set([
  "ER_TABLE_EXISTS_ERROR",
  "ER_DUP_FIELDNAME",
  "ER_DUP_KEYNAME",
  "ER_CANT_DROP_FIELD_OR_KEY",
  "ER_BAD_TABLE_ERROR",
]);

/**
 * MySQL commits each DDL statement by itself, so progress is recorded after every one. A process killed in
 * between leaves one statement in doubt; the next start runs it again and takes "exists already" for done, so
 * a statement that changes rows must be harmless when it runs twice.
 * Several processes may start at once: one migrates, the others wait for it (at most 120 s).
 */
export async function migrateMysql(connection: MigrationConnection, folder: string): Promise<void> {
  const [lock] = (await connection.query("select get_lock(concat('chatee-migrate:', database()), 120) as got")) as [
    { got: number }[],
    unknown,
  ];
  if (lock[0]?.got !== 1) throw new Error("another process has been migrating the database for more than two minutes");
  try {
    await connection.query(mysqlTable);
    const [rows] = await connection.query("select idx, tag, hash, done, total from schema_migrations order by idx");
    for (const todo of pending(readMigrations(folder), rows as Applied[])) await runMigration(connection, todo);
  } finally {
    // A connection that broke has let go of the lock already; what broke it is the better story.
    await connection.query("select release_lock(concat('chatee-migrate:', database()))").catch(() => {});
  }
}

async function runMigration(connection: MigrationConnection, todo: ReturnType<typeof pending>[number]): Promise<void> {
  const { idx, tag, hash, statements } = todo.migration;
  const total = statements.length;
  await connection.query("insert ignore into schema_migrations values (?, ?, ?, ?, ?, ?)", [
    idx,
    tag,
    hash,
    0,
    total,
    Date.now(),
  ]);
  for (const [index, statement] of statements.entries()) {
    if (index < todo.from) continue;
    try {
      await connection.query(statement);
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      const isInDoubt = todo.wasCutOff && index === todo.from;
      if (!isInDoubt || !alreadyDone.has(code)) throw error;
    }
    await connection.query("update schema_migrations set done = ?, at_ms = ? where idx = ?", [
      index + 1,
      Date.now(),
      idx,
    ]);
  }
}
