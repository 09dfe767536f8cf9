import { setTimeout as pause } from "node:timers/promises";
import type { AppRouter } from "@chatee/api/app-router";
import type { CDPSession, Page } from "playwright-core";
import type { inferRouterInputs } from "@trpc/server";
import { openHost } from "../hosts/commands.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { ms, withinBar } from "../measure.ts";
import type { Bench } from "../measure.ts";
import { model, openProvider } from "../recorded-provider.ts";
import { openApi, openBrowser } from "../visitor.ts";
import type { Api } from "../visitor.ts";

const longMessages = 10_000;
const codeBytes = 2 * 1024 * 1024;
/** A token every 3 ms and a little: three hundred in a second. */
const tokenEveryMs = 3;
const answerTokens = 6_000;
const keys = 120;
const line = "const answer = compute(41) + 1; // and so on\n";
const code = `\`\`\`js\n${line.repeat(Math.ceil(codeBytes / line.length))}\`\`\``;

type Inputs = inferRouterInputs<AppRouter>;

/**
 * A session of 10,000 messages with a code block of 2 MB near its end, in a real Chromium: how long until its last
 * message can be read, how long a key takes to show while an answer streams in, and what stays in memory. The reference
 * is a session of four messages in the same tab.
 */
export const longThreadBench: Bench = {
  name: "long-thread",
  async *run({ isQuick }) {
    await using chatee = await openHost<ChateeCommands>("./chatee.host.ts");
    const { url, token } = await chatee.address();
    const [soonS, lateS] = isQuick ? [15, 45] : [5 * 60, 30 * 60];
    await using provider = await openProvider(answerTokens, tokenEveryMs);
    const api = openApi({ url, token });
    const config = { name: "Recorded", provider: "openai-compatible", apiUrl: provider.url, model } as const;
    const { configId } = await api.llm.create.mutate(config);
    const [long, short] = [
      await api.sessions.import.mutate(sessionOf("A long one", longMessages)),
      await api.sessions.import.mutate(sessionOf("A short one", 4)),
    ];
    for (const { sessionId } of [long, short]) await api.sessions.update.mutate({ sessionId, llmConfigId: configId });

    await using browser = await openBrowser();
    const page = await browser.it.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(60_000);
    await page.goto(`${url}/#token=${token}`);
    const write = page.getByRole("textbox", { name: "Message", exact: true });
    await write.waitFor();

    const opened: Record<"long" | "short", number[]> = { long: [], short: [] };
    for (let round = 0; round < (isQuick ? 5 : 15); round++) {
      opened.long.push(await openIn(page, long.sessionId, `Message ${longMessages - 1} says`));
      opened.short.push(await openIn(page, short.sessionId, "Message 3 says"));
    }
    const ofFour = (values: number[]) => ({ name: "a session of four", values });
    yield withinBar(
      "open, from the click to the last message",
      300,
      opened.long.slice(1),
      ofFour(opened.short.slice(1)),
    );

    const still = await typing(page);
    await openIn(page, long.sessionId, `Message ${longMessages - 1} says`);
    const asking = new AbortController();
    const asked = keepAsking(api, long.sessionId, asking.signal);
    await page.locator('article[data-role="assistant"][data-status="streaming"]').waitFor();
    await watchLongTasks(page);
    const streaming = await typing(page);
    const rate = Math.round(1000 / (tokenEveryMs + 0.3));
    yield withinBar(`a key while ${rate} tokens a second come in, p95`, 50, [streaming], ofFour([still]));

    const cdp = await page.context().newCDPSession(page);
    await page.waitForTimeout(soonS * 1000);
    const soon = await heapMiB(cdp);
    await page.waitForTimeout((lateS - soonS) * 1000);
    const late = await heapMiB(cdp);
    yield {
      name: `heap after ${lateS} s of streaming`,
      measured: `${late.toFixed(1)} MiB`,
      reference: `${soon.toFixed(1)} MiB (after ${soonS} s)`,
      ratio: late / soon,
      bar: { atMost: 1.2 },
    };
    const longest = await page.evaluate<number>("window.longestTaskMs");
    asking.abort();
    await asked;
    yield {
      name: "longest task meanwhile",
      measured: ms(longest),
      reference: "100 ms",
      ratio: longest / 100,
      bar: { atMost: 1 },
    };
  },
};

/** One answer after the other, each of twenty seconds. */
async function keepAsking(api: Api, sessionId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { messages } = await api.messages.list.query({ sessionId, limit: 1 });
    if (messages[0]?.status !== "streaming") await api.messages.send.mutate({ sessionId, content: "Go on." });
    else await pause(200);
  }
}

function sessionOf(title: string, count: number) {
  const atMs = 1_760_000_000_000;
  return {
    version: "1.0",
    exportType: "session",
    exportedAtMs: atMs,
    session: { title, sessionType: "memory" },
    messages: Array.from({ length: count }, (_, index) => ({
      messageId: `m${index}`,
      parentId: index === 0 ? null : `m${index - 1}`,
      role: index % 2 === 0 ? "user" : "assistant",
      content:
        index === longMessages - 7
          ? code
          : `Message ${index} says ${"something worth reading ".repeat(1 + (index % 40))}`,
      createdAtMs: atMs + index,
    })),
  } satisfies Inputs["sessions"]["import"];
}

/** In milliseconds, by the page's own clock, until the frame that shows `text`. */
async function openIn(page: Page, sessionId: string, text: string): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const startedMs = performance.now();
    const isShown = (one) => {
      const { bottom, top } = one.getBoundingClientRect();
      return bottom > 0 && top < innerHeight && one.textContent.includes(${JSON.stringify(text)});
    };
    const look = () => {
      if ([...document.querySelectorAll("article")].some(isShown)) resolve(performance.now() - startedMs);
      else requestAnimationFrame(look);
    };
    location.hash = ${JSON.stringify(`#/sessions/${sessionId}`)};
    requestAnimationFrame(look);
  })`);
}

/** The 95th percentile of the time from a key to the next frame, in milliseconds. */
async function typing(page: Page): Promise<number> {
  await page.evaluate(`{
    const seen = (window.seenKeysMs = []);
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === "keydown") seen.push(duration);
    }).observe({ type: "event", durationThreshold: 16 });
  }`);
  const write = page.getByRole("textbox", { name: "Message", exact: true });
  await write.focus();
  for (let key = 0; key < keys; key++) {
    await page.keyboard.press("abcdefghij"[key % 10] ?? "a");
    await page.waitForTimeout(40);
  }
  await write.fill("");
  const slow = await page.evaluate<number[]>("window.seenKeysMs");
  // What took less than a frame is not told.
  const all = [...slow, ...Array.from({ length: Math.max(0, keys - slow.length) }, () => 8)].toSorted((a, b) => a - b);
  return all[Math.floor(all.length * 0.95)] ?? 0;
}

async function watchLongTasks(page: Page): Promise<void> {
  await page.evaluate(`{
    window.longestTaskMs = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longestTaskMs = Math.max(window.longestTaskMs, duration);
    }).observe({ type: "longtask" });
  }`);
}

async function heapMiB(cdp: CDPSession): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  return usedSize / 1024 ** 2;
}
