import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createFileGrants } from "./file-grants.ts";
import { Refusal } from "./refusal.ts";

async function open() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "chatee-grants-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let atMs = 0;
  const grants = createFileGrants({ now: () => atMs, newId: randomUUID });
  return { folder, grants, pass: (ms: number) => (atMs += ms) };
}
const noGrant = new Refusal("files.no_grant");
const changed = new Refusal("files.changed");

test("what was picked can be read in pieces, by the window that picked it, until the grant runs out", async () => {
  const { folder, grants, pass } = await open();
  const file = join(folder, "a.txt");
  await writeFile(file, "0123456789");
  const { grantId, name, sizeBytes } = await grants.toRead(1, file);
  expect({ name, sizeBytes }).toEqual({ name: "a.txt", sizeBytes: 10 });
  const first = await grants.read(1, { grantId, offset: 0, maxBytes: 4 });
  expect([Buffer.from(first.bytes).toString(), first.isEnd]).toEqual(["0123", false]);
  const rest = await grants.read(1, { grantId, offset: 4, maxBytes: 100 });
  expect([Buffer.from(rest.bytes).toString(), rest.isEnd]).toEqual(["456789", true]);
  await expect(grants.read(2, { grantId, offset: 0, maxBytes: 4 })).rejects.toThrow(noGrant);
  await expect(grants.write(1, grantId, new Uint8Array(1))).rejects.toThrow(noGrant);
  await expect(grants.pathOfFolder(1, grantId)).rejects.toThrow(noGrant);
  pass(15 * 60_000);
  await expect(grants.read(1, { grantId, offset: 0, maxBytes: 4 })).rejects.toThrow(noGrant);
});

test("a grant ends with its window, or when it is given back", async () => {
  const { folder, grants } = await open();
  const file = join(folder, "a.txt");
  await writeFile(file, "x");
  const [one, two] = [await grants.toRead(1, file), await grants.toRead(1, file)];
  grants.release(2, one.grantId);
  await grants.read(1, { grantId: one.grantId, offset: 0, maxBytes: 1 });
  grants.release(1, one.grantId);
  await expect(grants.read(1, { grantId: one.grantId, offset: 0, maxBytes: 1 })).rejects.toThrow(noGrant);
  grants.closeWindow(1);
  await expect(grants.read(1, { grantId: two.grantId, offset: 0, maxBytes: 1 })).rejects.toThrow(noGrant);
});

test("a picked file that was replaced, by another file or by a link, is not read", async () => {
  const { folder, grants } = await open();
  const [file, secret] = [join(folder, "a.txt"), join(folder, "secret")];
  await writeFile(file, "mine");
  await writeFile(secret, "secret");
  const { grantId } = await grants.toRead(1, file);
  await rename(file, join(folder, "away"));
  await symlink(secret, file);
  await expect(grants.read(1, { grantId, offset: 0, maxBytes: 9 })).rejects.toThrow(changed);
  await rm(file);
  await writeFile(file, "other");
  await expect(grants.read(1, { grantId, offset: 0, maxBytes: 9 })).rejects.toThrow(changed);
});

test("a folder above a picked file that became a link leads nowhere", async () => {
  const { folder, grants } = await open();
  await mkdir(join(folder, "docs"));
  await mkdir(join(folder, "private"));
  await writeFile(join(folder, "docs", "a"), "x");
  await writeFile(join(folder, "private", "a"), "secret");
  const read = await grants.toRead(1, join(folder, "docs", "a"));
  const write = await grants.toWrite(1, join(folder, "docs", "new"));
  const inside = await grants.folder(1, join(folder, "docs"));
  await rename(join(folder, "docs"), join(folder, "old"));
  await symlink(join(folder, "private"), join(folder, "docs"));
  await expect(grants.read(1, { grantId: read.grantId, offset: 0, maxBytes: 9 })).rejects.toThrow(changed);
  await expect(grants.write(1, write.grantId, new Uint8Array(1))).rejects.toThrow(changed);
  await expect(grants.pathOfFolder(1, inside.grantId)).rejects.toThrow(changed);
  expect(await readdir(join(folder, "private"))).toEqual(["a"]);
});

test("a file is written whole, once, where it was picked; a link in its place is replaced, not followed", async () => {
  const { folder, grants } = await open();
  const [file, elsewhere] = [join(folder, "out.json"), join(folder, "elsewhere")];
  await writeFile(elsewhere, "untouched");
  const { grantId, name } = await grants.toWrite(1, file);
  expect(name).toBe("out.json");
  await symlink(elsewhere, file);
  expect(await grants.write(1, grantId, Buffer.from("{}"))).toEqual({ sizeBytes: 2 });
  expect(await readFile(file, "utf8")).toBe("{}");
  expect(await readFile(elsewhere, "utf8")).toBe("untouched");
  expect((await readdir(folder)).toSorted()).toEqual(["elsewhere", "out.json"]);
  await expect(grants.write(1, grantId, Buffer.from("again"))).rejects.toThrow(noGrant);
});

test("a folder is no file, and the number of grants is bounded", async () => {
  const { folder, grants } = await open();
  await expect(grants.toRead(1, folder)).rejects.toThrow(new Refusal("files.unreadable"));
  await writeFile(join(folder, "a"), "x");
  await expect(grants.folder(1, join(folder, "a"))).rejects.toThrow(new Refusal("files.unreadable"));
  const first = await grants.toRead(1, join(folder, "a"));
  for (let count = 0; count < 256; count++) await grants.toRead(1, join(folder, "a"));
  await expect(grants.read(1, { grantId: first.grantId, offset: 0, maxBytes: 1 })).rejects.toThrow(noGrant);
});
