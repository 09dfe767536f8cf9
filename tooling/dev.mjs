// npm run dev: the server on its sources, restarted at every change, and Vite's dev server for the web UI.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { environment, install, root, runMain } from "./workspace.mjs";

const parts = [
  {
    name: "server",
    color: 36,
    args: ["--watch", "--watch-preserve-output", "apps/server/src/main.ts"],
    cwd: root,
    // Vite serves the page and passes its requests on with its own origin.
    env: { CHATEE_CORS__ORIGINS: "http://localhost:5173,http://127.0.0.1:5173" },
  },
  {
    name: "web",
    color: 35,
    args: ["node_modules/vite/bin/vite.js", "src/renderer", "--clearScreen=false"],
    cwd: `${root}/apps/desktop`,
  },
];

await runMain(async () => {
  await install();
  const children = parts.map(start);
  const stop = () => children.forEach((child) => child.kill("SIGTERM"));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("exit", stop);
  process.stdout.on("error", () => process.exit(1)); // nobody reads any more
  for (const child of children) {
    child.once("exit", (code) => {
      process.exitCode ??= code ?? 1;
      stop();
    });
  }
});

function start({ name, color, args, cwd, env }) {
  const child = spawn("node", args, {
    cwd,
    env: { ...env, ...environment, NODE_ENV: "development" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const prefix = process.stdout.isTTY ? `\u001b[${color}m${name.padEnd(6)}\u001b[0m ` : `${name.padEnd(6)} `;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => process.stdout.write(`${prefix}${line}\n`));
  }
  return child;
}
