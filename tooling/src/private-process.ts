import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A loopback port that was free a moment ago; whoever binds it must be ready to find it taken. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/**
 * The absolute path of an installed program.
 *
 * @throws Error naming the Debian package when it is not installed: a test that needs it fails, it is never skipped.
 */
export function findProgram(names: readonly string[], debianPackage: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (folder !== "" && existsSync(path)) return path;
    }
  }
  throw new Error(
    `${names.join(" or ")} is not installed; install the Debian package ${debianPackage} (apt-get install ${debianPackage})`,
  );
}

/** A folder for one instance; gone when it is closed or when the test process ends. */
export async function openTemporaryFolder(name: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), `chatee-${name}-`));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    async [Symbol.asyncDispose]() {
      process.off("exit", remove);
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export type PrivateProcessOptions = {
  command: string;
  args: readonly string[];
  /** Deleted by the watchdog if this process dies without cleaning up. */
  folder: string;
  /** The line (on stdout or stderr) after which the service accepts connections. */
  readyLine: RegExp;
  readyTimeoutMs?: number;
};

export type PrivateProcess = {
  readonly pid: number;
  /** Sends the signal and resolves when the process is gone. Harmless when it already is. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Freezes (SIGSTOP) or thaws (SIGCONT) it: connections stay open, nothing answers. */
  freeze(frozen: boolean): void;
};

const longestLog = 20_000;

/**
 * Starts a service that belongs to this process alone and resolves when it is ready. It is killed, by its pid,
 * when this process exits, and by a watchdog when this process is itself killed. It does not keep this process alive.
 */
export async function startPrivateProcess(options: PrivateProcessOptions): Promise<PrivateProcess> {
  const child = spawn(options.command, options.args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  await waitUntilReady(child, options);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.command} has no pid`);

  const watchdog = startWatchdog(pid, options.folder);
  const killNow = () => {
    child.kill("SIGKILL");
    watchdog.kill("SIGKILL");
  };
  process.once("exit", killNow);
  void exited.then(() => {
    process.off("exit", killNow);
    watchdog.kill("SIGKILL");
  });
  unreference(child);

  return {
    pid,
    async end(signal) {
      child.ref();
      child.kill(signal);
      // A frozen process takes no SIGTERM until it is thawed.
      if (signal === "SIGTERM") child.kill("SIGCONT");
      const giveUp = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await exited;
      clearTimeout(giveUp);
    },
    freeze(frozen) {
      child.kill(frozen ? "SIGSTOP" : "SIGCONT");
    },
  };
}

function waitUntilReady(child: ChildProcess, options: PrivateProcessOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    const fail = (reason: string) => {
      child.kill("SIGKILL");
      reject(new Error(`${options.command} ${reason}\n${log.slice(-4_000)}`));
    };
    const timer = setTimeout(() => fail("did not become ready in time"), options.readyTimeoutMs ?? 30_000);
    const onExit = () => fail("ended before it was ready");
    const onData = (data: Buffer) => {
      log = (log + data.toString("utf8")).slice(-longestLog);
      if (!options.readyLine.test(log)) return;
      clearTimeout(timer);
      child.off("exit", onExit);
      for (const stream of [child.stdout, child.stderr]) stream?.off("data", onData).resume();
      resolve();
    };
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", onExit);
    child.stdout?.on("data", onData);
    child.stderr?.on("data", onData);
  });
}

/** Blocks on a pipe that only we hold: its end means that this process died, however it died. */
function startWatchdog(pid: number, folder: string): ChildProcess {
  const script = 'read -r _; kill -KILL "$1" 2>/dev/null; sleep 0.2; rm -rf "$2"';
  const watchdog = spawn("/bin/sh", ["-c", script, "chatee-watchdog", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watchdog.stdin?.on("error", () => {});
  unreference(watchdog);
  return watchdog;
}

function unreference(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && "unref" in stream && typeof stream.unref === "function") stream.unref();
  }
}
