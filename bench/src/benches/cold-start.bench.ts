import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "@chatee/tooling/private-process";
import { compare, median, ms } from "../measure.ts";
import type { Bench } from "../measure.ts";

const bundle = fileURLToPath(new URL("../../../apps/server/dist/main.js", import.meta.url));
const bareServer = `require("node:http").createServer((_, response) => response.end("{}")).listen(Number(process.env.PORT), "127.0.0.1")`;
const token = "bench-token-with-enough-characters";

/**
 * From the start of the process to the first 200, against the least that Node can serve, and what stays in memory:
 * `/health` answers as soon as the database does, `/ready` once everything is loaded.
 */
export const coldStartBench: Bench = {
  name: "cold-start",
  async *run({ isQuick }) {
    await access(bundle).catch(() => {
      throw new Error("the server is not built: npm run build");
    });
    const folder = await mkdtemp(join(tmpdir(), "chatee-start-"));
    const rounds = isQuick ? 7 : 15;
    const memoryMiB: number[] = [];
    const chatee = (path: string, fresh: boolean) => async () => {
      const dataDirectory = fresh ? await mkdtemp(join(folder, "new-")) : join(folder, "kept");
      const port = await freePort();
      const env = {
        CHATEE_DATA_DIR: dataDirectory,
        CHATEE_SERVER__PORT: String(port),
        CHATEE_AUTH__TOKEN: token,
      };
      const { startedMs, rssMiB } = await start([bundle], env, port, path);
      memoryMiB.push(rssMiB);
      return startedMs;
    };
    const bare = async () => {
      const port = await freePort();
      return (await start(["--eval", bareServer], { PORT: String(port) }, port, "/")).startedMs;
    };
    try {
      const row = (name: string, found: Awaited<ReturnType<typeof compare>>) => ({
        name,
        measured: ms(found.measured),
        reference: `${ms(found.reference)} (node:http alone)`,
        ratio: found.ratio,
      });
      yield {
        ...row("start on an existing data directory", await compare(rounds, chatee("/health", false), bare)),
        bar: { atMost: 3 },
      };
      const rssMiB = median(memoryMiB);
      yield {
        name: "memory after the start (RSS)",
        measured: `${rssMiB.toFixed(0)} MiB`,
        reference: "110 MiB",
        ratio: rssMiB / 110,
        bar: { atMost: 1 },
      };
      yield {
        ...row("start on a new data directory", await compare(rounds, chatee("/health", true), bare)),
        bar: null,
      };
      yield { ...row("start until all is loaded", await compare(rounds, chatee("/ready", false), bare)), bar: null };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function start(
  args: string[],
  env: Record<string, string>,
  port: number,
  path: string,
): Promise<{ startedMs: number; rssMiB: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  try {
    while (!(await answers(port, path))) {
      if (child.exitCode !== null || performance.now() - began > 20_000) throw new Error("the server did not start");
      await pause(2);
    }
    const startedMs = performance.now() - began;
    await pause(300);
    const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(child.pid)]);
    return { startedMs, rssMiB: Number(stdout) / 1024 };
  } finally {
    child.kill("SIGTERM");
    await exited;
  }
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("error", () => resolve(false));
  });
}
