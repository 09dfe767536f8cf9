import { expect, test } from "vitest";
import { shellCommand } from "./shell-command.ts";

const everything = () => true;

test("a terminal starts the person's shell, with nothing of chatee's or Electron's in its environment", () => {
  const env = {
    SHELL: "/usr/bin/fish",
    HOME: "/h",
    CHATEE_AUTH__TOKEN: "t",
    ELECTRON_RUN_AS_NODE: "1",
    NODE_OPTIONS: "--inspect",
    OPENAI_API_KEY: "the person's own",
  };
  expect(shellCommand(env, "linux", everything)).toEqual({
    file: "/usr/bin/fish",
    args: [],
    env: {
      SHELL: "/usr/bin/fish",
      HOME: "/h",
      OPENAI_API_KEY: "the person's own",
      TERM: "xterm-256color",
      COLORTERM: "truecolor",
      TERM_PROGRAM: "chatee",
    },
  });
});

test("a shell that is not there, or is no path, is not started", () => {
  expect(shellCommand({ SHELL: "sh -c evil" }, "linux", (path) => path === "/bin/bash").file).toBe("/bin/bash");
  expect(shellCommand({}, "linux", () => false).file).toBe("/bin/sh");
  expect(shellCommand({}, "darwin", everything)).toMatchObject({ file: "/bin/zsh", args: ["-l"] });
  expect(shellCommand({ ComSpec: "C:\\cmd.exe" }, "win32", () => false).file).toBe("C:\\cmd.exe");
});
