import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { _electron } from "playwright-core";
import { expect, test } from "vitest";

const desktop = fileURLToPath(new URL("..", import.meta.url));
const installed = join(desktop, "node_modules/electron");

/** Electron's program: what the environment names, else what was fetched into the package; null when there is none. */
function electronProgram(): string | null {
  const named = process.env["CHATEE_TEST_ELECTRON"];
  if (named !== undefined && named !== "") return named;
  const pathFile = join(installed, "path.txt");
  const program = existsSync(pathFile) ? join(installed, "dist", readFileSync(pathFile, "utf8").trim()) : "";
  return program !== "" && existsSync(program) ? program : null;
}
const program = electronProgram();

const missing =
  "SKIPPED: Electron's program is not installed (install-electron in apps/desktop fetches it; CHATEE_TEST_ELECTRON names one)";

test("the app starts in Electron, signs its window in, shows the UI, and runs a terminal", async ({ skip }) => {
  if (program === null) {
    process.stderr.write(`apps/desktop/test/electron.browser.test.ts ${missing}\n`);
    return skip(missing);
  }
  const folder = await mkdtemp(join(tmpdir(), "chatee-electron-"));
  const app = await _electron.launch({
    executablePath: program,
    args: [desktop, "--no-sandbox", `--user-data-dir=${join(folder, "shell")}`],
    env: { ...process.env, CHATEE_DATA_DIR: join(folder, "data"), CHATEE_MCP__STDIO: "false" },
  });
  try {
    // Nobody is there to answer: yes to every question.
    await app.evaluate(({ dialog }) => {
      dialog.showMessageBox = async () => ({ response: 1, checkboxChecked: false });
    });
    const page = await app.firstWindow();
    await page.getByRole("link", { name: "Terminal" }).waitFor();
    expect(await page.evaluate(() => [typeof (globalThis as { require?: unknown }).require, typeof process])).toEqual([
      "undefined",
      "undefined",
    ]);
    const foreign = await page.evaluate(() =>
      fetch("https://example.com/").then(
        () => "reached",
        () => "refused",
      ),
    );
    expect(foreign).toBe("refused");
    await page.getByRole("link", { name: "Terminal" }).click();
    await page.getByRole("button", { name: "New terminal" }).first().click();
    await page.getByRole("tabpanel").click();
    await page.keyboard.type("echo $((6*7))\n");
    await expect.poll(() => page.getByRole("tabpanel").innerText()).toContain("42");
  } finally {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
});
