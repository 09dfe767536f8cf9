import { existsSync } from "node:fs";

type Variables = Record<string, string | undefined>;

/** Ours, Electron's, and what would change the programs a person starts without their knowing. */
const ours = /^(CHATEE_|ELECTRON_|CHROME_|NODE_OPTIONS$|NODE_CHANNEL_|GOOGLE_API_KEY$|ORIGINAL_XDG_)/i;

/** The person's own shell, as a terminal of the system would start it, with nothing of chatee's in its environment. */
export function shellCommand(
  env: Variables,
  platform: NodeJS.Platform,
  exists: (path: string) => boolean = existsSync,
) {
  return { ...programOf(env, platform, exists), env: shellEnvironment(env) };
}

function programOf(env: Variables, platform: NodeJS.Platform, exists: (path: string) => boolean) {
  if (platform === "win32") {
    const root = env["SystemRoot"] ?? "C:\\Windows";
    const powershell = `${root}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
    return exists(powershell)
      ? { file: powershell, args: ["-NoLogo"] }
      : { file: env["ComSpec"] ?? "cmd.exe", args: [] };
  }
  const wanted = env["SHELL"];
  const file = [wanted, "/bin/zsh", "/bin/bash"].find((path) => path?.startsWith("/") && exists(path)) ?? "/bin/sh";
  // On macOS a program's environment is not the one that login shells set up.
  return { file, args: platform === "darwin" ? ["-l"] : [] };
}

function shellEnvironment(env: Variables): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || ours.test(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(kept), TERM: "xterm-256color", COLORTERM: "truecolor", TERM_PROGRAM: "chatee" };
}
