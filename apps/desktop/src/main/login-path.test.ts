import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loginPath } from "./login-path.ts";

/** A shell that does as the script says before it runs what it was given. */
async function shell(script: string) {
  const folder = await mkdtemp(join(tmpdir(), "chatee-shell-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "shell");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o700);
  return { file, env: { PATH: "/usr/bin:/bin" } };
}

test("programs are looked for where the person's shell looks, whatever its profile prints", async () => {
  const own = await shell('echo "welcome /x"; PATH=/opt/tools:$PATH; shift 1; eval "$1"; echo bye');
  expect(await loginPath(own, "/bin")).toBe("/opt/tools:/usr/bin:/bin");
});

test("a shell that is not there, fails or says nothing sensible changes nothing", async () => {
  expect(await loginPath({ file: "/nowhere/shell", env: {} }, "/bin")).toBe("/bin");
  expect(await loginPath(await shell("exit 1"), "/bin")).toBe("/bin");
  expect(await loginPath(await shell("echo /evil"), undefined)).toBeUndefined();
});
