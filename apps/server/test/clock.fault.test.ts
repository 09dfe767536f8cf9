import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort, openTemporaryFolder } from "@chatee/tooling/private-process";
import { sharedMariaDb } from "@chatee/tooling/services";
import { expect, test } from "vitest";
import { openAuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import { startMember } from "./cluster.ts";
import { startServerProcess } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";
import { readMysql, readSqlite } from "./stored-rows.ts";

const dayMs = 86_400_000;

/** The server's wall clock is this far off from its start on; SIGUSR2 puts it forward by a day more. */
function shiftedClock(ms: number): Record<string, string> {
  const script = [
    `globalThis.shift=${ms}`,
    "globalThis.real=Date.now",
    "Date.now=()=>globalThis.real()+globalThis.shift",
    `process.on("SIGUSR2",()=>{globalThis.shift+=${dayMs}})`,
  ].join(";");
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

test("a clock that jumps a day in mid-stream or between two starts costs no run its end", async () => {
  await using folder = await openTemporaryFolder("clock");
  const options = { dataDirectory: folder.path, port: await freePort() };
  const auditor = createAuditor();
  await using servers = new AsyncDisposableStack();
  const start = async (shiftMs: number): Promise<ServerProcess> =>
    servers.use(await startServerProcess({ ...options, env: shiftedClock(shiftMs) }));
  let server = await start(0);
  await using client = openAuditedClient({ address: server, auditor, name: "client" });
  await client.client.sessions.create.mutate({ sessionId: "s" });
  const witness = client.follow("s");
  const expectText = async (messageId: string, chars: number) =>
    expect(await witness.until(() => (witness.messages.get(messageId)?.content.length ?? 0) > chars, 10_000)).toBe(
      true,
    );

  for (const shiftMs of [dayMs, -dayMs, 0]) {
    const { runId, messageId } = await client.send("s", `/demo tokens=100000 delay=5 id=${shiftMs}`);
    await expectText(messageId, 0);
    await server.kill();
    server = await start(shiftMs);
    const readyMs = performance.now();
    expect(await witness.until(() => witness.hasEnded(runId), 10_000), `clock shifted by ${shiftMs}`).toBe(true);
    expect(performance.now() - readyMs).toBeLessThan(5_000);
    expect(witness.messages.get(messageId)?.ended).toBe("interrupted");
  }
  const jumped = await client.send("s", "/demo tokens=300 delay=5");
  await expectText(jumped.messageId, 0);
  server.child.kill("SIGUSR2");
  expect(await witness.until(() => witness.hasEnded(jumped.runId), 15_000)).toBe(true);
  expect(witness.messages.get(jumped.messageId)?.ended).toBe("completed");
  expect(await server.stop()).toBe(0);
  expect(await auditor.findings(readSqlite(join(folder.path, "chatee.db")))).toEqual([]);
});

test("processes whose clocks are two days apart leave each other's runs alone, until one dies", async () => {
  await using database = await sharedMariaDb();
  await using early = await startMember({ database, redis: null, env: shiftedClock(-dayMs) });
  await using late = await startMember({ database, redis: null, env: shiftedClock(dayMs) });
  const auditor = createAuditor();
  await using here = openAuditedClient({ address: early, auditor, name: "early" });
  await using there = openAuditedClient({ address: late, auditor, name: "late" });
  await here.client.sessions.create.mutate({ sessionId: "a" });
  await there.client.sessions.create.mutate({ sessionId: "b" });
  const [a, b] = [here.follow("a", "a"), there.follow("b", "b")];
  // Silent ones: their leases are moved by heartbeats alone.
  const runA = await here.send("a", "/demo stall after=10");
  const runB = await there.send("b", "/demo stall after=10");
  await pause(6_000);
  expect([a.hasEnded(runA.runId), b.hasEnded(runB.runId)]).toEqual([false, false]);
  await here.client.messages.stop.mutate({ messageId: runB.messageId });
  expect(await b.until(() => b.hasEnded(runB.runId), 10_000)).toBe(true);
  expect(b.messages.get(runB.messageId)?.ended).toBe("cancelled");

  await early.kill();
  there.resume(a);
  expect(await a.until(() => a.hasEnded(runA.runId), 15_000)).toBe(true);
  expect(a.messages.get(runA.messageId)?.ended).toBe("interrupted");
  expect(await late.stop()).toBe(0);
  expect(await auditor.findings(readMysql(database))).toEqual([]);
});
