import type { HostMessage } from "@chatee/shared/hosted-server";
import { expect, test } from "vitest";
import type { ServerChild } from "./server-child.ts";
import { startSupervisor } from "./server-supervisor.ts";
import type { ServerState } from "./server-supervisor.ts";

type Child = ServerChild & {
  heard: HostMessage[];
  answer: (message: unknown) => void;
  exit: (code: number | null) => void;
  isKilled: boolean;
};

/** Servers that do as the test says, and a clock that it turns. */
function open(options: { prepare?: () => Promise<never> } = {}) {
  const children: Child[] = [];
  const states: ServerState[] = [];
  let nowMs = 0;
  let timers: { atMs: number; ring: () => void }[] = [];
  const supervisor = startSupervisor({
    fork() {
      const { promise, resolve } = Promise.withResolvers<number | null>();
      let listener: (message: unknown) => void = () => {};
      const child: Child = {
        heard: [],
        isKilled: false,
        say: (message) => void child.heard.push(message),
        onMessage: (given) => (listener = given),
        exited: promise,
        kill() {
          child.isKilled = true;
          resolve(null);
        },
        answer: (message) => listener(message),
        exit: resolve,
      };
      children.push(child);
      return child;
    },
    prepare:
      options.prepare ??
      (async () => ({
        dataDirectory: "/data",
        settings: { CHATEE_SERVER__HOST: "0.0.0.0" },
        secretKeys: null,
        port: 40_000,
      })),
    onState: (state) => states.push(state),
    now: () => nowMs,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        timers.push({ atMs: nowMs + ms, ring: resolve });
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  });
  return {
    supervisor,
    children,
    states,
    last: () => states.at(-1),
    pass(ms: number) {
      nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { ring } of due) ring();
    },
    /** The n-th server, once it was told to start. */
    async child(count: number): Promise<Child> {
      await expect.poll(() => children[count - 1]?.heard.length).toBe(1);
      const child = children[count - 1];
      if (!child) throw new Error("there is no such child");
      return child;
    },
  };
}
const ready = { kind: "ready", port: 40_000, url: "http://127.0.0.1:40000/" };

function startOf(child: Child): Extract<HostMessage, { kind: "start" }> {
  const [message] = child.heard;
  if (message?.kind !== "start") throw new Error("not told to start");
  return message;
}

test("a server is told where it listens, whatever the settings say, and gets a token of its own each time", async () => {
  const app = open();
  const first = await app.child(1);
  const start = startOf(first);
  expect(start.settings).toEqual({ CHATEE_SERVER__HOST: "127.0.0.1", CHATEE_SERVER__PORT: "40000" });
  first.answer(ready);
  await expect.poll(app.last).toEqual({ ...ready, token: start.oneTimeToken });
  first.exit(1);
  await expect.poll(app.last).toMatchObject({ kind: "waiting" });
  app.pass(500);
  const second = await app.child(2);
  expect(startOf(second).oneTimeToken).not.toBe(start.oneTimeToken);
});

test("a server that keeps dying is started later and later, and at once again after it stayed up", async () => {
  const app = open();
  const delays: number[] = [];
  for (let count = 1; count <= 9; count++) {
    const child = await app.child(count);
    child.exit(1);
    await expect.poll(() => app.last()?.kind).toBe("waiting");
    const state = app.last();
    if (state?.kind !== "waiting") throw new Error("not waiting");
    delays.push(state.retryMs);
    app.pass(state.retryMs);
  }
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  const settled = await app.child(10);
  settled.answer(ready);
  await expect.poll(() => app.last()?.kind).toBe("ready");
  app.pass(60_000);
  settled.exit(null);
  await expect.poll(app.last).toMatchObject({ kind: "waiting", retryMs: 500 });
});

test("a taken port is left for another at once; what a person must mend is tried when they say so", async () => {
  const app = open();
  const first = await app.child(1);
  first.answer({ kind: "failed", why: "port", reason: "taken" });
  const second = await app.child(2);
  expect(startOf(second).settings["CHATEE_SERVER__PORT"]).toBe("0");
  second.answer({ kind: "failed", why: "setup", reason: "server.port: is not a number" });
  await expect.poll(app.last).toEqual({ kind: "failed", reason: "server.port: is not a number" });
  app.pass(600_000);
  expect(app.children).toHaveLength(2);
  app.supervisor.retry();
  await app.child(3);
});

test("what cannot be prepared, a key that does not open, is said and starts nothing", async () => {
  const app = open({ prepare: () => Promise.reject(new Error("The keychain does not open chatee's key.")) });
  await expect.poll(app.last).toEqual({ kind: "failed", reason: "The keychain does not open chatee's key." });
  expect(app.children).toEqual([]);
  await app.supervisor.stop();
  expect(app.last()).toEqual({ kind: "stopped" });
});

test("a server that says nothing sensible, or nothing at all, is ended and counts as failed", async () => {
  const app = open();
  const child = await app.child(1);
  child.answer({ kind: "ready", port: "40000; rm -rf", url: "file:///" });
  child.answer("hello");
  expect(app.last()).toEqual({ kind: "starting" });
  app.pass(90_000);
  await expect.poll(app.last).toMatchObject({ kind: "waiting", reason: expect.stringContaining("90 s") });
  expect(child.isKilled).toBe(true);
});

test("stopping asks the server first, ends it when it does not listen, and starts no other", async () => {
  const polite = open();
  const first = await polite.child(1);
  first.answer(ready);
  await expect.poll(() => polite.last()?.kind).toBe("ready");
  const stopped = polite.supervisor.stop();
  expect(first.heard.at(-1)).toEqual({ kind: "stop" });
  first.exit(0);
  await stopped;
  expect([first.isKilled, polite.last()?.kind, polite.children.length]).toEqual([false, "stopped", 1]);

  const deaf = open();
  const second = await deaf.child(1);
  second.answer(ready);
  await expect.poll(() => deaf.last()?.kind).toBe("ready");
  const ended = deaf.supervisor.stop();
  deaf.pass(10_500);
  await ended;
  expect(second.isKilled).toBe(true);
});
