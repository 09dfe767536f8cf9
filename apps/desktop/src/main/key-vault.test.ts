import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealedKeyFile } from "@chatee/shared/hosted-server";
import { expect, onTestFinished, test } from "vitest";
import { createKeyVault } from "./key-vault.ts";
import type { Keychain } from "./key-vault.ts";
import { createKeychain } from "./keychain.ts";
import { Refusal } from "./refusal.ts";

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chatee-vault-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Seals by turning bits over, which shows no plain text; another `pad` is another person's keychain. */
function keychain(pad: number | null): Keychain {
  const turn = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ (pad ?? 0)));
  return {
    isAvailable: async () => pad !== null,
    seal: async (text) => turn(Buffer.concat([Buffer.from("sealed:"), Buffer.from(text)])),
    async open(sealed) {
      const text = turn(sealed).toString("utf8");
      if (!text.startsWith("sealed:")) throw new Error("another keychain");
      return text.slice("sealed:".length);
    },
  };
}
const line = `k1:${Buffer.alloc(32, 1).toString("base64")}`;

test("a new installation's key is made once, kept by the keychain, and never lies in a file in plain", async () => {
  const folder = await openFolder();
  const vault = createKeyVault(folder, keychain(91));
  const keys = await vault.keys();
  expect(keys).toEqual([expect.stringMatching(/^k[0-9a-f]{8}:[A-Za-z0-9+/]{43}=$/)]);
  expect(await createKeyVault(folder, keychain(91)).keys()).toEqual(keys);
  expect(vault.place()).toBe("keychain");
  const sealed = join(folder, sealedKeyFile);
  expect(await readFile(sealed, "latin1")).not.toContain(keys?.[0]?.split(":")[1]);
  expect((await stat(sealed)).mode & 0o777).toBe(0o600);
  expect(existsSync(join(folder, "secret.key"))).toBe(false);
});

test("a sealed key that does not open stops the start: it is neither replaced nor left out", async () => {
  const folder = await openFolder();
  await createKeyVault(folder, keychain(91)).keys();
  const before = await readFile(join(folder, sealedKeyFile));
  await expect(createKeyVault(folder, keychain(17)).keys()).rejects.toThrow("does not open");
  await expect(createKeyVault(folder, keychain(null)).keys()).rejects.toThrow("not available");
  expect(await readFile(join(folder, sealedKeyFile))).toEqual(before);
});

test("without a keychain, and with a key file that is there, the server keeps its key itself", async () => {
  const folder = await openFolder();
  const none = createKeyVault(folder, keychain(null));
  expect(await none.keys()).toBeNull();
  expect([none.place(), await none.canMove()]).toEqual(["file", false]);
  await writeFile(join(folder, "secret.key"), `${line}\n`);
  const vault = createKeyVault(folder, keychain(91));
  expect(await vault.keys()).toBeNull();
  expect([vault.place(), await vault.canMove()]).toEqual(["file", true]);
  await expect(none.moveToKeychain()).rejects.toThrow(new Refusal("secret_key.unavailable"));
});

test("moving takes all keys from the file into the keychain, and keeps the file when what was sealed does not open", async () => {
  const folder = await openFolder();
  const old = `k0:${Buffer.alloc(32, 2).toString("base64")}`;
  await writeFile(join(folder, "secret.key"), `${line}\n${old}\n`);
  const broken: Keychain = { ...keychain(91), seal: async () => Buffer.from("rubbish") };
  await expect(createKeyVault(folder, broken).moveToKeychain()).rejects.toThrow("another keychain");
  expect(existsSync(join(folder, sealedKeyFile))).toBe(false);
  const vault = createKeyVault(folder, keychain(91));
  await vault.moveToKeychain();
  expect(existsSync(join(folder, "secret.key"))).toBe(false);
  expect(await vault.keys()).toEqual([line, old]);
  expect(await vault.canMove()).toBe(false);
});

test("Linux without a keychain, where Electron seals with a known password, counts as none", async () => {
  const storage = (backend: "basic_text" | "gnome_libsecret", isAvailable = true) => ({
    isAsyncEncryptionAvailable: async () => isAvailable,
    encryptStringAsync: async (text: string) => Buffer.from(text),
    decryptStringAsync: async (sealed: Buffer) => ({ result: sealed.toString(), shouldReEncrypt: false }),
    getSelectedStorageBackend: () => backend,
  });
  expect(await createKeychain(storage("basic_text"), "linux").isAvailable()).toBe(false);
  expect(await createKeychain(storage("gnome_libsecret"), "linux").isAvailable()).toBe(true);
  expect(await createKeychain(storage("gnome_libsecret", false), "darwin").isAvailable()).toBe(false);
  expect(await createKeychain(storage("basic_text"), "win32").isAvailable()).toBe(true);
});
