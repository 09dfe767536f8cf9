import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openPreferences } from "./preferences.ts";
import { fitBounds } from "./window-bounds.ts";

const laptop = { x: 0, y: 0, width: 1_440, height: 900 };
const beside = { x: 1_440, y: -200, width: 2_560, height: 1_440 };
const saved = { x: 1_600, y: 0, width: 1_200, height: 800, isMaximized: false };

test("a window opens where it was while its display is there, and in sight when it is not", () => {
  expect(fitBounds(saved, [laptop, beside])).toEqual({ x: 1_600, y: 0, width: 1_200, height: 800 });
  expect(fitBounds(saved, [laptop])).toEqual({ x: 120, y: 50, width: 1_200, height: 800 });
  expect(fitBounds(null, [laptop])).toEqual({ x: 100, y: 40, width: 1_240, height: 820 });
});

test("a window is never larger than its display, smaller than its contents, or out of reach", () => {
  const huge = fitBounds({ ...saved, x: 0, width: 9_000, height: 9_000 }, [laptop]);
  expect(huge).toMatchObject({ width: 1_440, height: 900 });
  expect(fitBounds({ ...saved, x: 0, width: 1, height: 1 }, [laptop])).toMatchObject({ width: 420, height: 480 });
  // Its title bar lay above or below what can be seen.
  for (const y of [-5_000, -10, 890, 5_000]) {
    const found = fitBounds({ ...saved, x: 10, y }, [laptop]);
    expect(found.y).toBeGreaterThanOrEqual(0);
    expect(found.y + 80).toBeLessThanOrEqual(900);
  }
  const small = { x: 0, y: 0, width: 400, height: 300 };
  expect(fitBounds(saved, [small])).toEqual(small);
  expect(fitBounds(saved, [])).toMatchObject({ x: expect.any(Number), width: 1_200 });
});

test("what the shell remembers survives a restart, and a damaged file or value is as good as none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chatee-shell-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "deep", "shell.json");
  const usual = { bounds: null, server: { kind: "bundled" }, port: 0, closeToTray: false };
  expect(openPreferences(file).get()).toEqual(usual);
  openPreferences(file).set({ port: 40_000, server: { kind: "remote", origin: "https://chatee.example" } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(openPreferences(file).get()).toMatchObject({ port: 40_000, server: { origin: "https://chatee.example" } });
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("40000", "-1").replace("https://chatee.example", "http://evil.example"));
  expect(openPreferences(file).get()).toEqual(usual);
  for (const damaged of ["{", "null", "5", '"x"']) {
    await writeFile(file, damaged);
    expect(openPreferences(file).get()).toEqual(usual);
  }
});
