// What npm start, npm test and npm run dev share. Runs on whatever Node is installed (20 or later), before anything
// is; depends on nothing but npm. Everything it starts runs on the Node 24 that the install brings along.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const node24 = join(root, "node_modules", ".bin", "node");
const stamp = join(root, "node_modules", ".chatee-install");

/** The environment for everything started from here: tools and Node 24 first on the path, nobody phones home. */
export const environment = {
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  // Some tools color their output whenever CI is set; a log file is for reading.
  ...(process.stdout.isTTY || process.env.FORCE_COLOR ? {} : { NO_COLOR: "1" }),
};

/** A failure that the user can act on; printed as one line, without a stack. */
export class Refusal extends Error {}

/** Runs a command to its end; resolves to its exit code (128 + n after signal n, 127 when it cannot be started). */
export function run(command, args, { onOutput, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: environment, stdio: "inherit", ...options });
    child.stdout?.on("data", onOutput);
    child.stderr?.on("data", onOutput);
    child.once("error", (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/** Runs the pnpm that package.json pins. npx keeps it in npm's cache, so only the first call needs the network. */
export function pnpm(args, options) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return run("npx", ["--yes", "--loglevel=error", packageManager, ...args], options);
}

/** Installs dependencies when the lockfile or a package.json asks for something else than the last install. */
export async function install() {
  const wanted = fingerprint();
  if (existsSync(node24) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stdout.write("installing dependencies\n");
  const code = await pnpm(["install", "--frozen-lockfile", "--config.confirmModulesPurge=false"]);
  if (code === 127) throw new Refusal("npm is needed to install the dependencies, and npx could not be started");
  if (code !== 0) throw new Refusal("installing the dependencies failed (see above); is the npm registry reachable?");
  writeFileSync(stamp, wanted);
}

/** Builds the web UI and the server; turbo brings back what was built before from its cache. Resolves to the exit code. */
export function build() {
  return pnpm(["exec", "turbo", "run", "build", "--output-logs=new-only"]);
}

/** As `build`, but says nothing unless it fails. */
export async function buildQuietly() {
  const output = [];
  const code = await pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"], {
    stdio: ["ignore", "pipe", "pipe"],
    onOutput: (chunk) => output.push(chunk),
  });
  if (code !== 0) process.stderr.write(Buffer.concat(output));
  return code;
}

/** The folders that hold a package.json, as pnpm-workspace.yaml lists them. */
export function workspaceFolders() {
  const nested = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  return [".", ...nested, "bench", "tooling"].filter((folder) => existsSync(join(root, folder, "package.json")));
}

function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) hash.update(readFileSync(join(root, file)));
  for (const folder of workspaceFolders()) {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    hash.update(JSON.stringify([folder, manifest.packageManager, manifest.dependencies, manifest.devDependencies]));
  }
  return hash.digest("hex");
}

/** Runs `main`; a refusal becomes one line and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`chatee: ${error.message}\n`);
    process.exitCode = 1;
  }
}
