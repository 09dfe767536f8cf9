import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { expect, test } from "vitest";
import { openChaosProxy } from "./chaos-proxy.ts";
import { until } from "./testing/probe.ts";

/** Answers every byte with itself and remembers what it was sent. */
async function openEcho() {
  let received = "";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      received += data.toString("utf8");
      socket.write(data);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    targetHost: "127.0.0.1",
    targetPort: (server.address() as AddressInfo).port,
    received: () => received,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openClient(port: number) {
  const socket = createConnection({ host: "127.0.0.1", port });
  let received = "";
  let failure: string | undefined;
  socket.on("data", (data) => (received += data.toString("utf8")));
  socket.on("error", (error: NodeJS.ErrnoException) => (failure = error.code));
  await once(socket, "connect");
  return {
    send: (data: string) => socket.write(data),
    received: () => received,
    failure: () => failure,
    [Symbol.dispose]: () => socket.destroy(),
  };
}

test("without orders it is a plain proxy, also for more than the buffers hold", async () => {
  await using echo = await openEcho();
  await using proxy = await openChaosProxy(echo);
  using client = await openClient(proxy.port);
  const long = "x".repeat(5_000_000);
  client.send(long);
  await until(() => client.received().length === long.length);
});

test("resetAll cuts every connection with RST, on both sides, and serves the next one", async () => {
  await using echo = await openEcho();
  await using proxy = await openChaosProxy(echo);
  using first = await openClient(proxy.port);
  using second = await openClient(proxy.port);
  await until(() => proxy.openConnections === 2 && echo.connections() === 2);

  proxy.resetAll();
  await until(() => first.failure() === "ECONNRESET" && second.failure() === "ECONNRESET");
  await until(() => echo.connections() === 0);

  using third = await openClient(proxy.port);
  third.send("again");
  await until(() => third.received() === "again");
});

test("a black hole swallows bytes without an error; lifting it resets what it swallowed", async () => {
  await using echo = await openEcho();
  await using proxy = await openChaosProxy(echo);
  using old = await openClient(proxy.port);
  old.send("a");
  await until(() => old.received() === "a");

  proxy.blackhole(true);
  old.send("b");
  using fresh = await openClient(proxy.port);
  fresh.send("c");
  await until(() => proxy.openConnections === 2);
  expect([echo.received(), old.failure(), fresh.failure()]).toEqual(["a", undefined, undefined]);

  proxy.blackhole(false);
  await until(() => old.failure() === "ECONNRESET" && fresh.failure() === "ECONNRESET");
  expect(echo.received()).toBe("a");
});

test("lost replies: the target acts, the client never hears", async () => {
  await using echo = await openEcho();
  await using proxy = await openChaosProxy(echo);
  using client = await openClient(proxy.port);
  proxy.loseReplies(true);
  client.send("commit");
  await until(() => echo.received() === "commit");
  expect(client.received()).toBe("");
});

test("a stall delays bytes and loses none", async () => {
  await using echo = await openEcho();
  await using proxy = await openChaosProxy(echo);
  using client = await openClient(proxy.port);
  client.send("a");
  await until(() => client.received() === "a");

  proxy.stall();
  client.send("b");
  using late = await openClient(proxy.port);
  late.send("c");
  await until(() => proxy.openConnections === 2);
  expect(echo.received()).toBe("a");

  proxy.resume();
  await until(() => client.received() === "ab" && late.received() === "c");
});
