import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { McpError } from "../connections/mcp-failure.ts";
import type { ProxyEnvironment } from "../environment.ts";
import { approvalHash } from "../server-spec.ts";
import type { StdioServerSpec } from "../server-spec.ts";
import type { OrphanGuard } from "./orphan-guard.ts";
import { programEnvironment } from "./program-environment.ts";

/** What it takes to start a program: the owner's yes, and what it may inherit. */
export type ProgramHost = {
  environment: ProxyEnvironment;
  /** This process's own variables; all but a short allow-list stay here. */
  baseEnvironment: Readonly<Record<string, string | undefined>>;
  guard?: OrphanGuard;
};

export type ProgramEnd = { exitCode: number | null; signal: NodeJS.Signals | null };

/** A running program and everything it has started. */
export type Program = {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the program has ended and its group has been killed. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Ends it: input closed, then SIGTERM, then SIGKILL to the whole group. Resolves when it is gone, within 3 s. */
  end: () => Promise<void>;
};

/** 2025-11-25 basic/lifecycle, Shutdown over stdio: close the input, wait, SIGTERM, wait, SIGKILL. */
const inputClosedMs = 500;
const terminatedMs = 1_500;

/**
 * Starts an approved program: an argument vector without a shell, a minimal environment, a process group of its own.
 * The group is killed as soon as the program itself has ended, so that nothing it started outlives it.
 *
 * @throws McpError `mcp.not_approved` unless `approval` is the hash of exactly this spec, before anything is started;
 *   `mcp.start_failed` when there is no such program or folder.
 */
export async function startProgram(spec: StdioServerSpec, approval: string | undefined, host: ProgramHost) {
  const hash = approvalHash(spec);
  if (approval !== hash) throw new McpError({ code: "mcp.not_approved", approvalHash: hash });

  const child = spawn(spec.command, spec.args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: programEnvironment(host.baseEnvironment, spec.env),
    cwd: spec.cwd,
    shell: false,
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  // A program that ends while we write is news for `ended`, not an error of the pipe.
  child.stdin.on("error", () => {});
  await spawned(child);
  const pid = child.pid;
  if (pid === undefined) throw new McpError({ code: "mcp.start_failed", reason: "no_process" });
  host.guard?.watch(pid);
  return toProgram(child, pid, host);
}

function spawned(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => {
      const reason = "code" in error && typeof error.code === "string" ? error.code : "unknown";
      reject(new McpError({ code: "mcp.start_failed", reason }, error));
    });
  });
}

function toProgram(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  pid: number,
  { environment, guard }: ProgramHost,
): Program {
  let isGone = false;
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once("exit", (exitCode, signal) => {
      killGroup(pid, "SIGKILL");
      isGone = true;
      guard?.unwatch(pid);
      // What it wrote last is still in the pipes; with the group gone, nobody should hold them open.
      const closed = new AbortController();
      const finish = () => {
        resolve({ exitCode, signal });
        closed.abort();
      };
      child.once("close", finish);
      environment.wait(terminatedMs, closed.signal).then(finish, () => {});
    });
  });
  child.on("error", () => {});

  async function runEnding(): Promise<void> {
    child.stdin.end();
    for (const [graceMs, signal] of [
      [inputClosedMs, "SIGTERM"],
      [terminatedMs, "SIGKILL"],
    ] as const) {
      await endsWithin(graceMs);
      if (isGone) break;
      killGroup(pid, signal);
    }
    await ended;
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  }

  async function endsWithin(graceMs: number): Promise<void> {
    const over = new AbortController();
    const waited = environment.wait(graceMs, over.signal).catch(() => {});
    await Promise.race([ended, waited]);
    over.abort();
  }

  let ending: Promise<void> | undefined;
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    end: () => (ending ??= runEnding()),
  };
}

/** The leader of a group that is detached has the group's id; a group without members is no error. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
