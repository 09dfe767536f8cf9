import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "@chatee/db/database";
import { openMysql } from "@chatee/db/dialect/open-mysql";
import { openSqlite } from "@chatee/db/dialect/open-sqlite";
import { createStreamStore } from "@chatee/db/streams.store";
import { migrationsFolder } from "@chatee/server/src/assets.ts";
import { openMariaDb } from "@chatee/tooling/services";
import Sqlite from "better-sqlite3";
import mysql from "mysql2/promise";
import { compare, cpuUs, us, wallUs } from "../measure.ts";
import type { Bench, Measurement } from "../measure.ts";

const perBatch = 8;
const event = JSON.stringify({
  type: "message.delta",
  messageId: randomUUID(),
  part: "content",
  offset: 1234,
  text: "and then the river turns south",
});
const runId = randomUUID();
const raiseHead = {
  sqlite:
    "insert into event_streams (stream_id, head_seq, tail_seq, updated_at_ms) values (?, ?, 0, ?) on conflict (stream_id) do update set head_seq = head_seq + ?, updated_at_ms = ?",
  mysql:
    "insert into event_streams (stream_id, head_seq, tail_seq, updated_at_ms) values (?, ?, 0, ?) on duplicate key update head_seq = head_seq + ?, updated_at_ms = ?",
};
const addEvent = "insert into event_log (stream_id, seq, event, prune_run_id, at_ms) values (?, ?, ?, ?, ?)";

/** Events appended in batches of eight, each a transaction, against the same rows put in by the driver's prepared statements. */
export const appendBench: Bench = {
  name: "append",
  async *run({ isQuick }) {
    yield await onSqlite(isQuick ? 9 : 25);
    yield await onMariaDb(isQuick ? 7 : 15);
  },
};

function appender(db: Database, batches: number): () => Promise<void> {
  const streams = createStreamStore(db);
  const events = Array.from({ length: perBatch }, () => ({ event, pruneRunId: runId }));
  return async () => {
    const streamId = randomUUID();
    for (let index = 0; index < batches; index++)
      await db.writeRelaxed(...streams.append(streamId, events, Date.now()));
  };
}

async function onSqlite(rounds: number): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-append-"));
  const batches = 1_000;
  try {
    const options = (name: string) => ({
      file: join(folder, name),
      migrationsFolder: migrationsFolder("sqlite"),
      bootId: randomUUID(),
    });
    // Both write to a database with the same tables and settings.
    await (await openSqlite(options("raw.db")))[Symbol.asyncDispose]();
    await using db = await openSqlite(options("chatee.db"));
    using raw = disposing(new Sqlite(join(folder, "raw.db")));
    for (const pragma of ["journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL", "cache_size = -32000"])
      raw.client.pragma(pragma);
    const head = raw.client.prepare(raiseHead.sqlite);
    const add = raw.client.prepare(addEvent);
    const append = raw.client.transaction((streamId: string, from: number) => {
      const atMs = Date.now();
      head.run(streamId, perBatch, atMs, perBatch, atMs);
      for (let index = 0; index < perBatch; index++) add.run(streamId, from + index, event, runId, atMs);
    });
    const theirs = () => {
      const streamId = randomUUID();
      for (let index = 0; index < batches; index++) append.immediate(streamId, index * perBatch + 1);
    };
    const count = batches * perBatch;
    const ours = appender(db, batches);
    const found = await compare(
      rounds,
      () => cpuUs(count, ours),
      () => cpuUs(count, theirs),
    );
    return toMeasurement("SQLite", "CPU", "better-sqlite3", found);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function disposing(client: Sqlite.Database) {
  return { client, [Symbol.dispose]: () => void client.close() };
}

async function onMariaDb(rounds: number): Promise<Measurement> {
  await using server = await openMariaDb();
  await using access = await server.createDatabase();
  const { host, port, user, password, database } = access;
  const reach = { host, port, user, password, database };
  await using db = await openMysql({
    ...reach,
    poolSize: 4,
    migrationsFolder: migrationsFolder("mysql"),
    bootId: randomUUID(),
  });
  await using connection = await mysql.createConnection(reach);
  const batches = 60;
  const theirs = async () => {
    const streamId = randomUUID();
    for (let batch = 0; batch < batches; batch++) {
      const atMs = Date.now();
      await connection.beginTransaction();
      await connection.execute(raiseHead.mysql, [streamId, perBatch, atMs, perBatch, atMs]);
      for (let index = 0; index < perBatch; index++)
        await connection.execute(addEvent, [streamId, batch * perBatch + index + 1, event, runId, atMs]);
      await connection.commit();
    }
  };
  const count = batches * perBatch;
  const ours = appender(db, batches);
  const found = await compare(
    rounds,
    () => wallUs(count, ours),
    () => wallUs(count, theirs),
  );
  return toMeasurement("MariaDB", "wall", "mysql2 execute", found);
}

/** Bars on throughput: a ratio of 1 is as fast, more is faster. */
function toMeasurement(engine: string, clock: string, driver: string, found: Awaited<ReturnType<typeof compare>>) {
  return {
    name: `append on ${engine}, one event of ${perBatch}`,
    measured: `${us(found.measured)} ${clock}`,
    reference: `${us(found.reference)} ${clock} (${driver})`,
    ratio: 1 / found.ratio,
    bar: { atLeast: 0.85 },
  };
}
