import mysql from "mysql2/promise";

/** This process as the others see it: a named lock that the server frees when the process's connection ends. */
export type Presence = AsyncDisposable & { isAlive(bootId: string): Promise<boolean> };

const beatMs = 1_000;

function lockName(bootId: string): string {
  return `chatee:${bootId}`.slice(0, 64);
}

/**
 * Holds `GET_LOCK('chatee:<bootId>')` on a connection of its own and takes it again, every second, after the
 * connection was lost. A process is dead when nobody holds its lock: known at once after a `kill -9`, with
 * no clock involved. A living process whose connection just broke looks dead for about a second, so ask
 * twice before believing it; a run taken from it by mistake is fenced, not doubled.
 */
export async function openPresence(access: mysql.ConnectionOptions, bootId: string): Promise<Presence> {
  let connection: mysql.Connection | null = null;
  let closed = false;

  async function connect(): Promise<void> {
    const fresh = await mysql.createConnection(access);
    fresh.on("error", () => drop(fresh));
    await fresh.query({ sql: "select get_lock(?, 0)", values: [lockName(bootId)], timeout: 5_000 });
    connection = fresh;
  }
  function drop(broken: mysql.Connection): void {
    if (connection === broken) connection = null;
    broken.destroy();
  }
  async function beat(): Promise<void> {
    const current = connection;
    try {
      if (!current) return await connect();
      await current.query({ sql: "select 1", timeout: 5_000 });
    } catch {
      if (current) drop(current);
    }
  }

  await connect();
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(() => (closed ? undefined : beat()));
  }, beatMs);
  timer.unref();

  return {
    async isAlive(other) {
      if (other === bootId) return true;
      const current = connection;
      if (!current) return true;
      const [rows] = await current.query({ sql: "select is_free_lock(?) as free", values: [lockName(other)], timeout: 5_000 });
      return (rows as { free: number | null }[])[0]?.free !== 1;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearInterval(timer);
      await beating;
      await connection?.end().catch(() => connection?.destroy());
    },
  };
}
