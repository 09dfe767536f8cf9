import { describe, expect, test } from "vitest";
import { listRepositoryFiles, readRepositoryFile } from "./repository-files.ts";
import { rooms, violationsOf } from "./room-rules.ts";

const sources = listRepositoryFiles().filter((path) => /^(packages|apps|bench|tooling)\/.*\.(ts|tsx|mts)$/.test(path));

test("every source file keeps to its room", () => {
  const violations = sources.flatMap((path) => {
    const source = readRepositoryFile(path);
    return source === undefined ? [] : violationsOf(path, source).map((violation) => `${path} ${violation}`);
  });
  expect(violations).toEqual([]);
});

test("the rules look at real files: every room that exists has sources", () => {
  const populated = rooms
    .filter(({ folder }) => sources.some((path) => path.startsWith(folder)))
    .map(({ name }) => name);
  expect(populated).toEqual(expect.arrayContaining(["shared", "db", "api", "tooling"]));
});

describe("a violation is found", () => {
  test.each([
    ["packages/shared/src/ids.ts", `import { randomBytes } from "node:crypto";`, "shared must not import node:crypto"],
    ["packages/shared/src/llm.ts", `import type { A } from "@chatee/db/llm.store";`, "shared must not import"],
    ["packages/db/src/llm.store.ts", `export const b = 1; export { a } from "@chatee/api/llm";`, "db must not import"],
    ["packages/db/src/llm.store.ts", `import fastify from "fastify";`, "db must not import fastify"],
    ["packages/mcp-proxy/src/relay.ts", `import { a } from "@chatee/db/mcp.store";`, "mcp-proxy must not import"],
    ["packages/mcp-proxy/src/relay.ts", `import fastify from "fastify";`, "only the plugin file"],
    ["packages/api/src/llm/llm.service.ts", `import { eq } from "drizzle-orm";`, "api must not import drizzle-orm"],
    ["packages/api/src/llm/llm.service.ts", `const a = await import("mysql2/promise");`, "api must not import mysql2"],
    ["packages/api/src/llm/llm.service.ts", `import { TRPCError } from "@trpc/server";`, "do not know tRPC"],
    ["packages/api/src/llm/llm.service.ts", `import { p } from "../trpc.ts";`, "do not know tRPC"],
    ["packages/api/src/runs/claim.ts", `import { TRPCError } from "@trpc/server";`, "do not know tRPC"],
    ["packages/api/src/llm/llm.router.ts", `import { a } from "@chatee/db/llm.store";`, "never to a store"],
    ["packages/api/src/runs/turn.ts", `import { a } from "@ai-sdk/openai";`, "only llm/providers"],
    ["packages/api/src/streams/wakes.ts", `import { Redis } from "ioredis";`, "api must not import ioredis"],
    ["apps/server/src/app.ts", `import { app } from "electron";`, "server must not import electron"],
    ["apps/desktop/src/renderer/main.tsx", `import { a } from "@chatee/api/app-router";`, "desktop renderer must not"],
    [
      "apps/desktop/src/renderer/main.tsx",
      `import { join } from "node:path";`,
      "desktop renderer must not import node:",
    ],
    [
      "apps/desktop/src/main/main.ts",
      `import { a } from "@chatee/api/app-router";`,
      "desktop main and preload must not",
    ],
    ["packages/db/src/llm.store.ts", `import { a } from "../../shared/src/llm.ts";`, "reaches out of its package"],
    ["packages/db/src/llm.test.ts", `import { a } from "../../../../elsewhere/a.ts";`, "reaches out of its package"],
    ["packages/db/src/llm.test.ts", `import { a } from "/opt/a.ts";`, "absolute path"],
    ["packages/api/src/llm/llm.service.ts", `const key = process.env.KEY;`, "reads process.env"],
    ["packages/db/src/dialect/open.ts", `const key = process.env["KEY"];`, "reads process.env"],
    ["packages/api/src/llm/llm.service.ts", `const a = { now: Date.now() };`, "reads Date.now"],
    ["packages/api/src/llm/llm.service.ts", `const a = new Date();`, "reads new Date()"],
    ["packages/api/src/llm/llm.service.ts", `const a = globalThis.crypto.randomUUID();`, "reads crypto.randomUUID"],
    [
      "packages/api/src/llm/llm.service.ts",
      `import { randomUUID } from "node:crypto";`,
      "reads node:crypto randomUUID",
    ],
    ["packages/api/src/llm/llm.service.ts", `setTimeout(() => {}, 5);`, "reads setTimeout"],
    ["packages/api/src/llm/llm.service.ts", `import { setTimeout as wait } from "node:timers/promises";`, "setTimeout"],
    ["packages/api/src/llm/index.ts", `export const a = 1;`, `is called "index"`],
    ["packages/api/src/utils/text.ts", `export const a = 1;`, `is called "utils"`],
    ["packages/api/src/llm/types.ts", `export const a = 1;`, `is called "types"`],
    [
      "packages/api/src/llm/all.ts",
      `export * from "./llm.service.ts";\nexport { b } from "./b.ts";`,
      "only re-exports",
    ],
  ])("%s: %s", (path, source, expected) => {
    expect(violationsOf(path, source)).toEqual([expect.stringContaining(expected)]);
  });

  test("a file that does not parse is an error, not a file without violations", () => {
    expect(() => violationsOf("packages/db/src/a.ts", "import {")).toThrow(/does not parse/);
  });
});

describe("what is allowed stays allowed", () => {
  test.each([
    ["packages/db/src/llm.store.ts", `import { eq } from "drizzle-orm"; import { a } from "@chatee/shared/llm";`],
    [
      "packages/api/src/llm/llm.service.ts",
      `import { a } from "@chatee/db/llm.store"; import { b } from "../clock.ts";`,
    ],
    ["packages/api/src/llm/llm.service.ts", `// Date.now() and process.env in a comment\nconst a = "Math.random()";`],
    ["packages/api/src/llm/llm.service.ts", `const at = new Date(0); clock.setTimeout(() => {}, 5);`],
    ["packages/api/src/llm/providers/openai.ts", `import { createOpenAI } from "@ai-sdk/openai";`],
    [
      "packages/api/src/llm/llm.service.test.ts",
      `import { openSqlite } from "@chatee/db/dialect/open-sqlite"; Date.now();`,
    ],
    ["packages/mcp-proxy/src/relay.plugin.ts", `import fastifyPlugin from "fastify-plugin";`],
    ["apps/server/src/wakes.ts", `import { Redis } from "ioredis"; const a = process.env;`],
    ["apps/desktop/src/renderer/main.tsx", `import type { AppRouter } from "@chatee/api/app-router"; const a = <b />;`],
  ])("%s: %s", (path, source) => {
    expect(violationsOf(path, source)).toEqual([]);
  });
});
