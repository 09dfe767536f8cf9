import { spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { openTemporaryFolder } from "@chatee/tooling/private-process";

export type ClientSuite = { package: "conformance-0.1" | "conformance-0.2"; args: readonly string[] };
/** What the suite tells a client: where its server is, and what it is about. */
export type Errand = { url: string; scenario: string; context: Record<string, unknown> };
/** Per scenario, how many checks passed, which failed or warn, and what the client threw. */
export type Verdicts = Record<string, { passed: number; failures: string[]; warnings: string[]; refusal: unknown }>;

/** At once: the suite starts all its scenarios together, and all of them would be too slow for some. */
const maxErrands = 6;
/** Of a scenario, waiting included. */
const scenarioMs = 90_000;

const require = createRequire(import.meta.url);
const programs: Record<ClientSuite["package"], () => string> = {
  "conformance-0.1": () => require.resolve("conformance-0.1/package.json"),
  "conformance-0.2": () => require.resolve("conformance-0.2/package.json"),
};

/**
 * Runs scenarios of the official client suite. It wants to start a program for each; that program only carries its errand
 * here, where `client` runs it, so that not every scenario pays for loading a client anew.
 */
export async function runClientConformance(
  suite: ClientSuite,
  client: (errand: Errand) => Promise<void>,
): Promise<Verdicts> {
  await using folder = await openTemporaryFolder("client-conformance");
  await using desk = await openDesk(client);
  const program = join(dirname(programs[suite.package]()), "dist", "index.js");
  const child = spawn(
    process.execPath,
    [program, "client", "--command", desk.command, "--timeout", `${scenarioMs}`, ...suite.args, "-o", folder.path],
    { stdio: ["ignore", "pipe", "pipe"], timeout: scenarioMs + 10_000, killSignal: "SIGKILL" },
  );
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, "close");
  const verdicts: Verdicts = {};
  for (const path of await readdir(folder.path, { recursive: true })) {
    if (!path.endsWith("checks.json")) continue;
    // <scenario>-<time>/checks.json, where a scenario may be in a folder of its own.
    const scenario = dirname(path).replace(/-\d{4}-\d{2}-\d{2}T.*$/, "");
    const checks = JSON.parse(await readFile(join(folder.path, path), "utf8")) as { id: string; status: string }[];
    const idsOf = (wanted: string) => checks.filter(({ status }) => status === wanted).map(({ id }) => id);
    verdicts[scenario] = {
      passed: idsOf("SUCCESS").length,
      failures: idsOf("FAILURE"),
      warnings: idsOf("WARNING"),
      refusal: desk.refusals.get(scenario) ?? null,
    };
  }
  if (Object.keys(verdicts).length === 0) throw new Error(`the suite did not run: ${(await output).join("\n")}`);
  return verdicts;
}

/** Carries an errand to the desk and waits for its end. A shell, since that is there a hundred times as fast as Node. */
const courier = (folder: string) => `cd '${folder}' && mkfifo "$$.end" && \
printf '%s\\n' "$1" "$MCP_CONFORMANCE_SCENARIO" "$MCP_CONFORMANCE_CONTEXT" > "$$.part" && mv "$$.part" "$$.errand" && \
read -r status < "$$.end" && exit "$status"
exit 1
`;

/** Takes errands, a few at a time, and tells the courier who brought one when it is done. */
async function openDesk(client: (errand: Errand) => Promise<void>) {
  const folder = await openTemporaryFolder("client-conformance-desk");
  const refusals = new Map<string, unknown>();
  const waiting: string[] = [];
  let running = 0;

  async function run(courierId: string): Promise<void> {
    const [url = "", scenario = "", context] = (await readFile(join(folder.path, `${courierId}.errand`), "utf8")).split(
      "\n",
    );
    let status = 0;
    try {
      await client({ url, scenario, context: JSON.parse(context || "{}") as Errand["context"] });
    } catch (error) {
      refusals.set(scenario, error);
      status = 1;
    }
    await writeFile(join(folder.path, `${courierId}.end`), `${status}\n`);
  }

  async function work(): Promise<void> {
    running++;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
    running--;
  }

  const seen = new Set<string>();
  const watcher = watch(folder.path, (_event, name) => {
    const courierId = /^(\d+)\.errand$/.exec(name ?? "")?.[1];
    if (courierId === undefined || seen.has(courierId)) return;
    seen.add(courierId);
    waiting.push(courierId);
    if (running < maxErrands) void work();
  });
  const program = join(folder.path, "courier.sh");
  await writeFile(program, courier(folder.path));
  return {
    command: `sh '${program}'`,
    refusals,
    async [Symbol.asyncDispose]() {
      watcher.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
