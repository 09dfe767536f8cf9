import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cleanCodeCache } from "./code-cache.ts";

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-code-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("what earlier builds left is removed, and nothing else", async () => {
  const folder = await openFolder();
  for (const name of ["code-0", "code-1/v24", "other"]) await mkdir(join(folder, "cache", name), { recursive: true });
  cleanCodeCache(folder);
  expect(await readdir(join(folder, "cache"))).toEqual(["other"]);
});

test("a data directory without a cache is no problem", async () => {
  const folder = await openFolder();
  cleanCodeCache(folder);
  expect(await readdir(folder)).toEqual([]);
});
