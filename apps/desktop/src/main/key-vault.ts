import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { sealedKeyFile } from "@chatee/shared/hosted-server";
import { readIfThere, writePrivate } from "./private-file.ts";
import { Refusal } from "./refusal.ts";

/** As much of Electron's `safeStorage` as is used. */
export type Keychain = {
  isAvailable: () => Promise<boolean>;
  seal: (text: string) => Promise<Buffer>;
  open: (sealed: Buffer) => Promise<string>;
};

/** The server's own file, readable by its owner alone. */
const plainKeyFile = "secret.key";

export type KeyPlace = "keychain" | "file";
export type KeyVault = ReturnType<typeof createKeyVault>;

/**
 * Where the key is that seals the secrets stored by the bundled server. A new installation's is made here and kept sealed
 * by the system's keychain; without a keychain the server keeps it in a file of its own, as it does without this app, and
 * so it does with a file that is there already, until the person moves it. A sealed key that does not open stops the start:
 * a new one would open nothing that was stored.
 */
export function createKeyVault(dataDirectory: string, keychain: Keychain) {
  const sealedFile = join(dataDirectory, sealedKeyFile);
  const plainFile = join(dataDirectory, plainKeyFile);

  async function openSealed(sealed: Buffer): Promise<string[]> {
    if (!(await keychain.isAvailable()))
      throw new Error("The system's keychain, which has chatee's key, is not available.");
    try {
      return linesOf(await keychain.open(sealed));
    } catch (error) {
      throw new Error("The system's keychain does not open chatee's key.", { cause: error });
    }
  }

  async function seal(lines: string[]): Promise<void> {
    const sealed = await keychain.seal(`${lines.join("\n")}\n`);
    // What cannot be opened again must not replace anything.
    if (linesOf(await keychain.open(sealed)).join() !== lines.join()) throw new Refusal("secret_key.unavailable");
    writePrivate(sealedFile, sealed);
  }

  return {
    place(): KeyPlace {
      return readIfThere(sealedFile) === null ? "file" : "keychain";
    },
    canMove: async () => readIfThere(sealedFile) === null && (await keychain.isAvailable()),
    /** For the server, newest first; null when it keeps them itself. */
    async keys(): Promise<string[] | null> {
      const sealed = readIfThere(sealedFile);
      if (sealed !== null) return await openSealed(sealed);
      if (readIfThere(plainFile) !== null || !(await keychain.isAvailable())) return null;
      const fresh = [`k${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`];
      await seal(fresh);
      return fresh;
    },
    /**
     * Takes the key from the file into the keychain. From then on only this app can open what is stored.
     *
     * @throws Refusal `secret_key.unavailable`
     */
    async moveToKeychain(): Promise<void> {
      const lines = linesOf(readIfThere(plainFile)?.toString("utf8") ?? "");
      if (lines.length === 0 || !(await keychain.isAvailable())) throw new Refusal("secret_key.unavailable");
      await seal(lines);
      rmSync(plainFile);
    },
  };
}

function linesOf(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}
