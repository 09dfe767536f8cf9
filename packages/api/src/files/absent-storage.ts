import { DomainError } from "@chatee/shared/failure";
import type { FileStorage } from "./file-storage.ts";

/** Where nobody gave a place for files: none can be added, and there are none. */
export function createAbsentStorage(): FileStorage {
  const refuse = (): never => {
    throw new DomainError({ code: "feature.unavailable", feature: "Keeping files" });
  };
  return {
    take: async () => refuse(),
    has: async () => false,
    read: refuse,
    remove: async () => {},
    async *older() {},
    tidy: async () => {},
  };
}
