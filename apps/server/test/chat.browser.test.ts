import type { Message } from "@chatee/shared/messages";
import { freePort } from "@chatee/tooling/private-process";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answers,
  composer,
  lastAnswer,
  openChromium,
  openSignedIn,
  send,
  sessionIdOf,
  stopButton,
  textOf,
  untilShown,
  untilStatus,
} from "./chat-page.ts";
import type { Chromium } from "./chat-page.ts";
import { openClient, openTestDirectory } from "./create-test-server.ts";
import type { TestClient } from "./create-test-server.ts";
import { startServerProcess } from "./server-process.ts";

let chromium: Chromium;
let shared: Awaited<ReturnType<typeof openServer>>;
beforeAll(async () => {
  chromium = await openChromium();
  shared = await openServer();
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await chromium[Symbol.asyncDispose]();
});

async function openServer() {
  await using parts = new AsyncDisposableStack();
  const directory = parts.use(await openTestDirectory());
  const server = parts.use(await startServerProcess({ dataDirectory: directory.path, port: await freePort() }));
  const api = parts.use(openClient(server)).client;
  const all = parts.move();
  return { server, api, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A signed-in tab of a browser of its own, at the server that all tests share which leave it alive. */
async function openTab() {
  const context = await chromium.openContext();
  const { page, errors } = await openSignedIn(context, shared.server);
  const { server, api } = shared;
  return { page, errors, context, api, server: () => server, [Symbol.asyncDispose]: () => context.close() };
}

/** The built server on a database of its own, to kill; a signed-in tab, and the same server as a program sees it. */
async function openChat() {
  await using parts = new AsyncDisposableStack();
  const directory = parts.use(await openTestDirectory());
  const options = { dataDirectory: directory.path, port: await freePort() };
  let server = parts.use(await startServerProcess(options));
  const api = parts.use(openClient(server));
  const context = parts.adopt(await chromium.openContext(), (open) => open.close());
  const { page, errors } = await openSignedIn(context, server);
  const all = parts.move();
  return {
    page,
    errors,
    context,
    api: api.client,
    server: () => server,
    /** Another process on the same port and data. */
    async restart() {
      server = all.use(await startServerProcess(options));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

type Api = TestClient["client"];

async function stored(api: Api, sessionId: string): Promise<Message[]> {
  return (await api.messages.list.query({ sessionId, limit: 200 })).messages;
}
async function lastStored(api: Api, sessionId: string): Promise<Message> {
  const message = (await stored(api, sessionId)).at(-1);
  if (!message) throw new Error("nothing is stored");
  return message;
}

test("the printed link signs a browser in, leaves no token behind, chatting needs no setup, and signing out ends it", async () => {
  await using chat = await openTab();
  const { page, api } = chat;
  expect(page.url()).not.toContain("token");
  await send(page, "Hello! What can you do?");
  await untilStatus(page, "completed");
  const answer = await lastStored(api, sessionIdOf(page));
  expect(await textOf(lastAnswer(page))).toContain(
    "I need no key and no network, so you can try everything right away.",
  );
  expect(answer.content).toContain("I need no key and no network");
  await page.getByRole("link", { name: /^Hello! What can you do\?/ }).waitFor();
  await page.getByRole("button", { name: "Theme and signing out" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to chatee" }).waitFor();
  expect(chat.errors).toEqual([]);
});

test("without a token one is asked for, and a wrong one is refused in a sentence", async () => {
  await using chat = await openTab();
  const context = await chromium.openContext();
  const page = await context.newPage();
  await page.goto(`${chat.server().url}/`);
  await page.getByRole("heading", { name: "Sign in to chatee" }).waitFor();
  await page.getByLabel("Token").fill("not-the-token-of-this-installation");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("That is not this installation's token.").waitFor();
  await page.getByLabel("Token").fill(chat.server().token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await composer(page).waitFor();
  expect((await context.cookies()).map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([
    { httpOnly: true, sameSite: "Strict" },
  ]);
  await context.close();
});

test("five reloads in the middle of one answer show what is stored each time, and a second tab shows the same", async () => {
  await using chat = await openTab();
  const { page, api, context } = chat;
  const tokens = 900;
  await send(page, `/demo tokens=${tokens} thinking=20 delay=12`);
  await untilShown(lastAnswer(page), "t20 ");
  const second = await context.newPage();
  await second.goto(page.url());
  let seen = 20;
  for (let reload = 1; reload <= 5; reload++) {
    const target = Math.min(seen + 10 + Math.floor(Math.random() * 110), tokens - 60);
    await untilShown(lastAnswer(page), `t${target} `);
    await page.reload();
    await untilShown(lastAnswer(page), `t${target} `);
    const shown = await textOf(lastAnswer(page));
    // What a reload shows is a beginning of the answer, with nothing missing or doubled in it.
    expect(wholeAnswer(tokens).startsWith(shown), `reload ${reload}: ${shown.slice(-60)}`).toBe(true);
    seen = shown.split(" ").length - 1;
  }
  for (const tab of [page, second]) {
    await untilStatus(tab, "completed");
    expect(await textOf(lastAnswer(tab))).toBe(wholeAnswer(tokens));
  }
  expect((await lastStored(api, sessionIdOf(page))).content).toBe(wholeAnswer(tokens));
  expect(await answers(page).count()).toBe(1);

  // The list of one tab shows what the other does, without being asked to look.
  await api.sessions.create.mutate({ sessionType: "memory", title: "Made elsewhere" });
  await second.getByRole("navigation").getByText("Made elsewhere").first().waitFor();
  expect(chat.errors).toEqual([]);
});

test("stop ends an answer and keeps it, continue carries it on, another answer stands beside it", async () => {
  await using chat = await openTab();
  const { page, api } = chat;
  await send(page, "/demo tokens=4000 delay=10");
  await untilShown(lastAnswer(page), "t30 ");
  await page.keyboard.press("Escape");
  await untilStatus(page, "cancelled");
  const sessionId = sessionIdOf(page);
  const stopped = await lastStored(api, sessionId);
  expect(stopped.status).toBe("cancelled");
  expect(await textOf(lastAnswer(page))).toBe(stopped.content);
  await page.getByText("You stopped this answer.").waitFor();

  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("2/2").waitFor();
  await untilStatus(page, "completed");
  const continued = await lastStored(api, sessionId);
  expect(continued.content.length).toBeGreaterThan(stopped.content.length);
  expect((await textOf(lastAnswer(page))).startsWith(stopped.content)).toBe(true);

  await page.getByRole("button", { name: "Another answer" }).last().click();
  await stopButton(page).click();
  await page.getByText("3/3").waitFor();
  await page.getByRole("button", { name: "Previous version" }).click();
  await page.getByText("2/3").waitFor();
  await page.getByRole("button", { name: "Previous version" }).click();
  await page.getByText("1/3").waitFor();
  expect(await textOf(lastAnswer(page))).toBe(stopped.content);
  expect(await answers(page).count()).toBe(1);
});

test("another wording of a question gets its own answer, and the first wording stays reachable", async () => {
  await using chat = await openTab();
  const { page } = chat;
  await send(page, "/demo echo first");
  await untilStatus(page, "completed");
  await page.getByRole("button", { name: "Edit message" }).click();
  await page.getByRole("textbox", { name: "Edit message" }).fill("/demo echo second");
  await page.keyboard.press("Enter");
  await untilShown(lastAnswer(page), "second");
  await untilStatus(page, "completed");
  await page.getByRole("button", { name: "Previous version" }).click();
  await untilShown(lastAnswer(page), "first");
  expect(await textOf(lastAnswer(page))).toBe("first");
});

test("after kill -9 in mid-answer the page comes back by itself, shows what is stored, and offers to continue", async () => {
  await using chat = await openChat();
  const { page, api } = chat;
  await send(page, "/demo tokens=5000 delay=10");
  await untilShown(lastAnswer(page), "t60 ");
  const sessionId = sessionIdOf(page);
  await chat.server().kill();
  await page.getByText("The connection to chatee is lost.").waitFor();
  await chat.restart();
  await untilStatus(page, "interrupted");
  await page.getByText("The connection to chatee is lost.").waitFor({ state: "hidden" });
  const kept = await lastStored(api, sessionId);
  expect(kept.status).toBe("interrupted");
  expect(kept.content.startsWith("t0 t1 ")).toBe(true);
  expect(await textOf(lastAnswer(page))).toBe(kept.content.trim());
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("2/2").waitFor();
  await untilStatus(page, "completed");
  expect((await textOf(lastAnswer(page))).startsWith(kept.content.trim())).toBe(true);
});

test("what is sent while the server is away arrives once, and by itself", async () => {
  await using chat = await openChat();
  const { page, api } = chat;
  await send(page, "/demo echo before");
  await untilStatus(page, "completed");
  const sessionId = sessionIdOf(page);
  await chat.server().kill();
  await send(page, "/demo echo while you were away");
  await page.locator('[data-sending="waiting"]').waitFor();
  await chat.restart();
  await untilShown(lastAnswer(page), "while you were away");
  await untilStatus(page, "completed");
  expect(await page.locator("[data-sending]").count()).toBe(0);
  expect((await stored(api, sessionId)).map(({ role, content }) => `${role}: ${content}`)).toEqual([
    "user: /demo echo before",
    "assistant: before",
    "user: /demo echo while you were away",
    "assistant: while you were away",
  ]);
});

test("ten thousand messages open at the end, and older ones load upwards without moving what is read", async () => {
  await using chat = await openTab();
  const { page, api, server } = chat;
  const { sessionId } = await api.sessions.import.mutate(longSession(10_000));
  await page.goto(`${server().url}/#/sessions/${sessionId}`);
  const list = page.getByRole("log", { name: "Conversation" });
  await list.getByText("Message 9999 says").waitFor();
  // Far more are stored than the page holds.
  expect(await page.locator("article").count()).toBeLessThan(60);

  const older = Promise.withResolvers<void>();
  await page.route(/messages\.list/, async (route) => {
    await older.promise;
    await route.continue();
  });
  const loading = page.getByText("Loading earlier messages");
  await list.hover();
  while (!(await loading.isVisible())) {
    await page.mouse.wheel(0, -900);
    await twoFrames(page);
  }
  const anchor = await readMessage(page);
  const heightBefore = await list.evaluate((element) => element.scrollHeight);
  const before = await anchor.boundingBox();
  older.resolve();
  await loading.waitFor({ state: "hidden" });
  await expect.poll(() => list.evaluate((element) => element.scrollHeight)).toBeGreaterThan(heightBefore);
  await twoFrames(page);
  const after = await anchor.boundingBox();
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 9_999))).toBeLessThan(2);

  await page.getByRole("button", { name: "Jump to latest" }).click();
  await list.getByText("Message 9999 says").waitFor();
});

test("an answer's HTML is text, its images are not fetched, and its links go nowhere but to the web", async () => {
  await using chat = await openTab();
  const { page, server } = chat;
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server().url)) foreign.push(request.url());
  });
  await send(
    page,
    "/demo echo <img src=x onerror=alert(1)> ![cat](https://images.example/cat.png?q=secret) [bad](javascript:alert(1)) [good](https://example.com/)",
  );
  await untilStatus(page, "completed");
  const answer = lastAnswer(page);
  await answer.getByText("<img src=x onerror=alert(1)>").waitFor();
  expect(await answer.locator("img, script, iframe").count()).toBe(0);
  const links = () => answer.locator("a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  // Until the parser has been fetched, an answer is shown as it was written.
  await expect.poll(links).toEqual(["https://images.example/cat.png?q=secret", "https://example.com/"]);
  expect(foreign).toEqual([]);
});

test("a draft survives a reload, an input method's Enter does not send it, and Shift + Enter starts a line", async () => {
  await using chat = await openTab();
  const { page, context } = chat;
  await composer(page).fill("first");
  await composer(page).press("Shift+Enter");
  await page.keyboard.type("second ");
  const keyboard = await context.newCDPSession(page);
  await keyboard.send("Input.imeSetComposition", { text: "ni", selectionStart: 2, selectionEnd: 2 });
  await page.keyboard.press("Enter");
  await keyboard.send("Input.insertText", { text: "你" });
  const draft = await composer(page).inputValue();
  expect(draft).toMatch(/^first\nsecond .*你/);
  expect(page.url()).not.toContain("sessions");
  await page.reload();
  expect(await composer(page).inputValue()).toBe(draft);
});

test("on a phone the sessions slide in, one is opened, and nothing is wider than the screen", async () => {
  await using chat = await openTab();
  const { api, server } = chat;
  const { sessionId } = await api.sessions.create.mutate({ title: "Wide things" });
  const wide = `| ${"column | ".repeat(14)}\n| ${"--- | ".repeat(14)}\n| ${"cell with words | ".repeat(14)}`;
  const code = `\`\`\`\n${"averylongline".repeat(30)}\n\`\`\``;
  await api.messages.create.mutate({
    sessionId,
    role: "assistant",
    content: `${wide}\n\n${code}\n\n${"x".repeat(400)}`,
  });
  const context = await chromium.openContext({ width: 390, height: 844, isPhone: true });
  const { page } = await openSignedIn(context, server());
  await page.getByRole("button", { name: "Open the list of sessions" }).click();
  await page.getByRole("link", { name: /^Wide things/ }).click();
  await lastAnswer(page).waitFor();
  expect(await page.getByRole("link", { name: /^Wide things/ }).isVisible()).toBe(true);
  await expect.poll(async () => (await page.locator("aside").boundingBox())?.x).toBeLessThan(-200);
  const widths = await page.locator("html, article").evaluateAll((all) => all.map((one) => one.scrollWidth));
  expect(Math.max(...widths)).toBeLessThanOrEqual(390);
  await context.close();
});

test("a model is set up with a key that the page never gets back, tested with an honest sentence, and chosen", async () => {
  await using chat = await openTab();
  const { page, server } = chat;
  const closedPort = await freePort();
  await page.goto(`${server().url}/#/settings/models`);
  await page.getByRole("button", { name: "Add a model" }).first().click();
  await page.getByText("OpenAI compatible").click();
  await page.getByRole("textbox", { name: "Address" }).fill(`http://127.0.0.1:${closedPort}/v1`);
  await page.getByRole("textbox", { name: "API key" }).fill("sk-never-shown-again");
  await page.getByRole("combobox", { name: "Model" }).fill("some-model");
  await page.getByRole("textbox", { name: "Name" }).fill("Mine");
  await page.getByRole("button", { name: "Test" }).click();
  await page.getByText(`127.0.0.1:${closedPort} cannot be reached.`).first().waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("region", { name: "Mine" }).getByText("Key saved").waitFor();
  expect(await page.content()).not.toContain("sk-never-shown-again");

  await page.goto(`${server().url}/#/`);
  await send(page, "Are you there?");
  await untilStatus(page, "failed");
  await page.getByRole("link", { name: "Open model settings" }).waitFor();
  expect(await lastAnswer(page).getByRole("alert").innerText()).toContain("cannot be reached");
});

/** What was scrolled is laid out, measured and drawn. */
async function twoFrames(page: Page): Promise<void> {
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

/** A message that stands whole in the middle of the view. */
async function readMessage(page: Page): Promise<Locator> {
  for (const article of await page.locator("article").all()) {
    const box = await article.boundingBox();
    if (box && box.y > 150 && box.y + box.height < 700)
      return page.locator(`[data-message-id="${await article.getAttribute("data-message-id")}"]`);
  }
  throw new Error("no message is in view");
}

function wholeAnswer(tokens: number): string {
  return Array.from({ length: tokens }, (_, index) => `t${index}`).join(" ");
}

function longSession(count: number): Parameters<Api["sessions"]["import"]["mutate"]>[0] {
  return {
    version: "1.0",
    exportType: "session",
    exportedAtMs: 1_800_000_000_000,
    session: { title: "Long", sessionType: "memory" },
    messages: Array.from({ length: count }, (_, index) => ({
      messageId: `m${index}`,
      parentId: index === 0 ? null : `m${index - 1}`,
      role: index % 2 === 0 ? "user" : "assistant",
      content: `Message ${index} says ${"something worth reading ".repeat(1 + (index % 5))}`,
      createdAtMs: 1_800_000_000_000 + index,
    })),
  };
}
