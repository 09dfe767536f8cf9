import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const repositoryRoot = join(import.meta.dirname, "..", "..");

/** Folders that are made, not written; the same as in .gitignore. */
const madeFolders = new Set(["node_modules", "dist", ".git", ".turbo", ".types", "test-results", "results", ".data"]);

/** Every written file, relative to the root with forward slashes. Read from disk: CI may have the files and no git. */
export function listRepositoryFiles(folder = ""): string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return madeFolders.has(entry.name) ? [] : listRepositoryFiles(path);
    return entry.isFile() && !entry.name.endsWith(".log") ? [path] : [];
  });
}

/** Undefined when the file is gone since it was listed: an editor or another test may be at work. */
export function readRepositoryFile(path: string): string | undefined {
  try {
    return readFileSync(join(repositoryRoot, path), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
