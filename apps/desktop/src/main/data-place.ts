import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where the bundled server keeps everything: the same place as a server that was started from a terminal. */
export function dataDirectoryOf(env: Record<string, string | undefined>, platform: NodeJS.Platform): string {
  if (env["CHATEE_DATA_DIR"]) return resolve(env["CHATEE_DATA_DIR"]);
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "chatee");
  if (platform === "win32") return join(env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "chatee");
  return join(env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "chatee");
}

/** The settings among the variables, without those that say where to look for it, or how to come in. */
export function settingsAmong(env: Record<string, string | undefined>): Record<string, string> {
  const settings = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || !name.startsWith("CHATEE_") || /^CHATEE_(DATA_DIR|TEST_.*|AUTH__MODE)$/.test(name)
      ? []
      : [[name, value] as const],
  );
  return Object.fromEntries(settings);
}
