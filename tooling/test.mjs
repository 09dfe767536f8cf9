// npm test: everything that must hold, in one command that needs nothing but Node 20, npm and (for what is missing) apt.
// `npm test -- <filter>` runs only the test files whose path contains the filter; `--checks` only what reads the sources.
// Every step runs even when an earlier one failed. The last line is the sum: "N passed, N failed".
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";
import { build, environment, install, node24, root, run } from "./workspace.mjs";

const args = process.argv.slice(2);
const checksOnly = args.includes("--checks");
const filters = args.filter((arg) => arg !== "--checks");
const report = join(root, "test-results", "vitest.json");

/** Programs the tests start, with the Debian package that brings each. */
const programs = [
  { names: ["mariadbd"], debianPackage: "mariadb-server-core" },
  { names: ["redis-server"], debianPackage: "redis-server" },
  { names: ["chromium", "chromium-browser", "google-chrome"], debianPackage: "chromium" },
];

// The linters would color their output for CI even when asked not to.
const plain = { env: { ...environment, CI: undefined } };
const tool = (path, options) => (extra) => run(node24, [join(root, "node_modules", path), ...extra], options);
const oxfmt = tool("oxfmt/bin/oxfmt", plain);
const oxlint = tool("oxlint/bin/oxlint", plain);
const knip = tool("knip/bin/knip.js");
const vitest = tool("vitest/vitest.mjs");

const checks = [
  { name: "format", work: () => oxfmt(["--check", "."]) },
  { name: "types", work: () => run(join(root, "node_modules", ".bin", "tsc"), ["-b", "--pretty", "false"]) },
  // After the types: rules that follow promises read the declarations of other packages.
  { name: "lint", work: () => oxlint(["--deny-warnings", "--type-aware"]) },
  { name: "unused", work: () => knip(["--no-progress", "--no-config-hints"]) },
];

const results = [];
const started = Date.now();

const isInstalled = await step("install", async () => {
  await install();
  return 0;
});
if (isInstalled) {
  if (checksOnly) {
    for (const check of checks) await step(check.name, check.work);
    await tests(["tooling/src/architecture", "tooling/src/repository"]);
  } else {
    await step("programs", installPrograms);
    await step("build", () => build());
    if (filters.length === 0) for (const check of checks) await step(check.name, check.work);
    await tests(filters);
  }
}
finish();

/** Runs one step, remembers how it went and how long it took; a throw is a failure like any other. */
async function step(name, work) {
  process.stdout.write(`\n── ${name}\n`);
  const before = Date.now();
  let failure;
  try {
    const code = await work();
    if (code !== 0) failure = `exit code ${code}`;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const seconds = ((Date.now() - before) / 1000).toFixed(1);
  if (failure !== undefined) process.stdout.write(`${name} FAILED: ${failure}\n`);
  results.push({
    name,
    seconds,
    passed: failure === undefined ? 1 : 0,
    failed: failure === undefined ? 0 : 1,
    skipped: 0,
  });
  return failure === undefined;
}

async function tests(filter) {
  process.stdout.write("\n── tests\n");
  const before = Date.now();
  rmSync(report, { force: true });
  mkdirSync(join(root, "test-results"), { recursive: true });
  const code = await vitest(["run", ...filter, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
  const seconds = ((Date.now() - before) / 1000).toFixed(1);
  results.push({ name: "tests", seconds, ...countTests(code) });
}

/**
 * Counts from Vitest's report. A file that could not be loaded has no tests to count and is one failure; so is a run
 * that ended badly (an unhandled error, a missing report) although no test failed.
 */
function countTests(code) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const failed = numFailedTests + brokenFiles.length;
  return {
    passed: numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: numPendingTests + (numTodoTests ?? 0),
  };
}

function finish() {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  process.stdout.write("\n── summary\n");
  for (const { name, seconds, failed } of results) {
    process.stdout.write(`${failed === 0 ? "ok    " : "FAILED"}  ${name.padEnd(10)} ${seconds.padStart(7)} s\n`);
  }
  process.stdout.write(`total             ${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s\n\n`);
  const skipped = sum("skipped") === 0 ? "" : `, ${sum("skipped")} skipped`;
  process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed${skipped}\n`);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
}

/** Installs missing Debian packages where we may (root, or sudo without a password); says by name what stays missing. */
async function installPrograms() {
  const missing = () => programs.filter(({ names }) => !names.some(isOnPath)).map(({ debianPackage }) => debianPackage);
  const wanted = missing();
  if (wanted.length === 0) return 0;
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const mayInstall = isOnPath("apt-get") && (sudo.length === 0 || spawnSync("sudo", ["-n", "true"]).status === 0);
  if (mayInstall) {
    process.stdout.write(`installing ${wanted.join(", ")}\n`);
    const quiet = { stdio: ["ignore", "ignore", "inherit"] };
    await run(apt[0], [...apt.slice(1), "-q", "update"], quiet);
    await run(apt[0], [...apt.slice(1), "-q", "install", "-y", "--no-install-recommends", ...wanted], quiet);
  }
  const stillMissing = missing();
  if (stillMissing.length === 0) return 0;
  const reason = mayInstall ? "apt-get could not install" : "not installed, and apt-get needs root or sudo";
  throw new Error(`${reason}: ${stillMissing.join(", ")}; tests that need them will fail`);
}

function isOnPath(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, name)));
}
