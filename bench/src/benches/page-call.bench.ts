import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMysql } from "@chatee/db/dialect/open-mysql";
import { openSqlite } from "@chatee/db/dialect/open-sqlite";
import { migrationsFolder } from "@chatee/server/src/assets.ts";
import { openMariaDb } from "@chatee/tooling/services";
import Sqlite from "better-sqlite3";
import mysql from "mysql2/promise";
import { openHost } from "../hosts/commands.ts";
import type { Host } from "../hosts/commands.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import type { PagesAt, PagesCommands } from "../hosts/pages.host.ts";
import { cpuUsPerRequest } from "../http-load.ts";
import { compare, toCount, us } from "../measure.ts";
import type { Bench, Measurement } from "../measure.ts";
import { bearer } from "../visitor.ts";
import { seed, sessionId } from "../seed.ts";

const limit = 50;
const small = 10_000;

/** Pages of 50 over HTTP, by tRPC and by REST, with a token, against the driver's own rows behind the same libraries. */
export const pageCallBench: Bench = {
  name: "page-call",
  async *run({ isQuick }) {
    const options = { large: isQuick ? 100_000 : 1_000_000, rounds: isQuick ? 7 : 15, count: isQuick ? 200 : 500 };
    yield* onSqlite(options);
    yield* onMariaDb(options);
  },
};

type Options = { large: number; rounds: number; count: number };
type Place = { messages: number; env: Record<string, string>; at: PagesAt };

async function* measure(engine: string, places: Place[], { rounds, count }: Options): AsyncGenerator<Measurement> {
  await using opened = new AsyncDisposableStack();
  const agent = opened.adopt(new Agent({ keepAlive: true, maxSockets: 4 }), (one) => one.destroy());
  const ways: Record<"tRPC" | "REST", (() => Promise<number>)[]> = { tRPC: [], REST: [] };
  for (const { messages, env, at } of places) {
    const chatee = opened.use(await openHost<ChateeCommands>("./chatee.host.ts", env));
    const bare = opened.use(await openHost<PagesCommands>("./pages.host.ts"));
    const [{ url, token }, { url: bareUrl }] = [await chatee.address(), await bare.open(at)];
    const somewhere = () => limit + 2 + Math.floor(Math.random() * (messages - limit));
    const inQuery = (input: unknown) => encodeURIComponent(JSON.stringify(input));
    const cursor = () => `m${somewhere().toString(36)}`;
    const paths = {
      tRPC: {
        ours: () => `${url}/trpc/messages.list?input=${inQuery({ json: { sessionId, limit, before: cursor() } })}`,
        theirs: () => `${bareUrl}/trpc/page?input=${inQuery({ before: somewhere(), limit })}`,
      },
      REST: {
        ours: () => `${url}/api/sessions/${sessionId}/messages?limit=${limit}&before=${cursor()}`,
        theirs: () => `${bareUrl}/page?limit=${limit}&before=${somewhere()}`,
      },
    };
    const headers = bearer(token);
    const round = (host: Host<{}>, toUrl: () => string) => () =>
      cpuUsPerRequest(host, { agent, toUrl, headers, count });
    for (const way of ["tRPC", "REST"] as const) {
      const ours = round(chatee, paths[way].ours);
      ways[way].push(ours);
      const found = await compare(rounds, ours, round(bare, paths[way].theirs));
      yield {
        name: `${engine}, ${toCount(messages)} messages: ${way}`,
        measured: `${us(found.measured)} CPU`,
        reference: `${us(found.reference)} CPU (driver + ${way === "tRPC" ? "bare tRPC" : "Fastify"})`,
        ratio: 1 / found.ratio,
        bar: null,
      };
    }
  }
  for (const [way, [few, many]] of Object.entries(ways)) {
    if (!few || !many) continue;
    const growth = await compare(rounds, many, few);
    yield {
      name: `${engine}, ${way}: ${places
        .map(({ messages }) => toCount(messages))
        .toReversed()
        .join(" against ")}`,
      measured: `${us(growth.measured)} CPU`,
      reference: `${us(growth.reference)} CPU`,
      ratio: growth.ratio,
      bar: { atMost: 1.3 },
    };
  }
}

async function* onSqlite(options: Options): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-pages-"));
  try {
    const places: Place[] = [];
    for (const messages of [small, options.large]) {
      const dataDirectory = join(folder, String(messages));
      await mkdir(dataDirectory, { mode: 0o700 });
      const file = join(dataDirectory, "chatee.db");
      {
        await using db = await openSqlite({ file, migrationsFolder: migrationsFolder("sqlite"), bootId: randomUUID() });
        const client = new Sqlite(file);
        client.pragma("synchronous = OFF");
        await seed(db, messages, async (sql) => void client.exec(sql));
        client.exec("pragma wal_checkpoint(truncate); analyze");
        client.close();
      }
      places.push({ messages, env: { CHATEE_DATA_DIR: dataDirectory }, at: { file } });
    }
    yield* measure("SQLite", places, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* onMariaDb(options: Options): AsyncGenerator<Measurement> {
  await using server = await openMariaDb();
  await using opened = new AsyncDisposableStack();
  const places: Place[] = [];
  for (const messages of [small, options.large]) {
    const access = opened.use(await server.createDatabase());
    const { host, port, user, password, database } = access;
    const reach = { host, port, user, password, database };
    {
      const bootId = randomUUID();
      await using db = await openMysql({ ...reach, poolSize: 2, migrationsFolder: migrationsFolder("mysql"), bootId });
      const client = await mysql.createConnection(reach);
      await client.query("set global innodb_buffer_pool_size = 1073741824");
      await seed(db, messages, async (sql) => void (await client.query(sql)));
      await client.end();
    }
    const env = {
      CHATEE_MYSQL__ENABLED: "true",
      ...Object.fromEntries(
        Object.entries(reach).map(([key, value]) => [`CHATEE_MYSQL__${key.toUpperCase()}`, String(value)]),
      ),
    };
    places.push({ messages, env, at: { mysql: reach } });
  }
  yield* measure("MariaDB", places, options);
}
