import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { createAccessService } from "@chatee/api/access/access.service";
import { createGuessLimiter } from "@chatee/api/access/guess-limiter";
import { createSystemService } from "@chatee/api/system/system.service";
import { createAccessStore } from "@chatee/db/access.store";
import { ping } from "@chatee/db/database";
import { openSqlite } from "@chatee/db/dialect/open-sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { App } from "../src/app.ts";
import { migrationsFolder } from "../src/assets.ts";
import { parseConfig } from "../src/config.ts";
import { createEnvironment } from "../src/environment.ts";
import { createFront } from "../src/front.ts";
import { openTestDirectory } from "./create-test-server.ts";

async function openFront(directory: string) {
  const environment = createEnvironment({ info() {}, warn() {}, error() {} });
  const options = { file: `${directory}/chatee.db`, migrationsFolder: migrationsFolder("sqlite"), bootId: "boot" };
  const db = await openSqlite(options);
  const front = createFront({
    config: parseConfig(null, { CHATEE_SERVER__PORT: "0" }),
    access: createAccessService({ store: createAccessStore(db), randomBytes, environment }),
    limiter: createGuessLimiter({ now: environment.now }),
    system: createSystemService({
      version: "1.2.3",
      engine: "sqlite",
      features: {},
      startedAtMs: environment.now(),
      checks: { database: () => ping(db), redis: () => null },
      environment,
    }),
  });
  return {
    front,
    port: await front.listen(),
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

async function get(port: number, path: string, headers: Record<string, string> = {}) {
  const asked = request({ host: "127.0.0.1", port, path, headers, agent: false }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

test("before everything is loaded the process lives, is not ready, and answers nothing else until it is", async () => {
  await using directory = await openTestDirectory();
  await using opened = await openFront(directory.path);
  const { front, port } = opened;
  const health = await get(port, "/health");
  expect(health.status).toBe(200);
  expect(JSON.parse(health.body)).toMatchObject({ status: "ok", version: "1.2.3", database: "ok" });
  expect(await get(port, "/ready")).toEqual({ status: 503, body: `{"ready":false}` });

  const answered: string[] = [];
  const asks = [get(port, "/api/models"), get(port, "/health", { host: "elsewhere.example" })];
  const waiting = asks.map((ask) => ask.then(({ body }) => answered.push(body)));
  await get(port, "/ready");
  expect(answered).toEqual([]);
  const app: Pick<App, "handle" | "onClientError"> = {
    handle: (asked, response) => void response.end(`the app answers ${asked.url}`),
    onClientError: (_error, socket) => void socket.destroy(),
  };
  front.handOver(app as App);
  await Promise.all(waiting);
  expect(answered.toSorted()).toEqual(["the app answers /api/models", "the app answers /health"]);
  expect((await get(port, "/ready")).body).toBe("the app answers /ready");
});

/** Asks for a WebSocket and never hangs up by itself. Resolves once the server has the request. */
async function askForSocket(port: number) {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  socket.write(`GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  await once(socket, "connect");
  await get(port, "/ready");
  return socket;
}

test("a socket that is reset while it waits for the rest costs nothing but itself, and one that waits holds up no closing", async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown) => void uncaught.push(error);
  process.on("uncaughtExceptionMonitor", onUncaught);
  onTestFinished(() => void process.off("uncaughtExceptionMonitor", onUncaught));
  await using directory = await openTestDirectory();
  await using opened = await openFront(directory.path);
  const { front, port } = opened;
  for (let resets = 0; resets < 5; resets++) (await askForSocket(port)).resetAndDestroy();
  const waiting = await askForSocket(port);
  await wait(100);
  expect((await get(port, "/health")).status).toBe(200);
  expect(uncaught).toEqual([]);
  const closed = front[Symbol.asyncDispose]().then(() => "closed");
  expect(await Promise.race([closed, wait(5_000, "still open")])).toBe("closed");
  waiting.destroy();
});
