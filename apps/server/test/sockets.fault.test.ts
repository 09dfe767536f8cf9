import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { join } from "node:path";
import { startServer } from "@chatee/api/llm/testing/model-server";
import { openChaosProxy } from "@chatee/tooling/chaos-proxy";
import { freePort, openTemporaryFolder } from "@chatee/tooling/private-process";
import { expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { mostOpen } from "../src/call-contexts.ts";
import { openAuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import { createTestServer, fetchFrom } from "./create-test-server.ts";
import { openRawSubscriber } from "./raw-subscriber.ts";
import { startServerProcess } from "./server-process.ts";
import { readSqlite } from "./stored-rows.ts";
import { createWitness } from "./witness.ts";

test("thirty resets in one answer leave each of three readers with exactly the stored text", async () => {
  await using folder = await openTemporaryFolder("sockets");
  const port = await freePort();
  await using proxy = await openChaosProxy({ targetHost: "127.0.0.1", targetPort: port });
  const url = `http://127.0.0.1:${proxy.port}`;
  await using server = await startServerProcess({
    dataDirectory: folder.path,
    port,
    env: { CHATEE_SERVER__PUBLIC_URL: url },
  });
  const auditor = createAuditor();
  await using devices = new AsyncDisposableStack();
  const [first, ...others] = ["phone", "laptop", "desk"].map((name) =>
    devices.use(openAuditedClient({ address: { url, token: server.token }, auditor, name })),
  );
  if (!first) throw new Error("there is a first one");
  await first.client.sessions.create.mutate({ sessionId: "shared" });
  const witnesses = [first, ...others].map((device) => device.follow("shared"));
  const { runId, messageId } = await first.send("shared", "/demo tokens=100000 delay=5 thinking=50");

  for (let resets = 0; resets < 30; resets++) {
    const seen = witnesses.map((witness) => witness.lastSeq());
    for (const [index, witness] of witnesses.entries()) {
      const isNewer = await witness.until(() => witness.lastSeq() > (seen[index] ?? 0), 10_000);
      expect(isNewer, `${witness.name} goes on after ${resets} resets`).toBe(true);
    }
    proxy.resetAll();
  }
  await first.ask((signal) => first.client.messages.stop.mutate({ messageId }, { signal }));
  for (const witness of witnesses) expect(await witness.until(() => witness.hasEnded(runId), 10_000)).toBe(true);
  expect(witnesses[0]?.messages.get(messageId)?.content.length).toBeGreaterThan(100);
  expect(await auditor.untilCaughtUp(readSqlite(join(folder.path, "chatee.db")))).toEqual([]);
  expect(await server.stop()).toBe(0);
  expect(await auditor.findings(readSqlite(join(folder.path, "chatee.db")))).toEqual([]);
});

test("five hundred sockets reset at once cost the server nothing but the sockets", async () => {
  await using folder = await openTemporaryFolder("sockets");
  await using server = await startServerProcess({ dataDirectory: folder.path, port: await freePort() });
  const auditor = createAuditor();
  await using client = openAuditedClient({ address: server, auditor, name: "steady" });
  await client.client.sessions.create.mutate({ sessionId: "hall" });
  const witness = client.follow("hall");
  const { runId, messageId } = await client.send("hall", "/demo tokens=100000 delay=5");
  const openSockets = async () =>
    Number(/^chatee_open_sockets (\d+)$/m.exec(await (await fetchFrom(server)("/metrics")).text())?.[1]);

  for (let round = 0; round < 2; round++) {
    const crowd = await Promise.all(
      Array.from({ length: 500 }, () => openRawSubscriber(server, { sessionId: "hall" })),
    );
    expect(await openSockets()).toBe(501);
    for (const { socket } of crowd) socket.resetAndDestroy();
    await vi.waitFor(async () => expect(await openSockets()).toBe(1), { timeout: 5_000 });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  }
  const seen = witness.lastSeq();
  expect(await witness.until(() => witness.lastSeq() > seen, 5_000)).toBe(true);
  await client.client.messages.stop.mutate({ messageId });
  expect(await witness.until(() => witness.hasEnded(runId), 5_000)).toBe(true);
  expect(server.child.exitCode).toBe(null);
  expect(await server.stop()).toBe(0);
  expect(await auditor.findings(readSqlite(join(folder.path, "chatee.db")))).toEqual([]);
});

const mebibyte = 1024 * 1024;
const pageBytes = 700_000;

/** The most that ever waited on one of the server's sockets; they live in this process. */
function watchQueues(): () => number {
  let most = 0;
  const { send } = WebSocket.prototype;
  const spy = vi.spyOn(WebSocket.prototype, "send").mockImplementation(function (this: WebSocket, ...args: unknown[]) {
    Reflect.apply(send, this, args);
    most = Math.max(most, this.bufferedAmount);
  });
  onTestFinished(() => spy.mockRestore());
  return () => most;
}

test("a subscriber that does not read holds a bounded queue, disturbs nobody, and can go on", async () => {
  await using server = await createTestServer();
  const mostQueued = watchQueues();
  const auditor = createAuditor();
  await using reader = openAuditedClient({ address: server, auditor, name: "reader" });
  await reader.client.sessions.create.mutate({ sessionId: "long" });
  const witness = reader.follow("long");
  const stuck = createWitness("stuck", "long");
  const silent = await openRawSubscriber(server, { sessionId: "long" }, stuck.see);
  silent.socket.pause();

  const pages = 24;
  for (let page = 0; page < pages; page++) {
    const content = `${page} `.padEnd(pageBytes, "x");
    await reader.client.messages.create.mutate({ sessionId: "long", role: "user", content });
  }
  expect(await witness.until(() => witness.messages.size === pages, 10_000)).toBe(true);
  // Far more than the kernels of both ends take in was said; what waits in the process stays bounded.
  expect(stuck.messages.size).toBeLessThan(pages / 2);
  expect(mostQueued()).toBeGreaterThan(pageBytes);
  expect(mostQueued()).toBeLessThan(4 * mebibyte);

  silent.socket.resume();
  expect(await stuck.until(() => stuck.messages.size === pages, 20_000)).toBe(true);
  expect(stuck.findings).toEqual([]);
  expect([...stuck.messages.values()]).toEqual([...witness.messages.values()]);
  silent.end();
});

/** Reads about a megabyte a second, as in a train. */
function readSlowly(socket: Socket): void {
  socket.on("data", () => {
    socket.pause();
    setTimeout(() => socket.resume(), 60);
  });
}

test("an event larger than any queue reaches a slow reader, who needs no second try", async () => {
  await using server = await createTestServer();
  // Two million characters of each are the most an answer may have, and these take two bytes each on the wire.
  const chunk = "\n".repeat(150_000);
  await using model = await startServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const say = (choice: Record<string, unknown>) =>
      response.write(`data: ${JSON.stringify({ id: "1", choices: [{ index: 0, ...choice }] })}\n\n`);
    for (let index = 0; index < 12; index++) say({ delta: { reasoning_content: chunk } });
    for (let index = 0; index < 12; index++) say({ delta: { content: chunk } });
    say({ delta: {}, finish_reason: "stop" });
    response.end("data: [DONE]\n\n");
  });
  const mostQueued = watchQueues();
  const auditor = createAuditor();
  await using sender = openAuditedClient({ address: server, auditor, name: "sender" });
  const { configId } = await sender.client.llm.create.mutate({
    name: "long",
    provider: "openai-compatible",
    model: "long",
    apiUrl: `${model.url}/v1`,
    apiKey: "key",
  });
  await sender.client.sessions.create.mutate({ sessionId: "large", llmConfigId: configId });
  const quick = sender.follow("large");
  const { messageId, runId } = await sender.send("large", "Tell me everything.");
  expect(await quick.until(() => quick.hasEnded(runId), 20_000)).toBe(true);

  const slow = createWitness("slow", "large");
  const subscriber = await openRawSubscriber(server, { sessionId: "large" }, slow.see);
  readSlowly(subscriber.socket);
  const closed = subscriber.closed.then((code) => `closed with ${code}`);
  const all = slow.until(() => slow.hasEnded(runId), 60_000);
  expect(await Promise.race([closed, all])).toBe(true);
  expect(mostQueued()).toBeGreaterThan(4 * mebibyte);
  expect(slow.findings).toEqual([]);
  expect(slow.messages.get(messageId)).toEqual({
    content: chunk.repeat(12),
    thinking: chunk.repeat(12),
    ended: "completed",
  });
  subscriber.end();
});

const askForPage = (id: number) => ({
  id,
  method: "query",
  params: { path: "messages.list", input: { json: { sessionId: "pages", limit: 200 } } },
});

/** A server with a session whose page of messages is about two megabytes, and somebody who does not read. */
async function openDeafAsker(onAnswer?: (id: unknown) => void) {
  await using parts = new AsyncDisposableStack();
  const server = parts.use(await createTestServer());
  const { client } = parts.use(openAuditedClient({ address: server, auditor: createAuditor(), name: "writer" }));
  for (const sessionId of ["pages", "quiet"]) await client.sessions.create.mutate({ sessionId });
  for (let page = 0; page < 3; page++) {
    await client.messages.create.mutate({ sessionId: "pages", role: "user", content: "x".repeat(pageBytes) });
  }
  const asker = await openRawSubscriber(server, { sessionId: "quiet" }, undefined, onAnswer);
  asker.socket.pause();
  const rest = parts.move();
  return { asker, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

test("one that keeps asking and never reads is not listened to, and after a while told to resume", async () => {
  const mostQueued = watchQueues();
  const closing = vi.spyOn(WebSocket.prototype, "close");
  onTestFinished(() => closing.mockRestore());
  await using deaf = await openDeafAsker();
  const { asker } = deaf;
  for (let id = 2; id < 100; id++) {
    asker.send(askForPage(id));
    await wait(20);
  }
  await vi.waitFor(() => expect(closing).toHaveBeenCalledWith(4008, "resume"), { timeout: 20_000 });
  expect(mostQueued()).toBeGreaterThan(4 * mebibyte);
  expect(mostQueued()).toBeLessThan(12 * mebibyte);
  asker.socket.resume();
  expect(await asker.closed).toBe(4008);
});

test("one that asks faster than it reads gets every answer, and never many at a time", async () => {
  const mostQueued = watchQueues();
  const answered = new Set<unknown>();
  await using deaf = await openDeafAsker((id) => answered.add(id));
  const { asker } = deaf;
  for (let id = 2; id < 62; id++) {
    asker.send(askForPage(id));
    await wait(20);
  }
  asker.socket.resume();
  const isClosed = asker.closed.then((code) => `closed with ${code}`);
  const all = vi.waitFor(() => expect(answered.size).toBe(60), { timeout: 20_000 });
  expect(await Promise.race([isClosed, all.then(() => "answered")])).toBe("answered");
  expect(mostQueued()).toBeGreaterThan(4 * mebibyte);
  // What was asked while nobody listened is heard at once, and answered a few at a time.
  expect(mostQueued()).toBeLessThan(30 * mebibyte);
  asker.end();
});

test("what one socket may have under way is limited, and what is over counts no more", async () => {
  await using server = await createTestServer();
  await using client = openAuditedClient({ address: server, auditor: createAuditor(), name: "writer" });
  await client.client.sessions.create.mutate({ sessionId: "many" });
  const answered = new Set<string>();
  const note = (id: unknown, type: string) => answered.add(`${type} ${String(id)}`);
  const open = async () => await openRawSubscriber(server, { sessionId: "many" }, undefined, note);
  const until = async (answer: string) => await vi.waitFor(() => expect(answered).toContain(answer));
  const call = (id: number) => ({ id, method: "query", params: { path: "system.info" } });
  const batch = (from: number) => Array.from({ length: 50 }, (_, index) => call(from + index));
  const follow = (id: number) => ({
    id,
    method: "subscription",
    params: { path: "sessions.events", input: { json: { sessionId: "many" } } },
  });

  const honest = await open();
  for (let from = 1_000; from < 1_000 + 3 * mostOpen.calls; from += 50) {
    honest.send(batch(from));
    await until(`data ${from + 49}`);
  }
  for (let from = 5_000; from < 5_000 + 3 * mostOpen.subscriptions; from += 50) {
    const ids = Array.from({ length: 50 }, (_, index) => from + index);
    for (const id of ids) honest.send(follow(id));
    await until(`started ${from + 49}`);
    for (const id of ids) honest.send({ id, method: "subscription.stop" });
    await until(`stopped ${from + 49}`);
  }
  const state = await Promise.race([honest.closed, wait(200, "open")]);
  expect(state).toBe("open");
  honest.end();

  const caller = await open();
  for (let from = 10_000; from < 10_000 + 3 * mostOpen.calls; from += 50) caller.send(batch(from));
  expect([await caller.closed, await caller.reason]).toEqual([1008, "too many calls at once"]);
  const follower = await open();
  for (let id = 20_000; id <= 20_000 + mostOpen.subscriptions; id++) follower.send(follow(id));
  expect([await follower.closed, await follower.reason]).toEqual([1008, "too many subscriptions at once"]);
});
