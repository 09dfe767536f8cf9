import { existsSync, renameSync, statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { migrateSqlite } from "../migrate.ts";

/** Says that a file is chatee's own: "chat". */
export const applicationId = 0x63686174;

/** Why a file cannot take the database's place. */
export type BackupProblem = "not_a_database" | "damaged" | "not_chatee" | "too_new" | "foreign_schema";
export class BackupRefused extends Error {
  override readonly name = "BackupRefused";
  readonly problem: BackupProblem;
  constructor(problem: BackupProblem, options?: { cause?: unknown }) {
    super(problems[problem], options);
    this.problem = problem;
  }
}
const problems: Record<BackupProblem, string> = {
  not_a_database: "the file is no SQLite database",
  damaged: "the file is damaged: it does not pass SQLite's integrity check",
  not_chatee: "the file is not a backup of chatee",
  too_new: "the file was written by a newer version of chatee: upgrade chatee first",
  foreign_schema: "the file's tables are not those of this version of chatee",
};

export type BackupFacts = { sizeBytes: number; sessions: number; messages: number; newestAtMs: number | null };

/** Where a checked file waits for the next start. */
export const stagedFile = (file: string): string => `${file}.restore`;

/** A consistent copy of an open database as one file, checked; others are served meanwhile. The copy must not exist yet. */
export async function copyDatabase(client: Sqlite.Database, target: string): Promise<void> {
  await client.backup(target);
  const copy = new Sqlite(target, { fileMustExist: true });
  try {
    copy.pragma("journal_mode = DELETE");
    assertWhole(copy);
  } finally {
    copy.close();
  }
}

function assertWhole(client: Sqlite.Database): void {
  const answer: unknown = client.pragma("integrity_check(1)", { simple: true });
  if (answer !== "ok") throw new BackupRefused("damaged");
}

/**
 * Whether a file may take the database's place: whole, chatee's, of a version that this one can read, and with exactly
 * the tables, indexes and triggers that chatee makes. Nothing of it is run. The file must be ours alone.
 *
 * @throws BackupRefused
 */
export function checkBackup(file: string, migrationsFolder: string): BackupFacts {
  let client: Sqlite.Database;
  try {
    client = new Sqlite(file, { fileMustExist: true });
  } catch (error) {
    throw new BackupRefused("not_a_database", { cause: error });
  }
  try {
    client.pragma("trusted_schema = OFF");
    client.pragma("cell_size_check = ON");
    if (client.pragma("application_id", { simple: true }) !== applicationId) throw new BackupRefused("not_chatee");
    assertWhole(client);
    assertOwnSchema(client, migrationsFolder);
    client.pragma("journal_mode = DELETE");
    const row = client
      .prepare(
        "select (select count(*) from sessions) as sessions, (select count(*) from messages) as messages, (select max(updated_at_ms) from sessions) as newestAtMs",
      )
      .get() as Omit<BackupFacts, "sizeBytes">;
    return { ...row, sizeBytes: statSync(file).size };
  } catch (error) {
    throw toRefusal(error);
  } finally {
    client.close();
  }
}

function toRefusal(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code);
  if (code === "SQLITE_NOTADB") return new BackupRefused("not_a_database", { cause: error });
  return code.startsWith("SQLITE_CORRUPT") ? new BackupRefused("damaged", { cause: error }) : error;
}

type Part = { type: string; name: string; sql: string | null };
const schemaOf = (client: Sqlite.Database): string =>
  (client.prepare("select type, name, sql from sqlite_master order by type, name").all() as Part[])
    .filter(({ name }) => !name.startsWith("sqlite_"))
    .map(({ type, name, sql }) => `${type} ${name} ${sql ?? ""}`)
    .join("\n");

function assertOwnSchema(client: Sqlite.Database, migrationsFolder: string): void {
  const known = client.prepare("select 1 from sqlite_master where type = 'table' and name = 'schema_migrations'").get();
  if (!known) throw new BackupRefused("not_chatee");
  const applied = client.prepare("select idx, tag, hash, done, total from schema_migrations order by idx").all();
  const fresh = new Sqlite(":memory:");
  try {
    migrateSqlite(fresh, migrationsFolder, applied.length);
    const ours = fresh.prepare("select idx, tag, hash, done, total from schema_migrations order by idx").all();
    if (applied.length > ours.length) throw new BackupRefused("too_new");
    const isSame = JSON.stringify(applied) === JSON.stringify(ours) && schemaOf(client) === schemaOf(fresh);
    if (!isSame) throw new BackupRefused("foreign_schema");
  } finally {
    fresh.close();
  }
}

/**
 * Puts the waiting file in the database's place; the old one stays beside it under a name of its own. Nobody may have
 * the database open. Killed at any point, the next call ends what was begun. A file that does not pass is put aside
 * and the database stays.
 *
 * @returns where the old database is now; null when nothing waits.
 */
export function takeStaged(file: string, migrationsFolder: string): string | null {
  const staged = stagedFile(file);
  if (!existsSync(staged)) return null;
  try {
    checkBackup(staged, migrationsFolder);
  } catch (error) {
    if (existsSync(file) && error instanceof BackupRefused) {
      renameSync(staged, `${staged}-refused`);
      return null;
    }
    throw error;
  }
  // The same name when it is begun again, so that the old file and its journal stay together.
  const kept = `${file}.before-${new Date(statSync(staged).mtimeMs).toISOString().replace(/[:.]/g, "-")}`;
  for (const suffix of ["-wal", "-shm", ""])
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${kept}${suffix}`);
  renameSync(staged, file);
  return kept;
}
