import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError, Hidden } from "./config.ts";
import { addSecretKey, dropOldSecretKeys, installToken, openDataDirectory, secretKeys } from "./data-directory.ts";
import { dataDirectoryOf } from "./data-place.ts";

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-data-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test("the data directory is what was asked for, else the operating system's place for a person", () => {
  expect(dataDirectoryOf({ CHATEE_DATA_DIR: "/data" })).toBe("/data");
  expect(dataDirectoryOf({ XDG_DATA_HOME: "/people/a/.data" }, "linux")).toBe("/people/a/.data/chatee");
  expect(dataDirectoryOf({}, "linux")).toMatch(/\.local\/share\/chatee$/);
  expect(dataDirectoryOf({}, "darwin")).toMatch(/Library\/Application Support\/chatee$/);
});

test("the token and the key are made once, with 256 bits each, and only their owner can read them", async () => {
  const folder = join(await openFolder(), "deep", "data");
  await openDataDirectory(folder);
  const token = await installToken(folder, undefined);
  const keys = await secretKeys(folder, { old_keys: [] });
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect(keys).toHaveLength(1);
  expect(await installToken(folder, undefined)).toBe(token);
  expect(await secretKeys(folder, { old_keys: [] })).toEqual(keys);
  expect(await Promise.all([folder, join(folder, "token"), join(folder, "secret.key")].map(modeOf))).toEqual([
    "700",
    "600",
    "600",
  ]);
});

test("a configured token is used and not written down", async () => {
  const folder = await openFolder();
  expect(await installToken(folder, "given")).toBe("given");
  await expect(readFile(join(folder, "token"))).rejects.toThrow("ENOENT");
});

test("rotation puts a new key in front and keeps the old ones until they are dropped", async () => {
  const folder = await openFolder();
  const [first] = await secretKeys(folder, { old_keys: [] });
  const id = await addSecretKey(folder);
  const both = await secretKeys(folder, { old_keys: [] });
  expect(both.map((key) => key.id)).toEqual([id, first?.id]);
  await dropOldSecretKeys(folder);
  expect(await secretKeys(folder, { old_keys: [] })).toEqual(both.slice(0, 1));
});

test("a damaged key file stops the start and is left as it is", async () => {
  const folder = await openFolder();
  await writeFile(join(folder, "secret.key"), "rubbish\n");
  await expect(secretKeys(folder, { old_keys: [] })).rejects.toThrow(ConfigError);
  expect(await readFile(join(folder, "secret.key"), "utf8")).toBe("rubbish\n");
  const short = new Hidden(`k1:${Buffer.alloc(16).toString("base64")}`);
  await expect(secretKeys(folder, { key: short, old_keys: [] })).rejects.toThrow("secrets.key");
});
