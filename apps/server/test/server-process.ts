import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Address } from "./create-test-server.ts";

const bundle = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const startTimeoutMs = 20_000;

export type ServerProcess = AsyncDisposable &
  Address & {
    readonly port: number;
    readonly pid: number;
    readonly child: ChildProcess;
    /** What it wrote to standard error so far: its log. */
    log: () => string;
    /** SIGKILL, and waits until it is gone. */
    kill: () => Promise<void>;
    /** SIGTERM; resolves to the exit code. */
    stop: () => Promise<number | null>;
  };

/**
 * The built server as a process of its own, ready to be killed. Data directory and port are the caller's, so
 * that another one can be started on them. Ends with SIGKILL when disposed.
 */
export async function startServerProcess(options: {
  dataDirectory: string;
  port: number;
  token?: string;
  env?: Record<string, string>;
}): Promise<ServerProcess> {
  const token = options.token ?? "test-token-with-enough-characters";
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("CHATEE_"));
  const child = spawn(process.execPath, [bundle], {
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
  const exited = once(child, "exit");
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout }))
      if (line.startsWith("chatee is ready")) return true;
    return false;
  })();
  const late = AbortSignal.timeout(startTimeoutMs);
  const isReady = await Promise.race([ready, exited.then(() => false), once(late, "abort").then(() => false)]);
  child.stdout.resume();
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  if (!isReady || child.pid === undefined) {
    await kill();
    throw new Error(`the server did not start\n${log}`);
  }
  return {
    url: `http://127.0.0.1:${options.port}`,
    token,
    port: options.port,
    pid: child.pid,
    child,
    log: () => log,
    kill,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
    [Symbol.asyncDispose]: kill,
  };
}
