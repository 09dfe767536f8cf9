import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where everything is kept: `CHATEE_DATA_DIR`, or the place the operating system has for a person's data. */
export function dataDirectoryOf(env: Record<string, string | undefined>, platform = process.platform): string {
  if (env["CHATEE_DATA_DIR"]) return resolve(env["CHATEE_DATA_DIR"]);
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "chatee");
  if (platform === "win32") return join(env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "chatee");
  return join(env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "chatee");
}
