import type { MenuItemConstructorOptions } from "electron";
import { expect, test } from "vitest";
import { dataDirectoryOf, settingsAmong } from "./data-place.ts";
import { appMenu, trayMenu } from "./menus.ts";
import { createNotifications } from "./notifications.ts";
import { shellStrings } from "./shell.strings.ts";
import { runUpdate } from "./updates.ts";

const nothing = () => {};
const actions = { newWindow: nothing, show: nothing, openSettings: nothing, checkForUpdates: nothing, quit: nothing };

function rolesOf(menu: readonly MenuItemConstructorOptions[]): string[] {
  return menu.flatMap(({ role, submenu }) => [
    ...(role === undefined ? [] : [role]),
    ...(Array.isArray(submenu) ? rolesOf(submenu) : []),
  ]);
}

test("a released app has no developer tools and no reload in its menu, on any system", () => {
  for (const platform of ["linux", "darwin", "win32"] as const) {
    const menu = (isDevelopment: boolean) => appMenu({ platform, isDevelopment, strings: shellStrings("en") }, actions);
    expect(rolesOf(menu(true))).toEqual(expect.arrayContaining(["reload", "toggleDevTools"]));
    expect(rolesOf(menu(false)).filter((role) => /reload|devtools/i.test(role))).toEqual([]);
    expect(rolesOf(menu(false))).toContain("editMenu");
  }
  expect(
    rolesOf(appMenu({ platform: "darwin", isDevelopment: false, strings: shellStrings("en") }, actions)),
  ).toContain("quit");
});

test("the shell speaks Chinese and English, and leaves nothing unsaid in either", () => {
  const [en, zh] = [shellStrings("en-GB"), shellStrings("zh-Hans-CN")];
  expect(Object.keys(zh)).toEqual(Object.keys(en));
  const words = (text: unknown) => String(typeof text === "function" ? text("x") : text);
  const same = Object.entries(en).filter(([key, text]) => words(text) === words(zh[key as keyof typeof zh]));
  expect(same.map(([key]) => key)).toEqual(["app"]);
  expect(trayMenu(zh, actions).map(({ label }) => label)).toContain("退出");
});

test("notifications are bounded, and a click leads to what they are about", () => {
  let nowMs = 0;
  const opened: string[] = [];
  const clicks: (() => void)[] = [];
  let shown = 0;
  const notifications = createNotifications({
    isSupported: () => true,
    create: () => ({ show: () => shown++, onClick: (work) => clicks.push(work) }),
    now: () => nowMs,
    onOpen: (path) => opened.push(path),
  });
  const show = (path: string | null) => notifications.show({ title: "a", body: "b", path });
  expect(Array.from({ length: 25 }, () => show(null)).filter(Boolean)).toHaveLength(20);
  nowMs = 60_000;
  expect(show("/sessions/1")).toBe(true);
  clicks.at(-1)?.();
  expect([shown, opened]).toEqual([21, ["/sessions/1"]]);
});

test("an update is taken only when there is one and the person says so", async () => {
  const installed: string[] = [];
  const source = (version: string | null) => ({
    check: async () => (version === null ? null : { version }),
    install: async (found: string) => void installed.push(found),
  });
  expect(await runUpdate(source(null), async () => true)).toBe("none");
  expect(await runUpdate(source("9.9.9"), async () => false)).toBe("declined");
  expect(installed).toEqual([]);
  expect(await runUpdate(source("9.9.9"), async () => true)).toBe("installing");
  expect(installed).toEqual(["9.9.9"]);
  expect(await runUpdate({ ...source("1"), check: () => Promise.reject(new Error("offline")) }, async () => true)).toBe(
    "failed",
  );
});

test("the bundled server keeps its data where one from a terminal does, and cannot be opened to everybody", () => {
  expect(dataDirectoryOf({ CHATEE_DATA_DIR: "/data" }, "linux")).toBe("/data");
  expect(dataDirectoryOf({ XDG_DATA_HOME: "/people/a/.data" }, "linux")).toBe("/people/a/.data/chatee");
  const env = {
    CHATEE_AUTH__MODE: "none",
    CHATEE_DATA_DIR: "/d",
    CHATEE_TEST_X: "1",
    CHATEE_MCP__STDIO: "false",
    PATH: "/b",
  };
  expect(settingsAmong(env)).toEqual({ CHATEE_MCP__STDIO: "false" });
});
