import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import type { spawn } from "@lydell/node-pty";
import { hostedMessage } from "@chatee/shared/hosted-server";
import type { HostMessage } from "@chatee/shared/hosted-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announcementChannel, callChannel, calls, localFlag } from "../src/ipc/contract.ts";
import { linkScheme } from "../src/main/deep-link.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

describe("the configuration of a release", () => {
  const config = readJson(join(root, "apps/desktop/electron-builder.json"));

  test("sets every fuse that keeps the app from being turned into something else", () => {
    expect(config["electronFuses"]).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
    expect(config["asar"]).toBe(true);
  });
  test("is for the Electron whose types the shell was checked with, on three systems, and asks nobody for updates", () => {
    const pinned = /^ {2}electron: (\S+)$/m.exec(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8"))?.[1];
    expect(config["electronVersion"]).toBe(pinned);
    expect(config).toMatchObject({ linux: {}, mac: {}, win: {}, publish: null });
    expect(config["protocols"]).toEqual([{ name: "chatee", schemes: [linkScheme] }]);
  });
  test("an install fetches no program of Electron's", () => {
    expect(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")).toMatch(/^ {2}electron: false$/m);
    const { scripts } = readJson(join(root, "apps/desktop/node_modules/electron/package.json"));
    expect(Object.keys(scripts ?? {}).filter((name) => name.includes("install"))).toEqual([]);
  });
});

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==",
  "base64",
);

describe("the app's folder, away from the repository", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chatee-app-"));
    execFileSync(process.execPath, [join(root, "tooling/package-desktop.mjs"), "--stage", folder], { stdio: "pipe" });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("holds all that its server needs: it starts, serves the UI and its documents, and works", async () => {
    const child = fork(join(folder, "apps/server/dist/hosted.js"), [], { execArgv: [], cwd: folder, silent: true });
    try {
      const start: HostMessage = {
        kind: "start",
        dataDirectory: join(folder, "data"),
        settings: { CHATEE_SERVER__PORT: "0" },
        oneTimeToken: "one-time-token-with-enough-characters",
        secretKeys: null,
      };
      child.send(start);
      const [message] = (await once(child, "message")) as [unknown];
      const ready = hostedMessage.parse(message);
      if (ready.kind !== "ready") throw new Error(ready.reason);
      const origin = `http://127.0.0.1:${ready.port}`;
      const page = await fetch(`${origin}/`);
      expect(page.headers.get("content-type")).toContain("text/html");
      const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? "";
      expect((await fetch(`${origin}/${script}`)).status).toBe(200);
      const signedIn = await fetch(`${origin}/auth/sign-in`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: start.oneTimeToken }),
      });
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
      expect((await fetch(`${origin}/api/docs/swagger-ui.css`, { headers: { cookie } })).status).toBe(200);
      const added = await fetch(`${origin}/api/files?name=a.png`, { method: "POST", headers: { cookie }, body: png });
      const { file_id: fileId } = (await added.json()) as { file_id: string };
      expect((await fetch(`${origin}/api/files/${fileId}/thumbnail`, { headers: { cookie } })).status).toBe(200);
      child.send({ kind: "stop" } satisfies HostMessage);
      expect(await once(child, "exit")).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("has a shell that finds its terminals, its preload, its icon and its server", async () => {
    const main = join(folder, String(readJson(join(folder, "package.json"))["main"]));
    const source = readFileSync(main, "utf8");
    const imported = [...source.matchAll(/^import .*? from "([^"]+)"/gm)].map(([, name]) => name ?? "");
    expect(imported).toContain("electron");
    expect(imported.filter((name) => !/^(node:[\w/]+|electron|@lydell\/node-pty)$/.test(name))).toEqual([]);
    // Electron gets ready only after its main file has run to the end: one that waits for that at its top never starts.
    expect(source).not.toMatch(/^(await|(const|let|var) .*= await) /m);
    const places = [...source.matchAll(/place\("([^"]+)"\)/g)].map(([, place]) => place ?? "");
    expect(places).toHaveLength(3);
    for (const place of places) expect(existsSync(join(main, "..", place)), place).toBe(true);
    const pty = createRequire(main)("@lydell/node-pty") as { spawn: typeof spawn };
    const shell = pty.spawn("/bin/sh", ["-c", "exit 7"], {});
    const code = await new Promise((resolve) => shell.onExit(({ exitCode }) => resolve(exitCode)));
    expect(code).toBe(7);
  });

  test("holds no tests, no sources and no maps", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => !file.startsWith("data"));
    expect(
      files.filter((file) => /\.(test|d)\.ts$|\.map$|(^|\/)src\//.test(file.replace(/^node_modules\//, ""))),
    ).toEqual([]);
  });

  describe("its preload", () => {
    /** Runs it as a sandboxed page's process does: one script, and Electron for its only module. */
    function run(argv: string[]) {
      const exposed: Record<string, unknown> = {};
      const invoked: unknown[][] = [];
      let heard: (...args: unknown[]) => void = () => {};
      const electron = {
        contextBridge: { exposeInMainWorld: (name: string, api: unknown) => (exposed[name] = api) },
        ipcRenderer: {
          invoke: async (...args: unknown[]) => {
            invoked.push(args);
            return args[1] === "terminal.kill" ? { isOk: false, code: "terminal.not_found" } : { isOk: true, value: 5 };
          },
          on: (channel: string, listener: typeof heard) => channel === announcementChannel && (heard = listener),
          off: (channel: string) => channel === announcementChannel && (heard = () => {}),
        },
      };
      const required: string[] = [];
      const require = (name: string) => (required.push(name), electron);
      const source = readFileSync(join(folder, "apps/desktop/dist/preload/preload.cjs"), "utf8");
      runInContext(source, createContext({ require, process: { argv }, exports: {}, module: {} }));
      return {
        exposed,
        invoked,
        required,
        announce: (...args: unknown[]) => heard({ sender: "secret" }, ...args),
        source,
      };
    }
    type Api = Record<string, Record<string, (...args: unknown[]) => unknown>>;

    test("shows a page one object of named functions, frozen through, and nothing of Electron's", async () => {
      const { exposed, required, invoked, source } = run([]);
      expect([Object.keys(exposed), required]).toEqual([["chatee"], ["electron"]]);
      const api = exposed["chatee"] as Api;
      const isFrozen = (value: unknown): boolean =>
        typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
      expect(isFrozen(api)).toBe(true);
      const names = Object.entries(api).flatMap(([group, part]) =>
        typeof part === "object" ? Object.keys(part).map((name) => `${group}.${name}`) : [],
      );
      expect(names.filter((name) => !name.includes(".on"))).toEqual(Object.keys(calls));
      expect(await api["shell"]?.["info"]?.()).toBe(5);
      expect(invoked).toEqual([[callChannel, "shell.info", undefined]]);
      await expect(api["terminal"]?.["kill"]?.("t")).rejects.toThrow("terminal.not_found");
      // Small enough to be read by whoever wants to know what a page can do.
      expect(source.length).toBeLessThan(5_000);
    });

    test("hands on what is announced without the event, until nobody listens, and knows whose page it is", () => {
      const { exposed, announce } = run(["--type=renderer", localFlag]);
      const api = exposed["chatee"] as Api;
      const seen: unknown[][] = [];
      const stop = api["terminal"]?.["onData"]?.((...args: unknown[]) => seen.push(args)) as () => void;
      announce("terminal.data", { terminalId: "t", data: "x" });
      announce("terminal.exit", { terminalId: "t" });
      stop();
      announce("terminal.data", { terminalId: "t", data: "y" });
      expect(seen).toEqual([[{ terminalId: "t", data: "x" }]]);
      expect(api["hasTerminal"]).toBe(true);
      expect((run([]).exposed["chatee"] as Api)["hasTerminal"]).toBe(false);
    });
  });
});
