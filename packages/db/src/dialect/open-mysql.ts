import { drizzle } from "drizzle-orm/mysql2";
import type { MySql2Database } from "drizzle-orm/mysql2";
import mysql from "mysql2/promise";
import type { Database, Read } from "../database.ts";
import { migrateMysql } from "../migrate.ts";
import { NothingTouched, OutcomeUnknown } from "../statements.ts";
import type { Statement } from "../statements.ts";
import { createTables } from "../tables.ts";
import { compile, prepareWrite } from "./compile.ts";
import type { Builders, Compiled } from "./compile.ts";
import { mysqlKit } from "./kit.mysql.ts";
import { openPresence } from "./presence.mysql.ts";
import { retryWrite } from "./retry-write.ts";
import { prepareRows } from "./rows.ts";
import type { SelectedRows } from "./rows.ts";
import { isConnectionLost } from "./violations.ts";

export type MysqlOptions = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  poolSize: number;
  migrationsFolder: string;
  bootId: string;
  /** How long one statement may take before its connection is given up, in milliseconds. */
  statementTimeoutMs?: number;
};

type Connection = mysql.PoolConnection;

/** Opens a pool on MySQL 8 or MariaDB 10.6+, applies what is missing of the migrations and announces this process. */
export async function openMysql(options: MysqlOptions): Promise<Database> {
  const { host, port, user, password, database } = options;
  const timeout = options.statementTimeoutMs ?? 10_000;
  const access = { host, port, user, password, database, connectTimeout: 5_000, charset: "utf8mb4", timezone: "Z", jsonStrings: true } as const;

  const migrator = await mysql.createConnection(access);
  try {
    await migrateMysql(migrator, options.migrationsFolder);
  } finally {
    await migrator.end().catch(() => migrator.destroy());
  }

  const pool = mysql.createPool({ ...access, connectionLimit: options.poolSize, maxIdle: options.poolSize, enableKeepAlive: true, queueLimit: 10_000 });
  const presence = await openPresence(access, options.bootId);

  /** Every statement is bounded: a black-holed server costs `timeout`, then the connection is dropped. */
  async function run(connection: Connection, { sql, params }: Compiled, options: { rowsAsArray?: boolean; prepared?: boolean } = {}) {
    const { rowsAsArray = false, prepared = false } = options;
    if (prepared) return await connection.execute({ sql, values: params.map(toExecuted), timeout, rowsAsArray });
    return await connection.query({ sql, values: params, timeout, rowsAsArray });
  }

  async function withConnection<TResult>(work: (connection: Connection) => Promise<TResult>): Promise<TResult> {
    const connection = await pool.getConnection();
    let healthy = true;
    try {
      return await work(connection);
    } catch (error) {
      healthy = !isConnectionLost(error) && !(error instanceof OutcomeUnknown);
      throw error;
    } finally {
      if (healthy) connection.release();
      else connection.destroy();
    }
  }

  async function transact(connection: Connection, compiled: Compiled[], statements: Statement[]): Promise<number[]> {
    const touched: number[] = [];
    await run(connection, { sql: "start transaction", params: [] });
    try {
      for (const [index, one] of compiled.entries()) {
        const [result] = await run(connection, one, { prepared: statements[index]?.kind === "prepared" });
        const { affectedRows } = result as mysql.ResultSetHeader;
        if (affectedRows === 0 && statements[index]?.must) throw new NothingTouched(index);
        touched.push(affectedRows);
      }
    } catch (error) {
      if (!isConnectionLost(error)) await run(connection, { sql: "rollback", params: [] });
      throw error;
    }
    try {
      await run(connection, { sql: "commit", params: [] });
    } catch (error) {
      if (isConnectionLost(error)) throw new OutcomeUnknown("the connection was lost while committing", { cause: error });
      throw error;
    }
    return touched;
  }

  function write(statements: Statement[]): Promise<number[]> {
    const compiled = statements.map((statement) => compile(builders, statement));
    return retryWrite(() => withConnection((connection) => transact(connection, compiled, statements)));
  }

  /** Reads change nothing, so they are simply asked again on another connection. */
  function readRows(one: Compiled, rowsAsArray: boolean, prepared: boolean) {
    return retryWrite(() =>
      withConnection(async (connection) => (await run(connection, one, { rowsAsArray, prepared }))[0] as unknown[]),
    );
  }

  /** What Drizzle sees: the pool, with every query bounded and retried. */
  const readClient = {
    query: async (query: { sql: string; rowsAsArray?: boolean; typeCast?: unknown }, params: unknown[] = []) => [
      await readRows({ sql: query.sql, params }, query.rowsAsArray ?? false, false),
    ],
  };
  const orm = drizzle(readClient as unknown as mysql.Pool, { casing: "snake_case" });
  const builders = createBuilders(orm);

  let closed = false;
  return {
    engine: "mysql",
    tables: createTables(mysqlKit),
    read: orm as unknown as Read,
    write: (...statements) => write(statements),
    writeRelaxed: (...statements) => write(statements),
    prepareRead(query) {
      const { sql, bind, toRows } = prepareRows(query as unknown as SelectedRows);
      return async (values) => toRows((await readRows({ sql, params: bind(values) }, true, true)) as unknown[][]) as never;
    },
    prepareWrite: (statement) => prepareWrite(builders, statement),
    query: async (sql) => (await readRows(builders.raw(sql), false, false)) as Record<string, unknown>[],
    isProcessAlive: (bootId) => presence.isAlive(bootId),
    tidy: async () => {},
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await presence[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

/** Server-side prepared statements take whole numbers for LIMIT only as text or integer, and mysql2 sends numbers as doubles. */
function toExecuted(value: unknown): unknown {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return value === undefined ? null : value;
}

function createBuilders(orm: MySql2Database<Record<string, never>>): Builders {
  const dialect = (orm as unknown as { dialect: { sqlToQuery(sql: unknown): Compiled } }).dialect;
  return {
    insert: (table) => orm.insert(table as never) as unknown as ReturnType<Builders["insert"]>,
    upsert: (table, values, set) => orm.insert(table as never).values(values as never).onDuplicateKeyUpdate({ set } as never),
    update: (table) => orm.update(table as never) as unknown as ReturnType<Builders["update"]>,
    delete: (table) => orm.delete(table as never),
    raw: (sql) => dialect.sqlToQuery(sql),
  };
}
