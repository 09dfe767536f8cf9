import type { SafeStorage } from "electron";
import type { Keychain } from "./key-vault.ts";

/**
 * Electron's door to the system's keychain. Where Linux has none, Electron "seals" with a password that everybody knows;
 * that is as good as no keychain, and said so.
 */
export function createKeychain(
  storage: Pick<
    SafeStorage,
    "isAsyncEncryptionAvailable" | "encryptStringAsync" | "decryptStringAsync" | "getSelectedStorageBackend"
  >,
  platform: NodeJS.Platform,
): Keychain {
  return {
    async isAvailable() {
      if (!(await storage.isAsyncEncryptionAvailable().catch(() => false))) return false;
      if (platform !== "linux") return true;
      const backend = storage.getSelectedStorageBackend();
      return backend !== "basic_text" && backend !== "unknown";
    },
    seal: (text) => storage.encryptStringAsync(text),
    open: async (sealed) => (await storage.decryptStringAsync(sealed)).result,
  };
}
