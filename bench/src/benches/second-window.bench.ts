import type { Page } from "playwright-core";
import { openHost } from "../hosts/commands.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { withinBar } from "../measure.ts";
import type { Bench } from "../measure.ts";
import { openApi, openBrowser } from "../visitor.ts";

const barMs = 200;

/**
 * Two windows of different browsers, which share nothing but the server: from what is done in one until the other shows
 * it, in the list of chats and in an open chat. The reference is the window in which it is done.
 */
export const secondWindowBench: Bench = {
  name: "second-window",
  async *run({ isQuick }) {
    await using host = await openHost<ChateeCommands>("./chatee.host.ts");
    const server = await host.address();
    const api = openApi(server);
    const { sessionId } = await api.sessions.create.mutate({ sessionType: "memory", title: "Begin" });
    await using browser = await openBrowser();
    const open = async () => {
      const context = await browser.it.newContext({ viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      await page.goto(`${server.url}/#token=${server.token}`);
      await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
      await page.goto(`${server.url}/#/sessions/${sessionId}`);
      await page.getByText("Begin").first().waitFor();
      return page;
    };
    const [here, there] = [await open(), await open()];
    const rounds = isQuick ? 10 : 30;

    const listed: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const title = `Renamed ${round}`;
      const shown = shownAt(there, "nav", title);
      const doneMs = Date.now();
      await api.sessions.update.mutate({ sessionId, title });
      listed.push((await shown) - doneMs);
      await here.waitForTimeout(300);
    }
    yield withinBar("a new title in the other window's list", barMs, listed, { name: "the call", values: [0] });

    const said = { here: [] as number[], there: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const words = `words of round ${round}.`;
      const shown = [shownAt(here, "main", words), shownAt(there, "main", words)] as const;
      const field = here.getByRole("textbox", { name: "Message", exact: true });
      await field.fill(`/demo echo ${words}`);
      const doneMs = Date.now();
      await field.press("Enter");
      const [hereMs, thereMs] = await Promise.all(shown);
      said.here.push(hereMs - doneMs);
      said.there.push(thereMs - doneMs);
      await here
        .locator('article[data-role="assistant"][data-status="completed"]')
        .filter({ hasText: words })
        .last()
        .waitFor();
    }
    yield withinBar("a message in the other window's chat", barMs, said.there, { name: "here", values: said.here });
  },
};

/** When the frame that shows these words was made, by the machine's clock. */
function shownAt(page: Page, place: string, words: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () => {
      const isShown = [...document.querySelectorAll(${JSON.stringify(place)})].some((one) =>
        one.textContent.includes(${JSON.stringify(words)}),
      );
      if (isShown) resolve(performance.timeOrigin + performance.now());
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })`);
}
