import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { createConnection as connectToMariaDb } from "mysql2/promise";
import { findProgram, freePort, openTemporaryFolder, startPrivateProcess } from "./private-process.ts";
import type { PrivateProcess } from "./private-process.ts";

/** What every private instance can do, so that a test can hurt it. Ports and data outlive `stop`, `kill` and `restart`. */
export type ServiceControl = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
  /** Orderly end. */
  stop(): Promise<void>;
  /** SIGKILL: what was not on disk is lost as in a crash. */
  kill(): Promise<void>;
  /** Ends it in order if it still runs, then starts it on the same port and data. */
  restart(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers, until `resume`. */
  stall(): void;
  resume(): void;
};

export type MariaDbAccess = { host: string; port: number; user: string; password: string; database: string };

export type MariaDb = ServiceControl & {
  readonly user: string;
  readonly password: string;
  /** A fresh empty database; closing it (`await using`) drops it, otherwise it goes with the instance. */
  createDatabase(): Promise<MariaDbAccess & AsyncDisposable>;
};

export type Redis = ServiceControl & {
  readonly url: string;
  /** Forgets every key, as a replaced Redis would. */
  flush(): Promise<void>;
};

/** `fast` never waits for the disk; `safe` keeps the engine's own guarantees, for tests that kill it. */
export type Durability = "fast" | "safe";

const host = "127.0.0.1";

/** Path of an installed Chromium, for playwright-core's `executablePath`. */
export function chromiumPath(): string {
  return findProgram(["chromium", "chromium-browser", "google-chrome"], "chromium");
}

/** Starts a MariaDB of its own in about half a second; binlog off, one user with all rights. */
export async function openMariaDb(options: { durability?: Durability } = {}): Promise<MariaDb> {
  const command = findProgram(["mariadbd"], "mariadb-server-core");
  const folder = await openTemporaryFolder("mariadb");
  const user = "chatee";
  const password = randomBytes(12).toString("hex");
  const common = [
    "--no-defaults",
    `--datadir=${join(folder.path, "data")}`,
    // Each start removes the temporary tables it finds, another instance's too if they share the folder.
    `--tmpdir=${join(folder.path, "tmp")}`,
    "--innodb-log-file-size=16M",
  ];
  if (process.getuid?.() === 0) common.push("--user=root");

  const initFile = join(folder.path, "init.sql");
  await writeFile(
    initFile,
    `CREATE OR REPLACE USER '${user}'@'${host}' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO '${user}'@'${host}' WITH GRANT OPTION;\n`,
  );
  await mkdir(join(folder.path, "data"));
  await mkdir(join(folder.path, "tmp"));
  await bootstrapMariaDb(command, common);

  const control = await openService(folder, (port) => ({
    command,
    args: [
      ...common,
      `--bind-address=${host}`,
      `--port=${port}`,
      `--socket=${join(folder.path, "socket")}`,
      `--init-file=${initFile}`,
      "--skip-name-resolve",
      "--skip-log-bin",
      "--performance-schema=OFF",
      "--innodb-buffer-pool-size=64M",
      "--innodb-use-native-aio=OFF",
      "--max-connections=400",
      "--max-allowed-packet=64M",
      "--character-set-server=utf8mb4",
      ...(options.durability === "safe"
        ? ["--innodb-flush-log-at-trx-commit=1"]
        : [
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=OFF",
            "--innodb-file-per-table=OFF",
          ]),
    ],
    readyLine: /ready for connections/,
  }));

  return {
    ...control,
    user,
    password,
    createDatabase: () => createDatabase({ host, port: control.port, user, password }),
  };
}

/** The system tables, made from the SQL the server package ships: mariadb-install-db needs the client package besides. */
async function bootstrapMariaDb(command: string, args: readonly string[]): Promise<void> {
  const share = "/usr/share/mysql";
  const files = ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"];
  const parts = await Promise.all(files.map((file) => readFile(join(share, file), "utf8")));
  const sql = ["create database mysql;", "use mysql;", "set @auth_root_socket=NULL;", ...parts].join("\n");
  const bootstrap = spawn(
    command,
    [...args, "--bootstrap", "--enforce-storage-engine=", "--innodb-flush-method=nosync"],
    {
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  const exited = new Promise<number | null>((resolve, reject) => {
    bootstrap.once("exit", resolve);
    bootstrap.once("error", reject);
  });
  bootstrap.stdin.on("error", () => {});
  bootstrap.stdin.end(sql);
  const [code, log] = await Promise.all([exited, text(bootstrap.stderr)]);
  if (code !== 0) throw new Error(`mariadbd --bootstrap failed with ${code}\n${log.slice(-4_000)}`);
}

async function createDatabase(access: Omit<MariaDbAccess, "database">): Promise<MariaDbAccess & AsyncDisposable> {
  const database = `test_${randomBytes(8).toString("hex")}`;
  const run = async (sql: string) => {
    const connection = await connectToMariaDb({ ...access, connectTimeout: 5_000 });
    await connection.query(sql).finally(() => connection.destroy());
  };
  await run(`create database ${database}`);
  return { ...access, database, [Symbol.asyncDispose]: () => run(`drop database if exists ${database}`) };
}

/** Starts a Redis of its own. With `safe` every write is on disk before it is answered; with `fast` a restart forgets. */
export async function openRedis(options: { durability?: Durability } = {}): Promise<Redis> {
  const command = findProgram(["redis-server"], "redis-server");
  const folder = await openTemporaryFolder("redis");
  const durable =
    options.durability === "safe" ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const control = await openService(folder, (port) => ({
    command,
    args: ["--bind", host, "--port", String(port), "--dir", folder.path, "--save", "", ...durable],
    readyLine: /Ready to accept connections/,
  }));
  return {
    ...control,
    url: `redis://${host}:${control.port}`,
    flush: () => sendToRedis(control.port, "FLUSHALL"),
  };
}

/** One inline command on a connection of its own, so that tests need no client library. */
function sendToRedis(port: number, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port }, () => socket.write(`${command}\r\n`));
    socket.setTimeout(5_000, () => socket.destroy(new Error(`Redis did not answer ${command}`)));
    socket.once("error", reject);
    socket.once("data", (reply) => {
      socket.destroy();
      if (reply.toString("utf8").startsWith("+OK")) resolve();
      else reject(new Error(`Redis answered ${reply.toString("utf8")}`));
    });
  });
}

type Launch = (port: number) => { command: string; args: readonly string[]; readyLine: RegExp };

/** Ports are chosen by trying: between finding one free and binding it another process may take it. */
async function openService(folder: { path: string } & AsyncDisposable, launch: Launch): Promise<ServiceControl> {
  const start = (port: number) => startPrivateProcess({ ...launch(port), folder: folder.path });
  const first = async (attemptsLeft: number): Promise<{ port: number; running: PrivateProcess }> => {
    const port = await freePort();
    try {
      return { port, running: await start(port) };
    } catch (error) {
      if (attemptsLeft > 1) return await first(attemptsLeft - 1);
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  };
  const opened = await first(3);
  let running: PrivateProcess | undefined = opened.running;

  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    const ending = running;
    running = undefined;
    await ending?.end(signal);
  };
  return {
    host,
    port: opened.port,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      running = await start(opened.port);
    },
    stall: () => running?.freeze(true),
    resume: () => running?.freeze(false),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Where `shared-services.ts` (Vitest's global setup) answers; unset outside a test run. */
export const sharedServicesVariable = "CHATEE_TEST_SERVICES_URL";

let own: Promise<MariaDb> | undefined;

/**
 * A fresh database on the MariaDB that all test files of one run share; the first caller starts it. Outside a
 * test run this process starts one for itself. Not for tests that stop or stall it: those open their own.
 */
export async function sharedMariaDb(): Promise<MariaDbAccess & AsyncDisposable> {
  const url = process.env[sharedServicesVariable];
  if (url === undefined) {
    own ??= openMariaDb();
    return await (await own).createDatabase();
  }
  const response = await fetch(`${url}/mariadb`);
  if (!response.ok) throw new Error(await response.text());
  return await createDatabase((await response.json()) as Omit<MariaDbAccess, "database">);
}
