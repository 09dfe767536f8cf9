import type { AppRouter } from "@chatee/api/app-router";
import { chromiumPath } from "@chatee/tooling/services";
import { createTRPCClient, httpLink } from "@trpc/client";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import superjson from "superjson";
import { openHost } from "../hosts/commands.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { median, ms } from "../measure.ts";
import type { Bench } from "../measure.ts";

const sessionCount = 5_000;
const barMs = 2_000;

type Server = { url: string; token: string };

/**
 * The first visit of a browser that has nothing of chatee yet, to a workspace of 5,000 sessions: until the list is there
 * and a key shows in the message field. The reference is a workspace without a session.
 */
export const firstLoadBench: Bench = {
  name: "first-load",
  async *run({ isQuick }) {
    await using full = await openHost<ChateeCommands>("./chatee.host.ts");
    await using empty = await openHost<ChateeCommands>("./chatee.host.ts");
    const [fullServer, emptyServer] = [await full.address(), await empty.address()];
    await fill(fullServer);
    await using browser = await openBrowser();
    const found: Record<"full" | "empty", number[]> = { full: [], empty: [] };
    // The first of each also starts what a browser starts once.
    for (let round = 0; round <= (isQuick ? 3 : 9); round++) {
      found.full.push(await visit(browser.it, fullServer, 10));
      found.empty.push(await visit(browser.it, emptyServer, 0));
    }
    const measured = median(found.full.slice(1));
    yield {
      name: `a key shows, ${sessionCount.toLocaleString("en")} sessions (of ${barMs} ms)`,
      measured: ms(measured),
      reference: `${ms(median(found.empty.slice(1)))} (no session)`,
      ratio: measured / barMs,
      bar: { atMost: 1 },
    };
  },
};

async function fill({ url, token }: Server): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const links = [httpLink({ url: `${url}/trpc`, transformer: superjson, headers })];
  const api = createTRPCClient<AppRouter>({ links });
  for (let number = 1; number <= sessionCount; number++)
    await api.sessions.create.mutate({ sessionType: "memory", title: `Session ${number}` });
}

/** In milliseconds, by the page's own clock, from the navigation. */
async function visit(browser: Browser, { url, token }: Server, listed: number): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(`const look = () => {
        const rows = document.querySelectorAll('nav a[href*="/sessions/"]').length;
        const field = document.querySelector("textarea");
        if (field && !window.readyMs && rows >= ${listed}) {
          window.readyMs = performance.now();
          field.addEventListener("input", () => requestAnimationFrame(() => (window.shownMs = performance.now())));
        }
        if (!window.shownMs) requestAnimationFrame(look);
      };
      requestAnimationFrame(look);`);
    await page.goto(`${url}/#token=${token}`);
    const until = (what: string) =>
      page.evaluate(`new Promise((resolve) => {
        const look = () => (${what} ? resolve() : requestAnimationFrame(look));
        look();
      })`);
    await until("window.readyMs > 0");
    await page.locator("textarea").first().press("a");
    await until("window.shownMs > 0");
    return await page.evaluate<number>("window.shownMs");
  } finally {
    await context.close();
  }
}

async function openBrowser(): Promise<{ it: Browser } & AsyncDisposable> {
  const it = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  return { it, [Symbol.asyncDispose]: () => it.close() };
}
