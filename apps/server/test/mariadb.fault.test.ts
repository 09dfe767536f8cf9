import { setTimeout as pause } from "node:timers/promises";
import { openChaosProxy } from "@chatee/tooling/chaos-proxy";
import { openMariaDb } from "@chatee/tooling/services";
import type { MariaDb, MariaDbAccess } from "@chatee/tooling/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAuditedClient } from "./audited-client.ts";
import type { AuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import { startMember } from "./cluster.ts";
import { readMysql } from "./stored-rows.ts";
import type { Witness } from "./witness.ts";

/** One that is killed must keep what it has committed. */
let mariaDb: MariaDb;
beforeAll(async () => {
  mariaDb = await openMariaDb({ durability: "safe" });
});
afterAll(() => mariaDb[Symbol.asyncDispose]());

/** Two processes on one database, the first of them through a network that can be hurt; a client on each. */
async function openPair() {
  const parts = new AsyncDisposableStack();
  const database: MariaDbAccess = parts.use(await mariaDb.createDatabase());
  const network = parts.use(await openChaosProxy({ targetHost: database.host, targetPort: database.port }));
  const [one, two] = await Promise.all([
    startMember({ database, redis: null, databaseAt: network }),
    startMember({ database, redis: null }),
  ]);
  for (const server of [one, two]) parts.use(server);
  const auditor = createAuditor();
  const here = parts.use(openAuditedClient({ address: one, auditor, name: "here", patienceMs: 60_000 }));
  const there = parts.use(openAuditedClient({ address: two, auditor, name: "there", patienceMs: 60_000 }));
  const read = readMysql(database);
  return {
    database,
    network,
    one,
    two,
    auditor,
    here,
    there,
    read,
    /** Says what is not as promised once `servers` have ended in order. */
    async audit(servers = [one, two]): Promise<string[]> {
      const late = await auditor.untilCaughtUp(read);
      expect(await Promise.all(servers.map((server) => server.stop()))).toEqual(servers.map(() => 0));
      return [...late, ...(await auditor.findings(read))];
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Starts an answer that goes on until it is stopped; both clients follow it. */
async function startAnswer(client: AuditedClient, other: AuditedClient, sessionId: string) {
  await client.ask((signal) => client.client.sessions.create.mutate({ sessionId }, { signal }));
  const own = client.follow(sessionId, `${sessionId} from its own process`);
  const foreign = other.follow(sessionId, `${sessionId} from the other process`);
  const sent = await client.send(sessionId, "/demo tokens=100000 delay=5 thinking=10");
  for (const witness of [own, foreign]) await expectProgress(witness, 10_000);
  const stop = async () => {
    await client.ask((signal) => client.client.messages.stop.mutate({ messageId: sent.messageId }, { signal }));
    for (const witness of [own, foreign])
      expect(await witness.until(() => witness.hasEnded(sent.runId), 20_000), witness.name).toBe(true);
  };
  return { ...sent, own, foreign, stop };
}

async function expectProgress(witness: Witness, ms: number): Promise<void> {
  const seen = witness.lastSeq();
  expect(await witness.until(() => witness.lastSeq() > seen, ms), `${witness.name} goes on`).toBe(true);
}

test("a database that is restarted and then killed in mid-stream costs time and nothing else", async () => {
  await using pair = await openPair();
  const answers = await Promise.all([startAnswer(pair.here, pair.there, "a"), startAnswer(pair.there, pair.here, "b")]);
  for (const end of [mariaDb.stop, mariaDb.kill]) {
    await end();
    // Asked for while there is no database; answered when there is one again.
    const sending = pair.here.send(`new-${end === mariaDb.kill ? "kill" : "stop"}`, "/demo tokens=5");
    sending.catch(() => {});
    await pause(1_500);
    await mariaDb.restart();
    for (const { own, foreign } of answers) for (const witness of [own, foreign]) await expectProgress(witness, 20_000);
    await expect(sending).rejects.toThrow(/session/);
  }
  for (const { own } of answers) expect([...own.messages.values()].at(-1)?.ended).toBe(null);
  for (const answer of answers) await answer.stop();
  expect(await pair.audit()).toEqual([]);
});

test("replies of the database that are lost after a commit double nothing", async () => {
  await using pair = await openPair();
  const { here, there, network } = pair;
  const answer = await startAnswer(here, there, "a");
  await here.client.sessions.create.mutate({ sessionId: "b" });
  const witness = there.follow("b");
  for (let round = 0; round < 5; round++) {
    network.loseReplies(true);
    const sending = here.send("b", `/demo tokens=20 id=${round}`);
    await pause(300);
    network.loseReplies(false);
    const { runId } = await sending;
    expect(await witness.until(() => witness.hasEnded(runId), 30_000), `round ${round}`).toBe(true);
    await expectProgress(answer.foreign, 10_000);
  }
  await answer.stop();
  expect(await pair.audit()).toEqual([]);
});

test("a process cut off from the database loses its runs to the other, and works on like any other when it is back", async () => {
  await using pair = await openPair();
  const { here, there, network } = pair;
  const answer = await startAnswer(here, there, "a");
  network.blackhole(true);
  const cutMs = performance.now();
  expect(await answer.foreign.until(() => answer.foreign.hasEnded(answer.runId), 60_000)).toBe(true);
  expect(answer.foreign.messages.get(answer.messageId)?.ended).toBe("interrupted");
  // The database has to notice first: it hears nothing, not even an end of the connection.
  expect(performance.now() - cutMs).toBeLessThan(60_000);
  network.blackhole(false);
  expect(await answer.own.until(() => answer.own.hasEnded(answer.runId), 30_000)).toBe(true);

  const again = await startAnswer(here, there, "b");
  await pause(6_000);
  expect(again.foreign.messages.get(again.messageId)?.ended).toBe(null);
  await again.stop();
  expect(again.foreign.messages.get(again.messageId)?.ended).toBe("cancelled");
  expect(await pair.audit()).toEqual([]);
});

test("a process told to stop while its database is silent ends in time, and the next one ends its run", async () => {
  await using pair = await openPair();
  const { here, there, one, two, database } = pair;
  const { own, runId, messageId } = await startAnswer(here, there, "a");
  mariaDb.stall();
  const stoppedMs = performance.now();
  await Promise.all([one.stop(), two.stop()]);
  expect(performance.now() - stoppedMs).toBeLessThan(10_500);
  mariaDb.resume();

  await using next = await startMember({ database, redis: null });
  await using client = openAuditedClient({ address: next, auditor: pair.auditor, name: "next" });
  client.resume(own);
  expect(await own.until(() => own.hasEnded(runId), 15_000)).toBe(true);
  expect(own.messages.get(messageId)?.ended).toBe("interrupted");
});

test("the runs of a killed process are ended by the other one, where their readers go on", async () => {
  await using pair = await openPair();
  const { here, there, one, two } = pair;
  const answers = await Promise.all(["a", "b", "c"].map((sessionId) => startAnswer(here, there, sessionId)));
  await one.kill();
  const killedMs = performance.now();
  for (const { foreign, runId } of answers)
    expect(await foreign.until(() => foreign.hasEnded(runId), 15_000), foreign.name).toBe(true);
  expect(performance.now() - killedMs).toBeLessThan(10_000);
  // The readers of the dead process come over with what they saw last.
  for (const { own } of answers) there.resume(own);
  for (const { own, runId, messageId } of answers) {
    expect(await own.until(() => own.hasEnded(runId), 5_000)).toBe(true);
    expect(own.messages.get(messageId)?.ended).toBe("interrupted");
    const kept = own.messages.get(messageId);
    expect(`${kept?.thinking}${kept?.content}`).not.toBe("");
    const carriedOn = await there.client.messages.continue.mutate({ messageId });
    expect(await own.until(() => own.messages.has(carriedOn.messageId), 5_000)).toBe(true);
    await there.client.messages.stop.mutate({ messageId: carriedOn.messageId });
    expect(await own.until(() => own.hasEnded(carriedOn.runId), 10_000)).toBe(true);
  }
  expect(await pair.audit([two])).toEqual([]);
});
