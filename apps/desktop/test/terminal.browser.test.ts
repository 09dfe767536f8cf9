import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumPath } from "@chatee/tooling/services";
import axe from "axe-core";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localFlag } from "../src/ipc/contract.ts";
import type { CallInput, CallName } from "../src/ipc/contract.ts";
import { openShell } from "./electron-stand-in.ts";
import type { ShellUnderTest, WindowStandIn } from "./electron-stand-in.ts";

/** Where pictures go for whoever wants to look at them. */
const picturesFolder = process.env["CHATEE_TEST_PICTURES"];

let folder = "";
let shell: ShellUnderTest;
let window: WindowStandIn;
let browser: Browser;
let preload = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chatee-terminal-"));
  const input = fileURLToPath(new URL("../src/preload/preload.ts", import.meta.url));
  await using bundle = await rolldown({ input, external: ["electron"], platform: "node" });
  preload = (await bundle.generate({ format: "cjs" })).output[0].code;
  [shell, browser] = await Promise.all([
    openShell(folder),
    chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox", "--disable-gpu"] }),
  ]);
  window = await shell.window();
});
afterAll(async () => {
  await browser?.close();
  await shell?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A real Chromium in the place of the app's window: the real UI and preload, the shell's real gate behind them. */
async function openPage(options: { hasBridge: boolean; colorScheme?: "dark" | "light" }) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: options.colorScheme ?? "light",
  });
  context.setDefaultTimeout(20_000);
  await signIn(context);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (line) => line.text().includes("Content Security Policy") && errors.push(line.text()));
  if (options.hasBridge) await bridge(page);
  await page.goto(window.webContents.url);
  return { page, errors, [Symbol.asyncDispose]: () => context.close() };
}

async function signIn(context: BrowserContext): Promise<void> {
  const [cookie] = shell.sessionOf("persist:chatee").cookieList;
  if (!cookie) throw new Error("the window's session has no cookie");
  await context.addCookies([
    { name: cookie.name, value: cookie.value, url: cookie.url, httpOnly: true, sameSite: "Strict" },
  ]);
}

async function bridge(page: Page): Promise<void> {
  await page.exposeBinding("callShell", (_source, name: CallName, input: CallInput<CallName>) =>
    shell.call(window, name, input ?? undefined),
  );
  window.webContents.send = (_channel, ...announced) =>
    void page
      .evaluate(
        (given) => (globalThis as unknown as { hear: (...args: unknown[]) => void }).hear({}, ...given),
        announced,
      )
      .catch(() => {});
  await page.addInitScript(`(() => {
    const process = { argv: ["${localFlag}"] };
    const module = { exports: {} }, exports = module.exports;
    const require = () => ({
      contextBridge: { exposeInMainWorld: (name, api) => { globalThis[name] = api; } },
      ipcRenderer: {
        invoke: (_channel, name, input) => globalThis.callShell(name, input),
        on: (_channel, listener) => { const before = globalThis.hear; globalThis.hear = (...args) => { before?.(...args); listener(...args); }; },
        off() {},
      },
    });
    ${preload}
  })()`);
}

/** Another screen, as a link to it would show. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    (globalThis as unknown as { location: { hash: string } }).location.hash = to;
  }, path);
}

async function picture(page: Page, name: string): Promise<void> {
  if (picturesFolder !== undefined) await page.screenshot({ path: join(picturesFolder, `${name}.png`) });
}
/** What axe finds that hinders somebody seriously, in words. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: found } = globalThis as unknown as { axe: AxeRun };
    const { violations } = await found.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
type AxeRun = { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };

const rows = (page: Page) => page.getByRole("tabpanel").locator(".xterm-rows");

test("terminals stand in tabs, are typed into, outlive the screen, and end when they are closed", async () => {
  await using opened = await openPage({ hasBridge: true });
  const { page, errors } = opened;
  await page.getByRole("link", { name: "Terminal" }).click();
  await page.getByText("No terminal is open").waitFor();
  await picture(page, "terminal-empty");
  shell.presses.push(1);
  await page.getByRole("main").getByRole("button", { name: "New terminal" }).last().click();
  await page.getByRole("tab", { name: "sh 1" }).waitFor();
  await page.keyboard.type("echo $((6*7))-first; ls --color=always / | head -5\n");
  await expect.poll(() => rows(page).innerText()).toContain("42-first");
  await page.getByRole("button", { name: "New terminal", exact: true }).click();
  await page.getByRole("tab", { name: "sh 2", selected: true }).waitFor();
  // A shortcut of the shell's, not of chatee's.
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+u");
  await page.keyboard.type("echo $((7*8))-second\n");
  await expect.poll(() => rows(page).innerText()).toContain("56-second");
  await picture(page, "terminal-light");
  expect(await barriers(page)).toEqual([]);

  await goTo(page, "/settings/about");
  await page.getByRole("heading", { name: "About and diagnostics" }).first().waitFor();
  await page.goBack();
  await expect.poll(() => rows(page).innerText()).toContain("56-second");
  await page.getByRole("tab", { name: "sh 1" }).click();
  await expect.poll(() => rows(page).innerText()).toContain("42-first");
  await page.keyboard.type("exit 3\n");
  await expect.poll(() => rows(page).innerText()).toContain("[ended with 3]");
  await page.getByRole("button", { name: "Close sh 1" }).click();
  await page.getByRole("button", { name: "Close sh 2" }).click();
  await page.getByText("No terminal is open").waitFor();
  expect(errors).toEqual([]);
});

test("the app's own settings say which server it works with and where the key is", async () => {
  await using opened = await openPage({ hasBridge: true, colorScheme: "dark" });
  const { page, errors } = opened;
  await goTo(page, "/settings/desktop");
  await page.getByText("Kept by the system's keychain.").waitFor();
  await page.getByText("App version 1.2.3").waitFor();
  await picture(page, "desktop-settings-dark");
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("radio", { name: "Another server" }).check({ force: true });
  await page.getByLabel("Its address").fill("http://chatee.example");
  await page.getByRole("button", { name: "Use this server" }).click();
  await page.getByRole("alert").filter({ hasText: "without a path" }).waitFor();
  await goTo(page, "/terminal");
  await page.getByRole("main").getByRole("button", { name: "New terminal" }).last().click();
  await page.getByRole("tab").first().waitFor();
  await page.keyboard.type("printf '\\033[31mred \\033[32mgreen \\033[34mblue\\033[0m\\n'; echo shown''-here\n");
  await expect.poll(() => rows(page).innerText()).toContain("shown-here");
  await picture(page, "terminal-dark");
  expect(errors).toEqual([]);
});

test("a browser shows nothing of what only the desktop app has", async () => {
  await using opened = await openPage({ hasBridge: false });
  const { page } = opened;
  await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  expect(await page.getByRole("link", { name: "Terminal" }).count()).toBe(0);
  await goTo(page, "/settings/about");
  await page.getByRole("heading", { name: "About and diagnostics" }).first().waitFor();
  expect(await page.getByText("Desktop app").count()).toBe(0);
});
