import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

const require = createRequire(import.meta.url);

/** Runs Inspector, the protocol's own command line client, against a server; what it prints is JSON. */
export async function runInspector({ url, token }: { url: string; token: string }, ...args: string[]) {
  const folder = dirname(require.resolve("@modelcontextprotocol/inspector/package.json"));
  const launcher = join(folder, "clients", "launcher", "build", "index.js");
  const common = [
    "--cli",
    url,
    "--transport",
    "http",
    "--header",
    `Authorization: Bearer ${token}`,
    "--format",
    "json",
  ];
  const child = spawn(process.execPath, [launcher, ...common, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    // It keeps its settings and sign-ins at home; this one is nobody's.
    env: { HOME: join(tmpdir(), "chatee-no-home"), MCP_CATALOG_PATH: join(tmpdir(), "chatee-no-home", "mcp.json") },
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const [out, problem, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { exitCode: exitCode as number | null, out, problem };
}
