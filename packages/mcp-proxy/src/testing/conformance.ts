import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

export type Suite = { package: "conformance-0.1" | "conformance-0.2"; args: readonly string[] };
/** Per scenario, how many checks passed and how many did not. */
export type Scores = Record<string, { passed: number; failed: number }>;

const require = createRequire(import.meta.url);
const manifests: Record<Suite["package"], () => string> = {
  "conformance-0.1": () => require.resolve("conformance-0.1/package.json"),
  "conformance-0.2": () => require.resolve("conformance-0.2/package.json"),
};

/** Runs a suite of the official conformance tests against a server, and counts by scenario. */
export async function runConformance(suite: Suite, url: string): Promise<Scores> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-conformance-"));
  try {
    const program = join(dirname(manifests[suite.package]()), "dist", "index.js");
    const child = spawn(process.execPath, [program, "server", "--url", url, ...suite.args, "-o", folder], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: folder,
      timeout: 100_000,
      killSignal: "SIGKILL",
    });
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    await once(child, "close");
    const scores = await readScores(folder);
    if (Object.keys(scores).length === 0) throw new Error(`the suite did not run: ${(await output).join("\n")}`);
    return scores;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readScores(folder: string): Promise<Scores> {
  const scores: Scores = {};
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith("checks.json")) continue;
    // server-<scenario>-<time>/checks.json
    const scenario = dirname(path)
      .replace(/^(.*\/)?server-/, "")
      .replace(/-\d{4}-\d{2}-\d{2}T.*$/, "");
    const checks = JSON.parse(await readFile(join(folder, path), "utf8")) as { status: string }[];
    const count = (status: string) => checks.filter((check) => check.status === status).length;
    scores[scenario] = { passed: count("SUCCESS"), failed: count("FAILURE") };
  }
  return scores;
}
