import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { applyEvent, emptyTranscript } from "@chatee/shared/transcript";
import { expect, test } from "vitest";
import { addSecretKey } from "../src/data-directory.ts";
import { createTestServer, fetchFrom, openClient, openTestDirectory } from "./create-test-server.ts";

// One of them has to wait for a limit of thirty seconds; the others need not wait for it.
test.concurrent("keys are unreadable in the data directory, survive a rotation of the secret key, and the old secret key is gone then", async ({
  expect,
}) => {
  await using directory = await openTestDirectory();
  const apiKey = "sk-this-must-never-be-readable";
  const keyFile = join(directory.path, "secret.key");
  let configId = "";
  {
    await using server = await createTestServer({ dataDirectory: directory.path });
    await using caller = openClient(server);
    ({ configId } = await caller.client.llm.create.mutate({ name: "A", provider: "openai", model: "m", apiKey }));
    expect(JSON.stringify(await caller.client.llm.list.query())).not.toContain(apiKey);
  }
  const database = await readFile(join(directory.path, "chatee.db"), "latin1");
  expect(database).not.toContain(apiKey);
  const before = await readFile(keyFile, "utf8");
  const newId = await addSecretKey(directory.path);
  {
    await using server = await createTestServer({ dataDirectory: directory.path });
    await using caller = openClient(server);
    expect(await caller.client.llm.key.mutate({ configId })).toEqual({ apiKey });
    await expect.poll(() => readFile(keyFile, "utf8")).not.toContain(before.trim());
  }
  expect(await readFile(keyFile, "utf8")).toMatch(new RegExp(`^${newId}:`));
  await using server = await createTestServer({ dataDirectory: directory.path });
  await using caller = openClient(server);
  expect(await caller.client.llm.key.mutate({ configId })).toEqual({ apiKey });
});

test.concurrent("with another installation's secret key a stored key fails closed, and everything else works", async () => {
  await using directory = await openTestDirectory();
  let configId = "";
  {
    await using server = await createTestServer({ dataDirectory: directory.path });
    await using caller = openClient(server);
    ({ configId } = await caller.client.llm.create.mutate({
      name: "A",
      provider: "openai",
      model: "m",
      apiKey: "sk-1",
    }));
  }
  await writeFile(join(directory.path, "secret.key"), `other:${Buffer.alloc(32, 7).toString("base64")}\n`);
  await using server = await createTestServer({ dataDirectory: directory.path });
  await using caller = openClient(server);
  await expect(caller.client.llm.key.mutate({ configId })).rejects.toMatchObject({
    data: { failure: { code: "secret.unreadable" } },
  });
  expect(await caller.client.llm.update.mutate({ configId, apiKey: "sk-2" })).toMatchObject({ hasApiKey: true });
  expect(await caller.client.llm.key.mutate({ configId })).toEqual({ apiKey: "sk-2" });
});

test.concurrent("a client signs in, sends, and sees the answer stream to its end over one socket", async () => {
  await using server = await createTestServer();
  await using caller = openClient(server);
  const { sessionId } = await caller.client.sessions.create.mutate({});
  const types: string[] = [];
  let transcript = emptyTranscript;
  const ended = Promise.withResolvers<void>();
  const subscription = caller.client.sessions.events.subscribe(
    { sessionId },
    {
      onData({ data }) {
        types.push(data.type);
        transcript = applyEvent(transcript, data);
        if (data.type === "run.completed") ended.resolve();
      },
      onError: ended.reject,
    },
  );
  const sent = await caller.client.messages.send.mutate({ sessionId, content: "/demo tokens=20", clientId: "c1" });
  expect(await caller.client.messages.send.mutate({ sessionId, content: "/demo tokens=20", clientId: "c1" })).toEqual(
    sent,
  );
  await ended.promise;
  subscription.unsubscribe();
  const stored = await caller.client.messages.get.query({ messageId: sent.messageId });
  expect(stored).toMatchObject({ status: "completed", content: expect.stringMatching(/^t0 .* t19$/) });
  expect(transcript.messages.at(-1)).toMatchObject({ messageId: sent.messageId, content: stored.content });
  expect(types.filter((type) => type.startsWith("run."))).toEqual(["run.started", "run.completed"]);
});

test.concurrent("closing says so on /ready, ends what runs, keeps its text and lets every socket go", async () => {
  await using directory = await openTestDirectory();
  let messageId = "";
  {
    await using server = await createTestServer({ dataDirectory: directory.path });
    await using caller = openClient(server);
    const { sessionId } = await caller.client.sessions.create.mutate({});
    const seen = Promise.withResolvers<void>();
    caller.client.sessions.events.subscribe(
      { sessionId },
      { onData: ({ data }) => data.type === "message.delta" && seen.resolve() },
    );
    ({ messageId } = await caller.client.messages.send.mutate({ sessionId, content: "/demo tokens=100000 delay=5" }));
    await seen.promise;
    await server.close();
    await expect(fetchFrom(server)("/health")).rejects.toThrow("fetch failed");
  }
  await using server = await createTestServer({ dataDirectory: directory.path });
  await using caller = openClient(server);
  const message = await caller.client.messages.get.query({ messageId });
  expect(message.status).toBe("interrupted");
  expect(message.content).toMatch(/^t0/);
});

/** A socket that does not hang up when the server does, and so finds out only by writing that it is gone. */
function connectHalfOpen(port: number) {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  const gone = new Promise<string>((resolve) => void socket.once("close", () => resolve("gone")));
  return { socket, gone };
}

test.concurrent("who is refused a socket and does not hang up is let go, and holds up no closing", async () => {
  await using server = await createTestServer();
  const ask = async (path: string) => {
    const { socket, gone } = connectHalfOpen(server.port);
    const host = `Host: 127.0.0.1:${server.port}\r\n`;
    socket.write(`GET ${path} HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    return { socket, gone, status: answer.toString("utf8", 0, 12) };
  };
  const refused = await Promise.all([ask("/elsewhere"), ask("/trpc")]);
  expect(refused.map(({ status }) => status)).toEqual(["HTTP/1.1 404", "HTTP/1.1 401"]);
  for (const { socket, gone } of refused) {
    const dripping = setInterval(() => socket.write("x"), 100);
    expect(await Promise.race([gone, wait(5_000, "still there")])).toBe("gone");
    clearInterval(dripping);
  }
  const { socket } = await ask("/trpc");
  expect(await Promise.race([server.close().then(() => "closed"), wait(5_000, "still open")])).toBe("closed");
  socket.destroy();
});

test.concurrent("who sends a request drop by drop is cut off", { timeout: 45_000 }, async () => {
  await using server = await createTestServer();
  const drip = async (head: string) => {
    const { socket, gone } = connectHalfOpen(server.port);
    socket.write(head);
    const dripping = setInterval(() => socket.write("x"), 1_000);
    const answer: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => answer.push(chunk));
    await gone;
    clearInterval(dripping);
    return Buffer.concat(answer).toString("utf8");
  };
  const host = `Host: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n`;
  const answers = await Promise.all([
    drip(`GET /health HTTP/1.1\r\n${host}X: `),
    drip(
      `POST /trpc/sessions.create HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`,
    ),
  ]);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});
