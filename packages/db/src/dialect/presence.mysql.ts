import { setTimeout as delay } from "node:timers/promises";
import mysql from "mysql2/promise";
import { hangUp, sayGoodbye } from "./mysql-pool.ts";
import { within } from "./within.ts";

/** This process as the others see it: a named lock that the server frees when the process's connection ends. */
export type Presence = AsyncDisposable & { isAlive(bootId: string): Promise<boolean> };

const beatMs = 1_000;
const answerMs = 5_000;

function lockName(bootId: string): string {
  return `chatee:${bootId}`.slice(0, 64);
}

/**
 * Holds `GET_LOCK('chatee:<bootId>')` on a connection of its own and takes it again, every second, after the
 * connection was lost. A process is dead when nobody holds its lock: known soon after a `kill -9`, with no
 * clock involved. A living process whose connection just broke has no lock for about a second, so a free lock
 * is looked at twice, two beats apart; a run taken by mistake even so is fenced, not doubled.
 */
export async function openPresence(access: mysql.ConnectionOptions, bootId: string): Promise<Presence> {
  let connection: mysql.Connection | null = null;
  let isHeld = false;
  let closed = false;
  /** Those found dead and not seen since; they are not waited for again. */
  const dead = new Set<string>();

  async function ask(current: mysql.Connection, sql: string, name?: string): Promise<number | null> {
    const query = current.query({ sql, values: name === undefined ? [] : [name] });
    const [rows] = await within(answerMs, "the database did not answer", query);
    return (rows as { answer: number | null }[])[0]?.answer ?? null;
  }
  /** The server may not have noticed yet that our last connection is gone: then the lock comes with a later beat. */
  async function takeLock(current: mysql.Connection): Promise<void> {
    isHeld = (await ask(current, "select get_lock(?, 0) as answer", lockName(bootId))) === 1;
  }
  function drop(broken: mysql.Connection): void {
    if (connection === broken) connection = null;
    hangUp(broken);
  }
  async function connect(): Promise<void> {
    const fresh = await mysql.createConnection(access);
    fresh.on("error", () => drop(fresh));
    connection = fresh;
    await takeLock(fresh);
  }
  async function beat(): Promise<void> {
    const current = connection;
    try {
      if (!current) await connect();
      else if (isHeld) await ask(current, "select 1 as answer");
      else await takeLock(current);
    } catch {
      if (connection) drop(connection);
    }
  }
  /** Null when it cannot be known now. */
  async function isFree(other: string): Promise<boolean | null> {
    const current = connection;
    if (!current) return null;
    try {
      return (await ask(current, "select is_free_lock(?) as answer", lockName(other))) === 1;
    } catch {
      drop(current);
      return null;
    }
  }

  await connect();
  let beating: Promise<void> | null = null;
  const timer = setInterval(() => {
    beating ??= beat().finally(() => (beating = null));
  }, beatMs);
  timer.unref();

  return {
    async isAlive(other) {
      if (other === bootId) return true;
      const isFreeNow = await isFree(other);
      if (isFreeNow !== true) {
        // Whoever was cut off from the database and came back holds its lock again.
        if (isFreeNow === false) dead.delete(other);
        return !dead.has(other);
      }
      if (dead.has(other)) return false;
      await delay(2 * beatMs);
      if ((await isFree(other)) !== true) return true;
      dead.add(other);
      return false;
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      await beating;
      if (connection) await sayGoodbye(connection);
    },
  };
}
