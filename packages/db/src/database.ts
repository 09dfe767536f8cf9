import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { NothingTouched } from "./statements.ts";
import type { BoundValues, Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

/** Select only; nothing that writes can be said through it. */
export type Read = Pick<BetterSQLite3Database, "select" | "selectDistinct">;

/** A select that can be prepared; what `db.read.select()…` builds. */
type Selectable<TRow> = PromiseLike<TRow[]> & { toSQL(): { sql: string; params: unknown[] } };

export type Database = AsyncDisposable & {
  readonly engine: "sqlite" | "mysql";
  readonly tables: Tables;
  readonly read: Read;
  /**
   * Runs the statements in order in one transaction and resolves to the rows each one touched. Durable
   * against power loss when it resolves. Deadlocks, busy locks and connections lost before COMMIT are
   * retried within a bound.
   *
   * @throws NothingTouched when a `must` statement touched no row; nothing happened.
   * @throws OutcomeUnknown when the connection was lost while committing.
   */
  write(...statements: Statement[]): Promise<number[]>;
  /** As `write`, but a power loss (never a crash) may take the newest ones back. For token batches. */
  writeRelaxed(...statements: Statement[]): Promise<number[]>;
  /** Compiles a select with `sql.placeholder`s once; each call binds values and reads. */
  prepareRead<TRow>(query: Selectable<TRow>): (values: Record<string, unknown>) => Promise<TRow[]>;
  /** Compiles a statement with `sql.placeholder`s once; each call binds values. */
  prepareWrite(statement: Statement): (values: BoundValues) => Statement;
  /** Rows of a hand-written query, as the driver gives them; for search and health. */
  query(sql: SQL): Promise<Record<string, unknown>[]>;
  /**
   * A number that is another one after every write; null where other processes write too. What was read is still
   * true as long as it stays the same.
   */
  version(): number | null;
  /** False when the process that holds `bootId` is gone, or was cut off from the database for long; then it may come back. */
  isProcessAlive(bootId: string): Promise<boolean>;
  /** Rejects while the last write failed for want of space or rights and the next one would too. */
  probe(): Promise<void>;
  /**
   * Writes a checked copy of all there is as one file that does not exist yet, while others are served. Null where the
   * database has tools of its own for that.
   */
  readonly snapshot: ((file: string) => Promise<void>) | null;
  /** Housekeeping at a quiet moment: checkpoint, incremental vacuum. */
  tidy(): Promise<void>;
};

/** As `db.write`; false, with nothing done, when a `must` statement touched no row. */
export async function wrote(db: Pick<Database, "write">, ...statements: Statement[]): Promise<boolean> {
  try {
    await db.write(...statements);
    return true;
  } catch (error) {
    if (error instanceof NothingTouched) return false;
    throw error;
  }
}

/** Rejects when the database cannot be read, and when it is known that it cannot be written. */
export async function ping(db: Pick<Database, "query" | "probe">): Promise<void> {
  await db.query(sql`select 1`);
  await db.probe();
}
