import { EventEmitter } from "node:events";
import type { BrowserWindow } from "electron";
import { expect, test } from "vitest";
import { createOauthWindow } from "./oauth-window.ts";
import { Refusal } from "./refusal.ts";
import type { Callback } from "./server-session.ts";
import { PageStandIn, preventable } from "./testing/stand-ins.ts";

const callbackUrl = "http://127.0.0.1:40123/mcp/oauth/callback";
const start = "https://login.example/authorize?client_id=1";

function open(finish: (callback: Callback) => Promise<string | null> = async () => null) {
  const windows: (EventEmitter & { webContents: PageStandIn; title: string; isGone: boolean })[] = [];
  const finished: Callback[] = [];
  let ring = () => {};
  const oauth = createOauthWindow({
    openWindow() {
      const window = Object.assign(new EventEmitter(), {
        webContents: new PageStandIn(),
        title: "",
        isGone: false,
        setTitle: (title: string) => (window.title = title),
        isDestroyed: () => window.isGone,
        destroy: () => (window.isGone = true),
      });
      windows.push(window);
      return window as unknown as BrowserWindow;
    },
    callbackUrls: () => [callbackUrl],
    finish: async (callback) => {
      finished.push(callback);
      return await finish(callback);
    },
    setTimer: (work) => ((ring = work), {}),
  });
  const page = () => {
    const window = windows.at(-1);
    if (!window) throw new Error("no window is open");
    return window;
  };
  return { oauth, windows, finished, page, ring: () => ring() };
}

test("what comes back goes to the server, and the page with the code in its address is never loaded", async () => {
  const { oauth, page, finished } = open();
  const outcome = oauth.open(start);
  expect(page().webContents.url).toBe(start);
  expect(page().webContents.allows("will-redirect", "https://sso.login.example/next")).toBe(true);
  expect(page().title).toBe("sso.login.example");
  expect(
    page().webContents.allows("will-redirect", `${callbackUrl}?code=c0de&state=s1&iss=https%3A%2F%2Flogin.example`),
  ).toBe(false);
  expect(await outcome).toEqual({ outcome: "done", message: null });
  expect(finished).toEqual([{ state: "s1", code: "c0de", iss: "https://login.example" }]);
  expect([page().isGone, page().webContents.session.isCleared]).toEqual([true, true]);
});

test("a refusal comes back without a code, and what the server says about it is shown", async () => {
  const { oauth, page, finished } = open(async () => "The sign-in was refused.");
  const outcome = oauth.open(start);
  page().webContents.allows("will-navigate", `${callbackUrl}?error=access_denied&state=s1`);
  expect(await outcome).toEqual({ outcome: "failed", message: "The sign-in was refused." });
  expect(finished).toEqual([{ state: "s1" }]);
});

test("only the callback's own address in the top frame ends a sign-in", async () => {
  const { oauth, page, finished } = open();
  const outcome = oauth.open(start);
  const { webContents } = page();
  webContents.allows("will-redirect", `${callbackUrl}?code=1&state=2`, false);
  webContents.allows("will-redirect", "http://127.0.0.1:40123/mcp/oauth/callback/more?code=1&state=2");
  webContents.allows("will-redirect", "https://127.0.0.1:40123/mcp/oauth/callback?code=1&state=2");
  webContents.allows("will-redirect", "http://127.0.0.1:40124/mcp/oauth/callback?code=1&state=2");
  webContents.allows("will-redirect", callbackUrl);
  page().emit("closed");
  expect(await outcome).toEqual({ outcome: "closed", message: null });
  expect(finished).toEqual([]);
});

test("a sign-in page gets nothing from this machine, opens no window, and cannot name itself", async () => {
  const { oauth, page } = open();
  const outcome = oauth.open(start);
  const { webContents } = page();
  for (const url of ["file:///etc/passwd", "chatee://open", "javascript:alert(1)", "ms-settings:"])
    expect(webContents.allows("will-navigate", url), url).toBe(false);
  for (const name of ["media", "geolocation", "clipboard-sanitized-write", "openExternal"])
    expect(webContents.session.grants(name, start), name).toBe(false);
  const [download, title] = [preventable({}), preventable({})];
  webContents.session.emit("will-download", download);
  page().emit("page-title-updated", title);
  expect([download.isPrevented, title.isPrevented]).toEqual([true, true]);
  expect(webContents.openHandler({ url: "https://accounts.example/popup" })).toEqual({ action: "deny" });
  expect(webContents.url).toBe("https://accounts.example/popup");
  expect(webContents.openHandler({ url: "file:///a" })).toEqual({ action: "deny" });
  expect(webContents.url).toBe("https://accounts.example/popup");
  page().emit("closed");
  await outcome;
});

test("one sign-in at a time, of the web only, and not for ever", async () => {
  const { oauth, ring, windows } = open();
  for (const url of ["file:///a", "javascript:1", "chatee://open", "https://u:p@a/", ""])
    await expect(oauth.open(url)).rejects.toThrow(new Refusal("sign_in.invalid_url"));
  expect(windows).toEqual([]);
  const first = oauth.open(start);
  await expect(oauth.open(start)).rejects.toThrow(new Refusal("sign_in.busy"));
  ring();
  expect(await first).toEqual({ outcome: "closed", message: null });
  const second = oauth.open(start);
  ring();
  await second;
});
