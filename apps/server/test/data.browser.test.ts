import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chatGptConversation, claudeConversation } from "@chatee/shared/testing/archives";
import { freePort } from "@chatee/tooling/private-process";
import type { Download } from "playwright-core";
import { expect, test } from "vitest";
import { seriousFindings } from "./axe.ts";
import { openChromium, openSignedIn, send, untilStatus } from "./chat-page.ts";
import { clickUntil } from "./click-until.ts";
import { openClient, openTestDirectory } from "./create-test-server.ts";
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
  const later = { uuid: "later", sender: "human", text: "One more thing", created_at: "2025-06-01T00:00:00Z" };
  const grown = { ...claudeConversation, chat_messages: [...claudeConversation.chat_messages, later] };
  await writeFile(archive, JSON.stringify([chatGptConversation, grown]));
  await page.locator('input[type="file"][aria-label="Import chats"]').setInputFiles(archive);
  await page.getByText("2 chats with 9 messages").waitFor();
  await page.getByRole("button", { name: "Import 2 chats" }).click();
  await page.getByText("0 imported, 1 were here already. 1 had new messages, which were added.").waitFor();
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

test("chats move to another chatee with their files, and moved twice they are there once", async () => {
  await using directory = await openTestDirectory();
  await using chromium = await openChromium();
  const start = async (name: string) =>
    await startServerProcess({ dataDirectory: join(directory.path, name), port: await freePort() });
  const archive = join(directory.path, "chats.zip");
  {
    await using from = await start("from");
    const { page } = await openSignedIn(await chromium.openContext(), from);
    await page
      .locator("input[data-attach]")
      .setInputFiles([{ name: "笔记.txt", mimeType: "text/plain", buffer: Buffer.from("the word is heron") }]);
    await page.locator('[data-attaching="ready"]').waitFor();
    await send(page, "Keep this");
    await untilStatus(page, "completed");
    await page.goto(`${from.url}/#/settings/data`);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "With files" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^chatee-chats-[\d-]+\.zip$/);
    await download.saveAs(archive);
    await page.context().close();
  }
  await using to = await start("to");
  await using api = openClient(to);
  const { page, errors } = await openSignedIn(await chromium.openContext(), to);
  await page.goto(`${to.url}/#/settings/data`);
  for (const said of ["1 imported, 0 were here already.", "0 imported, 1 were here already."]) {
    await page.locator('input[type="file"][aria-label="Import chats"]').setInputFiles(archive);
    await page.getByText("1 chats with 2 messages").waitFor();
    await page.getByText("1 uploaded files").waitFor();
    await page.getByRole("button", { name: "Import 1 chats" }).click();
    await page.getByText(said).waitFor();
    await page.getByRole("button", { name: "Close" }).click();
  }
  const { files } = await api.client.files.list.query({});
  expect(files).toMatchObject([{ name: "笔记.txt" }]);
  const refusal: unknown = await api.client.files.delete
    .mutate({ fileId: files[0]?.fileId ?? "" })
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject({ data: { failure: { code: "file.in_use" } } });
  const { sessions } = await api.client.sessions.list.query({ limit: 9 });
  await page.goto(`${to.url}/#/sessions/${sessions[0]?.sessionId}`);
  // The end of the chat is below: it is scrolled to first, and what is clicked must not move away.
  await untilStatus(page, "completed");
  const saved: Download[] = [];
  page.on("download", (download) => saved.push(download));
  const link = page.getByRole("list", { name: "Attached files" }).getByRole("link", { name: "笔记.txt" });
  await clickUntil(link, () => saved.length > 0);
  expect(await readFile((await saved[0]?.path()) ?? "", "utf8")).toBe("the word is heron");
  expect(errors).toEqual([]);
});
