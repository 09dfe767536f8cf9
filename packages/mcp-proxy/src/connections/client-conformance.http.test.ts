import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { openTemporaryFolder } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { openConformanceClient } from "./testing/conformance-client.ts";

const require = createRequire(import.meta.url);

/** Runs one scenario of the official client suite against our client, and counts what it checked. */
async function runScenario(suite: "conformance-0.1" | "conformance-0.2", args: readonly string[]) {
  await using folder = await openTemporaryFolder("client-conformance");
  const program = join(dirname(require.resolve(`${suite}/package.json`)), "dist", "index.js");
  await using client = await openConformanceClient();
  const child = spawn(process.execPath, [program, "client", "--command", client.command, ...args, "-o", folder.path], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, "close");
  const reports = (await readdir(folder.path, { recursive: true })).filter((path) => path.endsWith("checks.json"));
  if (reports.length === 0) throw new Error((await output).join("\n"));
  const checks = await Promise.all(
    reports.map(async (path) => JSON.parse(await readFile(join(folder.path, path), "utf8")) as { status: string }[]),
  );
  const statuses = checks.flat().map(({ status }) => status);
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;
  return { passed: count("SUCCESS"), failed: count("FAILURE") };
}

test.each([
  ["elicitation-sep1034-client-defaults", 5],
  // Of its three checks one is about milliseconds, and only warns.
  ["sse-retry", 2],
])("the official suite passes our client of 2025-11-25 in %s", { timeout: 60_000 }, async (scenario, passed) => {
  const score = await runScenario("conformance-0.1", ["--scenario", scenario]);
  expect(score).toEqual({ passed: expect.any(Number), failed: 0 });
  expect(score.passed).toBeGreaterThanOrEqual(passed);
});

test.each([
  ["request-metadata", 6],
  ["sep-2322-client-request-state", 5],
  ["http-standard-headers", 9],
  ["http-custom-headers", 18],
  ["http-invalid-tool-headers", 12],
  ["json-schema-2020-12-preservation", 9],
])("the official suite passes our client of 2026-07-28 in %s", { timeout: 60_000 }, async (scenario, passed) => {
  const args = ["--scenario", scenario, "--spec-version", "2026-07-28"];
  expect(await runScenario("conformance-0.2", args)).toEqual({ passed, failed: 0 });
});
