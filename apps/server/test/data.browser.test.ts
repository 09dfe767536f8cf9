import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chatGptConversation, claudeConversation } from "@chatee/shared/testing/archives";
import { freePort } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { seriousFindings } from "./axe.ts";
import { openChromium, openSignedIn, send, untilStatus } from "./chat-page.ts";
import { openTestDirectory } from "./create-test-server.ts";
import { startServerProcess } from "./server-process.ts";

test("an archive is shown before it is taken in, doubles nothing, and what models use is plotted", async () => {
  await using directory = await openTestDirectory();
  const archive = join(directory.path, "conversations.json");
  await writeFile(archive, JSON.stringify([chatGptConversation, { title: "Broken" }, claudeConversation]));
  await using server = await startServerProcess({
    dataDirectory: join(directory.path, "data"),
    port: await freePort(),
  });
  await using chromium = await openChromium();
  const { page, errors } = await openSignedIn(await chromium.openContext(), server);

  await page.goto(`${server.url}/#/settings/usage`);
  await page.getByText("Nothing was used in this time").waitFor();
  await page.goto(`${server.url}/#/`);
  await send(page, "/demo echo usage");
  await untilStatus(page, "completed");

  await page.goto(`${server.url}/#/settings/data`);
  const choose = async () => {
    await page.locator('input[type="file"][aria-label="Import chats"]').setInputFiles(archive);
    await page.getByText("2 chats with 8 messages").waitFor();
  };
  await choose();
  await page.getByText("1 entries cannot be taken in").click();
  await page.getByText("Broken: is not a chat").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const look = process.env["CHATEE_TEST_PICTURES"];
  if (look) await page.screenshot({ path: join(look, "data.png") });
  await page.getByRole("button", { name: "Import 2 chats" }).click();
  await page.getByText("2 imported, 0 were here already.").waitFor();
  await choose();
  await page.getByRole("button", { name: "Import 2 chats" }).click();
  await page.getByText("0 imported, 2 were here already.").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download a backup" }).click(),
  ]);
  await page.locator('input[type="file"][aria-label="Restore a backup"]').setInputFiles(await download.path());
  await page.getByText(/The backup is whole: 3 chats/).waitFor();
  await page.getByRole("button", { name: "Do not restore" }).click();
  await page.getByText(/The backup is whole/).waitFor({ state: "detached" });

  await page.goto(`${server.url}/#/settings/usage`);
  await page.getByRole("img", { name: "Tokens per day" }).waitFor();
  await page.getByRole("cell", { name: "Unknown" }).first().waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= 390")).toBe(true);
  expect(await seriousFindings(page)).toEqual([]);
  if (look) {
    await page.screenshot({ path: join(look, "usage-390.png") });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.screenshot({ path: join(look, "usage-dark.png") });
  }
  expect(errors).toEqual([]);
});
