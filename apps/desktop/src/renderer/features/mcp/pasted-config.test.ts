import { expect, test } from "vitest";
import { readPasted } from "./pasted-config.ts";

test("the configuration of other programs is read whole, local and remote servers alike", () => {
  const found = readPasted(
    JSON.stringify({
      mcpServers: {
        files: { command: "npx", args: ["-y", "server", 3], env: { ROOT: "/data" }, cwd: "/tmp" },
        web: { type: "sse", url: "https://mcp.example.com/sse", headers: { Authorization: "Bearer x" } },
      },
    }),
  );
  expect(found).toMatchObject([
    { draft: { type: "stdio", command: "npx", args: ["-y", "server", "3"], cwd: "/tmp" } },
    { draft: { type: "http-stream", url: "https://mcp.example.com/sse" } },
  ]);
  expect(found?.[0]?.draft?.env).toMatchObject([{ name: "ROOT", value: "/data" }]);
  expect(found?.[1]?.draft?.headers).toMatchObject([{ name: "Authorization", value: "Bearer x" }]);
});

test("an address alone is a server, named after its host", () => {
  expect(readPasted(" https://mcp.example.com/mcp\n")).toMatchObject([
    { name: "mcp.example.com", draft: { url: "https://mcp.example.com/mcp" } },
  ]);
});

test("an entry that does not say where its server is, or names no web address, is shown as left out", () => {
  const text = '{"servers": {"a": {"args": []}, "b": {"url": "javascript:alert(1)"}}}';
  expect(readPasted(text)).toEqual([
    { name: "a", draft: null },
    { name: "b", draft: null },
  ]);
});

test.each(["", "hello", "[]", "{}", '{"mcpServers": []}', "null", "javascript:alert(1)"])("%j is not one", (text) => {
  expect(readPasted(text)).toBeNull();
});
