import { execFile } from "node:child_process";

const timeoutMs = 3_000;
const [begin, end] = ["<chatee-path:", ":chatee-path>"];

/**
 * Where the person's own shell looks for programs. An app that was started from a menu is given only the system's few
 * folders, and tools that they installed (a `npx` for an MCP server) would not be found. What takes long or says nothing
 * leaves it as it was.
 */
export async function loginPath(
  shell: { file: string; env: Record<string, string> },
  known: string | undefined,
): Promise<string | undefined> {
  const script = `printf '%s' '${begin}'"$PATH"'${end}'`;
  const text = await new Promise<string>((resolve) => {
    const options = { env: shell.env, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 1024 * 1024 } as const;
    const child = execFile(shell.file, ["-ilc", script], options, (_error, stdout) => resolve(stdout));
    child.stdin?.end();
  });
  // Profiles print greetings around it.
  const found = text.slice(text.lastIndexOf(begin) + begin.length, text.lastIndexOf(end));
  return text.includes(begin) && found.startsWith("/") ? found : known;
}
