import { once } from "node:events";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { readFile } from "node:fs/promises";
import { openHttpServer } from "@chatee/mcp-proxy/testing/http-server";
import { freePort } from "@chatee/tooling/private-process";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { seriousFindings } from "./axe.ts";
import { answers, composer, lastAnswer, openChromium, openSignedIn, send, sessionIdOf } from "./chat-page.ts";
import { stopButton, textOf, untilShown, untilStatus } from "./chat-page.ts";
import { openClient, openTestDirectory } from "./create-test-server.ts";
import type { TestClient } from "./create-test-server.ts";
import { startServerProcess } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";

type Api = TestClient["client"];

/** What one server, one browser and one signed-in tab are enough for. */
const opened = new AsyncDisposableStack();
let server: ServerProcess;
let api: Api;
let context: BrowserContext;
let page: Page;
let errors: string[];

beforeAll(async () => {
  const directory = opened.use(await openTestDirectory());
  server = opened.use(await startServerProcess({ dataDirectory: directory.path, port: await freePort() }));
  api = opened.use(openClient(server)).client;
  const chromium = opened.use(await openChromium());
  context = await chromium.openContext();
  ({ page, errors } = await openSignedIn(context, server));
});
afterAll(() => opened.disposeAsync());
afterEach(async () => {
  if (errors.length > 0) throw new Error(errors.splice(0).join("\n"));
  await page.keyboard.press("Escape");
  await page.goto(`${server.url}/#/`);
  await composer(page).waitFor();
});

async function importSession(title: string, messages: Record<string, unknown>[]): Promise<string> {
  const { sessionId } = await api.sessions.import.mutate({
    version: "1.0",
    exportType: "session",
    session: { title },
    messages: messages.map((message, index) => ({
      messageId: `m${index}`,
      parentId: index === 0 ? null : `m${index - 1}`,
      createdAtMs: 1_700_000_000_000 + index * 1_000,
      ...message,
    })),
  } as Parameters<Api["sessions"]["import"]["mutate"]>[0]);
  return sessionId;
}
const stored = async (sessionId: string) => (await api.messages.list.query({ sessionId, limit: 200 })).messages;
const palette = () => page.getByRole("dialog", { name: "Command palette" });

test("the main job needs no mouse: ask, word it differently, find it again, go elsewhere and come back", async () => {
  await page.keyboard.type("/demo echo the albatross sleeps");
  await page.keyboard.press("Enter");
  await untilStatus(page, "completed");
  await untilShown(lastAnswer(page), "the albatross sleeps");
  const sessionId = sessionIdOf(page);

  const focused = () => page.evaluate<string>("document.activeElement?.getAttribute('aria-label') ?? ''");
  for (let steps = 0; (await focused()) !== "Edit message" && steps < 30; steps++)
    await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("/demo echo the albatross wakes");
  await page.keyboard.press("Enter");
  await untilShown(lastAnswer(page), "the albatross wakes");
  await untilStatus(page, "completed");

  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await page.keyboard.type("access tok");
  await palette().getByRole("option", { name: "Access tokens" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Access tokens" }).waitFor();

  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await page.keyboard.type("albatross wakes");
  const hit = palette().getByRole("option").filter({ hasText: "the albatross wakes" }).last();
  await hit.waitFor();
  expect(await hit.locator("mark").allInnerTexts()).toContain("albatross");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/sessions\/[^?]+\?message=/);
  expect(page.url()).toContain(encodeURIComponent(sessionId));
  await lastAnswer(page).waitFor();

  await page.keyboard.press("Control+/");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+b");
  await page.getByRole("navigation", { name: "Sessions" }).waitFor({ state: "hidden" });
  await page.keyboard.press("Control+b");
  await page.keyboard.press("Control+Shift+O");
  await page.waitForURL(/#\/$/);
});

test("what is written during an answer waits in a queue, can be taken off it, and goes in order", async () => {
  await send(page, "/demo tokens=3000 delay=10");
  await stopButton(page).waitFor();
  const sessionId = sessionIdOf(page);
  for (const text of ["one", "unwanted", "two"]) await send(page, `/demo echo ${text}`);
  const queue = page.getByRole("region", { name: "Queued messages" });
  await expect.poll(() => queue.getByRole("listitem").count()).toBe(3);
  await queue.getByRole("listitem").nth(1).getByRole("button", { name: "Remove from the queue" }).click();
  await queue.getByRole("button", { name: "Stop the answer and send this now" }).click();
  await queue.waitFor({ state: "hidden" });
  await untilShown(lastAnswer(page), "two");
  await untilStatus(page, "completed");
  expect((await stored(sessionId)).slice(2).map(({ role, content }) => `${role}: ${content}`)).toEqual([
    "user: /demo echo one",
    "assistant: one",
    "user: /demo echo two",
    "assistant: two",
  ]);
  expect(await page.locator("[data-sending]").count()).toBe(0);
});

test("a paste of 20,000 lines is a card beside the message, before it is sent, after, and over a reload", async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join("\n");
  await composer(page).focus();
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", Array.from({ length: 20000 }, (_, index) => "line " + index).join("\\n"));
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }`);
  const card = page.locator('[data-pasted="pasted-1.txt"]');
  await card.getByText("20,000 lines").waitFor();
  expect(await composer(page).inputValue()).toBe("");
  await page.reload();
  await card.waitFor();
  await composer(page).fill("How many lines?");
  await page.keyboard.press("Enter");
  await page.waitForURL(/sessions/);
  await untilStatus(page, "completed");
  await page.locator("article").first().locator('[data-pasted="pasted-1.txt"]').getByText("20,000 lines").waitFor();
  const [question] = await stored(sessionIdOf(page));
  expect(question?.content.startsWith("How many lines?\n\n")).toBe(true);
  expect(question?.content).toContain(lines);
});

test("a link to a message far up brings it into view, and does not pull the reader down", async () => {
  const messages = Array.from({ length: 700 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `Message ${index} says something`,
  }));
  const sessionId = await importSession("Far up", messages);
  const page5 = (await api.messages.page.query({ sessionId, page: 14, pageSize: 50 })).messages;
  const wanted = page5.find(({ content }) => content === "Message 21 says something");
  await page.goto(`${server.url}/#/sessions/${sessionId}?message=${wanted?.messageId}`);
  const row = page.locator(`article[data-message-id="${wanted?.messageId}"]`);
  await row.waitFor();
  await expect.poll(async () => (await row.boundingBox())?.y ?? -1).toBeGreaterThan(0);
  await expect.poll(async () => (await row.boundingBox())?.y ?? 9_999).toBeLessThan(800);
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
});

test("a search in the sidebar goes on in what was said, and leads to it", async () => {
  await importSession("Birds", [
    { role: "user", content: "Which bird sleeps in flight?" },
    { role: "assistant", content: "The frigatebird, for seconds at a time." },
  ]);
  await page.getByRole("searchbox", { name: "Search sessions" }).fill("frigatebird");
  await page.getByRole("button", { name: "Find “frigatebird” in messages" }).click();
  await palette().getByRole("option").filter({ hasText: "for seconds at a time" }).click();
  await page.waitForURL(/message=/);
  await untilShown(lastAnswer(page), "frigatebird");
  await page.getByRole("button", { name: "Clear the search" }).click();
  expect(await page.getByRole("searchbox").inputValue()).toBe("");
});

test("a session pinned with the keyboard stands on top, once, over a reload, until it is let go", async () => {
  const sessionId = await importSession("Kept at hand", [{ role: "user", content: "Keep this." }]);
  await importSession("Newer than the pin", [{ role: "user", content: "Hi." }]);
  const rows = page.getByRole("navigation", { name: "Sessions" }).locator("h2, a");
  const pinned = rows.filter({ hasText: /^Pinned$/ });
  const choose = async (item: string) => {
    await page.getByRole("button", { name: "Actions for Kept at hand" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: item, exact: true }).waitFor();
    await page.keyboard.type(item);
    await page.keyboard.press("Enter");
  };
  await choose("Pin");
  await pinned.waitFor();
  expect((await api.sessions.get.query({ sessionId })).pinnedAtMs).not.toBeNull();
  await page.reload();
  await pinned.waitFor();
  const texts = await rows.allInnerTexts();
  expect([texts[0], texts[1]?.split("\n")[0]]).toEqual(["Pinned", "Kept at hand"]);
  expect(texts.filter((text) => text.startsWith("Kept at hand"))).toHaveLength(1);
  await choose("Unpin");
  await pinned.waitFor({ state: "detached" });
  expect(await rows.filter({ hasText: "Kept at hand" }).count()).toBe(1);
});

const payloads = [
  "<script>hit()</script>",
  "<img src=x onerror=hit()>",
  '<img src="https://evil.example/a.png">',
  "<svg/onload=hit()>",
  '<iframe src="javascript:hit()"></iframe>',
  '<a href="javascript:hit()">x</a>',
  "[x](javascript:hit())",
  "[x](data:text/html,<script>hit()</script>)",
  "[x](vbscript:hit())",
  "![x](https://evil.example/b.png)",
  "![x](javascript:hit())",
  '<style>@import "https://evil.example/c.css";</style>',
  '<link rel=stylesheet href="https://evil.example/d.css">',
  '<form action="https://evil.example/"><input autofocus onfocus=hit()></form>',
  "$\\href{javascript:hit()}{x}$ $\\includegraphics{https://evil.example/e.png}$ $\\htmlData{a=b}{x_1}$",
  '```mermaid\nflowchart LR\n  A["<img src=x onerror=hit()>"] --> B\n  click A "javascript:hit()"\n```',
  '```mermaid\n%%{init: {"securityLevel": "loose", "themeCSS": "@import url(https://evil.example/f.css)"}}%%\nflowchart LR\n  A@{ img: "https://evil.example/g.png", label: "x" } --> B\n```',
  "```html\n<script>hit()</script>\n```",
];

test("nothing that was said, named or answered by a tool executes, and no request leaves, from stream and history", async () => {
  const corpus = payloads.join("\n\n");
  const foreign: string[] = [];
  const watch = (request: { url: () => string }) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) foreign.push(request.url());
  };
  page.on("request", watch);
  await page.evaluate("globalThis.hit = () => { globalThis.wasHit = true; }");
  const isUnhurt = async () => {
    expect(await page.evaluate("globalThis.wasHit ?? false")).toBe(false);
    expect(await page.locator("article :is(script, iframe, form, object, embed, style, link)").count()).toBe(0);
    expect(await page.locator('a[href^="javascript:"], a[href^="data:"], a[href^="vbscript:"]').count()).toBe(0);
    expect(foreign).toEqual([]);
  };
  await send(page, `/demo echo ${corpus}`);
  await untilStatus(page, "completed");
  await page.locator("[data-diagram] img").first().waitFor();
  await isUnhurt();

  const call = {
    toolCallId: "c",
    name: "<img src=x onerror=hit()>",
    arguments: { html: "<script>hit()</script>" },
    status: "done",
    result: corpus,
    step: 0,
    contentOffset: 0,
    thinkingOffset: 0,
    startedAtMs: 1,
    finishedAtMs: 2,
  };
  const sessionId = await importSession("<img src=x onerror=hit()>", [
    { role: "user", content: corpus },
    { role: "assistant", content: corpus, thinking: corpus, model: "<svg/onload=hit()>", toolCalls: [call] },
  ]);
  await page.goto(`${server.url}/#/sessions/${sessionId}`);
  await page.reload();
  await untilStatus(page, "completed");
  await page.getByText("Done", { exact: true }).click();
  await page.getByText("Thoughts").click();
  await page
    .getByRole("link", { name: /^<img src=x/ })
    .first()
    .waitFor();
  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await page.keyboard.type("onerror");
  await palette().getByRole("option").first().waitFor();
  await page.keyboard.press("Escape");
  await isUnhurt();
  page.off("request", watch);
});

test("instructions are given to a new chat and changed in it, for the model and for another window", async () => {
  const open = (window: Page, label: string) => window.getByRole("button", { name: label, exact: true }).click();
  const field = (window: Page) => window.getByRole("textbox", { name: "Instructions" });
  await open(page, "Instructions");
  await field(page).fill("Answer like a heron.");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await send(page, "/demo echo hello");
  await untilStatus(page, "completed");
  const sessionId = sessionIdOf(page);
  expect((await api.sessions.get.query({ sessionId })).systemPrompt).toBe("Answer like a heron.");
  await using others = await openOther(page.url());
  await open(others.page, "Instructions (set)");
  await field(others.page).fill("Answer like a crane.");
  await others.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await others.page.getByRole("dialog").waitFor({ state: "detached" });
  await open(page, "Instructions (set)");
  await expect.poll(() => field(page).inputValue()).toBe("Answer like a crane.");
  expect(await seriousFindings(page)).toEqual([]);
  await field(page).fill("");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Instructions", exact: true }).waitFor();
  expect((await api.sessions.get.query({ sessionId })).systemPrompt).toBeNull();
});

/** One more tab. */
async function openOther(url: string): Promise<{ page: Page } & AsyncDisposable> {
  const other = await context.newPage();
  await other.goto(url);
  await composer(other).waitFor();
  return { page: other, [Symbol.asyncDispose]: () => other.close() };
}

test("a diagram is drawn in a frame that has no origin, and one that is none stays the text it is", async () => {
  await send(page, "/demo echo ```mermaid\nflowchart LR\n  Kettle --> Cup\n```\n\n```mermaid\nno diagram at all\n```");
  await untilStatus(page, "completed");
  const picture = lastAnswer(page).locator("[data-diagram] img");
  await picture.waitFor();
  expect(await picture.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth)).toBeGreaterThan(50);
  expect(decodeURIComponent((await picture.getAttribute("src")) ?? "")).toMatch(/^data:image\/svg\+xml.*Kettle/s);
  expect(await lastAnswer(page).locator("[data-diagram]").count()).toBe(1);
  await lastAnswer(page).getByText("no diagram at all").waitFor();

  const frame = page.frames().find((one) => one.url().endsWith("/diagram.html"));
  expect(await frame?.evaluate("origin")).toBe("null");
  expect(await frame?.evaluate("fetch('/health').then(() => 'reached', () => 'refused')")).toBe("refused");
  errors.splice(0);
  const alone = await page.context().newPage();
  await alone.goto(`${server.url}/diagram.html`);
  expect(await alone.evaluate("origin")).toBe("null");
  await alone.close();
});

test("a model is found among many by any of its words, and answers next", async () => {
  const made: string[] = [];
  for (let index = 0; index < 30; index++) {
    const name = `Kettle ${index}`;
    const provider = index === 17 ? "demo" : "openai-compatible";
    const { configId } = await api.llm.create.mutate({
      name,
      provider,
      model: `m${index}`,
      apiUrl: "http://127.0.0.1:1/v1",
    });
    made.push(configId);
  }
  await page.reload();
  await composer(page).waitFor();
  const picker = page.getByTitle("Choose a model");
  await picker.click();
  const search = page.getByRole("combobox", { name: "Choose a model" });
  await search.fill("no such thing");
  await page.getByText("No model matches “no such thing”.").waitFor();
  await search.fill("demo kettle");
  await search.press("Enter");
  await search.waitFor({ state: "detached" });
  expect(await picker.textContent()).toBe("Kettle 17");
  await send(page, "/demo echo warm");
  await untilStatus(page, "completed");
  await untilShown(lastAnswer(page), "warm");
  const { messages } = await api.messages.list.query({ sessionId: sessionIdOf(page), limit: 1 });
  expect(messages[0]?.llmConfigId).toBe(made[17]);
  for (const configId of made) await api.llm.delete.mutate({ configId });
  await page.reload();
});

test("the main screens have no serious finding, light and dark, in both languages", async () => {
  const code =
    "```ts\nconst a: number = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote [link](https://example.com) $x^2$";
  const sessionId = await importSession("Everything there is", [
    { role: "user", content: "Show me." },
    { role: "assistant", content: code, thinking: "Hm.", model: "some-model", tokenCount: 12, accToken: 400 },
  ]);
  const places = ["/", `/sessions/${sessionId}`, "/settings/models", "/settings/mcp"];
  const more = ["/settings/appearance", "/settings/access", "/settings/about"];
  const looks = [
    { colorScheme: "light", language: "en", shown: [...places, ...more] },
    { colorScheme: "dark", language: "zh-CN", shown: [...places, "/settings/access"] },
  ] as const;
  const found: string[] = [];
  const note = (where: string, findings: string[]) => void found.push(...findings.map((one) => `${where}: ${one}`));
  for (const { colorScheme, language, shown } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(`localStorage.setItem("chatee.language", "${language}")`);
    await page.reload();
    for (const place of shown) {
      await page.goto(`${server.url}/#${place}`);
      await page.locator("main h1").first().waitFor();
      await page.locator("main [role=status]:not(.sr-only)").first().waitFor({ state: "hidden" });
      note(`${place} ${colorScheme} ${language}`, await seriousFindings(page));
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    note(`palette ${colorScheme} ${language}`, await seriousFindings(page));
    await page.keyboard.press("Escape");
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  await page.evaluate(`localStorage.removeItem("chatee.language")`);
  await page.reload();

  const stranger = await context.browser()?.newContext();
  const door = await stranger?.newPage();
  if (!stranger || !door) throw new Error("the browser is gone");
  await door.goto(`${server.url}/`);
  await door.getByRole("heading", { name: "Sign in to chatee" }).waitFor();
  note("sign-in", await seriousFindings(door));
  await stranger.close();
  expect(found).toEqual([]);
});

test("no screen is wider than a phone, in either language", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const wide: string[] = [];
  for (const language of ["en", "zh-CN"]) {
    await page.evaluate(`localStorage.setItem("chatee.language", "${language}")`);
    await page.reload();
    for (const place of ["/", "/settings/models", "/settings/mcp", "/settings/appearance", "/settings/access"]) {
      await page.goto(`${server.url}/#${place}`);
      await page.locator("main h1").first().waitFor();
      const widths = await page.evaluate<number[]>(
        "[document.documentElement, ...document.querySelectorAll('main, main *')].filter((one) => getComputedStyle(one).overflowX === 'visible').map((one) => one.getBoundingClientRect().right)",
      );
      if (Math.max(...widths) > 390) wide.push(`${place} ${language}: ${Math.max(...widths)}`);
    }
  }
  await page.evaluate(`localStorage.removeItem("chatee.language")`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.reload();
  expect(wide).toEqual([]);
});

test("another language is there at once and after a reload, and the browser is told", async () => {
  await page.goto(`${server.url}/#/settings/appearance`);
  await page.getByText("简体中文").click();
  await page.getByRole("heading", { name: "外观与语言" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  await page.reload();
  await page.getByRole("link", { name: "返回对话" }).click();
  await page.getByRole("textbox", { name: "消息", exact: true }).waitFor();
  await page.goto(`${server.url}/#/settings/appearance`);
  await page.getByText("English").click();
  await page.getByRole("link", { name: "Back to chats" }).waitFor();
});

test("a token made on the screen lets a program in, and revoked it lets nobody in", async () => {
  await page.goto(`${server.url}/#/settings/access`);
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("backup job");
  await page.getByRole("button", { name: "Make it" }).click();
  const token = await page.getByRole("dialog").locator("code").innerText();
  const ask = async () =>
    (await fetch(`${server.url}/api/sessions`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask()).toBe(200);
  await page.getByRole("button", { name: "Done" }).click();
  expect(await page.content()).not.toContain(token);
  const tokens = page.getByRole("list", { name: "Access tokens" }).getByRole("listitem");
  await tokens.filter({ hasText: "backup job" }).getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await tokens.filter({ hasText: "backup job" }).waitFor({ state: "hidden" });
  expect(await ask()).toBe(401);
});

test("what one tab starts, another lists at once, with its news and its end", async () => {
  const second = await context.newPage();
  await second.goto(`${server.url}/#/`);
  await composer(second).waitFor();
  await send(second, "/demo echo begun elsewhere");
  await page.getByRole("link", { name: /^\/demo echo begun elsewhere/ }).waitFor({ timeout: 5_000 });
  await untilStatus(second, "completed");
  await page.getByRole("link", { name: /begun elsewhere.*An answer is being written/ }).waitFor({ state: "hidden" });
  await second.close();
  expect(await page.getByRole("link", { name: /^\/demo echo begun elsewhere/ }).count()).toBe(1);
});

test("a page that is older than its server says so and offers to reload", async () => {
  await page.route(/system\.info/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/"version":"[^"]+"/, '"version":"99.0.0"') });
  });
  await page.reload();
  await page.getByText("chatee is now version 99.0.0").waitFor();
  await page.unroute(/system\.info/);
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByText("chatee is now version").waitFor({ state: "hidden" });
  expect(await page.getByRole("button", { name: "Reload" }).count()).toBe(0);
});

test("a tab holds one socket, whatever it shows", async () => {
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.reload();
  await send(page, "/demo echo hello");
  await untilStatus(page, "completed");
  await page.goto(`${server.url}/#/`);
  await send(page, "/demo echo again");
  await untilShown(lastAnswer(page), "again");
  expect(sockets.length).toBe(1);
  expect(await answers(page).count()).toBe(1);
  expect(await textOf(lastAnswer(page))).toBe("again");
});

test("the script of the first screen is at most 250 KB on the wire", async () => {
  const html = await (await fetch(`${server.url}/`)).text();
  const paths = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].flatMap(([, path]) => path ?? []);
  expect(paths.length).toBeGreaterThan(0);
  // As it comes: fetch would unpack it, and say nothing of it.
  const answered = await Promise.all(
    paths.map(async (path) => {
      const request = get(`${server.url}/${path}`, { headers: { "accept-encoding": "gzip" } });
      const [answer] = (await once(request, "response")) as [IncomingMessage];
      answer.resume();
      return answer.headers;
    }),
  );
  // What is packed has a thousand characters at least.
  for (const said of answered.filter((one) => Number(one["content-length"]) > 1_024))
    expect(said).toMatchObject({
      "content-encoding": "gzip",
      "content-type": expect.stringContaining("javascript"),
      vary: expect.stringMatching(/accept-encoding/i),
    });
  const bytes = answered.reduce((sum, said) => sum + Number(said["content-length"]), 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(250_000);
});

test("a temporary chat says so, is in no list, also after a reload, and is listed at once when it is kept", async () => {
  const toggle = page.getByRole("button", { name: "Temporary chat", exact: true });
  const listed = page.getByRole("navigation", { name: "Sessions" }).getByRole("link", { name: /gone tomorrow/ });
  await toggle.click();
  await page.getByText("is deleted 24 hours after its last message").waitFor();
  await page.reload();
  await composer(page).waitFor();
  expect(await toggle.getAttribute("aria-pressed")).toBe("true");
  expect(await seriousFindings(page)).toEqual([]);
  await send(page, "/demo echo gone tomorrow");
  await page.waitForURL(/sessions/);
  await untilStatus(page, "completed");
  const sessionId = sessionIdOf(page);
  const badge = page.getByRole("main").getByText("Temporary", { exact: true });
  await page.reload();
  await badge.waitFor();
  await untilShown(lastAnswer(page), "gone tomorrow");
  expect(await listed.count()).toBe(0);
  expect(await api.sessions.get.query({ sessionId })).toMatchObject({ sessionType: "temporary" });
  expect(await seriousFindings(page)).toEqual([]);

  await page.setViewportSize({ width: 390, height: 844 });
  const keep = page.getByRole("button", { name: "Keep this chat" });
  const box = await keep.boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1280, height: 800 });
  await keep.click();
  await listed.waitFor({ timeout: 5_000 });
  await badge.waitFor({ state: "detached" });
  expect(await api.sessions.get.query({ sessionId })).toMatchObject({ sessionType: "memory" });
  await page.goto(`${server.url}/#/`);
  expect(await toggle.getAttribute("aria-pressed")).toBe("false");
});

test("a session is saved as Markdown, all of its branch and nothing else, and as JSON that can be taken in", async () => {
  const call = {
    toolCallId: "c",
    name: "clock",
    arguments: { zone: "secret zone" },
    status: "done",
    result: "secret time",
    step: 0,
    contentOffset: 8,
    thinkingOffset: 0,
    startedAtMs: 1,
    finishedAtMs: 2,
  };
  const talk = Array.from({ length: 450 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `Kettle ${index}.`,
    model: index % 2 === 0 ? null : "some-model",
  }));
  const left = { messageId: "left", parentId: "m449", role: "user", content: "Left aside", active: false };
  const last = { role: "assistant", content: "Let me. **Done**", thinking: "secret thought", toolCalls: [call] };
  const asked = { messageId: "asked", parentId: "m449", role: "user", content: "What time is it?" };
  await importSession("Kettles: 1/2 of 水壶?", [...talk, left, asked, { ...last, parentId: "asked" }]);
  const save = async (item: string) => {
    await page.getByRole("button", { name: /^Actions for Kettles/ }).focus();
    await page.keyboard.press("Enter");
    const saving = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: item, exact: true }).click();
    const download = await saving;
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  };
  const markdown = await save("Export as Markdown");
  expect(markdown.name).toBe("Kettles 1 2 of 水壶.md");
  expect(markdown.text).toMatch(/^# Kettles: 1\/2 of 水壶\?\n\n## You\n\nKettle 0\.\n\n## Answer from some-model\n/);
  expect(markdown.text.match(/Kettle \d+/g)).toEqual(talk.map((_, index) => `Kettle ${index}`));
  expect(markdown.text).toMatch(/Let me\.\n\n> Tool call: `clock` \(Done\)\n\n\*\*Done\*\*\n$/);
  expect(markdown.text).not.toMatch(/Left aside|secret/);

  const json = await save("Export as JSON");
  expect(json.name).toBe("Kettles 1 2 of 水壶.json");
  expect(json.text).toMatch(/Left aside/);
  const { sessionId } = await api.sessions.importFile.mutate({ file: json.text });
  expect(await api.sessions.get.query({ sessionId })).toMatchObject({
    title: "Kettles: 1/2 of 水壶?",
    messageCount: 452,
  });
});

test("five thousand sessions are listed a screen at a time, load as one scrolls, and are found by name", async () => {
  const numbers = Array.from({ length: 5_000 }, (_, at) => at + 1);
  for (let at = 0; at < numbers.length; at += 50) {
    const some = numbers.slice(at, at + 50);
    await Promise.all(
      some.map((number) => api.sessions.create.mutate({ sessionType: "memory", title: `Heron ${number}` })),
    );
  }
  await page.reload();
  const list = page.getByRole("navigation", { name: "Sessions" });
  const rows = list.getByRole("link");
  await rows.first().waitFor();
  expect(await rows.count()).toBeLessThan(60);
  await list.hover();
  const [first] = await rows.allInnerTexts();
  for (let turn = 0; turn < 12; turn++) {
    await page.mouse.wheel(0, 3_000);
    await page.waitForTimeout(50);
  }
  await expect.poll(async () => (await rows.allInnerTexts())[0]).not.toBe(first);
  expect(await rows.count()).toBeLessThan(60);

  await page.getByRole("searchbox", { name: "Search sessions" }).fill("Heron 4711");
  await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining("Heron 4711")]);
  await page.keyboard.press("Escape");
  await expect.poll(() => rows.count()).toBeGreaterThan(10);
});

test("what was revealed or changed with keys and tokens is listed, newest first, a page at a time", async () => {
  const name = "Noted kettle";
  const { configId } = await api.llm.create.mutate({ name, provider: "openai", model: "m", apiKey: "sk-noted" });
  for (let times = 1; times <= 20; times++) await api.llm.update.mutate({ configId, apiKey: `sk-noted-${times}` });
  await api.llm.key.mutate({ configId });
  await page.goto(`${server.url}/#/settings/access`);
  const list = page.getByRole("list", { name: "What was revealed or changed with keys and tokens" });
  const rows = list.getByRole("listitem").filter({ hasText: name });
  await expect.poll(() => rows.count()).toBe(20);
  expect(await rows.first().innerText()).toContain("API key shown");
  expect(await rows.nth(1).innerText()).toContain("API key replaced");
  const atMs = Date.parse((await rows.first().locator("time").getAttribute("datetime")) ?? "");
  expect(Math.abs(Date.now() - atMs)).toBeLessThan(600_000);
  await page.getByRole("button", { name: "Show older ones" }).click();
  await expect.poll(() => rows.count()).toBe(21);
  expect(await seriousFindings(page)).toEqual([]);

  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("noted job");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await list.getByRole("listitem").first().filter({ hasText: "Access token made" }).getByText("noted job").waitFor();

  await api.llm.delete.mutate({ configId });
  await page.reload();
  await list.getByText(`No longer here (${configId})`).first().waitFor();
  expect(await page.content()).not.toContain("sk-noted");
});

test("a key goes nowhere while it and its address are being typed, and fetches the models once both stand", async () => {
  const asked: string[] = [];
  await using models = await openHttpServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: [{ id: "kettle-large" }, { id: "kettle-small" }] }));
  });
  await page.goto(`${server.url}/#/settings/models`);
  await page.getByRole("button", { name: "Add a model" }).first().click();
  await page.getByText("OpenAI compatible").click();
  await page.getByRole("textbox", { name: "API key" }).pressSequentially("sk-one");
  const address = page.getByRole("textbox", { name: "Address" });
  await address.fill("");
  await address.pressSequentially(`${models.url}/v1`);
  await address.press("Backspace");
  await address.press("1");
  await page.waitForTimeout(500);
  expect(asked).toEqual([]);
  await page.getByRole("combobox", { name: "Model" }).focus();
  await page.getByRole("option", { name: "kettle-small" }).click();
  expect(await page.getByRole("combobox", { name: "Model" }).inputValue()).toBe("kettle-small");
  expect(asked).toEqual(["/v1/models Bearer sk-one"]);
});

test("a saved key or header is asked for again where the address is another, and nothing typed is lost", async () => {
  const at = (port: number) => `http://127.0.0.1:${port}/v1`;
  const model = { name: "Kettle", provider: "openai-compatible", model: "m", apiUrl: at(1), apiKey: "sk-one" } as const;
  const { configId } = await api.llm.create.mutate(model);
  await page.goto(`${server.url}/#/settings/models`);
  await page.reload();
  await page.getByRole("button", { name: "Edit Kettle", exact: true }).click();
  await page.getByText("A key is saved. Leave this empty to keep it.").waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("Kettle elsewhere");
  const address = page.getByRole("textbox", { name: "Address" });
  await address.fill(at(2));
  const why = page.getByText("The saved key is for OpenAI compatible at 127.0.0.1:1 and goes nowhere else.");
  await why.waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  expect(await api.llm.get.query({ configId })).toMatchObject({ name: "Kettle", apiUrl: at(1) });
  await address.fill(at(1));
  await page.getByText("A key is saved. Leave this empty to keep it.").waitFor();
  await address.fill(at(2));
  await page.getByRole("textbox", { name: "API key" }).fill("sk-two");
  await why.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("region", { name: "Kettle elsewhere" }).getByText("Key saved").waitFor();
  expect(await api.llm.key.mutate({ configId })).toEqual({ apiKey: "sk-two" });
  await api.llm.delete.mutate({ configId });

  const ext = { headers: { "X-Key": "sk-three" } };
  const { serverId } = await api.mcp.create.mutate({ name: "Docs", url: at(1), ext, enabled: false });
  await page.goto(`${server.url}/#/settings/mcp`);
  await page.getByRole("button", { name: "Edit Docs" }).click();
  const value = page.getByRole("textbox", { name: "Headers: Value" });
  expect(await value.inputValue()).toMatch(/^•+$/);
  await page.getByRole("textbox", { name: "Address" }).fill(at(2));
  await page.getByText("The saved values are for 127.0.0.1:1 and go nowhere else.").waitFor();
  expect(await value.inputValue()).toBe("");
  await page.getByRole("button", { name: "Save" }).click();
  expect(await api.mcp.get.query({ serverId })).toMatchObject({ url: at(1) });
  await value.fill("sk-four");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("region", { name: "Docs", exact: true }).waitFor();
  expect(await api.mcp.get.query({ serverId })).toMatchObject({ url: at(2) });
  await api.mcp.delete.mutate({ serverId });
});
