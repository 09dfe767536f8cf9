import { Socket } from "node:net";
import { createPool } from "mysql2";
import type { PoolConnection } from "mysql2";
import type { Connection } from "mysql2/promise";
import type { Compiled } from "./compile.ts";
import { isConnectionLost } from "../violations.ts";
import { within } from "./within.ts";

export type MysqlAccess = { host: string; port: number; user: string; password: string; database: string };

/** One connection, for as long as the work that borrowed it runs. */
export type MysqlSession = {
  /** One statement and its answer. Throws an error that `isConnectionLost` knows when none came in time. */
  ask(statement: Compiled, options?: { rowsAsArray?: boolean; isPrepared?: boolean }): Promise<unknown>;
};

export type MysqlPool = AsyncDisposable & {
  /** Borrows a connection for `work`. One that was lost is closed instead of going back. */
  use<TResult>(work: (session: MysqlSession) => Promise<TResult>): Promise<TResult>;
};

/** Strict: too long a text is refused, not cut, and backslashes escape as mysql2 takes for granted. */
const sessionSettings =
  "set session sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 5";

export function connectionOptions({ host, port, user, password, database }: MysqlAccess) {
  return {
    host,
    port,
    user,
    password,
    database,
    connectTimeout: 5_000,
    charset: "utf8mb4",
    timezone: "Z",
    jsonStrings: true,
  } as const;
}

function socketOf(connection: Connection | PoolConnection): Socket | null {
  const core: unknown = Reflect.get(connection, "connection") ?? connection;
  const stream: unknown = typeof core === "object" && core !== null ? Reflect.get(core, "stream") : null;
  return stream instanceof Socket ? stream : null;
}

/** Closes the socket without a goodbye: `destroy` alone waits for ever for a peer that is gone. */
export function hangUp(connection: Connection | PoolConnection): void {
  const socket = socketOf(connection);
  connection.destroy();
  socket?.destroy();
}

/** Says goodbye, waits for it to be sent, and then for nothing. */
export async function sayGoodbye(connection: Connection): Promise<void> {
  await within(2_000, "the connection did not close", connection.end()).catch(() => {});
  socketOf(connection)?.destroySoon();
}

/**
 * A pool in which every wait is bounded by `timeoutMs`: for a connection and for each answer. When one
 * connection is found lost, the idle ones of its time are taken for lost too and replaced before use, so
 * that a server which came back is not met with one dead connection after another. It speaks to the driver by
 * callbacks: the driver's promises take a stack trace for every statement, a tenth of a page's processor time.
 */
export function createMysqlPool(
  access: MysqlAccess,
  { size, timeoutMs }: { size: number; timeoutMs: number },
): MysqlPool {
  const pool = createPool({
    ...connectionOptions(access),
    connectionLimit: size,
    maxIdle: size,
    enableKeepAlive: true,
    queueLimit: 10_000,
  });
  const sockets = new Set<Socket>();
  const bornIn = new WeakMap<PoolConnection, number>();
  let era = 0;

  async function ask(
    connection: PoolConnection,
    statement: Compiled,
    options: { rowsAsArray?: boolean; isPrepared?: boolean } = {},
  ) {
    const { rowsAsArray = false, isPrepared = false } = options;
    const query = {
      sql: statement.sql,
      values: statement.params.map(isPrepared ? toExecuteValue : toQueryValue),
      rowsAsArray,
    };
    const answer = new Promise<unknown>((resolve, reject) => {
      const done = (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result));
      if (isPrepared) connection.execute(query, done);
      else connection.query(query, done);
    });
    try {
      return await within(timeoutMs, "the database did not answer", answer);
    } catch (error) {
      throw withoutText(error);
    }
  }

  /** Once per connection, before its first use. */
  async function greet(connection: PoolConnection): Promise<void> {
    // mysql2 may report one loss twice; the second time nobody else listens, and the process would end.
    connection.on("error", () => {});
    const socket = socketOf(connection);
    if (socket) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    bornIn.set(connection, era);
    try {
      await ask(connection, { sql: sessionSettings, params: [] });
    } catch (error) {
      hangUp(connection);
      throw error;
    }
  }

  async function acquire(): Promise<PoolConnection> {
    for (;;) {
      const waiting = new Promise<PoolConnection>((resolve, reject) => {
        pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
      });
      const connection = await within(timeoutMs, "no connection to the database became free", waiting, (late) =>
        late.release(),
      );
      const born = bornIn.get(connection);
      if (born === undefined) await greet(connection);
      if (born === undefined || born === era) return connection;
      hangUp(connection);
    }
  }

  return {
    async use(work) {
      const connection = await acquire();
      let isLost = false;
      const session: MysqlSession = {
        async ask(statement, options) {
          try {
            return await ask(connection, statement, options);
          } catch (error) {
            isLost ||= isConnectionLost(error);
            throw error;
          }
        },
      };
      try {
        return await work(session);
      } finally {
        if (isLost) {
          era += 1;
          hangUp(connection);
        } else {
          connection.release();
        }
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise<void>((resolve) => pool.end(() => resolve()));
      await within(2_000, "the pool did not close", ended).catch(() => {});
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

/** An object would be spread into SQL text by the driver: nothing but plain values may get there. */
function toQueryValue(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    throw new TypeError("a statement takes plain values only");
  }
  return value;
}

/** Server-side prepared statements take whole numbers for LIMIT only as text or integer, and mysql2 sends numbers as doubles. */
function toExecuteValue(value: unknown): unknown {
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : toQueryValue(value);
}

/** mysql2 hangs the whole statement, values included, on its errors; they reach logs, so it goes. */
function withoutText(error: unknown): unknown {
  if (error instanceof Error && "sql" in error) Reflect.deleteProperty(error, "sql");
  return error;
}
