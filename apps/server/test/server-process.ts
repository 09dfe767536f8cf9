import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Address } from "./create-test-server.ts";

/** The server as it was built; another build is named by the environment. */
const bundle = process.env["CHATEE_TEST_BUNDLE"] ?? fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** For machines that are busy with something else; a start takes half a second. */
const startTimeoutMs = 60_000;

export type ServerOptions = {
  dataDirectory: string;
  port: number;
  token?: string;
  env?: Record<string, string>;
  /** A program with its arguments that starts the server, such as one that limits what it may use. */
  through?: readonly string[];
};

export type ServerProcess = AsyncDisposable &
  Address & {
    readonly port: number;
    readonly pid: number;
    readonly child: ChildProcess;
    /** What it wrote to standard error so far: its log. */
    log: () => string;
    /** Its exit code; null when a signal ended it. */
    exited: Promise<number | null>;
    /** SIGKILL, and waits until it is gone. */
    kill: () => Promise<void>;
    /** SIGTERM; resolves to the exit code. */
    stop: () => Promise<number | null>;
  };

/** A server process that may not be ready, and may never be. */
export type LaunchedServer = ServerProcess & {
  /** False when it ended before it could serve. */
  ready: Promise<boolean>;
};

/**
 * The built server as a process of its own, ready to be killed. Data directory and port are the caller's, so
 * that another one can be started on them. Ends with SIGKILL when disposed.
 */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const launched = launchServerProcess(options);
  const late = AbortSignal.timeout(startTimeoutMs);
  const isReady = await Promise.race([launched.ready, once(late, "abort").then(() => false)]);
  if (isReady) return launched;
  const { exitCode, signalCode } = launched.child;
  await launched.kill();
  const how = late.aborted ? `within ${startTimeoutMs} ms` : `and ended with ${exitCode ?? signalCode}`;
  throw new Error(`the server did not start ${how}\n${launched.log()}`);
}

/** As `startServerProcess`, without waiting until it serves. */
export function launchServerProcess(options: ServerOptions): LaunchedServer {
  if (!existsSync(bundle)) throw new Error(`the server is not built (npm run build): there is no ${bundle}`);
  const token = options.token ?? "test-token-with-enough-characters";
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("CHATEE_"));
  const [command, ...args] = [...(options.through ?? []), process.execPath, bundle];
  const child = spawn(command, args, {
    env: {
      ...Object.fromEntries(inherited),
      CHATEE_DATA_DIR: options.dataDirectory,
      CHATEE_SERVER__PORT: String(options.port),
      CHATEE_AUTH__TOKEN: token,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString("utf8")));
  const killNow = () => child.kill("SIGKILL");
  process.once("exit", killNow);
  const exited = once(child, "exit").then(() => {
    process.off("exit", killNow);
    return child.exitCode;
  });
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith("chatee is ready")) continue;
      child.stdout.resume();
      return true;
    }
    return false;
  })();
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  return {
    url: `http://127.0.0.1:${options.port}`,
    token,
    port: options.port,
    pid: child.pid ?? 0,
    child,
    ready,
    exited,
    log: () => log,
    kill,
    async stop() {
      child.kill("SIGTERM");
      return await exited;
    },
    [Symbol.asyncDispose]: kill,
  };
}
