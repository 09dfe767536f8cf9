import { chromiumPath } from "@chatee/tooling/services";
import { chromium } from "playwright-core";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Address } from "./create-test-server.ts";

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Generous: the machine may be doing other things. What takes longer does not end. */
const patienceMs = 20_000;

export type Chromium = AsyncDisposable & {
  /** A browser of its own: no cookies, nothing remembered. */
  openContext: (options?: Parameters<typeof openContext>[1]) => Promise<BrowserContext>;
};

async function openContext(
  browser: Awaited<ReturnType<typeof chromium.launch>>,
  options: {
    width?: number;
    height?: number;
    colorScheme?: "light" | "dark";
    isPhone?: boolean;
    pixelRatio?: number;
  } = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.colorScheme ?? "light",
    hasTouch: options.isPhone ?? false,
    deviceScaleFactor: options.pixelRatio ?? 1,
  });
  context.setDefaultTimeout(patienceMs);
  return context;
}

/** A real, headless Chromium; closed with its scope. */
export async function openChromium(): Promise<Chromium> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: quiet });
  return {
    openContext: (options) => openContext(browser, options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** A tab that opened the link which the server prints, and a list of what went wrong in it. */
export async function openSignedIn(
  context: BrowserContext,
  server: Address,
): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (line) => {
    if (line.text().includes("Content Security Policy")) errors.push(line.text());
  });
  await page.goto(`${server.url}/#token=${server.token}`);
  await composer(page).waitFor();
  return { page, errors };
}

export const composer = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
export const stopButton = (page: Page): Locator => page.getByRole("button", { name: "Stop", exact: true });
export const answers = (page: Page): Locator => page.locator('article[data-role="assistant"]');
/** The answer that is shown last, in whatever state. */
export const lastAnswer = (page: Page): Locator => answers(page).last();

export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** What a reader sees of an answer's text. Blank lines and the ends of lines are layout. */
export async function textOf(answer: Locator): Promise<string> {
  const parts = await answer.locator('[data-part="content"]').allInnerTexts();
  return parts.join("").replace(/\s+/g, " ").trim();
}

/** Resolves once the answer's text contains `text`. */
export async function untilShown(answer: Locator, text: string): Promise<void> {
  await answer.locator('[data-part="content"]', { hasText: text }).first().waitFor();
}

export async function untilStatus(page: Page, status: string): Promise<void> {
  await page.locator(`article[data-role="assistant"][data-status="${status}"]`).last().waitFor();
}

/** The session that the page shows, by its address. */
export function sessionIdOf(page: Page): string {
  const sessionId = /#\/sessions\/([^/]+)$/.exec(page.url())?.[1];
  if (sessionId === undefined) throw new Error(`no session is open at ${page.url()}`);
  return sessionId;
}
