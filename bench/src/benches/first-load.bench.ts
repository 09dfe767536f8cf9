import type { Browser } from "playwright-core";
import { openHost } from "../hosts/commands.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { withinBar } from "../measure.ts";
import type { Bench } from "../measure.ts";
import { openApi, openBrowser } from "../visitor.ts";
import type { Server } from "../visitor.ts";

const sessionCount = 5_000;
const barMs = 2_000;

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
    const name = `a key shows, ${sessionCount.toLocaleString("en")} sessions`;
    yield withinBar(name, barMs, found.full.slice(1), { name: "no session", values: found.empty.slice(1) });
  },
};

async function fill(server: Server): Promise<void> {
  const api = openApi(server);
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
