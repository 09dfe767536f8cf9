import { existsSync } from "node:fs";
import { join } from "node:path";
import { openTemporaryFolder } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { openConnection } from "../connections/connection.ts";
import { fixtureOptions } from "../connections/testing/test-environment.ts";
import { approvalHash } from "../server-spec.ts";
import type { StdioServerSpec } from "../server-spec.ts";
import { hostForTests, openProgram, rogueSpec } from "./testing/rogue-connection.ts";

test("nothing starts without the approval of exactly this command, arguments, environment and folder", async () => {
  await using folder = await openTemporaryFolder("approval");
  const marker = join(folder.path, "started");
  const spec: StdioServerSpec = { type: "stdio", command: "/bin/sh", args: ["-c", `touch ${marker}`], env: { A: "1" } };
  const others: StdioServerSpec[] = [
    { ...spec, command: "/bin/bash" },
    { ...spec, args: ["-c", `touch ${marker} `] },
    { ...spec, args: ["-c touch", marker] },
    { ...spec, env: { A: "2" } },
    { ...spec, env: { A: "1", B: "" } },
    { ...spec, cwd: folder.path },
  ];
  for (const approval of [undefined, "", ...others.map(approvalHash)]) {
    const stdio = { host: hostForTests, approval };
    await expect(openConnection(spec, fixtureOptions({ stdio }))).rejects.toMatchObject({
      failure: { code: "mcp.not_approved", approvalHash: approvalHash(spec) },
    });
  }
  await expect(openConnection(spec, fixtureOptions())).rejects.toMatchObject({ failure: { code: "mcp.start_failed" } });
  expect(existsSync(marker)).toBe(false);
});

test("a program gets its arguments untouched by any shell, its own variables, and few of ours", async () => {
  await using folder = await openTemporaryFolder("environment");
  const tricky = ["$(touch x); `id` && exit", "two words", '"', "*", ""];
  const spec = { ...rogueSpec("environment", ...tricky), env: { OWN: "o" }, cwd: folder.path };
  const baseEnvironment = {
    PATH: "/bin",
    HOME: "/h",
    LANG: "C",
    CHATEE_SECRET: "s",
    AWS_SECRET_ACCESS_KEY: "k",
    NODE_OPTIONS: "--x",
  };
  await using connection = await openProgram(spec, {}, { host: { baseEnvironment } });
  const { content } = await connection.call({ name: "act" });
  const seen = JSON.parse(content[0]?.type === "text" ? content[0].text : "") as Record<string, unknown>;
  expect(seen["env"]).toEqual({ PATH: "/bin", HOME: "/h", LANG: "C", OWN: "o" });
  expect((seen["argv"] as string[]).slice(-tricky.length)).toEqual(tricky);
  expect(seen["cwd"]).toBe(folder.path);
});

test("a program or a folder that is not there is said so", async () => {
  const spec: StdioServerSpec = { type: "stdio", command: "chatee-no-such-program", args: [], env: {} };
  for (const one of [spec, { ...rogueSpec("calm"), cwd: "/no/such/folder" }]) {
    await expect(openProgram(one)).rejects.toMatchObject({ failure: { code: "mcp.start_failed", reason: "ENOENT" } });
  }
});

test("what a program says beside its messages is kept for its owner to read", async () => {
  await using connection = await openProgram(rogueSpec("noise"));
  expect((await connection.call({ name: "act" })).content).toEqual([{ type: "text", text: "ok" }]);
  expect(connection.stderrTail()).toBe("Welcome to the server!\n");
});
