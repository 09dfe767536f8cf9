import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMessagePages } from "@chatee/api/messages/message-pages";
import { createEventLog } from "@chatee/api/streams/event-log";
import { createLocalWakes } from "@chatee/api/streams/wakes";
import type { Database } from "@chatee/db/database";
import { openMysql } from "@chatee/db/dialect/open-mysql";
import { openSqlite } from "@chatee/db/dialect/open-sqlite";
import { createMessageStore } from "@chatee/db/messages.store";
import { createRunStore } from "@chatee/db/runs.store";
import { createStreamStore } from "@chatee/db/streams.store";
import { migrationsFolder } from "@chatee/server/src/assets.ts";
import { createEnvironment } from "@chatee/server/src/environment.ts";
import { openMariaDb } from "@chatee/tooling/services";
import Sqlite from "better-sqlite3";
import mysql from "mysql2/promise";
import { compare, cpuUs, toCount, us, wallUs } from "../measure.ts";
import type { Bench, Measurement } from "../measure.ts";
import { parseJson, rawPage } from "../raw-page.ts";
import { ownerId, seed, sessionId } from "../seed.ts";

const pageSize = 50;
const small = 10_000;
const warmUps = 10;

/** Pages from anywhere in one long session, against the driver's prepared statement and `JSON.parse` of the JSON columns. */
export const messagePageBench: Bench = {
  name: "message-page",
  async *run({ isQuick }) {
    const large = isQuick ? 100_000 : 1_000_000;
    const rounds = isQuick ? 9 : 45;
    yield* onSqlite(large, rounds);
    yield* onMariaDb(large, rounds);
  },
};

/** One database with one session, and the ways to read a page below a number. */
type Place = {
  messages: number;
  store: (before: number) => Promise<unknown[]>;
  service: (before: number) => Promise<unknown[]>;
  raw: (before: number) => Promise<unknown[]>;
};

function createPlace(db: Database, messages: number, raw: Place["raw"]): Place {
  const environment = createEnvironment({ info() {}, warn() {}, error() {} });
  const stores = { messages: createMessageStore(db), runs: createRunStore(db) };
  const log = createEventLog({ streams: createStreamStore(db), wakes: createLocalWakes(), environment, pollMs: null });
  const pages = createMessagePages({ ...stores, log });
  return {
    messages,
    raw,
    store: (before) => stores.messages.page(ownerId, sessionId, before, pageSize),
    service: async (before) =>
      (await pages.page(ownerId, { sessionId, limit: pageSize, before: `m${before.toString(36)}` })).messages,
  };
}

type Clock = (count: number, work: () => unknown) => Promise<number>;

async function* measurePlaces(
  engine: string,
  places: { few: Place; many: Place },
  {
    clock,
    clockName,
    driver,
    rounds,
    count,
  }: { clock: Clock; clockName: string; driver: string; rounds: number; count: number },
): AsyncGenerator<Measurement> {
  const round = (place: Place, read: (before: number) => Promise<unknown[]>) => () =>
    clock(count, async () => {
      for (let index = 0; index < count; index++) {
        const before = pageSize + 2 + Math.floor(Math.random() * (place.messages - pageSize));
        const rows = await read(before);
        if (rows.length !== pageSize) throw new Error(`a page of ${rows.length}`);
      }
    });
  // Else the first place would be read by code that is still being compiled, and its reference would not.
  for (let index = 0; index < warmUps; index++)
    for (const place of [places.few, places.many])
      for (const way of ["store", "service", "raw"] as const) await round(place, place[way])();
  for (const place of [places.few, places.many]) {
    for (const way of ["store", "service"] as const) {
      const found = await compare(rounds, round(place, place[way]), round(place, place.raw));
      yield {
        name: `${engine}, ${toCount(place.messages)} messages: ${way}`,
        measured: `${us(found.measured)} ${clockName}`,
        reference: `${us(found.reference)} ${clockName} (${driver} + JSON.parse)`,
        ratio: 1 / found.ratio,
        bar: { atLeast: 0.9 },
      };
    }
  }
  const { few, many } = places;
  const growth = await compare(rounds, round(many, many.service), round(few, few.service));
  yield {
    name: `${engine}, service: ${toCount(many.messages)} against ${toCount(few.messages)}`,
    measured: `${us(growth.measured)} ${clockName}`,
    reference: `${us(growth.reference)} ${clockName}`,
    ratio: growth.ratio,
    bar: { atMost: 1.3 },
  };
}

async function* onSqlite(large: number, rounds: number): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-pages-"));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  async function open(messages: number): Promise<Place> {
    const file = join(folder, `${messages}.db`);
    const options = { file, migrationsFolder: migrationsFolder("sqlite"), bootId: randomUUID() };
    const db = opened.use(await openSqlite(options));
    const client = new Sqlite(file);
    opened.defer(() => void client.close());
    client.pragma("cache_size = -32000");
    client.pragma("synchronous = OFF");
    await seed(db, messages, async (sql) => void client.exec(sql));
    client.exec("pragma wal_checkpoint(truncate); analyze");
    const page = client.prepare(rawPage);
    return createPlace(db, messages, async (before) =>
      (page.all(sessionId, before, ownerId, pageSize) as Record<string, unknown>[]).map(parseJson),
    );
  }
  const places = { few: await open(small), many: await open(large) };
  const options = { clock: cpuUs, clockName: "CPU", driver: "better-sqlite3", rounds, count: 100 };
  yield* measurePlaces("SQLite", places, options);
}

async function* onMariaDb(large: number, rounds: number): AsyncGenerator<Measurement> {
  await using server = await openMariaDb();
  await using opened = new AsyncDisposableStack();
  async function open(messages: number): Promise<Place> {
    const access = opened.use(await server.createDatabase());
    const { host, port, user, password, database } = access;
    const reach = { host, port, user, password, database };
    const options = { ...reach, poolSize: 4, migrationsFolder: migrationsFolder("mysql"), bootId: randomUUID() };
    const db = opened.use(await openMysql(options));
    const client = opened.use(await mysql.createConnection({ ...reach, timezone: "Z" }));
    await client.query("set global innodb_buffer_pool_size = 1073741824");
    await seed(db, messages, async (sql) => void (await client.query(sql)));
    return createPlace(db, messages, async (before) => {
      const [rows] = await client.execute(rawPage, [sessionId, before, ownerId, String(pageSize)]);
      return (rows as Record<string, unknown>[]).map(parseJson);
    });
  }
  const places = { few: await open(small), many: await open(large) };
  const options = { clock: wallUs, clockName: "wall", driver: "mysql2 execute", rounds, count: 40 };
  yield* measurePlaces("MariaDB", places, options);
}
