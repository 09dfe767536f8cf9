import { fileURLToPath } from "node:url";
import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { oauthExample, openPublishedServer } from "@chatee/mcp-proxy/connections/testing/published-server";
import { openFixtureServer } from "@chatee/mcp-proxy/testing/fixture-server";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFindings } from "./axe.ts";
import { answers, composer, openChromium, openSignedIn, send, stopButton } from "./chat-page.ts";
import { untilShown, untilStatus } from "./chat-page.ts";
import type { Chromium } from "./chat-page.ts";
import { createTestServer, openClient } from "./create-test-server.ts";

const fixtureProgram = fileURLToPath(import.meta.resolve("@chatee/mcp-proxy/stdio/testing/fixture-program"));

let chromium: Chromium;
beforeAll(async () => {
  chromium = await openChromium();
});
afterAll(() => chromium[Symbol.asyncDispose]());

/** The whole server, and a signed-in tab. */
async function openScreens(env: Record<string, string> = {}) {
  await using parts = new AsyncDisposableStack();
  const server = parts.use(await createTestServer({ env }));
  const context = parts.adopt(await chromium.openContext(), (open) => open.close());
  const { page, errors } = await openSignedIn(context, server);
  const all = parts.move();
  return { page, errors, context, server, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const question = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });
const call = (page: Page): Locator => page.locator("[data-tool]").last();

async function openServers(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "MCP servers" }).click();
}

async function register(page: Page, name: string, url: string): Promise<Locator> {
  await openServers(page);
  return await addServer(page, name, url);
}
async function addServer(page: Page, name: string, url: string): Promise<Locator> {
  await page.getByRole("button", { name: "Add a server" }).first().click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByRole("textbox", { name: "Address" }).fill(url);
  await page.getByRole("button", { name: "Save" }).click();
  const card = page.getByRole("region", { name, exact: true });
  await card.waitFor();
  return card;
}

async function attach(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name: "Back to chats" }).click();
  await page.getByRole("button", { name: "Attach MCP servers" }).click();
  await page.getByRole("menuitemcheckbox", { name }).click();
  await page.keyboard.press("Escape");
}

test("a server registered on the screen gives a chat its tools; each call is asked about with its whole arguments, and any tab may answer", async () => {
  await using fixture = await openFixtureHttp();
  await using screens = await openScreens();
  const { page, context } = screens;
  const card = await register(page, "fixture", fixture.url);
  await card.getByText("Reachable").waitFor();
  await card.getByRole("button", { name: "Test" }).click();
  await card.getByText(/It answered after .* and offers \d+ tools\./).waitFor();
  await card.getByText("Tools", { exact: true }).click();
  expect(await card.getByLabel("When echo is called").inputValue()).toBe("ask_once");

  await attach(page, "fixture");
  const said = `all of it ${"x".repeat(3_000)} to the end`;
  await send(page, `/demo tool name=echo input={"text":"${said}"}`);
  const asked = question(page, "fixture wants to run echo");
  await asked.getByText("to the end").waitFor();
  expect(await call(page).getAttribute("data-status")).toBe("waiting");
  await page.getByTitle("Waits for your answer").waitFor();
  expect(await page.title()).toMatch(/^\(1\) /);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }

  const second = await context.newPage();
  await second.goto(page.url());
  await question(second, "fixture wants to run echo").getByText("to the end").waitFor();
  await question(second, "fixture wants to run echo").getByRole("button", { name: "Allow once" }).click();
  await untilStatus(page, "completed");
  await untilStatus(second, "completed");
  expect([await page.locator("[data-question]").count(), await second.locator("[data-question]").count()]).toEqual([
    0, 0,
  ]);
  await call(page).locator("summary").click();
  await call(page).getByRole("region", { name: "Result" }).getByText("to the end").waitFor();

  // Allowed once is asked again, now in the tab that did not answer; a no is told to the model.
  await send(page, '/demo tool name=echo input={"text":"again"}');
  await question(page, "fixture wants to run echo").getByRole("button", { name: "Deny" }).click();
  await expect.poll(() => call(page).getAttribute("data-status")).toBe("denied");
  await untilStatus(page, "completed");
  expect(screens.errors).toEqual([]);
});

test("a tool that comes back under another name says what it was called", async () => {
  await using fixture = await openFixtureHttp();
  fixture.state.extraTools = ["harmless"];
  await using screens = await openScreens();
  await using typed = openClient(screens.server);
  const { page } = screens;
  const card = await register(page, "fixture", fixture.url);
  await card.getByText("Tools", { exact: true }).click();
  await card.getByText("harmless", { exact: true }).waitFor();

  const [known] = (await typed.client.mcp.list.query()).servers;
  const { serverId } = known ?? { serverId: "" };
  const listed = async () => (await typed.client.mcp.tools.query({ serverId, refresh: true })).tools;
  const { hash = "" } = (await listed()).find(({ name }) => name === "harmless") ?? {};
  await typed.client.mcp.approveTool.mutate({ serverId, name: "harmless", hash });
  fixture.state.extraTools = ["delete_all"];
  await listed();
  await page.reload();
  await card.getByText("Tools", { exact: true }).click();
  await card.getByText(/Called “harmless” until now/).waitFor();
  await card.getByText("delete_all", { exact: true }).waitFor();
  expect(screens.errors).toEqual([]);
});

test("what a tool answers is shown part by part from its own data, and what its server asks meanwhile is a form", async () => {
  await using fixture = await openFixtureHttp();
  await using screens = await openScreens();
  const { page } = screens;
  await register(page, "fixture", fixture.url);
  await attach(page, "fixture");
  await send(page, "/demo tool name=everything");
  await question(page, "fixture wants to run everything").getByRole("button", { name: "Always allow" }).click();
  await untilStatus(page, "completed");
  await call(page).locator("summary").click();
  await call(page).getByRole("region", { name: "Data" }).getByText('"n": 1').waitFor();
  expect(await call(page).locator("img").getAttribute("src")).toBe("data:image/png;base64,aW1n");
  await call(page).getByRole("button", { name: "Open the picture from the tool" }).click();
  const picture = page.getByRole("dialog", { name: "Picture from the tool" });
  // The fixture's bytes are no picture; they can be saved all the same.
  await picture.getByText("This picture cannot be shown.").waitFor();
  const saving = page.waitForEvent("download");
  await picture.getByRole("link", { name: "Download" }).click();
  expect((await saving).suggestedFilename()).toBe("Picture from the tool.png");
  await page.keyboard.press("Escape");
  await picture.waitFor({ state: "detached" });

  // Reloaded, the chat still has its server, and the tool is not asked about again.
  await page.reload();
  await untilStatus(page, "completed");
  await send(page, "/demo tool name=everything");
  await page.locator('article[data-role="assistant"][data-status="completed"]').nth(1).waitFor();
  expect(await call(page).getAttribute("data-status")).toBe("done");

  await send(page, "/demo tool name=ask_name");
  await question(page, "fixture wants to run ask_name").getByRole("button", { name: "Allow once" }).click();
  const form = question(page, "fixture asks");
  await form.getByText("Who?").waitFor();
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText("is needed").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  // Esc belongs to the field one is in; the answer goes on.
  await form.getByLabel("name").press("Escape");
  await form.waitFor();
  await form.getByLabel("name").fill("Ada");
  await form.getByRole("button", { name: "Send" }).click();
  await untilShown(page.locator('article[data-role="assistant"]').last(), "accept Ada");
  await page.locator('article[data-role="assistant"][data-status="completed"]').nth(2).waitFor();

  await send(page, '/demo tool name=countdown input={"steps":5000,"everyMs":20}');
  await question(page, "fixture wants to run countdown").getByRole("button", { name: "Allow once" }).click();
  await call(page).getByText("/ 5000").waitFor();
  await stopButton(page).click();
  await untilStatus(page, "cancelled");
  expect(screens.errors).toEqual([]);
});

/** Opens the menu of servers and what one of its entries leads to, with keys alone. */
async function openOffers(page: Page, entry: string, title: string): Promise<Locator> {
  await page.getByRole("button", { name: "Attach MCP servers" }).press("Enter");
  await page.getByRole("menuitem", { name: entry }).press("Enter");
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('role')")).toBe("combobox");
  return dialog;
}
const focusedLabel = (page: Page) => page.evaluate<string>("document.activeElement?.getAttribute('aria-label') ?? ''");

test("what a server offers beside tools is listed on its card, and goes into the message with keys alone", async () => {
  await using fixture = await openFixtureServer();
  await using screens = await openScreens();
  const { page } = screens;
  const card = await register(page, "fixture", fixture.url);
  await card.getByText("Prompts", { exact: true }).click();
  const prompts = card.getByRole("list", { name: "Prompts" });
  const withArguments = prompts.getByRole("listitem").filter({ hasText: "test_prompt_with_arguments" });
  await withArguments.getByText("With two arguments").waitFor();
  expect(await withArguments.locator("dl").innerText()).toMatch(/arg1\s+required\s+arg2\s+required/);
  await card.getByText("Resources", { exact: true }).click();
  const resources = card.getByRole("list", { name: "Resources" });
  await resources.getByText("test://static-binary").waitFor();
  await resources.getByText("image/png").waitFor();
  await resources.getByText("an address with places to fill in").waitFor();
  expect(await seriousFindings(page)).toEqual([]);

  await attach(page, "fixture");
  await composer(page).fill("Before it.");
  const dialog = await openOffers(page, "Insert a prompt…", "Insert a prompt");
  await dialog.getByRole("option").first().waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.type("two arguments");
  await expect.poll(() => dialog.getByRole("option").count()).toBe(1);
  await page.keyboard.press("Enter");
  const form = page.getByRole("dialog", { name: "test_prompt_with_arguments" });
  await form.getByText("required", { exact: true }).first().waitFor();
  await page.keyboard.type("Oslo");
  await page.keyboard.press("Enter");
  // It goes on where something is missing.
  await form.getByText("is needed").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.type("Rome");
  await page.keyboard.press("Enter");
  await form.waitFor({ state: "detached" });
  expect(await composer(page).inputValue()).toBe("Before it.\n\nPrompt with arguments: arg1='Oslo', arg2='Rome'");
  await expect.poll(() => focusedLabel(page)).toBe("Message");
  expect(await answers(page).count()).toBe(0);

  for (const name of ["static-text", "static-binary"]) {
    const list = await openOffers(page, "Add a resource…", "Add a resource");
    await list.getByRole("option").first().waitFor();
    await page.keyboard.type(name);
    await expect.poll(() => list.getByRole("option").count()).toBe(1);
    await page.keyboard.press("Enter");
    await list.waitFor({ state: "detached" });
    await expect.poll(() => focusedLabel(page)).toBe("Message");
  }
  await page.locator('[data-pasted="static-text"]').waitFor();
  await page.locator('[data-attaching="ready"]', { hasText: "static-binary.png" }).waitFor();
  await page.keyboard.press("Enter");
  await untilStatus(page, "completed");
  const asked = page.locator("article").first();
  await asked.getByText("arg2='Rome'").waitFor();
  await asked.getByRole("button", { name: "Show static-text" }).click();
  await page.getByRole("dialog").getByText("This is the content of the static text resource.").waitFor();
  expect(await asked.locator('img[data-file="static-binary.png"]').count()).toBe(1);
  expect(screens.errors).toEqual([]);
});

test("a server that offers nothing but tools says so calmly, and one that fails says why and can be asked again", async () => {
  await using bare = await openFixtureHttp();
  bare.state.hasOnlyTools = true;
  await using failing = await openFixtureHttp();
  let isBroken = true;
  failing.intercept = (_request, response, body) => {
    const { method = "" } = (body ?? {}) as { method?: string };
    if (!isBroken || !["prompts/list", "prompts/get"].includes(method)) return false;
    response.writeHead(500).end();
    return true;
  };
  await using screens = await openScreens();
  const { page } = screens;
  const card = await register(page, "bare", bare.url);
  await card.getByText("Prompts", { exact: true }).click();
  await card.getByText("It offers no prompts.").waitFor();
  await card.getByText("Resources", { exact: true }).click();
  await card.getByText("It offers no resources.").waitFor();
  const other = await addServer(page, "failing", failing.url);
  await other.getByText("Prompts", { exact: true }).click();
  await other.getByRole("alert").filter({ hasText: "HTTP status 500" }).waitFor();

  await attach(page, "bare");
  await page.getByRole("button", { name: "Attach MCP servers" }).click();
  await page.getByRole("menuitemcheckbox", { name: "failing" }).click();
  await page.keyboard.press("Escape");
  const dialog = await openOffers(page, "Insert a prompt…", "Insert a prompt");
  await dialog.getByText("bare offers no prompts.").waitFor();
  await dialog.getByRole("alert").filter({ hasText: "HTTP status 500" }).waitFor();
  isBroken = false;
  await dialog.getByRole("button", { name: "Ask again" }).press("Enter");
  await dialog.getByRole("option", { name: "greet" }).click();
  isBroken = true;
  const form = page.getByRole("dialog", { name: "greet" });
  await form.getByRole("textbox", { name: "name" }).fill("Ada");
  await form.getByRole("button", { name: "Insert" }).click();
  await form.getByRole("alert").filter({ hasText: "HTTP status 500" }).waitFor();
  // What was filled in is still there.
  isBroken = false;
  await form.getByRole("button", { name: "Insert" }).click();
  await form.waitFor({ state: "detached" });
  expect(await composer(page).inputValue()).toBe("Greet Ada");

  const again = await openOffers(page, "Insert a prompt…", "Insert a prompt");
  await page.keyboard.press("Escape");
  await again.waitFor({ state: "detached" });
  await expect.poll(() => focusedLabel(page)).toBe("Message");
  expect(screens.errors).toEqual([]);
});

test("a pasted program is shown whole before it is saved, and starts only once exactly it was approved", async () => {
  await using screens = await openScreens();
  const { page } = screens;
  await openServers(page);
  await page.getByRole("button", { name: "Paste a configuration" }).click();
  const dialog = page.getByRole("dialog", { name: "Paste a configuration" });
  await dialog.getByLabel("Configuration").fill("not a configuration");
  await dialog.getByText("This is neither such a configuration nor an address.").waitFor();
  const config = { command: process.execPath, args: [fixtureProgram, "--an argument"], env: { SECRET: "hush" } };
  await dialog.getByLabel("Configuration").fill(JSON.stringify({ mcpServers: { local: config } }));
  await dialog.getByText('"--an argument"', { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Add this server" }).click();

  const card = page.getByRole("region", { name: "local", exact: true });
  const approval = card.getByRole("group", { name: "This program has not been approved" });
  await approval.getByText('"--an argument"', { exact: true }).waitFor();
  await approval.getByText("SECRET").waitFor();
  expect(await page.content()).not.toContain("hush");
  expect(await card.getByRole("button", { name: "Test" }).count()).toBe(0);
  await approval.getByRole("button", { name: "Approve this program" }).click();
  await card.getByRole("button", { name: "Test" }).click();
  await card.getByText(/It answered after .* and offers \d+ tools\./).waitFor();

  // Another argument is another program.
  await page.getByRole("button", { name: "Edit local" }).click();
  await page.getByRole("textbox", { name: "Arguments" }).fill(`${fixtureProgram}\n--another`);
  await page.getByRole("button", { name: "Save" }).click();
  await approval.getByText('"--another"').waitFor();

  await page.getByRole("button", { name: "Delete local" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No MCP server yet").waitFor();
  expect(screens.errors).toEqual([]);
});

test("a server that wants a sign-in says so, and its page opens in a tab that knows nothing of this one", async () => {
  await using example = await openPublishedServer(oauthExample);
  await using screens = await openScreens({ CHATEE_MCP__ALLOW_ADDRESSES: "127.0.0.0/8,::1/128" });
  const { page, context } = screens;
  const card = await register(page, "example", `${example.origin}/mcp`);
  await card.getByText("Needs sign-in").waitFor();
  // The page closes itself when it is done, so it says by itself whether it knows who opened it.
  await context.addInitScript('if (window.opener !== null) throw new Error("it knows this one")');
  context.on("weberror", (error) => screens.errors.push(error.error().message));
  const opened = context.waitForEvent("page");
  await card.getByRole("button", { name: "Sign in" }).click();
  await opened;
  await card.getByText("Signed in at").waitFor();
  await card.getByRole("button", { name: "Test" }).click();
  await card.getByText(/It answered after .* and offers/).waitFor();
  await card.getByRole("button", { name: "Sign out" }).click();
  await card.getByText("Signed in at").waitFor({ state: "detached" });
  expect(screens.errors).toEqual([]);
});
