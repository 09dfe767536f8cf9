import { EventEmitter } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createBoundedLog } from "./bounded-log.ts";
import type { ElectronParts } from "./electron-parts.ts";
import { signInToServer } from "./server-session.ts";
import { forkUtility } from "./utility-child.ts";

test("the server's process gets no arguments, nothing of chatee's or Electron's in its environment, and its words by the channel", async () => {
  const forked: unknown[][] = [];
  const sent: unknown[] = [];
  const process = Object.assign(new EventEmitter(), {
    stdout: new EventEmitter(),
    stderr: new EventEmitter(),
    postMessage: (message: unknown) => sent.push(message),
    kill: () => process.emit("exit", 137),
  });
  const utilityProcess = { fork: (...args: unknown[]) => (forked.push(args), process) };
  const output: string[] = [];
  const child = forkUtility({
    utilityProcess: utilityProcess as unknown as ElectronParts["utilityProcess"],
    entry: "/app/hosted.js",
    env: {
      PATH: "/bin",
      CHATEE_AUTH__TOKEN: "t",
      CHATEE_SECRETS__KEY: "k",
      ELECTRON_RUN_AS_NODE: "1",
      NODE_OPTIONS: "-r x",
    },
    onOutput: (chunk) => output.push(String(chunk)),
  });
  expect(forked).toEqual([
    ["/app/hosted.js", [], { serviceName: "chatee server", stdio: ["ignore", "pipe", "pipe"], env: { PATH: "/bin" } }],
  ]);
  const heard: unknown[] = [];
  child.onMessage((message) => heard.push(message));
  process.emit("message", "ready");
  process.stderr.emit("data", "a log line");
  child.say({ kind: "stop" });
  child.kill();
  expect([heard, output, sent, await child.exited]).toEqual([["ready"], ["a log line"], [{ kind: "stop" }], 137]);
});

test("a window is signed in only by an answer that is the server's: the right status, and its cookie", async () => {
  let answer = { status: 204, cookie: "chatee_3002=abc_-1; Path=/; HttpOnly" };
  const server = createServer((_request, response) =>
    response.writeHead(answer.status, { "set-cookie": answer.cookie, location: "http://127.0.0.1:1/" }).end(),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await signInToServer(origin, "t")).toEqual({ name: "chatee_3002", value: "abc_-1" });
  for (const wrong of [
    { status: 200, cookie: "chatee_3002=abc; Path=/" },
    { status: 401, cookie: "chatee_3002=abc; Path=/" },
    { status: 302, cookie: "chatee_3002=abc; Path=/" },
    { status: 204, cookie: "other=abc; Path=/" },
    { status: 204, cookie: "chatee_3002=a b; Path=/" },
  ]) {
    answer = wrong;
    await expect(signInToServer(origin, "t")).rejects.toThrow();
  }
});

test("the log keeps its last megabytes in two files, readable by their owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chatee-log-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "logs", "chatee.log");
  const log = createBoundedLog(file);
  const megabyte = "x".repeat(1024 * 1024);
  for (let count = 0; count < 12; count++) log.write(megabyte);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(existsSync(`${file}.2`)).toBe(false);
  const sizes = [file, `${file}.1`].map((path) => statSync(path).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * 1024 * 1024);
});
