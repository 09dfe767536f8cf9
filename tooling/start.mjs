// npm start: install what is missing, build what changed, become the server. Arguments go to the server.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Refusal, buildQuietly, environment, install, node24, root, runMain } from "./workspace.mjs";

const server = join(root, "apps", "server", "dist", "main.js");

await runMain(async () => {
  await install();
  if ((await buildQuietly()) !== 0) throw new Refusal("the build failed (see above)");
  if (!existsSync(server)) throw new Refusal("the build made no apps/server/dist/main.js");
  becomeServer([server, ...process.argv.slice(2)]);
});

/** Replaces this process where Node can (22.15 and later); otherwise stays in front of it and passes signals on. */
function becomeServer(args) {
  if (typeof process.execve === "function" && process.platform !== "win32") {
    process.removeAllListeners("warning"); // execve is announced as experimental
    process.execve(node24, [node24, ...args], environment);
  }
  const child = spawn(node24, args, { stdio: "inherit", env: environment });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal's Ctrl-C has already reached the whole group; twice would mean "now".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once("error", (error) => {
    process.stderr.write(`chatee: the server could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const one of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
}
