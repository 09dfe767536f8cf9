import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { openChaosProxy } from "@chatee/tooling/chaos-proxy";
import type { ChaosProxy } from "@chatee/tooling/chaos-proxy";
import { freePort, openTemporaryFolder } from "@chatee/tooling/private-process";
import { openAuditedClient } from "./audited-client.ts";
import type { AuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import type { Auditor } from "./auditor.ts";
import { readFrom, readSqlite, readSqliteCopy } from "./stored-rows.ts";
import type { ReadSqlite } from "./stored-rows.ts";
import { launchServerProcess, startServerProcess } from "./server-process.ts";
import type { ServerOptions, ServerProcess } from "./server-process.ts";
import type { Witness } from "./witness.ts";

/** Orphaned runs are ended this soon after the server says it is ready. */
const recoveryMs = 5_000;
const runMs = 60_000;
const busyMs = 5_000;
/** SIGTERM ends a server within this. */
const stopMs = 10_000;

export type KillLoopReport = {
  findings: string[];
  kills: number;
  sends: number;
  acknowledged: number;
  /** Sends whose first answer was lost, and that were asked again. */
  interrupted: number;
  slowestRecoveryMs: number;
  /** The end of the last server's log. */
  log: string;
};

type LoopOptions = {
  loops: number;
  /** SIGKILL at bad moments, or SIGTERM, which must end in order. */
  how?: "kill" | "stop";
  clients: number;
  seed: number;
  onLoop?: (loop: number, sofar: { acknowledged: number; findings: number }) => void;
};

/**
 * Kills a server that is at work, again and again, and starts it on the same file, while clients send and
 * follow through it all; an auditor then compares what was promised and shown with what is stored. The
 * moments are drawn from `seed`: in the middle of answers, between a commit and its answer, while starting.
 */
export async function runKillLoop({
  loops,
  clients,
  seed,
  how = "kill",
  onLoop,
}: LoopOptions): Promise<KillLoopReport> {
  const random = createRandom(seed);
  await using folder = await openTemporaryFolder("kill");
  const port = await freePort();
  await using proxy = await openChaosProxy({ targetHost: "127.0.0.1", targetPort: port });
  const url = `http://127.0.0.1:${proxy.port}`;
  const options: ServerOptions = { dataDirectory: folder.path, port, env: { CHATEE_SERVER__PUBLIC_URL: url } };
  const file = join(folder.path, "chatee.db");
  const auditor = createAuditor();
  const problems: string[] = [];
  let server = await startServerProcess(options);
  let kills = 0;
  let slowestRecoveryMs = 0;
  const address = { url, token: server.token };
  await using people = new AsyncDisposableStack();
  const crowd = Array.from({ length: clients }, (_, index) =>
    people.use(openAuditedClient({ address, auditor, name: `client-${index}` })),
  );
  const rooms = await Promise.all(crowd.map((one, index) => enterSession(one, `session-${index}`)));
  // A second pair of eyes on each session: the next client's.
  for (const [index, one] of crowd.entries()) {
    const { sessionId } = rooms[(index + 1) % rooms.length] ?? { sessionId: "" };
    one.follow(sessionId, `client-${index} as a guest`);
  }

  const over = new AbortController();
  const talking = crowd.map((one, index) => talk(one, rooms[index]?.witness, random, over.signal));
  // Looked at below; a rejection must not end the process before.
  for (const one of talking) one.catch(() => {});

  for (let loop = 0; loop < loops; loop++) {
    await untilBusy(auditor, clients / 2);
    await pause(random() * 500);
    if (how === "stop") problems.push(...(await stopInOrder(server)));
    else await killSomehow(loop, server, proxy, random);
    kills++;
    if (how === "kill" && loop % 4 === 3) {
      // Once more while it starts: before, in or just after its recovery.
      const half = launchServerProcess(options);
      await pause(150 + random() * 500);
      await half.kill();
      kills++;
    }
    const orphans = runningRuns(readSqliteCopy(file));
    if (how === "stop") problems.push(...orphans.map((runId) => `run ${runId} was left running by a stop in order`));
    server = await startServerProcess(options);
    const recovery = await timeRecovery(file, orphans);
    slowestRecoveryMs = Math.max(slowestRecoveryMs, recovery.ms);
    problems.push(...recovery.left.map((runId) => `run ${runId} is still running ${recoveryMs} ms after the start`));
    onLoop?.(loop + 1, { acknowledged: countAnswered(auditor), findings: problems.length });
  }

  over.abort();
  const outcomes = await Promise.allSettled(talking);
  problems.push(...outcomes.flatMap((one) => (one.status === "rejected" ? [`a client gave up: ${one.reason}`] : [])));
  const interrupted = auditor.sends().filter((send) => send.attempts > 1).length;
  problems.push(...(await sendAllAgain(crowd, auditor)));
  problems.push(...(await auditor.untilCaughtUp(readSqlite(file))));
  const code = await server.stop();
  if (code !== 0) problems.push(`the last stop ended with ${code}\n${server.log().slice(-2_000)}`);
  problems.push(...(await auditor.findings(readSqlite(file))));
  const sends = auditor.sends();
  return {
    findings: problems,
    kills,
    sends: sends.length,
    acknowledged: countAnswered(auditor),
    interrupted,
    slowestRecoveryMs,
    log: server.log().slice(-4_000),
  };
}

const countAnswered = (auditor: Auditor) => auditor.sends().filter((send) => send.answers.length > 0).length;

async function enterSession(one: AuditedClient, sessionId: string): Promise<{ sessionId: string; witness: Witness }> {
  await one.ask((signal) => one.client.sessions.create.mutate({ sessionId }, { signal }));
  return { sessionId, witness: one.follow(sessionId) };
}

/** A slow machine must not be killed before it has done anything: waits for this many more answers to sends. */
async function untilBusy(auditor: Auditor, more: number): Promise<void> {
  const before = countAnswered(auditor);
  const deadline = performance.now() + busyMs;
  while (countAnswered(auditor) < before + more && performance.now() < deadline) await pause(20);
}

/** Says one thing after the other, each when the answer to the last one has ended. */
async function talk(one: AuditedClient, witness: Witness | undefined, random: () => number, over: AbortSignal) {
  if (!witness) throw new Error("nobody to talk to");
  for (let index = 0; !over.aborted; index++) {
    const mark = `id=${witness.name}-${index}`;
    const tokens = 1 + Math.floor(random() ** 2 * 400);
    const delay = Math.floor(random() * 4);
    const content =
      index % 7 === 6 ? `/demo tool ${mark}` : `/demo tokens=${tokens} delay=${delay} thinking=${index % 3} ${mark}`;
    const { runId } = await one.send(witness.sessionId, content);
    if (!(await witness.until(() => witness.hasEnded(runId), runMs))) throw new Error(`run ${runId} did not end`);
    await pause(random() * 60, undefined, { signal: over }).catch(() => {});
  }
}

async function killSomehow(loop: number, server: ServerProcess, proxy: ChaosProxy, random: () => number) {
  if (loop % 2 === 0) return await server.kill();
  // What the clients send is stored, and nobody hears of it.
  proxy.loseReplies(true);
  await pause(10 + random() * 60);
  await server.kill();
  proxy.loseReplies(false);
}

async function stopInOrder(server: ServerProcess): Promise<string[]> {
  const startedMs = performance.now();
  const code = await server.stop();
  const ms = performance.now() - startedMs;
  return [
    ...(code === 0 ? [] : [`a stop ended with ${code}\n${server.log().slice(-2_000)}`]),
    ...(ms < stopMs ? [] : [`a stop took ${Math.round(ms)} ms`]),
  ];
}

/** How long until none of these runs is running; `left` are those that still are when time is up. */
async function timeRecovery(file: string, orphans: string[]): Promise<{ ms: number; left: string[] }> {
  const startedMs = performance.now();
  using database = new DatabaseSync(file, { readOnly: true });
  const read = readFrom(database);
  for (;;) {
    const running = new Set(runningRuns(read));
    const left = orphans.filter((runId) => running.has(runId));
    const ms = performance.now() - startedMs;
    if (left.length === 0 || ms > recoveryMs) return { ms, left };
    await pause(20);
  }
}

/** Everything that was acknowledged is asked for once more; the auditor sees whether it is answered the same. */
async function sendAllAgain(crowd: AuditedClient[], auditor: Auditor): Promise<string[]> {
  const known = auditor.sends().filter((send) => send.answers.length > 0);
  const outcomes = await Promise.allSettled(
    crowd.map(async (one, index) => {
      for (const { sessionId, content, clientId } of known.filter((_, at) => at % crowd.length === index).slice(-20))
        await one.send(sessionId, content, clientId);
    }),
  );
  return outcomes.flatMap((one) => (one.status === "rejected" ? [`a repeated send failed: ${one.reason}`] : []));
}

function runningRuns(read: ReadSqlite): string[] {
  return read("select run_id from runs where status = 'running'").map((row) => String(row["run_id"]));
}

/** Numbers in [0, 1), the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
