import { readdirSync, rmSync, statSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folderOf = (dataDirectory: string) => join(dataDirectory, "cache");

/** Another build has other code: it gets a folder of its own, named by when this one was made. */
const build = `code-${Math.floor(statSync(fileURLToPath(import.meta.url)).mtimeMs).toString(36)}`;

/**
 * Lets Node keep what it compiles, so that the next start does not compile it again: about a tenth of its
 * processor time. Without a place to write to, it compiles.
 */
export function openCodeCache(dataDirectory: string): void {
  enableCompileCache(join(folderOf(dataDirectory), build));
}

/** Writes down what was compiled, which otherwise an orderly end does, and removes what earlier builds left. */
export function cleanCodeCache(dataDirectory: string): void {
  flushCompileCache();
  try {
    for (const name of readdirSync(folderOf(dataDirectory)))
      if (name.startsWith("code-") && name !== build) rmSync(join(folderOf(dataDirectory), name), { recursive: true });
  } catch {
    // It is a cache: the next start tries again.
  }
}
