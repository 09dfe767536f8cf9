import { readFile } from "node:fs/promises";
import { imageSizeOf } from "@chatee/api/files/image-size";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFindings } from "./axe.ts";
import { composer, lastAnswer, openChromium, openSignedIn, send, untilShown, untilStatus } from "./chat-page.ts";
import { clickUntil } from "./click-until.ts";
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

const naturalWidth = (image: Locator) => image.evaluate((element) => Reflect.get(element, "naturalWidth") as unknown);
const focused = () => page.evaluate<string>("document.activeElement?.getAttribute('aria-label') ?? ''");

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
  await expect.poll(() => naturalWidth(picture)).toBe(2);
  const saving = page.waitForEvent("download");
  await said.getByRole("link", { name: "笔记.txt" }).click();
  expect((await saving).suggestedFilename()).toBe("笔记.txt");
  expect(await seriousFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test("a large picture is shown small, opens whole over the screen, is saved from there, and gives the focus back", async () => {
  await page
    .locator("input[data-attach]")
    .setInputFiles([{ name: "large.png", mimeType: "image/png", buffer: pngOf(640, 320) }]);
  await expect.poll(() => chip("ready").count()).toBe(1);
  await send(page, "/demo echo A large one");
  await untilStatus(page, "completed");
  const picture = page.getByRole("img", { name: "large.png" });
  await expect.poll(() => naturalWidth(picture)).toBe(512);

  const opener = page.getByRole("button", { name: "Open large.png" });
  const lightbox = page.getByRole("dialog", { name: "large.png" });
  const whole = lightbox.getByRole("img", { name: "large.png" });
  await clickUntil(opener, () => lightbox.isVisible());
  await expect.poll(() => naturalWidth(whole)).toBe(640);
  // It grows to its size as it opens.
  await expect.poll(() => whole.boundingBox()).toMatchObject({ width: 640, height: 320 });
  await expect.poll(focused).toBe("Close");
  expect(await seriousFindings(page)).toEqual([]);
  const saving = page.waitForEvent("download");
  await lightbox.getByRole("link", { name: "Download" }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("large.png");
  expect(imageSizeOf("image/png", await readFile(await saved.path()))).toEqual({ width: 640, height: 320 });

  // By its button, by a key, and by a click beside it.
  await lightbox.getByRole("button", { name: "Close" }).click();
  await lightbox.waitFor({ state: "detached" });
  await expect.poll(focused).toBe("Open large.png");
  await page.keyboard.press("Enter");
  await whole.waitFor();
  await page.keyboard.press("Escape");
  await lightbox.waitFor({ state: "detached" });
  await expect.poll(focused).toBe("Open large.png");
  await page.keyboard.press("Enter");
  await whole.waitFor();
  await page.mouse.click(4, 4);
  await lightbox.waitFor({ state: "detached" });
  await expect.poll(focused).toBe("Open large.png");
  expect(errors).toEqual([]);
});

test.for(["light", "dark"] as const)(
  "on a phone that is %s an opened picture is whole, with its name and its way back in view",
  async (colorScheme) => {
    const size = page.viewportSize() ?? { width: 1280, height: 800 };
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme });
    const lightbox = page.getByRole("dialog", { name: "large.png" });
    await clickUntil(page.getByRole("button", { name: "Open large.png" }), () => lightbox.isVisible());
    const whole = lightbox.getByRole("img", { name: "large.png" });
    await expect.poll(() => naturalWidth(whole)).toBe(640);
    for (const part of [
      whole,
      lightbox.getByRole("link", { name: "Download" }),
      lightbox.getByRole("button", { name: "Close" }),
    ]) {
      const { x, y, width, height } = (await part.boundingBox()) ?? { x: -1, y: -1, width: 0, height: 0 };
      expect([x >= 0, y >= 0, x + width <= 390, y + height <= 844]).toEqual([true, true, true, true]);
    }
    const { width, height } = (await whole.boundingBox()) ?? { width: 0, height: 0 };
    expect(width).toBeGreaterThan(300);
    expect(width / height).toBeCloseTo(2, 1);
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await lightbox.waitFor({ state: "detached" });
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: "light" });
    expect(errors).toEqual([]);
  },
);

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
