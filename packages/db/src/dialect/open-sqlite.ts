import Sqlite from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import type { Database, Read } from "../database.ts";
import { toUnusable } from "./database-unusable.ts";
import { migrateSqlite } from "../migrate.ts";
import { NothingTouched } from "../statements.ts";
import type { Statement } from "../statements.ts";
import { createTables } from "../tables.ts";
import { applicationId, copyDatabase, takeStaged } from "./backup.sqlite.ts";
import { compileWrite, prepareWrite } from "./compile.ts";
import { once } from "./once.ts";
import type { Builders, Compiled, Step } from "./compile.ts";
import { sqliteKit } from "./kit.sqlite.ts";
import { prepareRows } from "./rows.ts";
import type { SelectedRows } from "./rows.ts";
import { retryWrite } from "./retry-write.ts";
import { isContention, isUnwritable } from "../violations.ts";

export type SqliteOptions = {
  /** The database file; its folder must exist. A lock file stands beside it. */
  file: string;
  /** The folder with the engine's migrations. */
  migrationsFolder: string;
  bootId: string;
};

/** Another process has this database file open. */
export class DatabaseInUse extends Error {
  override readonly name = "DatabaseInUse";
}

/**
 * Opens the file, applies what is missing of the migrations and holds the file for this process alone:
 * two chatee processes on one SQLite file would each take the other's runs for dead.
 *
 * Policy: WAL; `synchronous=FULL` for writes and NORMAL for relaxed ones; the WAL is checkpointed by
 * SQLite every 1,000 pages and truncated by `tidy`; free pages go back to the file system by incremental vacuum.
 *
 * A backup that waits to be restored takes the file's place first.
 *
 * @throws DatabaseInUse, DatabaseTooNew, DatabaseUnusable
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const releaseLock = lockFile(`${options.file}.lock`);
  let client: Sqlite.Database;
  try {
    takeStaged(options.file, options.migrationsFolder);
    client = openFile(options);
  } catch (error) {
    releaseLock();
    throw toUnusable(error, `the database ${options.file}`);
  }

  const orm = drizzle(client, { casing: "snake_case" });
  const tables = createTables(sqliteKit);
  const builders = createBuilders(orm);
  const prepared = new Map<string, Sqlite.Statement>();
  const prepare = (sql: string) => {
    const known = prepared.get(sql);
    if (known) return known;
    if (prepared.size >= 500) prepared.clear();
    const statement = client.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };

  const transact = client.transaction((steps: Step[], count: number) => {
    const touched = new Array<number>(count).fill(0);
    for (const { sql, params, index, must } of steps) {
      const { changes } = prepare(sql).run(...params);
      if (changes === 0 && must) throw new NothingTouched(index);
      touched[index] = (touched[index] ?? 0) + changes;
    }
    return touched;
  }).immediate;

  let version = 0;
  let isFull = true;
  let isRefusing = false;
  function writeNow(steps: Step[], count: number, full: boolean): number[] {
    if (isFull !== full) {
      client.pragma(`synchronous = ${full ? "FULL" : "NORMAL"}`);
      isFull = full;
    }
    try {
      const touched = transact(steps, count);
      version++;
      isRefusing = false;
      return touched;
    } catch (error) {
      isRefusing ||= isUnwritable(error);
      throw error;
    }
  }
  async function write(statements: Statement[], full: boolean): Promise<number[]> {
    if (statements.length === 0) return [];
    const steps = compileWrite(builders, statements);
    try {
      return writeNow(steps, statements.length, full);
    } catch (error) {
      return await retryWrite(async () => writeNow(steps, statements.length, full), { error });
    }
  }

  let closed = false;
  return {
    engine: "sqlite",
    tables,
    read: orm as unknown as Read,
    write: (...statements) => write(statements, true),
    writeRelaxed: (...statements) => write(statements, false),
    prepareRead(query) {
      const compiled = once(() => {
        const { sql, bind, toRows } = prepareRows(query as unknown as SelectedRows);
        return { statement: client.prepare(sql).raw(), bind, toRows };
      });
      return async (values) => {
        const { statement, bind, toRows } = compiled();
        return toRows(statement.all(...bind(values)) as unknown[][]) as never;
      };
    },
    prepareWrite: (statement) => prepareWrite(builders, statement),
    async query(sql) {
      const compiled = builders.raw(sql);
      return prepare(compiled.sql).all(...compiled.params) as Record<string, unknown>[];
    },
    version: () => version,
    isProcessAlive: async (bootId) => bootId === options.bootId,
    async probe() {
      if (!isRefusing) return;
      // The same number again: the smallest write there is.
      client.pragma(`user_version = ${String(client.pragma("user_version", { simple: true }))}`);
      isRefusing = false;
    },
    snapshot: (file) => copyDatabase(client, file),
    async tidy() {
      client.pragma("wal_checkpoint(TRUNCATE)");
      client.pragma("incremental_vacuum(2000)");
      client.pragma("optimize");
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      client.close();
      releaseLock();
    },
  };
}

function openFile({ file, migrationsFolder }: SqliteOptions): Sqlite.Database {
  const client = new Sqlite(file, { timeout: 100 });
  try {
    // Of a new database alone. In a large one a page of messages comes from half as many places as with 4 KiB.
    client.pragma("page_size = 8192");
    client.pragma("auto_vacuum = INCREMENTAL");
    client.pragma("journal_mode = WAL");
    client.pragma("foreign_keys = ON");
    client.pragma("synchronous = FULL");
    client.pragma("cache_size = -32000");
    client.pragma("temp_store = MEMORY");
    client.pragma("journal_size_limit = 67108864");
    // SQLite's own knows the basic Latin letters only, MySQL's all of them.
    client.function("lower", { deterministic: true }, (text) => (typeof text === "string" ? text.toLowerCase() : text));
    migrateSqlite(client, migrationsFolder);
    if (client.pragma("application_id", { simple: true }) !== applicationId)
      client.pragma(`application_id = ${applicationId}`);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** An exclusive lock that the operating system drops with the process, however it ends. */
function lockFile(file: string): () => void {
  const lock = new Sqlite(file, { timeout: 0 });
  try {
    lock.pragma("journal_mode = MEMORY");
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("begin exclusive");
  } catch (error) {
    lock.close();
    if (!isContention(error)) throw toUnusable(error, `the lock ${file}`);
    throw new DatabaseInUse("this data directory is in use by another chatee process", { cause: error });
  }
  return () => lock.close();
}

function createBuilders(orm: ReturnType<typeof drizzle>): Builders {
  const dialect = (orm as unknown as { dialect: { sqlToQuery(sql: unknown): Compiled } }).dialect;
  return {
    insert: (table) => orm.insert(table),
    upsert: (table, values, set) => {
      const { columns, primaryKeys } = getTableConfig(table);
      const target = primaryKeys[0]?.columns ?? columns.filter((column) => column.primary);
      return orm.insert(table).values(values).onConflictDoUpdate({ target, set });
    },
    update: (table) => orm.update(table),
    delete: (table) => orm.delete(table),
    raw: (sql) => dialect.sqlToQuery(sql),
  };
}
