import type { SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/mysql2";
import type { MySql2Database } from "drizzle-orm/mysql2";
import mysql from "mysql2/promise";
import type { Database, Read } from "../database.ts";
import { migrateMysql } from "../migrate.ts";
import { NothingTouched, OutcomeUnknown } from "../statements.ts";
import type { Statement } from "../statements.ts";
import { createTables } from "../tables.ts";
import { compileWrite, prepareWrite } from "./compile.ts";
import { once } from "./once.ts";
import type { Builders, Compiled, Step } from "./compile.ts";
import { toUnusable } from "./database-unusable.ts";
import { mysqlKit } from "./kit.mysql.ts";
import { connectionOptions, createMysqlPool, sayGoodbye } from "./mysql-pool.ts";
import type { MysqlSession } from "./mysql-pool.ts";
import { openPresence } from "./presence.mysql.ts";
import { retryWrite } from "./retry-write.ts";
import { prepareRows } from "./rows.ts";
import type { SelectedRows } from "./rows.ts";
import { isConnectionLost, wasNeverSent } from "../violations.ts";

export type MysqlOptions = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  poolSize: number;
  migrationsFolder: string;
  bootId: string;
  /** How long one statement, and the wait for a free connection, may take, in milliseconds; 10,000 unless told. */
  statementTimeoutMs?: number;
};

/**
 * Opens a pool on MySQL 8 or MariaDB 10.6+, applies what is missing of the migrations and announces this process.
 *
 * @throws DatabaseTooNew, DatabaseUnusable
 */
export async function openMysql(options: MysqlOptions): Promise<Database> {
  const migrator = await connect(options);
  migrator.on("error", () => {});
  try {
    await migrateMysql(migrator, options.migrationsFolder);
  } finally {
    await sayGoodbye(migrator);
  }

  const presence = await openPresence(connectionOptions(options), options.bootId);
  const pool = createMysqlPool(options, { size: options.poolSize, timeoutMs: options.statementTimeoutMs ?? 10_000 });

  function write(statements: Statement[]): Promise<number[]> {
    if (statements.length === 0) return Promise.resolve([]);
    const steps = compileWrite(builders, statements);
    return retryWrite(() => pool.use((session) => transact(session, steps, statements.length)));
  }

  /** Reads change nothing, so they are simply asked again on another connection. */
  function readRows(one: Compiled, options: { rowsAsArray: boolean; isPrepared: boolean }): Promise<unknown[]> {
    return retryWrite(() => pool.use(async (session) => (await session.ask(one, options)) as unknown[]));
  }

  /** What Drizzle sees: the pool, with every query bounded and retried. */
  const readClient = {
    query: async ({ sql, rowsAsArray = false }: { sql: string; rowsAsArray?: boolean }, params: unknown[] = []) => [
      await readRows({ sql, params }, { rowsAsArray, isPrepared: false }),
    ],
  };
  const orm = drizzle(readClient as unknown as mysql.Pool, { casing: "snake_case" });
  const builders = createBuilders(orm);

  let closed = false;
  return {
    engine: "mysql",
    tables: createTables(mysqlKit),
    read: orm as unknown as Read,
    write: async (...statements) => await write(statements),
    writeRelaxed: async (...statements) => await write(statements),
    prepareRead(query) {
      const compiled = once(() => prepareRows(query as unknown as SelectedRows));
      const options = { rowsAsArray: true, isPrepared: true };
      return async (values) => {
        const { sql, bind, toRows } = compiled();
        return toRows((await readRows({ sql, params: bind(values) }, options)) as unknown[][]) as never;
      };
    },
    prepareWrite: (statement) => prepareWrite(builders, statement),
    query: async (sql: SQL) =>
      (await readRows(builders.raw(sql), { rowsAsArray: false, isPrepared: false })) as Record<string, unknown>[],
    version: () => null,
    isProcessAlive: (bootId) => presence.isAlive(bootId),
    probe: async () => {},
    snapshot: null,
    tidy: async () => {},
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await Promise.all([presence[Symbol.asyncDispose](), pool[Symbol.asyncDispose]()]);
    },
  };
}

async function connect(options: MysqlOptions): Promise<mysql.Connection> {
  try {
    return await mysql.createConnection(connectionOptions(options));
  } catch (error) {
    throw toUnusable(error, `the database ${options.database} on ${options.host}:${options.port}`);
  }
}

async function transact(session: MysqlSession, steps: Step[], count: number): Promise<number[]> {
  const touched = new Array<number>(count).fill(0);
  await session.ask({ sql: "start transaction", params: [] });
  try {
    for (const step of steps) {
      const { affectedRows } = (await session.ask(step, { isPrepared: step.isPrepared })) as mysql.ResultSetHeader;
      if (affectedRows === 0 && step.must) throw new NothingTouched(step.index);
      touched[step.index] = (touched[step.index] ?? 0) + (step.isUpsert ? 1 : affectedRows);
    }
  } catch (error) {
    if (!isConnectionLost(error)) await session.ask({ sql: "rollback", params: [] });
    throw error;
  }
  try {
    await session.ask({ sql: "commit", params: [] });
  } catch (error) {
    if (wasNeverSent(error)) throw error;
    if (!isConnectionLost(error)) {
      // The next transaction of this connection would commit what this one left open.
      await session.ask({ sql: "rollback", params: [] });
      throw error;
    }
    throw new OutcomeUnknown("the connection was lost while committing", { cause: error });
  }
  return touched;
}

function createBuilders(orm: MySql2Database): Builders {
  const dialect = (orm as unknown as { dialect: { sqlToQuery(sql: unknown): Compiled } }).dialect;
  return {
    insert: (table) => orm.insert(table as never),
    upsert: (table, values, set) =>
      orm
        .insert(table as never)
        .values(values as never)
        .onDuplicateKeyUpdate({ set }),
    update: (table) => orm.update(table as never),
    delete: (table) => orm.delete(table as never),
    raw: (sql) => dialect.sqlToQuery(sql),
  };
}
