import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostedMessage, sealedKeyFile } from "@chatee/shared/hosted-server";
import type { HostMessage, HostedMessage } from "@chatee/shared/hosted-server";
import { expect, test } from "vitest";
import { ConfigError } from "../src/config.ts";
import { addSecretKey, secretKeys } from "../src/data-directory.ts";
import { openTestDirectory } from "./create-test-server.ts";

const bundle = fileURLToPath(new URL("../dist/hosted.js", import.meta.url));
const oneTimeToken = "one-time-token-with-enough-characters";
const key = `k1:${Buffer.alloc(32, 5).toString("base64")}`;

/** The built server as a child with a channel, as the desktop app has it. */
function openHosted(dataDirectory: string, settings: Record<string, string> = {}) {
  const child = fork(bundle, [], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"], env: { PATH: "" } });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const said = once(child, "message").then(([message]) => hostedMessage.parse(message));
  const say = (message: HostMessage) => child.send(message);
  say({
    kind: "start",
    dataDirectory,
    settings: { CHATEE_SERVER__PORT: "0", ...settings },
    oneTimeToken,
    secretKeys: [key],
  });
  return {
    child,
    exited,
    /** Its first word. */
    said,
    say,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}

const signIn = (port: number, token: string) =>
  fetch(`http://127.0.0.1:${port}/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });

function portOf(message: HostedMessage): number {
  if (message.kind !== "ready") throw new Error(`not ready: ${message.reason}`);
  return message.port;
}

test("a hosted server is told everything over its channel, lets its host in once, keeps no key on disk, and ends when told to", async () => {
  await using directory = await openTestDirectory();
  await using server = openHosted(directory.path);
  const port = portOf(await server.said);
  expect(server.child.spawnargs.join(" ")).not.toContain(oneTimeToken);
  const first = await signIn(port, oneTimeToken);
  expect(first.status).toBe(204);
  const cookie = first.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const asked = await fetch(`http://127.0.0.1:${port}/trpc/system.info`, { headers: { cookie } });
  expect(asked.status).toBe(200);
  // Used up; a script that finds it has found nothing.
  expect((await signIn(port, oneTimeToken)).status).toBe(401);
  await expect(readFile(join(directory.path, "secret.key"))).rejects.toThrow("ENOENT");
  server.say({ kind: "stop" });
  expect(await server.exited).toBe(0);
});

test("a hosted server ends by itself when its host is gone", async () => {
  await using directory = await openTestDirectory();
  await using server = openHosted(directory.path);
  await server.said;
  server.child.disconnect();
  expect(await server.exited).toBe(0);
});

test("why it did not start tells a taken port from a wrong setting", async () => {
  await using directory = await openTestDirectory();
  await using first = openHosted(directory.path);
  const port = portOf(await first.said);
  await using elsewhere = await openTestDirectory();
  await using second = openHosted(elsewhere.path, { CHATEE_SERVER__PORT: String(port) });
  expect(await second.said).toMatchObject({ kind: "failed", why: "port" });
  expect(await second.exited).toBe(1);
  await using third = openHosted(elsewhere.path, { CHATEE_SERVER__PORT: "no" });
  expect(await third.said).toMatchObject({ kind: "failed", why: "setup", reason: expect.stringContaining("PORT") });
  await using fourth = openHosted(directory.path);
  expect(await fourth.said).toMatchObject({ kind: "failed", why: "setup" });
});

test("keys that the desktop app sealed are not replaced by fresh ones, which would open nothing", async () => {
  await using directory = await openTestDirectory();
  await writeFile(join(directory.path, sealedKeyFile), "sealed");
  await expect(secretKeys(directory.path, { old_keys: [] })).rejects.toThrow(ConfigError);
  await expect(addSecretKey(directory.path)).rejects.toThrow("desktop app");
});
