import { imageSizeOf } from "@chatee/api/files/image-size";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFindings } from "./axe.ts";
import { composer, lastAnswer, openChromium, openSignedIn, send, untilShown, untilStatus } from "./chat-page.ts";
import { createTestServer } from "./create-test-server.ts";
import { pngOf } from "./png.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==",
  "base64",
);
const opened = new AsyncDisposableStack();
let context: BrowserContext;
let page: Page;
let errors: string[];
let server: Awaited<ReturnType<typeof createTestServer>>;

beforeAll(async () => {
  server = opened.use(await createTestServer());
  const chromium = opened.use(await openChromium());
  context = await chromium.openContext();
  ({ page, errors } = await openSignedIn(context, server));
});
afterAll(() => opened.disposeAsync());

/** Runs in the page. */
const dropAndPaste = `
  const data = new DataTransfer();
  data.items.add(new File(["the word is heron"], "笔记.txt", { type: "text/plain" }));
  const form = document.querySelector("[data-composer]");
  for (const type of ["dragover", "drop"])
    form.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  const pasted = new DataTransfer();
  pasted.items.add(new File(["<svg onload='document.title=1'>"], "evil.svg", { type: "image/svg+xml" }));
  const field = form.querySelector("textarea");
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: pasted, bubbles: true, cancelable: true }));
`;

const chip = (state: string) => page.locator(`[data-attaching="${state}"]`);

test("a picture and a text are attached by picker, drop and paste, reach the model, and are there after a reload", async () => {
  await page.locator("input[data-attach]").setInputFiles([
    { name: "heron.png", mimeType: "image/png", buffer: png },
    { name: "unwanted.txt", mimeType: "text/plain", buffer: Buffer.from("not this one") },
  ]);
  await expect.poll(() => chip("ready").count()).toBe(2);
  await page.getByRole("button", { name: "Remove unwanted.txt" }).click();
  await page.evaluate(dropAndPaste);
  await expect.poll(() => chip("ready").count()).toBe(3);
  await page.reload();
  await composer(page).waitFor();
  expect(await chip("ready").allInnerTexts()).toEqual([
    expect.stringContaining("heron.png"),
    expect.stringContaining("笔记.txt"),
    expect.stringContaining("evil.svg"),
  ]);
  await send(page, "/demo echo I read this");
  await untilStatus(page, "completed");
  await untilShown(lastAnswer(page), "the word is heron");
  await untilShown(lastAnswer(page), "[Attached picture: heron.png");
  expect(await chip("ready").count()).toBe(0);

  await page.reload();
  const said = page.getByRole("list", { name: "Attached files" });
  const picture = said.getByRole("img", { name: "heron.png" });
  await expect.poll(() => picture.evaluate((image) => Reflect.get(image, "naturalWidth") as unknown)).toBe(2);
  const saving = page.waitForEvent("download");
  await said.getByRole("link", { name: "笔记.txt" }).click();
  expect((await saving).suggestedFilename()).toBe("笔记.txt");
  expect(await seriousFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test("a large picture is shown small, and whole where it is opened", async () => {
  await page
    .locator("input[data-attach]")
    .setInputFiles([{ name: "large.png", mimeType: "image/png", buffer: pngOf(640, 320) }]);
  await expect.poll(() => chip("ready").count()).toBe(1);
  await send(page, "/demo echo A large one");
  await untilStatus(page, "completed");
  const picture = page.getByRole("img", { name: "large.png" });
  await expect.poll(() => picture.evaluate((image) => Reflect.get(image, "naturalWidth") as unknown)).toBe(512);
  const link = page.getByRole("link", { name: "Open large.png" });
  const whole = await page.request.get(new URL((await link.getAttribute("href")) ?? "", server.url).href);
  expect(imageSizeOf("image/png", await whole.body())).toEqual({ width: 640, height: 320 });
  expect(errors).toEqual([]);
});

test("files have a screen: found by name, and deleted after a second look where a message needs them", async () => {
  await page.goto(`${server.url}/#/files`);
  const list = page.getByRole("list", { name: "Files", exact: true });
  await list.getByText("heron.png").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("searchbox", { name: "Search by name" }).fill("HERON");
  await expect.poll(() => list.getByRole("listitem").count()).toBe(1);
  await page.getByRole("button", { name: "Delete heron.png" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("I read this").last().waitFor();
  await page.getByRole("button", { name: "Delete anyway" }).click();
  await page.getByText("No file has this name.").waitFor();
  expect(errors).toEqual([]);
});
