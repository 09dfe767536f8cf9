import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealedKeyFile } from "@chatee/shared/hosted-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announcementChannel } from "../src/ipc/contract.ts";
import { preventable } from "../src/main/testing/stand-ins.ts";
import { openShell } from "./electron-stand-in.ts";
import type { ShellUnderTest, WindowStandIn } from "./electron-stand-in.ts";

/** What the shell remembers, apart from what its server does. */
const shellFile = ["data", "chatee-desktop", "shell.json"];

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), "chatee-desktop-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
const originOf = (window: WindowStandIn) => new URL(window.webContents.url).origin;
const valueOf = (reply: Awaited<ReturnType<ShellUnderTest["call"]>>) => {
  if (!reply.isOk) throw new Error(reply.code);
  return reply.value;
};
/** What a page of the window would be answered, with the session's cookies. */
async function askServer(shell: ShellUnderTest, window: WindowStandIn): Promise<number> {
  const [cookie] = shell.sessionOf("persist:chatee").cookieList;
  const headers = { cookie: `${cookie?.name}=${cookie?.value}` };
  return (await fetch(`${originOf(window)}/trpc/system.info`, { headers })).status;
}

describe("with the bundled server", () => {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  let shell: ShellUnderTest;
  let window: WindowStandIn;
  beforeAll(async () => {
    folder = await openFolder();
    shell = await openShell(folder.path);
    window = await shell.window();
  });
  afterAll(async () => {
    await shell?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  /** As the menu does. */
  async function openAnother(): Promise<WindowStandIn> {
    const count = shell.windows.length;
    shell.clickMenu("New window");
    return await shell.window(count + 1);
  }

  test("the window is signed in without its page, or anybody's argument list, ever holding a token", async () => {
    expect(shell.app.done).toEqual(["enableSandbox", "scheme chatee"]);
    expect(window.webContents.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#\/$/);
    expect(window.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
    });
    const [cookie] = shell.sessionOf("persist:chatee").cookieList;
    expect(cookie).toMatchObject({ url: originOf(window), httpOnly: true, sameSite: "strict" });
    expect(await askServer(shell, window)).toBe(200);
    expect(shell.children[0]?.args.slice(1).join(" ")).toMatch(/hosted\.js$/);
  });

  test("the server's own page comes with a strict policy that lets nothing foreign in", async () => {
    const response = await fetch(`${originOf(window)}/`);
    const policy = response.headers.get("content-security-policy") ?? "";
    for (const directive of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(directive);
    const scripts = /(?:^|; )script-src ([^;]*)/.exec(policy)?.[1] ?? "";
    expect(scripts).toMatch(/'self'/);
    expect(scripts).not.toMatch(/unsafe-eval|unsafe-inline|https?:|\*/);
    expect(response.headers.get("x-frame-options")).toBe("DENY");
  });

  test("the key of stored secrets is with the keychain and in no file", async () => {
    expect(valueOf(await shell.call(window, "shell.info", undefined))).toMatchObject({
      server: "bundled",
      hasTerminal: true,
      secretKey: "keychain",
      version: "1.2.3",
    });
    await readFile(join(folder.path, "data", sealedKeyFile));
    await expect(readFile(join(folder.path, "data", "secret.key"))).rejects.toThrow("ENOENT");
  });

  test("a terminal opens when the person says so, once for all, and ends when the page is left", async () => {
    const size = { columns: 80, rows: 24, folderGrantId: null };
    expect(await shell.call(window, "terminal.create", size)).toEqual({ isOk: false, code: "terminal.refused" });
    expect(shell.asked.at(-1)).toMatchObject({ buttons: ["Cancel", "Open"], defaultId: 0, cancelId: 0 });
    const questions = shell.asked.length;
    // A page that keeps asking does not get to keep asking the person.
    expect(await shell.call(window, "terminal.create", size)).toEqual({ isOk: false, code: "terminal.refused" });
    expect(shell.asked).toHaveLength(questions);
  });

  test("files are what the person picked, by a grant and never by a path", async () => {
    const file = join(folder.path, "picked.txt");
    await writeFile(file, "hello");
    expect(valueOf(await shell.call(window, "files.pickToRead", { isMultiple: false, extensions: ["txt"] }))).toEqual(
      [],
    );
    shell.picks.push(file);
    const picked = valueOf(await shell.call(window, "files.pickToRead", { isMultiple: false, extensions: ["txt"] }));
    const [{ grantId } = { grantId: "" }] = picked as { grantId: string }[];
    expect(JSON.stringify(picked)).not.toContain(folder.path);
    const read = valueOf(await shell.call(window, "files.read", { grantId, offset: 0, maxBytes: 100 }));
    expect(Buffer.from((read as { bytes: Uint8Array }).bytes).toString()).toBe("hello");
    // Another page in the same window holds nothing of what the one before it was given.
    await window.loadURL(window.webContents.url);
    expect(await shell.call(window, "files.read", { grantId, offset: 0, maxBytes: 100 })).toMatchObject({
      isOk: false,
    });
  });

  test("a frame inside of the page, and a page that is not the server's, have no bridge", async () => {
    for (const frame of [{ parent: {} }, { origin: "https://evil.example" }])
      expect(await shell.call(window, "shell.info", undefined, frame)).toEqual({
        isOk: false,
        code: "ipc.untrusted_sender",
      });
  });

  test("a site that asks for the person's certificate is given none", () => {
    const event = preventable({});
    const chosen: unknown[][] = [];
    shell.app.emit(
      "select-client-certificate",
      event,
      {},
      "https://evil.example",
      [{ subjectName: "me" }],
      (...given: unknown[]) => chosen.push(given),
    );
    expect([event.isPrevented, chosen]).toEqual([true, [[]]]);
  });

  test("a link asks the person, and only then leads somewhere", async () => {
    const sent = () => window.webContents.sent.filter(([channel]) => channel === announcementChannel).length;
    const before = sent();
    shell.app.emit("second-instance", {}, ["/opt/chatee", "chatee://settings/mcp"]);
    await expect.poll(() => shell.asked.at(-1)?.message).toBe("Open what a link points to?");
    expect(sent()).toBe(before);
    const questions = shell.asked.length;
    shell.app.emit("second-instance", {}, ["/opt/chatee", "chatee://run/rm"]);
    shell.presses.push(1);
    shell.app.emit("second-instance", {}, ["/opt/chatee", "chatee://session/abc"]);
    await expect.poll(sent).toBe(before + 1);
    expect(shell.asked).toHaveLength(questions + 1);
    expect(window.webContents.sent.at(-1)).toEqual([announcementChannel, "shell.navigate", { path: "/sessions/abc" }]);
  });

  test("the right mouse button opens a menu that copies where a link leads, and none on a link of chatee's own", () => {
    const editFlags = { canCut: false, canCopy: false, canPaste: false, canSelectAll: false };
    const press = (linkURL: string) =>
      window.webContents.emit("context-menu", {}, { editFlags, selectionText: "", linkURL, menuSourceType: "mouse" });
    press(`${originOf(window)}/#/sessions/1`);
    expect(shell.popups).toEqual([]);
    press("https://example.com/");
    const [entry] = shell.popups[0] ?? [];
    expect(entry?.label).toBe("Copy link");
    (entry?.click as (() => void) | undefined)?.();
    expect(shell.copied).toEqual(["https://example.com/"]);
  });

  test("a sign-in's window is alone in its session, and what comes back from it reaches the server signed in", async () => {
    const opened = shell.windows.length;
    const outcome = shell.call(window, "signIn.open", { url: "https://login.example/authorize" });
    const signIn = await shell.window(opened + 1);
    expect(signIn.options.webPreferences).not.toHaveProperty("preload");
    expect(await shell.call(signIn, "shell.info", undefined)).toEqual({ isOk: false, code: "ipc.untrusted_sender" });
    signIn.webContents.allows("will-redirect", `${originOf(window)}/mcp/oauth/callback?code=c&state=unknown`);
    // The server knows of no such sign-in, and says so to somebody who is signed in.
    const { outcome: how, message } = valueOf(await outcome) as { outcome: string; message: string };
    expect(how).toBe("failed");
    expect(message).not.toMatch(/sign in|token|401/i);
    expect(message).not.toBe("");
    expect(signIn.isGone).toBe(true);
  });

  test("a server that was killed comes back at its address; until then nothing is sent there", async () => {
    const session = shell.sessionOf("persist:chatee");
    const [before] = session.cookieList;
    expect(session.lets(`${originOf(window)}/health`)).toBe(true);
    shell.children.at(-1)?.kill();
    await expect.poll(() => session.lets(`${originOf(window)}/health`)).toBe(false);
    // A page that could not be loaded meanwhile is when the server is back; one that is there goes on by itself.
    const other = await openAnother();
    const [kept, failed] = [window.webContents.loads, other.webContents.loads];
    other.webContents.emit("did-fail-load", {}, -20, "", other.webContents.url, true);
    await expect.poll(() => session.lets(`${originOf(window)}/health`), { timeout: 25_000 }).toBe(true);
    expect([window.webContents.loads, other.webContents.loads]).toEqual([kept, failed + 1]);
    other.destroy();
    expect(shell.children).toHaveLength(2);
    expect(session.cookieList[0]?.value).not.toBe(before?.value);
    expect(await askServer(shell, window)).toBe(200);
  });

  test("where the window was is remembered, and closing to the tray keeps the server", async () => {
    expect(valueOf(await shell.call(window, "shell.setCloseToTray", { closeToTray: true }))).toBeUndefined();
    expect(window.close()).toBe(false);
    expect(window.isShown).toBe(false);
    const remembered: unknown = JSON.parse(await readFile(join(folder.path, ...shellFile), "utf8"));
    expect(remembered).toMatchObject({ bounds: { x: 10, y: 20, width: 900, height: 700 }, closeToTray: true });
    shell.app.emit("second-instance", {}, ["/opt/chatee"]);
    expect(window.isShown).toBe(true);
  });

  test("quitting ends the server in order, and with it the app", async () => {
    const origin = originOf(window);
    await shell.quit();
    await expect(fetch(`${origin}/health`)).rejects.toThrow();
  });
});

test("a remote server that cannot be reached, or sends its page elsewhere, is said to be, with a way back", async () => {
  await using folder = await openFolder();
  await mkdir(join(folder.path, "data", "chatee-desktop"), { recursive: true });
  const server = { kind: "remote", origin: "https://chatee.example" };
  await writeFile(join(folder.path, ...shellFile), JSON.stringify({ server }));
  await using shell = await openShell(folder.path);
  const window = await shell.window();
  window.webContents.emit("did-fail-load", {}, -105, "", "https://chatee.example/", true);
  expect(window.isShown).toBe(true);
  await expect.poll(() => shell.asked.at(-1)?.message).toBe("https://chatee.example cannot be reached");
  await expect.poll(() => window.webContents.loads).toBe(2);
  shell.presses.push(1);
  expect(window.webContents.allows("will-redirect", "https://login.example/")).toBe(false);
  await expect.poll(() => shell.app.done).toContain("relaunch");
});

test("a second start hands over and starts nothing", async () => {
  await using folder = await openFolder();
  const shell = await openShell(folder.path, { hasLock: false });
  expect([shell.isFirst, shell.children.length, shell.windows.length]).toEqual([false, 0, 0]);
});

test("terminals end with the app", async () => {
  await using folder = await openFolder();
  await using shell = await openShell(folder.path);
  const window = await shell.window();
  shell.presses.push(1);
  const size = { columns: 80, rows: 24, folderGrantId: null };
  const { terminalId } = valueOf(await shell.call(window, "terminal.create", size)) as { terminalId: string };
  await shell.call(window, "terminal.write", { terminalId, data: "echo pid=$$\r" });
  const output = () =>
    window.webContents.sent.map(([, , payload]) => (payload as { data?: string } | undefined)?.data ?? "").join("");
  await expect.poll(() => /pid=(\d+)/.exec(output())?.[1]).toBeTruthy();
  const pid = Number(/pid=(\d+)/.exec(output())?.[1]);
  await shell.quit();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test("with a remote server nothing is started here, and its page gets no terminal, no files and no key", async () => {
  await using folder = await openFolder();
  await mkdir(join(folder.path, "data", "chatee-desktop"), { recursive: true });
  const server = { kind: "remote", origin: "https://chatee.example" };
  await writeFile(join(folder.path, ...shellFile), JSON.stringify({ server }));
  await using shell = await openShell(folder.path);
  const window = await shell.window();
  expect(window.webContents.url).toBe("https://chatee.example/#/");
  expect(window.options.webPreferences?.partition).toMatch(/^persist:remote-/);
  expect(window.options.webPreferences?.additionalArguments).toEqual([]);
  expect(shell.children).toEqual([]);
  expect(valueOf(await shell.call(window, "shell.info", undefined))).toMatchObject({
    server: "remote",
    hasTerminal: false,
    secretKey: null,
    remoteUrl: "https://chatee.example",
  });
  const size = { columns: 80, rows: 24, folderGrantId: null };
  expect(await shell.call(window, "terminal.create", size)).toEqual({ isOk: false, code: "ipc.local_only" });
  // Back to this computer's server, when the person says so.
  expect(valueOf(await shell.call(window, "server.choose", { kind: "bundled" }))).toEqual({ isChanged: false });
  expect(await shell.call(window, "server.choose", { kind: "remote", url: "http://evil.example" })).toEqual({
    isOk: false,
    code: "server.invalid_url",
  });
  shell.presses.push(1);
  expect(valueOf(await shell.call(window, "server.choose", { kind: "bundled" }))).toEqual({ isChanged: true });
  expect(shell.app.done).toContain("relaunch");
  expect(JSON.parse(await readFile(join(folder.path, ...shellFile), "utf8"))).toMatchObject({
    server: { kind: "bundled" },
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
