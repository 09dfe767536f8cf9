import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Health } from "@chatee/shared/system";
import { freePort, openTemporaryFolder } from "@chatee/tooling/private-process";
import { expect, test, vi } from "vitest";
import { openAuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import { launchServerProcess, startServerProcess } from "./server-process.ts";
import type { ServerOptions } from "./server-process.ts";
import { readSqlite } from "./stored-rows.ts";

/** Root may write everywhere; without this right it is like anybody else. */
const asAnybody =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] : [];

/** Files of the process cannot grow past this size, as on a full disk; null lifts it. Its own limit, so nobody else feels it. */
function limitFiles(pid: number, bytes: number | null): void {
  execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes ?? "unlimited"}:`]);
}

async function refusalOf(options: Partial<ServerOptions> & { dataDirectory: string }) {
  const server = launchServerProcess({ port: await freePort(), ...options });
  const code = await server.exited;
  expect(await server.ready).toBe(false);
  return { code, said: server.log() };
}

test("a data directory that cannot be used is named in one line, and the start ends with 1", async () => {
  await using folder = await openTemporaryFolder("storage");
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const closed = join(folder.path, "closed");
  mkdirSync(closed, { mode: 0o500 });
  const used = join(folder.path, "used");
  mkdirSync(used);
  await using first = await startServerProcess({ dataDirectory: used, port: await freePort() });
  await first.stop();
  for (const name of ["", "chatee.db", "chatee.db.lock", "token", "secret.key"]) chmodQuietly(join(used, name), 0o500);
  for (const dataDirectory of [file, join(file, "below"), closed, join(closed, "below"), used]) {
    const { code, said } = await refusalOf({ dataDirectory, through: asAnybody });
    expect(said, dataDirectory).toMatch(/^chatee: .*\n$/);
    expect(said).toContain(dataDirectory);
    expect(code).toBe(1);
  }
});

function chmodQuietly(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch {
    // Not every start makes every file.
  }
}

test("a data directory in use is refused in one line, and its server notices nothing", async () => {
  await using folder = await openTemporaryFolder("storage");
  await using server = await startServerProcess({ dataDirectory: folder.path, port: await freePort() });
  const { code, said } = await refusalOf({ dataDirectory: folder.path });
  expect(said).toMatch(/^chatee: .*in use.*\n$/);
  expect(code).toBe(1);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  await server.kill();
  await using next = await startServerProcess({ dataDirectory: folder.path, port: server.port });
  expect((await fetch(`${next.url}/health`)).status).toBe(200);
});

test("a disk without room for the first file is named in one line", async () => {
  await using folder = await openTemporaryFolder("storage");
  const { code, said } = await refusalOf({ dataDirectory: folder.path, through: ["prlimit", "--fsize=8192:"] });
  expect(said).toMatch(/^chatee: .*\n$/);
  expect(said).toContain(folder.path);
  expect(code).toBe(1);
});

test("a disk that fills up in mid-stream ends nothing: health says so, and all goes on when there is room again", async () => {
  await using folder = await openTemporaryFolder("storage");
  const file = join(folder.path, "chatee.db");
  await using server = await startServerProcess({ dataDirectory: folder.path, port: await freePort() });
  const healthOf = async () => (await (await fetch(`${server.url}/health`)).json()) as Health;
  const auditor = createAuditor();
  await using client = openAuditedClient({ address: server, auditor, name: "client" });
  await client.client.sessions.create.mutate({ sessionId: "s" });
  const witness = client.follow("s");
  const short = await client.send("s", "/demo tokens=400 delay=5");
  expect(await witness.until(() => witness.messages.get(short.messageId)?.content.length !== 0, 5_000)).toBe(true);

  limitFiles(server.pid, 4_096);
  await vi.waitFor(async () => expect(await healthOf()).toMatchObject({ status: "degraded", database: "down" }), {
    timeout: 10_000,
    interval: 100,
  });
  const full = client.client.sessions.create.mutate({ sessionId: "no-room" });
  await expect(full).rejects.toThrow(/The log knows it as/);
  const seen = witness.lastSeq();
  // Longer than the answer takes: it is over, and waits for room to say so.
  await pause(3_500);
  expect(witness.lastSeq()).toBe(seen);
  expect((await client.client.messages.list.query({ sessionId: "s" })).messages.length).toBe(2);
  expect(server.child.exitCode).toBe(null);

  limitFiles(server.pid, null);
  expect(await witness.until(() => witness.hasEnded(short.runId), 10_000)).toBe(true);
  expect(witness.messages.get(short.messageId)?.ended).toBe("completed");
  expect(await healthOf()).toMatchObject({ status: "ok", database: "ok" });
  expect(await server.stop()).toBe(0);
  expect(await auditor.findings(readSqlite(file))).toEqual([]);
});

test("a server stopped while its disk is full ends in time, and the next start ends its runs", async () => {
  await using folder = await openTemporaryFolder("storage");
  const port = await freePort();
  const auditor = createAuditor();
  await using server = await startServerProcess({ dataDirectory: folder.path, port });
  await using client = openAuditedClient({ address: server, auditor, name: "client" });
  await client.client.sessions.create.mutate({ sessionId: "s" });
  const witness = client.follow("s");
  const { runId } = await client.send("s", "/demo tokens=100000 delay=5");
  expect(await witness.until(() => witness.lastSeq() > 5, 5_000)).toBe(true);
  limitFiles(server.pid, 4_096);
  const stoppedMs = performance.now();
  await server.stop();
  expect(performance.now() - stoppedMs).toBeLessThan(10_500);

  await using next = await startServerProcess({ dataDirectory: folder.path, port });
  expect(await witness.until(() => witness.hasEnded(runId), 5_000)).toBe(true);
  expect(await next.stop()).toBe(0);
  expect(await auditor.findings(readSqlite(join(folder.path, "chatee.db")))).toEqual([]);
});
